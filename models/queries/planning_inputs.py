"""What narrows a day: limits of people and organisations, and tables at several venues or fixed to a provider."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from models.queries.limits import Room
from models.queries.places import Places
from models.rules.timetable import Limit, Person


class Meets(Protocol):
    """A wish that can be planned: who of both sides comes (queries/planning.py, Party)."""

    @property
    def seekers(self) -> Sequence[int]: ...

    @property
    def providers(self) -> Sequence[int]: ...

    @property
    def firms(self) -> tuple[int, int]: ...


# --- limits -----------------------------------------------------------------------------------------------------------


def limited(
    people: Sequence[Person], parties: Sequence[Meets], left: Room, names: Mapping[int, str], team_of: Mapping[int, int]
) -> tuple[list[Person], tuple[Limit, ...]]:
    """The people of a day with the meetings they have left, and limits for what one number a person cannot say.

    ``team_of``: person id -> number in ``people``; wishes are numbered as the parties are.
    """
    of_team: dict[int, set[int]] = defaultdict(set)
    of_person: dict[int, set[int]] = defaultdict(set)
    of_firm: dict[int, set[int]] = defaultdict(set)
    teams_of_firm: dict[int, set[int]] = defaultdict(set)
    for number, party in enumerate(parties):
        for side, firm in zip((party.seekers, party.providers), party.firms, strict=True):
            of_firm[firm].add(number)
            for one in side:
                of_person[one].add(number)
                of_team[team_of[one]].add(number)
                teams_of_firm[firm].add(team_of[one])
    wanted = [
        (names.get(one, ""), of_person[one], most, {team_of[one]})
        for one, most in left.of_person.items()
        if one in of_person
    ] + [
        ("", of_firm[firm], most, teams_of_firm[firm]) for firm, most in left.of_organisation.items() if firm in of_firm
    ]
    found, limits = list(people), []
    for name, wishes, most, about in wanted:
        most = max(most, 0)
        if most >= len(wishes):
            continue
        if len(about) == 1 and of_team[team := next(iter(about))] == wishes:
            before = found[team].most
            found[team] = replace(found[team], most=most if before is None else min(before, most))
        else:
            limits.append(Limit(name, frozenset(wishes), most, frozenset(about)))
    return found, tuple(limits)


# --- venues -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spot:
    """Tables that count as one venue of a problem: free ones of a venue, or those of one provider there."""

    venue: str
    tables: Sequence[int]


@dataclass(frozen=True)
class Spots:
    """All of them, and at which each provider sits: fixed, or where there was most room for its wishes."""

    spots: Sequence[Spot]
    of_provider: Mapping[int, int]

    def walking(self, slots: int) -> tuple[tuple[int, ...], ...]:
        """Slots to be left free between any two."""
        return tuple(tuple(slots * (one.venue != other.venue) for other in self.spots) for one in self.spots)


def spots(found: Places, providers: Collection[int]) -> Spots:
    """``providers``: the owner of each wish. A provider has one spot all day, so that it need not walk."""
    own: dict[int, list[int]] = defaultdict(list)
    free: dict[str, list[int]] = defaultdict(list)
    for table in found.tables:
        if (provider := found.provider_of.get(table)) is not None:
            own[provider].append(table)
        else:
            free[found.venue_of[table]].append(table)
    made = [Spot(venue, tables) for venue, tables in free.items()] or [Spot("", ())]
    of_provider: dict[int, int] = {}
    for provider, tables in own.items():
        of_provider[provider] = len(made)
        made.append(Spot(found.venue_of[tables[0]], tables))
    expected = [0] * len(made)
    for provider, wishes in sorted(Counter(providers).items(), key=lambda one: (-one[1], one[0])):
        if provider not in of_provider:
            roaming = range(len(free) or 1)
            at = min(roaming, key=lambda one: (expected[one] + wishes) / (len(made[one].tables) or 1e-9))
            of_provider[provider] = at
            expected[at] += wishes
    return Spots(made, of_provider)
