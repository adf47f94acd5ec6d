"""Meetings into slots: straight where there is room, else by moving others along chains.

`swap` exchanges two slots along an alternating path (Kempe), as in the proof of Koenig's theorem: with two sides and
everybody there all day it always succeeds. `search` goes on where it does not: a meeting pushes others out, which look
for another place in their turn (partial colouring with a tabu list).
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random

from models.rules.timetable.placement import NOWHERE, Placement
from models.rules.timetable.problem import slots_of

LONGEST = 400  # meetings that one alternating path may move
PAIRS = 12  # pairs of slots that are tried for a meeting


def place(now: Placement, meetings: Iterable[int], random: Random) -> None:
    """Place what can be. The emptiest slot is taken, so that tables last."""
    for meeting in meetings:
        if not straight(now, meeting):
            swap(now, meeting, random)


def straight(now: Placement, meeting: int) -> bool:
    """Put it where there is room now, in the emptiest slot."""
    free = now.free(meeting)
    if not free:
        return False
    here = now.meetings[now.venue[meeting]]
    now.put(meeting, min(slots_of(free), key=lambda slot: len(here[slot])))
    return True


def swap(now: Placement, meeting: int, random: Random) -> bool:
    """Make room by exchanging two slots along a path of meetings, or by moving one from a table."""
    if free := now.without_tables(meeting):
        return any(_clear_table(now, meeting, slot) for slot in slots_of(free))
    if len(now.people[meeting]) != 2:
        return False
    one, other = now.people[meeting]
    possible, venue = now.problem.possible[meeting], now.venue[meeting]
    pairs = [
        (mine, theirs, other)
        for mine in slots_of(now.room(one, venue) & possible)
        for theirs in slots_of(now.room(other, venue))
    ] + [
        (mine, theirs, one)
        for mine in slots_of(now.room(other, venue) & possible)
        for theirs in slots_of(now.room(one, venue))
    ]
    random.shuffle(pairs)
    return any(_exchange(now, meeting, *pair) for pair in pairs[:PAIRS])


def _exchange(now: Placement, meeting: int, slot: int, instead: int, blocked: int) -> bool:
    """Free `slot` for somebody by moving their meeting of then to `instead`, its other person's to `slot`, and so on."""
    moves: dict[int, int] = {}
    person, here, there = blocked, slot, instead
    while (moved := now.at[person][here]) != NOWHERE:
        people = now.people[moved]
        if len(people) != 2 or moved in moves or len(moves) >= LONGEST or not now.problem.possible[moved] >> there & 1:
            return False
        moves[moved] = there
        person = people[0] if people[1] == person else people[1]
        here, there = there, here
    return _move(now, moves, meeting, slot)


def _move(now: Placement, moves: dict[int, int], meeting: int, slot: int) -> bool:
    """Move meetings, then put one; all or nothing."""
    before = {moved: now.slot_of[moved] for moved in moves}
    if now.try_moves(moves):
        if now.free(meeting) >> slot & 1:
            now.put(meeting, slot)
            return True
        now.restore(before)
    return False


def _clear_table(now: Placement, meeting: int, slot: int) -> bool:
    """Move a meeting out of a full slot where its people are free at another, and take its table."""
    for other in now.meetings[now.venue[meeting]][slot]:
        if (to := now.free(other)) and now.problem.wishes[other].locked is None:
            now.drop(other)
            to &= now.free(other)
            if not to:
                now.put(other, slot)
                continue
            now.put(other, next(slots_of(to)))
            now.put(meeting, slot)
            return True
    return False


def search(
    now: Placement,
    pool: Sequence[int],
    random: Random,
    *,
    moves: int,
    stop: Callable[[], bool] = lambda: False,
    goal: int | None = None,
    worth: Callable[[int, int], int] | None = None,
) -> None:
    """Raise the weight by pushing meetings out and placing them again; the best plan met is left.

    `pool` are the meetings that may come in; `moves` bounds the work, so that a seed gives the same plan anywhere.
    `worth` of a meeting at a slot counts instead of its weight.
    """
    value = worth or (lambda number, slot: now.weights[number])
    out = [meeting for meeting in pool if now.slot_of[meeting] == NOWHERE and now.problem.possible[meeting]]
    place_in_out = {meeting: at for at, meeting in enumerate(out)}
    banned: dict[tuple[int, int], int] = {}
    locked = now.problem.locks
    total = best = sum(value(meeting, slot) for meeting, slot in enumerate(now.slot_of) if slot != NOWHERE)
    changed: dict[int, int] = {}  # since the best: meeting -> its slot then

    def note(meeting: int) -> None:
        changed.setdefault(meeting, now.slot_of[meeting])

    for move in range(moves):
        if not out or (goal is not None and best >= goal) or (move % 256 == 0 and stop()):
            break
        meeting = out[random.randrange(len(out))]
        found = _cheapest(now, meeting, banned, move, locked, random, value)
        if found is None:
            continue
        slot, pushed = found
        note(meeting)
        for other in pushed:
            note(other)
            was = now.drop(other)
            banned[other, was] = move + 10 + random.randrange(len(out) + 10)
            total -= value(other, was)
            place_in_out[other] = len(out)
            out.append(other)
        now.put(meeting, slot)
        total += value(meeting, slot)
        last = out.pop()
        if last != meeting:
            out[place_in_out[meeting]] = last
            place_in_out[last] = place_in_out[meeting]
        del place_in_out[meeting]
        if total > best:
            best = total
            changed.clear()
    now.restore(changed)


def _cheapest(
    now: Placement,
    meeting: int,
    banned: dict[tuple[int, int], int],
    move: int,
    locked: dict[int, int],
    random: Random,
    value: Callable[[int, int], int],
) -> tuple[int, list[int]] | None:
    """The slot that costs the least weight to take, and the meetings that lose it."""
    best: tuple[float, int, list[int]] | None = None
    venue = now.venue[meeting]
    slot_of = now.slot_of
    full = [person for person in now.people[meeting] if now.degree[person] >= now.most[person]]
    for slot in slots_of(now.problem.possible[meeting]):
        if banned.get((meeting, slot), -1) > move:
            continue
        pushed = list(now.in_the_way(meeting, slot))
        for person in full:
            if not any(person in now.people[other] for other in pushed):
                pushed.append(min((one for one in now.at[person] if one != NOWHERE), key=now.weights.__getitem__))
        for limit in now.full_limits(meeting):
            within = now.problem.limits[limit].wishes
            if within.isdisjoint(pushed):
                pushed.append(min((one for one in within if slot_of[one] != NOWHERE), key=now.weights.__getitem__))
        if not now.open[venue] >> slot & 1 and not any(
            now.slot_of[other] == slot and now.venue[other] == venue for other in pushed
        ):
            here = list(now.meetings[venue][slot])
            pushed.append(min((here[random.randrange(len(here))] for _ in range(4)), key=now.weights.__getitem__))
        if len(pushed) > 3 or any(other in locked for other in pushed):
            continue
        cost = sum(value(other, slot_of[other]) for other in pushed) - value(meeting, slot) + random.random()
        if best is None or cost < best[0]:
            best = cost, slot, pushed
    return best[1:] if best else None
