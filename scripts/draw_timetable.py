"""`python -m scripts.draw_timetable FIGURES.json PICTURE.svg`: gap over time of `bench_timetable --json`, beside the baselines."""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

LEAST = 1e-4  # what is drawn of a gap of nothing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path, nargs="+")
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    runs = [run for path in arguments.figures for run in json.loads(path.read_text(encoding="utf-8"))]
    matplotlib.rcParams.update({"svg.hashsalt": "timetable", "font.size": 9})
    figure, axes = pyplot.subplots(figsize=(7.5, 4))
    for number, run in enumerate(runs):
        color = f"C{number}"
        seconds = [*(second for second, _gap in run["trace"]), run["seconds"]]
        gaps = [max(gap, LEAST) for _second, gap in run["trace"]] + [max(run["gap"], LEAST)]
        axes.step(seconds, gaps, where="post", color=color, label=run["instance"])
        axes.axhline(max(run["greedy"], LEAST), color=color, linestyle="--", linewidth=0.8)
        axes.axhline(run["first_come"], color=color, linestyle=":", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="seconds", ylabel="gap to the bound")
    axes.set_title("dashed: greedy by weight; dotted: first come first served", fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(arguments.picture, metadata={"Date": None})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
