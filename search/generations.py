"""Generations of an index: the later begun has the higher number, with which its name ends, and never gives way to an older one."""

import re
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from time import time_ns

from elasticsearch import Elasticsearch

from search.engine import EngineUnavailable

CURRENT = "current"  # the file of a folder of generations that names the one that answers; replaced by rename


class Overtaken(EngineUnavailable):
    """A generation that was begun later answers already: this one does not take its place."""

    def __init__(self) -> None:
        super().__init__("An index that was begun later answers already.")


def number_of(name: str) -> int:
    """The number at the end of a generation's name; 0 where there is none."""
    found = re.search(r"-(\d+)$", name)
    return int(found[1]) if found else 0


def next_number(names: Iterable[str]) -> int:
    """A number for one more beside these: nanoseconds, or the next number where the clock was set back meanwhile."""
    return max([time_ns(), *(number_of(name) + 1 for name in names)])


def names_in(folder: Path) -> list[str]:
    """The generations of a folder, of whichever mapping."""
    return [path.name for path in folder.glob("v*-*")]


def aliases_of(client: Elasticsearch, prefix: str) -> dict[str, Collection[str]]:
    """Name -> aliases of every generation of a server, of whichever mapping."""
    found = client.indices.get(index=f"{prefix}-*", features="aliases")
    return {
        name: told["aliases"] for name, told in found.items() if re.fullmatch(rf"{re.escape(prefix)}-v\d+-\d+", name)
    }


def current_of(folder: Path) -> str:
    """The name of the generation that answers."""
    try:
        return (folder / CURRENT).read_text()
    except FileNotFoundError:
        return "none"


def take_over(folder: Path, name: str) -> None:
    """Let a generation answer, and drop the older ones. Raises Overtaken."""
    if number_of(current_of(folder)) > number_of(name):
        raise Overtaken
    fresh = folder / f"{CURRENT}.new"
    fresh.write_text(name)
    fresh.replace(folder / CURRENT)
    for other in names_in(folder):
        if number_of(other) < number_of(name):
            shutil.rmtree(folder / other, ignore_errors=True)
