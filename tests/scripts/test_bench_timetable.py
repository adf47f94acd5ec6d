"""The benchmark of timetables from its command line: files that another program can read, and sentences for bad input."""

import json
from pathlib import Path

import pytest

from scripts import bench_timetable


def test_what_is_written_is_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, plan, lines = (tmp_path / name for name in ("day.json", "plan.json", "lines.json"))
    given = ["--size", "S", "--slots", "6", "--tables", "3", "--time-limit", "2"]
    files = ["--instance-out", str(instance), "--plan-out", str(plan), "--json", str(lines)]
    assert bench_timetable.main([*given, *files]) == 0
    (line,) = json.loads(lines.read_text())
    assert {"instance", "seconds", "weight", "bound", "gap", "moved", "peak_mb"} <= set(line)
    assert line["weight"] == json.loads(plan.read_text())["weight"]
    assert bench_timetable.main(["--instance", str(instance), "--time-limit", "2"]) == 0
    assert "day" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"slots": 0, "people": [], "wishes": [], "tables": [1], "walking": [[0]]}', "no time for meetings"),
        ('{"slots": 3}', "is no instance"),
        ("nothing", "is no instance"),
    ],
)
def test_bad_input_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    with pytest.raises(SystemExit) as ended:
        bench_timetable.main(["--instance", str(file), "--time-limit", "1"])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
