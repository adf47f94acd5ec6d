"""Reasons in words."""

from collections.abc import Mapping, Sequence
from typing import Any


def sentences(reasons: Sequence[Mapping[str, Any]], one: Any, *, outside: bool = False) -> list[str]:
    return [str(reason["code"]) for reason in reasons]


def name(code: str) -> str:
    return code
