"""`python -m scripts.draw_growth FIGURES.json PICTURE.svg`: what `bench_search --speed N ... --json` measured, over N."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

SHOWN = {
    "find_kw2": "two keywords",
    "find_paragraph": "a paragraph",
    "match_need": "matching a need",
    "suggest": "suggestions",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    found: Mapping[str, Mapping[str, Any]] = json.loads(arguments.figures.read_text(encoding="utf-8"))
    engines = [name for name in found if name != "both"]
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "font.size": 9})
    figure, places = pyplot.subplots(1, len(engines), figsize=(4.5 * len(engines), 3.4), sharey=True, squeeze=False)
    for engine, axes in zip(engines, places[0], strict=True):
        tasks = {
            int(task.partition("_")[2]): kinds for task, kinds in found[engine].items() if task.startswith("speed_")
        }
        sizes = sorted(tasks)
        for number, (kind, label) in enumerate(SHOWN.items()):
            for metric, style in (("p50_ms", "-"), ("p95_ms", "--")):
                values = [tasks[size][kind][metric] for size in sizes]
                axes.plot(sizes, values, style, marker="o", markersize=3, color=f"C{number}",
                          label=label if style == "-" else None)  # fmt: skip
        axes.set(xscale="log", yscale="log", title=engine, xlabel="documents")
        axes.grid(alpha=0.3)
    places[0][0].set_ylabel("milliseconds: p50, dashed p95")
    places[0][-1].legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(arguments.picture, metadata={"Date": None})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
