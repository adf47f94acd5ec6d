"""All meetings of a choice into slots, where numbers allow all of them and only time does not yet.

A meeting that is out is put where few others have to go for it, which are out in their turn. Annealed: the colder, the
rarer it is that more than one goes. Nothing is refused: the slot is drawn with the weight that its cost gives it, so that
every draw is a move. Those that push out one meeting follow alternating paths, and turn into another where one ends.
"""

from collections.abc import Callable, Sequence
from math import exp
from random import Random

from models.rules.timetable.placement import NOWHERE, Placement, spread
from models.rules.timetable.problem import any_slot

WARM, COLD = 0.22, 0.1  # in meetings: one more goes out with the weight exp(-1 / warmth)
LOOK = 1024  # moves between two looks at what is used up


def place_all(
    now: Placement, chosen: Sequence[int], random: Random, *, moves: int, used: Callable[[], float] = lambda: 0.0
) -> int:
    """Place as much as can be of the chosen, the weightiest plan met is left; returns how many are still out.

    Numbers have to allow all that is chosen or placed together: of nobody, nor of any limit, there is too much. `moves`
    bounds the work, as does a part of one or more that is `used`, so that a seed gives the same plan anywhere.
    """
    board = _Board(now)
    board.out = [meeting for meeting in chosen if now.slot_of[meeting] == NOWHERE and board.possible[meeting]]
    best, rate = now.weight, 0.0
    for move in range(moves):
        if not board.out:
            break
        if move % LOOK == 0:
            part = max(move / moves, used())
            if part >= 1.0:
                break
            rate = exp(-1.0 / (WARM * (COLD / WARM) ** part))
        board.move(random, rate)
        if now.weight > best:
            best = now.weight
            board.changed.clear()
    now.restore(board.changed)
    return sum(now.slot_of[meeting] == NOWHERE for meeting in chosen)


class _Board:
    """What is out, and what has changed since the best plan: meeting -> its slot then."""

    def __init__(self, now: Placement) -> None:
        self._now = now
        self._locked = now.problem.locks
        self.possible = _beside_locks(now)
        self.out: list[int] = []
        self.changed: dict[int, int] = {}

    def move(self, random: Random, rate: float) -> None:
        """Place one of those that are out; that a slot costs one meeting more makes it less likely by the rate."""
        now, number = self._now, int(random.random() * len(self.out))
        meeting = self.out[number]
        slots, one, two, more = now.hindered(meeting, self.possible[meeting])
        if not slots:
            likely = one.bit_count()
            unlikely = likely + two.bit_count() * rate
            drawn = random.random() * (unlikely + more.bit_count() * rate * rate)
            slots = (one if drawn < likely else two if drawn < unlikely else more) or one or two or more
        slot = any_slot(slots, random)
        pushed = now.in_the_way(meeting, slot)
        venue = now.venue[meeting]
        if not now.open[venue] >> slot & 1 and pushed.isdisjoint(here := now.meetings[venue][slot]):
            other = list(here)[int(random.random() * len(here))]
            if other in self._locked:
                return
            pushed.add(other)
        self.out[number] = self.out[-1]
        self.out.pop()
        for other in pushed:
            self.changed.setdefault(other, now.drop(other))
        self.out.extend(pushed)
        self.changed.setdefault(meeting, NOWHERE)
        now.put(meeting, slot)


def _beside_locks(now: Placement) -> list[int]:
    """The slots at which each meeting could be beside those that are locked, if nothing else were there."""
    found, walking = list(now.problem.possible), now.problem.walking
    for locked, at in now.problem.locks.items():
        for person in now.people[locked]:
            for meeting in now.problem.wishes_of[person]:
                if meeting not in now.problem.locks:
                    found[meeting] &= ~spread(1 << at, walking[now.venue[meeting]][now.venue[locked]])
    return found
