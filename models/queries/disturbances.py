"""What a session has to do without, and from when until when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import DisturbanceKind
from models.queries.limits import HOLDING
from models.queries.timetables import people_of_wishes
from models.rules.conflicts import overlap
from models.tables import (
    Booking,
    BookingAttendee,
    Disturbance,
    MatchSession,
    Membership,
    Organisation,
    Person,
    SessionTable,
)

Seeking, Providing = aliased(Organisation), aliased(Organisation)


@dataclass(frozen=True)
class Missing:
    """People and tables that are not there for a while (None: from the beginning, until the end)."""

    people: Mapping[int, Sequence[tuple[datetime | None, datetime | None]]]
    tables: Mapping[int, Sequence[tuple[datetime | None, datetime | None]]]
    bookings: Collection[int] = ()  # meetings that do not take place

    def person(self, person_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        return _meets(self.people.get(person_id, ()), starts_at, ends_at)

    def table(self, table_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        return _meets(self.tables.get(table_id, ()), starts_at, ends_at)


def _meets(times: Sequence[tuple[datetime | None, datetime | None]], starts_at: datetime, ends_at: datetime) -> bool:
    return any(
        overlap(starts_at, ends_at, starts_at if begin is None else begin, ends_at if end is None else end)
        for begin, end in times
    )


NOTHING = Missing({}, {})


def missing(session: Session, *match_session_ids: int) -> Missing:
    """What was noted in these sessions and not withdrawn, an organisation as its people of today; one query."""
    rows = session.execute(
        select(
            Disturbance.table_id,
            Disturbance.booking_id,
            func.coalesce(Disturbance.person_id, Membership.person_id).label("person_id"),
            Disturbance.from_at,
            Disturbance.until_at,
        )
        .outerjoin(
            Membership,
            (Membership.organisation_id == Disturbance.organisation_id) & Membership.ended_at.is_(None),
        )
        .where(Disturbance.match_session_id.in_(match_session_ids), Disturbance.withdrawn_at.is_(None))
    )
    people: dict[int, list[tuple[datetime | None, datetime | None]]] = {}
    tables: dict[int, list[tuple[datetime | None, datetime | None]]] = {}
    off: set[int] = set()
    for row in rows:
        if row.table_id is not None:
            tables.setdefault(row.table_id, []).append((row.from_at, row.until_at))
        elif row.booking_id is not None:
            off.add(row.booking_id)
        elif row.person_id is not None:
            people.setdefault(row.person_id, []).append((row.from_at, row.until_at))
    return Missing(people, tables, off) if people or tables or off else NOTHING


def disturbances(session: Session, match_session_id: int) -> Sequence[Any]:
    """(public_id, kind, from_at, until_at, created_at, person, organisation, table, seeker, provider, noted_by), the newest first."""
    noting = aliased(Person)
    return session.execute(
        select(
            Disturbance.public_id,
            Disturbance.kind,
            Disturbance.from_at,
            Disturbance.until_at,
            Disturbance.created_at,
            Person.name.label("person"),
            Organisation.name.label("organisation"),
            SessionTable.number.label("table"),
            Seeking.name.label("seeker"),
            Providing.name.label("provider"),
            noting.name.label("noted_by"),
        )
        .outerjoin(Person, Person.id == Disturbance.person_id)
        .outerjoin(Organisation, Organisation.id == Disturbance.organisation_id)
        .outerjoin(SessionTable, SessionTable.id == Disturbance.table_id)
        .outerjoin(Booking, Booking.id == Disturbance.booking_id)
        .outerjoin(Seeking, Seeking.id == Booking.seeker_id)
        .outerjoin(Providing, Providing.id == Booking.provider_id)
        .outerjoin(noting, noting.id == Disturbance.noted_by_id)
        .where(Disturbance.match_session_id == match_session_id, Disturbance.withdrawn_at.is_(None))
        .order_by(Disturbance.id.desc())
    ).all()


def concerned_people(session: Session, match_session_id: int) -> Sequence[Any]:
    """(id, public_id, name, organisation, organisation_public_id) of who has, or is named for, a meeting in a session; two queries."""
    wished = {person for people in people_of_wishes(session, match_session_id).values() for person in people}
    meeting = (
        select(BookingAttendee.person_id)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .where(
            Booking.match_session_id == match_session_id,
            Booking.state.in_(HOLDING),
        )
    )
    return session.execute(
        select(
            Person.id,
            Person.public_id,
            Person.name,
            Organisation.name.label("organisation"),
            Organisation.public_id.label("organisation_public_id"),
        )
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(or_(Person.id.in_(meeting), Person.id.in_(wished)))
        .order_by(Organisation.name, Person.name, Person.id)
    ).all()


def named(session: Session, match_session: MatchSession, kind: DisturbanceKind, public_id: str) -> Any:
    """The person, organisation or meeting of a form by public id, or the table by number; None where there is none."""
    if kind is DisturbanceKind.TABLE:
        statement = select(SessionTable).where(
            SessionTable.match_session_id == match_session.id,
            SessionTable.number == (int(public_id) if public_id.isdigit() and len(public_id) < 5 else 0),
        )
        return session.scalar(statement)
    if kind is DisturbanceKind.MEETING:
        return session.scalar(
            select(Booking).where(Booking.match_session_id == match_session.id, Booking.public_id == public_id)
        )
    table: Any = Person if kind is DisturbanceKind.PERSON else Organisation
    return session.scalar(select(table).where(table.public_id == public_id))
