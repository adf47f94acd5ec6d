"""Measures of ranked lists. A document of level 1 to 4 gains 2 ** (level - 1) - 1."""

from collections.abc import Sequence
from math import log2

Metrics = dict[str, float]


def known_item(ranks: Sequence[int | None], k: int = 10) -> Metrics:
    """Of the ranks, from 1, of the one right document of each question; None where it was not found."""
    count = len(ranks)

    def hit(cut: int) -> float:
        return sum(rank is not None and rank <= cut for rank in ranks) / count

    first = [rank for rank in ranks if rank is not None and rank <= k]
    return {
        "queries": count,
        f"mrr@{k}": sum(1 / rank for rank in first) / count,
        f"ndcg@{k}": sum(1 / log2(1 + rank) for rank in first) / count,
        "recall@1": hit(1),
        "recall@10": hit(10),
        "recall@50": hit(50),
    }


def ndcg(levels: Sequence[int], judged: Sequence[int], k: int = 10) -> float | None:
    """Of levels in ranked order against all judged ones of the question; None if none is relevant."""
    best = _gain(sorted(judged, reverse=True)[:k])
    return _gain(levels[:k]) / best if best else None


def _gain(levels: Sequence[int]) -> float:
    return sum((2 ** (level - 1) - 1) / log2(place + 2) for place, level in enumerate(levels))


def latencies(seconds: Sequence[float]) -> Metrics:
    """p50, p95 and p99 in milliseconds."""
    ordered = sorted(seconds)

    def part(share: float) -> float:
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000, 2)

    return {"p50_ms": part(0.5), "p95_ms": part(0.95), "p99_ms": part(0.99)}


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
