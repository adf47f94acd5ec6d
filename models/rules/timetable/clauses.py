"""Clauses for a SAT solver: a variable is a number from 1, a literal it or its negative, a clause a list of literals.

A number is written in unary: a list of literals whose k-th (from 0) says that the number is greater than k.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise

from pysat.card import CardEnc, EncType
from pysat.formula import CNFPlus

Unary = list[int]


class Clauses(list[list[int]]):
    """The clauses so far, and the last variable used."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0

    def new(self) -> int:
        self.last += 1
        return self.last

    def either(self, literals: Sequence[int]) -> int:
        """A variable that is true exactly where one of these is."""
        one = self.new()
        self.append([-one, *literals])
        self.extend([one, -literal] for literal in literals)
        return one

    def all_of(self, literals: Sequence[int]) -> int:
        """A variable that is true exactly where all of these are."""
        return -self.either([-literal for literal in literals])

    def at_most_one(self, literals: Sequence[int]) -> None:
        self.extend([-one, -other] for one, other in combinations(literals, 2))

    def between(self, literals: list[int], least: int, most: int, encoding: int = EncType.seqcounter) -> None:
        """Between `least` and `most` of these are true."""
        if least > len(literals):
            self.extend([[never := self.new()], [-never]])
            return
        if 0 < least == most:
            self._take(CardEnc.equals(literals, least, top_id=self.last, encoding=encoding))
            return
        if least > 0:
            self._take(CardEnc.atleast(literals, least, top_id=self.last, encoding=encoding))
        if most < len(literals):
            self._take(CardEnc.atmost(literals, most, top_id=self.last, encoding=encoding))

    def _take(self, more: CNFPlus) -> None:
        self.extend(more.clauses)
        self.last = max(self.last, more.nv)

    def sum(self, numbers: Sequence[Unary], *, most: int | None = None, exact: bool = False) -> Unary:
        """The sum of numbers, added pairwise (a totalizer), which is `most` at most.

        Unless exact, a literal may be true though the sum is smaller: enough, and much less, where the sum is only bounded.
        """
        row = sorted(filter(None, numbers), key=len)
        longest = sum(map(len, row)) if most is None else most + 1
        while len(row) > 1:
            pairs = [self._plus(row[at], row[at + 1], longest, exact) for at in range(0, len(row) - 1, 2)]
            row = pairs + row[len(pairs) * 2 :]
        return self.cut(row[0], longest if most is None else most) if row else []

    def cut(self, number: Unary, most: int) -> Unary:
        """The same number, which is `most` at most."""
        self.extend([-literal] for literal in number[most:])
        return number[:most]

    def _plus(self, one: Unary, other: Unary, longest: int, exact: bool) -> Unary:
        """Whatever is more than the longest number says is not told apart."""
        found = [self.new() for _ in range(min(len(one) + len(other), longest))]
        for first in range(len(one) + 1):
            for second in range(len(other) + 1):
                both = ((one, first), (other, second))
                if reached := [-number[count - 1] for number, count in both if count]:
                    self.append([*reached, found[min(first + second, len(found)) - 1]])
                if exact and first + second < len(found):
                    missed = [number[count] for number, count in both if count < len(number)]
                    self.append([*missed, -found[first + second]])
        self.extend([-later, earlier] for earlier, later in pairwise(found))
        return found
