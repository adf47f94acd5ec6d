"""The kind of every code: its label, an English message id that the web translates, stands beside its value."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A code with its label for people."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
