"""When people are there in a 1:1 session, and how many meetings they and their organisation want at most."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import open_for, people_in
from models.actions.occupancy import lock
from models.actions.places import promote
from models.actions.session_plan import MOST_MEETINGS
from models.base import utcnow
from models.enums import SessionKind
from models.errors import N_, Invalid, NotNow
from models.queries.limits import stated
from models.queries.presence import meetings_while_away
from models.rules.policy import Actor
from models.tables import Absence, MatchSession, MeetingLimit, Organisation


def say(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    organisation: Organisation,
    absent: Mapping[int, Collection[int]],
    most: Mapping[int, int | None],
    most_of_organisation: int | None,
) -> Sequence[Any]:
    """Say of people of an organisation (the keys of ``absent`` and ``most``) at which slots they are not there, and how
    many meetings they want at most; None: as many as the session allows.

    Meetings that stand keep their time; those during an absence are returned (person, starts_at). Raises Invalid at a
    field ("most", "most_of_organisation"), NotNow where the session is over or one may not.
    """
    if not (by.acts_for(organisation.id) or by.organizer):
        raise NotNow(N_("You cannot speak for “%(name)s”."), name=organisation.name)
    lock(session, match_session)
    open_for(match_session, SessionKind.ONE_TO_ONE)
    people_in(session, organisation.id, absent.keys() | most.keys())
    for number in most.values():
        _allowed(number, match_session.most_of_person, "most")
    _allowed(most_of_organisation, match_session.most_of_organisation, "most_of_organisation")
    _set_absences(session, match_session, absent)
    _set_limits(session, match_session, most, organisation.id, most_of_organisation)
    audit.record(
        session, "session.presence", match_session, by=by, on_behalf_of=by.behalf(organisation.id),
        people=sorted(absent), absences=sum(map(len, absent.values())),
    )  # fmt: skip
    promote(session, match_session)  # who is there again, or may have more meetings, may be waiting
    session.flush()
    return meetings_while_away(session, match_session, absent, now=utcnow())


def _allowed(number: int | None, most: int | None, field: str) -> None:
    high = most or MOST_MEETINGS
    if number is not None and not 1 <= number <= high:
        raise Invalid(N_("Please choose a number from %(low)s to %(high)s."), field=field, low=1, high=high)


def _set_absences(session: Session, match_session: MatchSession, absent: Mapping[int, Collection[int]]) -> None:
    slots = {slot.id for slot in match_session.slots}
    there = select(Absence.person_id, Absence.slot_id).where(Absence.slot_id.in_(slots), Absence.person_id.in_(absent))
    known = {tuple(row) for row in session.execute(there)}
    wanted = {(person, slot) for person, away in absent.items() for slot in away if slot in slots}
    for person, slot in sorted(known - wanted):
        session.execute(delete(Absence).where(Absence.person_id == person, Absence.slot_id == slot))
    session.add_all(Absence(person_id=person, slot_id=slot) for person, slot in sorted(wanted - known))


def _set_limits(
    session: Session,
    match_session: MatchSession,
    most: Mapping[int, int | None],
    organisation_id: int,
    most_of_organisation: int | None,
) -> None:
    of_person, of_organisation = stated(session, match_session, people=most, organisations=[organisation_id])
    for name, wanted, known in (
        ("person_id", most, of_person),
        ("organisation_id", {organisation_id: most_of_organisation}, of_organisation),
    ):
        column = getattr(MeetingLimit, name)
        for who, number in wanted.items():
            if number == known.get(who):
                continue
            session.execute(
                delete(MeetingLimit).where(MeetingLimit.match_session_id == match_session.id, column == who)
            )
            if number is not None:
                session.add(MeetingLimit(match_session_id=match_session.id, most=number, **{name: who}))
