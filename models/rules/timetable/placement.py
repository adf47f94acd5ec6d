"""A plan in the making: who meets when, kept so that "where could this meeting go" costs a few operations."""

from collections.abc import Iterable, Mapping

from models.rules.timetable.problem import UNLIMITED, Plan, Problem, slots_of

NOWHERE = -1


class Placement:
    """Meetings with their slots. Every method keeps the rules; `locked` meetings stand from the beginning."""

    def __init__(self, problem: Problem, plan: Plan | None = None) -> None:
        people, venues = len(problem.people), len(problem.tables)
        self.problem = problem
        self.slot_of = [NOWHERE] * len(problem.wishes)
        self.at = [[NOWHERE] * problem.slots for _ in range(people)]  # person -> slot -> meeting
        self.meetings: list[list[dict[int, None]]] = [[{} for _ in range(problem.slots)] for _ in range(venues)]
        self.degree = [0] * people
        self.most = [UNLIMITED if one.most is None else one.most for one in problem.people]
        self.weight = 0
        self.people = [wish.people for wish in problem.wishes]
        self.weights = [wish.weight for wish in problem.wishes]
        self.venue = [wish.venue for wish in problem.wishes]
        self._idle = [one.available & problem.every_slot for one in problem.people]  # there and in no meeting
        self._busy_at = [[0] * venues for _ in range(people)]
        self.open = [problem.every_slot if tables else 0 for tables in problem.tables]  # slots with a table left
        self._left = [limit.most for limit in problem.limits]
        self._limits_of = problem.limits_of if problem.limits else ()
        self._walks = [
            [(other, walk) for other, walk in enumerate(row) if walk and other != venue]
            for venue, row in enumerate(problem.walking)
        ]
        self._walking = any(self._walks)
        for meeting, slot in problem.locks.items():
            self.put(meeting, slot)
        for meeting, planned in enumerate(plan or ()):
            if planned is not None and self.slot_of[meeting] == NOWHERE and self.free(meeting) >> planned & 1:
                self.put(meeting, planned)

    def busy(self, person: int) -> int:
        """The slots at which somebody has a meeting."""
        found = 0
        for slots in self._busy_at[person]:
            found |= slots
        return found

    def room(self, person: int, venue: int) -> int:
        """The slots at which somebody could sit down at a venue, their meetings before and after included."""
        found = self._idle[person]
        if self._walking:
            for other, walk in self._walks[venue]:
                if busy := self._busy_at[person][other]:
                    found &= ~spread(busy, walk)
        return found

    def free(self, meeting: int) -> int:
        """The slots at which a meeting that is not placed could take place now."""
        return self.without_tables(meeting) & self.open[self.venue[meeting]]

    def full_limits(self, meeting: int) -> list[int]:
        """The limits that leave no room for a meeting more."""
        return [limit for limit in self._limits_of[meeting] if self._left[limit] <= 0] if self._limits_of else []

    def without_tables(self, meeting: int) -> int:
        """Those at which it could if there were tables enough."""
        if self._limits_of and self.full_limits(meeting):
            return 0
        venue, found = self.venue[meeting], self.problem.possible[meeting]
        for person in self.people[meeting]:
            if self.degree[person] >= self.most[person]:
                return 0
            found &= self.room(person, venue) if self._walking else self._idle[person]
        return found

    def put(self, meeting: int, slot: int) -> None:
        venue, bit = self.venue[meeting], 1 << slot
        self.slot_of[meeting] = slot
        self.weight += self.weights[meeting]
        for person in self.people[meeting]:
            self.at[person][slot] = meeting
            self._idle[person] ^= bit
            self._busy_at[person][venue] |= bit
            self.degree[person] += 1
        for limit in self._limits_of[meeting] if self._limits_of else ():
            self._left[limit] -= 1
        here = self.meetings[venue][slot]
        here[meeting] = None
        if len(here) >= self.problem.tables[venue]:
            self.open[venue] &= ~bit

    def drop(self, meeting: int) -> int:
        """Take a meeting out; returns where it was."""
        slot = self.slot_of[meeting]
        venue, bit = self.venue[meeting], 1 << slot
        self.slot_of[meeting] = NOWHERE
        self.weight -= self.weights[meeting]
        for person in self.people[meeting]:
            self.at[person][slot] = NOWHERE
            self._idle[person] |= bit
            self._busy_at[person][venue] &= ~bit
            self.degree[person] -= 1
        for limit in self._limits_of[meeting] if self._limits_of else ():
            self._left[limit] += 1
        del self.meetings[venue][slot][meeting]
        self.open[venue] |= bit
        return slot

    def in_the_way(self, meeting: int, slot: int) -> set[int]:
        """The meetings that people of this one have then, or too near to walk from."""
        found = {self.at[person][slot] for person in self.people[meeting]}
        found.discard(NOWHERE)
        if self._walking:
            for person in self.people[meeting]:
                at, busy = self.at[person], self._busy_at[person]
                for other, walk in self._walks[self.venue[meeting]]:
                    if near := busy[other] and busy[other] & spread(1 << slot, walk):
                        found.update(at[each] for each in slots_of(near))
        return found

    def hindered(self, meeting: int, slots: int) -> tuple[int, int, int, int]:
        """Of some slots those at which nothing, one, two or more meetings are in the way of one that is not placed.

        A meeting that is so for two reasons counts twice; of those at the tables one counts where they are all taken.
        """
        people, venue = self.people[meeting], self.venue[meeting]
        hindering = [~self._idle[person] for person in people]
        if full := slots & ~self.open[venue]:
            for busy in hindering:
                full &= ~busy
            hindering.append(full)
        if self._walking:
            for person in people:
                for other, walk in self._walks[venue]:
                    if busy := self._busy_at[person][other]:
                        for step in range(1, walk + 1):
                            hindering += (busy << step, busy >> step)
        none, one, two, more = slots, 0, 0, 0
        for taken in hindering:  # each slot that is taken once more goes to the next set
            first, second, third = none & taken, one & taken, two & taken
            none ^= first
            one ^= second | first
            two ^= third | second
            more |= third
        return none, one, two, more

    def joined(self, person: int, one: int, other: int, most: int = UNLIMITED) -> dict[int, int]:
        """The meetings of two slots that hang together with somebody's, by people, each with the slot it is not in.

        Exchanging the two slots for them takes nobody a meeting. Empty where there are more than `most`.
        """
        found: dict[int, int] = {}
        ahead = [person]
        while ahead:
            at = self.at[ahead.pop()]
            for meeting, to in ((at[one], other), (at[other], one)):
                if meeting != NOWHERE and meeting not in found:
                    found[meeting] = to
                    ahead.extend(self.people[meeting])
            if len(found) > most:
                return {}
        return found

    def allowed(self, moves: Mapping[int, int]) -> bool:
        """Whether each meeting might be at the slot it would go to, if nothing else were there."""
        return all(self.problem.possible[meeting] >> slot & 1 for meeting, slot in moves.items())

    def plan(self) -> Plan:
        return tuple(None if slot == NOWHERE else slot for slot in self.slot_of)

    def restore(self, slots: Mapping[int, int]) -> None:
        """Bring meetings back to where they were: meeting -> slot or NOWHERE."""
        self.clear(slots)
        for meeting, slot in slots.items():
            if slot != NOWHERE:
                self.put(meeting, slot)

    def try_moves(self, moves: Mapping[int, int]) -> bool:
        """Move placed meetings to other slots: all, or where one does not fit none."""
        before = {meeting: self.slot_of[meeting] for meeting in moves}
        self.clear(moves)
        for meeting, slot in moves.items():
            if not self.free(meeting) >> slot & 1:
                self.restore(before)
                return False
            self.put(meeting, slot)
        return True

    def clear(self, meetings: Iterable[int]) -> None:
        for meeting in meetings:
            if self.slot_of[meeting] != NOWHERE:
                self.drop(meeting)


def spread(slots: int, walk: int) -> int:
    """A set of slots and those up to `walk` before and after each."""
    found = slots
    for step in range(1, walk + 1):
        found |= slots << step | slots >> step
    return found
