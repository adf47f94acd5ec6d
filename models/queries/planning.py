"""From the wishes of a session to the day that the timetable plans."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_

from sqlalchemy import exists, func, select
from sqlalchemy import or_ as either
from sqlalchemy.orm import Session, joinedload

from models.enums import OrgRole, RecordState, Verification
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.limits import room
from models.queries.meeting_wishes import people_of_owner
from models.queries.places import Places, places
from models.queries.planning_inputs import Spots, limited, spots
from models.rules.timetable import Limit, Person, Problem, Wish, mask
from models.tables import (
    Achievement,
    Booking,
    Disturbance,
    Match,
    MatchSession,
    MeetingWish,
    Membership,
    Need,
    Organisation,
    Slot,
)
from models.tables import Person as Somebody

STRENGTH = 10  # of each side's strength
MUTUAL = 20  # where both sides said it
SCORE = 5  # of the hundred of a match, one for each


@dataclass(frozen=True)
class Party:
    """One wish that can be planned: who comes of both sides."""

    wish: MeetingWish
    seekers: Sequence[int]
    providers: Sequence[int]

    @property
    def provider(self) -> int:
        """Whoever speaks for the owner, and should change tables as rarely as possible."""
        return self.providers[0]

    @property
    def firms(self) -> tuple[int, int]:
        """Seeker and provider."""
        return self.wish.seeker_id, self.wish.provider_id

    @property
    def people(self) -> tuple[int, ...]:
        return (*self.seekers, *self.providers)


@dataclass(frozen=True)
class Day:
    """What is planned. Wishes of the problem beyond ``parties`` stand for tables that are taken already."""

    problem: Problem
    parties: Sequence[Party]
    slots: Sequence[int]  # ids
    tables: Mapping[int, Sequence[int]]  # slot id -> ids of its free tables
    spots: Spots
    unnamed: Sequence[MeetingWish]  # nobody can come for one of the sides


def day_of(
    session: Session,
    match_session: MatchSession,
    *,
    accepted_only: bool,
    now: datetime,
    everybody: bool = False,
    locks: Collection[Mapping[str, int]] = (),
) -> Day:
    """The slots still to come, who of them is free when, and every wish that nobody declined and no meeting fulfils.

    People of one side who come to the same meetings count as one. ``locks`` are meetings (wish and slot, ids) that have to
    stay where they are.
    """
    held = {one["wish"]: one["slot"] for one in locks}
    parties, unnamed = parties_of(session, match_session, accepted_only=accepted_only)
    coming = sorted({one for party in parties for one in party.people})
    found = places(session, match_session, coming)
    at = spots(found, [party.wish.provider_id for party in parties])
    firms = {firm for party in parties for firm in party.firms}
    left = room(session, match_session, people=coming, organisations=firms)
    slots = [slot for slot in found.slots if slot.starts_at > now]
    free_at = {person: free_at_slots(found, slots, person) for person in coming}
    team_of, names = _teams(parties), names_of(session, coming)
    teams: dict[int, list[int]] = defaultdict(list)
    for person in coming:
        teams[team_of[person]].append(person)
    number_of = {team: number for number, team in enumerate(teams)}
    people = [
        Person("、".join(names[one] for one in team), reduce(and_, (free_at[one] for one in team)))
        for team in teams.values()
    ]
    people, limits = limited(people, parties, left, names, {one: number_of[team_of[one]] for one in coming})
    wishes, number_at = [], {slot.id: number for number, slot in enumerate(slots)}
    for party, worth in zip(parties, worths_of(session, parties), strict=True):
        spot = at.of_provider[party.wish.provider_id]
        wishes.append(
            Wish(
                tuple(dict.fromkeys(number_of[team_of[one]] for one in party.people)),  # the provider's last
                worth,
                venue=spot,
                allowed=together(found, slots, free_at, party.people, at.spots[spot].venue),
                locked=number_at.get(held.get(party.wish.id, 0)),
            )
        )
    tables = {slot.id: found.free_tables(slot) for slot in slots}
    free = [tables[slot.id] for slot in slots]
    problem = problem_of(match_session, people, wishes, at, free, limits=limits, floor=everybody)
    return Day(problem, parties, [slot.id for slot in slots], tables, at, unnamed)


def problem_of(
    match_session: MatchSession,
    people: Sequence[Person],
    wishes: Sequence[Wish],
    at: Spots,
    free: Sequence[Collection[int]],
    *,
    limits: tuple[Limit, ...],
    floor: bool = False,
) -> Problem:
    """The problem of a day; ``free`` has the tables that are free at each slot. For each other one a meeting of nobody,
    worth nothing, is added behind the wishes."""
    people, wishes = list(people), list(wishes)
    for number, tables in enumerate(free):
        for venue, spot in enumerate(at.spots):
            for _taken in range(len(spot.tables) - len(set(spot.tables) & set(tables))):
                wishes.append(Wish((len(people), len(people) + 1), 0, venue, locked=number))
                people += [Person("", 1 << number), Person("", 1 << number)]
    return Problem(
        len(free),
        tuple(people),
        tuple(wishes),
        tuple(len(spot.tables) for spot in at.spots),
        at.walking(-(-match_session.walking_minutes // match_session.slot_minutes)),
        floor=floor,
        limits=limits,
    )


def parties_of(
    session: Session, match_session: MatchSession, *, accepted_only: bool
) -> tuple[list[Party], list[MeetingWish]]:
    """The wishes that can be planned, and those for which nobody can come; three queries.

    A pair that meets already is not planned again, nor one whose meeting was called off.
    """
    off = exists().where(Disturbance.booking_id == Booking.id, Disturbance.withdrawn_at.is_(None))
    held = select(Booking.seeker_id, Booking.achievement_id).where(
        Booking.match_session_id == match_session.id, either(Booking.state.in_(OPEN_BOOKINGS), off)
    )
    met = set(map(tuple, session.execute(held)))
    rows = session.scalars(
        select(MeetingWish)
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .join(Organisation, Organisation.id == MeetingWish.seeker_id)
        .where(
            MeetingWish.match_session_id == match_session.id,
            MeetingWish.declined_reason.is_(None),
            Achievement.state == RecordState.PUBLISHED,
            Organisation.verification == Verification.VERIFIED,
            Achievement.organisation_id != MeetingWish.seeker_id,
        )
        .order_by(MeetingWish.id)
        .options(
            joinedload(MeetingWish.seeker),
            joinedload(MeetingWish.achievement).joinedload(Achievement.organisation),
        )
    ).all()
    wanted = [
        one
        for one in rows
        if (one.seeker_id, one.achievement_id) not in met and not (accepted_only and _unanswered(one))
    ]
    members, speaker_of = _members(session, wanted)
    parties, unnamed = [], []
    for one in wanted:
        seekers = [person for person in one.seeker_people if person in members[one.seeker_id]]
        if not one.seeker_people and one.seeker_id in speaker_of:
            seekers = [speaker_of[one.seeker_id]]
        owners = people_of_owner(one, one.achievement.contact_id)
        providers = [person for person in owners if person in members[one.provider_id]]
        if seekers and providers:
            parties.append(Party(one, seekers, providers))
        else:
            unnamed.append(one)
    return parties, unnamed


def _members(session: Session, wanted: Collection[MeetingWish]) -> tuple[Mapping[int, set[int]], Mapping[int, int]]:
    """Organisation id -> its people of today, and -> its first manager, who comes where it has named nobody."""
    found: dict[int, set[int]] = defaultdict(set)
    first: dict[int, int] = {}
    organisations = {one.seeker_id for one in wanted} | {one.provider_id for one in wanted}
    rows = (
        select(Membership.organisation_id, Membership.person_id, Membership.role)
        .where(Membership.organisation_id.in_(organisations), Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )
    for organisation, person, role in session.execute(rows):
        found[organisation].add(person)
        if role is OrgRole.MANAGER:
            first.setdefault(organisation, person)
    return found, first


def _teams(parties: Collection[Party]) -> dict[int, int]:
    """Person -> the first of those who come to the same meetings on the same side."""
    comes: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for number, party in enumerate(parties):
        for one in dict.fromkeys(party.people):
            comes[one].append((number, one in party.providers))
    first: dict[tuple[tuple[int, bool], ...], int] = {}
    return {person: first.setdefault(tuple(meetings), person) for person, meetings in sorted(comes.items())}


def names_of(session: Session, people: Collection[int]) -> dict[int, str]:
    return dict(session.execute(select(Somebody.id, Somebody.name).where(Somebody.id.in_(people))).all())


def worths_of(session: Session, parties: Collection[Party]) -> list[int]:
    """What each meeting is worth: the strengths of both sides, and the best score of the seeker's needs with it; one query."""
    rows = session.execute(
        select(Need.organisation_id, Match.achievement_id, func.max(Match.score))
        .join(Need, Need.id == Match.need_id)
        .where(
            Need.organisation_id.in_({party.wish.seeker_id for party in parties}),
            Match.achievement_id.in_({party.wish.achievement_id for party in parties}),
            Need.state == RecordState.PUBLISHED,
        )
        .group_by(Need.organisation_id, Match.achievement_id)
    )
    scores = {(seeker, achievement): score for seeker, achievement, score in rows}
    return [_worth(one.wish, scores.get((one.wish.seeker_id, one.wish.achievement_id), 0)) for one in parties]


def _worth(wish: MeetingWish, score: int) -> int:
    """Both strengths add; no answer counts nothing."""
    both = (wish.seeker_strength or 0) + (wish.provider_strength or 0)
    return STRENGTH * both + (0 if _unanswered(wish) else MUTUAL) + score // SCORE


def _unanswered(wish: MeetingWish) -> bool:
    return wish.seeker_strength is None or wish.provider_strength is None


def free_at_slots(found: Places, slots: Sequence[Slot], person: int) -> int:
    """The set of slots at which somebody has no other meeting and is on no stage."""
    return mask(
        number for number, slot in enumerate(slots) if found.hindrance([person], slot.starts_at, slot.ends_at) is None
    )


def together(
    found: Places, slots: Sequence[Slot], free_at: Mapping[int, int], people: Collection[int], venue: str
) -> int:
    """The slots at which all of these people are free (``free_at``: each) and could walk to a venue from their meetings
    that stand."""
    near = mask(
        number
        for number, slot in enumerate(slots)
        if found.too_far(people, slot.starts_at, slot.ends_at, venue) is None
    )
    return reduce(and_, (free_at[one] for one in people), near)
