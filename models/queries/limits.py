"""How many meetings people and organisations may still have in a session: what they say, never more than the session allows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.enums import BookingState
from models.tables import Booking, BookingAttendee, MatchSession, MeetingLimit

HOLDING = tuple(state for state in BookingState if state.holds)


@dataclass(frozen=True)
class Room:
    """Meetings left, by person and by organisation; who is not in it has no limit. ``most``: as many as they may have."""

    of_person: dict[int, int] = field(default_factory=dict)
    of_organisation: dict[int, int] = field(default_factory=dict)
    most_of_person: Mapping[int, int] = field(default_factory=dict)
    most_of_organisation: Mapping[int, int] = field(default_factory=dict)

    def full_person(self, people: Collection[int]) -> int | None:
        return next((one for one in people if self.of_person.get(one, 1) <= 0), None)

    def full_organisation(self, organisations: Collection[int]) -> int | None:
        return next((one for one in organisations if self.of_organisation.get(one, 1) <= 0), None)

    def fits(self, people: Collection[int], organisations: Collection[int]) -> bool:
        return self.full_person(people) is None and self.full_organisation(organisations) is None

    def take(self, people: Collection[int], organisations: Collection[int]) -> bool:
        """Count one more meeting if it fits; whether it did."""
        if not self.fits(people, organisations):
            return False
        for counted, who in ((self.of_person, people), (self.of_organisation, organisations)):
            for one in who:
                if one in counted:
                    counted[one] -= 1
        return True


def room(
    session: Session,
    match_session: MatchSession,
    *,
    people: Collection[int] = (),
    organisations: Collection[int] = (),
) -> Room:
    """What these people and organisations have left; one query where nobody is limited, else three."""
    of_person, of_organisation = stated(session, match_session, people=people, organisations=organisations)
    most_of_person = _within(of_person, match_session.most_of_person, people)
    most_of_organisation = _within(of_organisation, match_session.most_of_organisation, organisations)
    if not most_of_person and not most_of_organisation:
        return Room()
    have, firms_have = _meetings(session, match_session.id, most_of_person, most_of_organisation)
    return Room(
        {one: most - have.get(one, 0) for one, most in most_of_person.items()},
        {one: most - firms_have.get(one, 0) for one, most in most_of_organisation.items()},
        most_of_person,
        most_of_organisation,
    )


def stated(
    session: Session, match_session: MatchSession, *, people: Collection[int], organisations: Collection[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """What people, and organisations, said themselves."""
    rows = session.execute(
        select(MeetingLimit.person_id, MeetingLimit.organisation_id, MeetingLimit.most).where(
            MeetingLimit.match_session_id == match_session.id,
            or_(MeetingLimit.person_id.in_(people), MeetingLimit.organisation_id.in_(organisations)),
        )
    ).all()
    return (
        {person: most for person, _organisation, most in rows if person is not None},
        {organisation: most for _person, organisation, most in rows if organisation is not None},
    )


def _within(said: Mapping[int, int], most: int | None, who: Collection[int]) -> dict[int, int]:
    if most is None:
        return dict(said)
    return {one: min(said.get(one, most), most) for one in who}


def _meetings(
    session: Session, match_session_id: int, people: Collection[int], organisations: Collection[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """How many meetings they have or hold in a session."""
    standing = (Booking.match_session_id == match_session_id, Booking.state.in_(HOLDING))
    have = session.execute(
        select(BookingAttendee.person_id, func.count())
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .where(*standing, BookingAttendee.person_id.in_(people))
        .group_by(BookingAttendee.person_id)
    ).all()
    firms: dict[int, int] = {}
    rows = select(Booking.seeker_id, Booking.provider_id).where(
        *standing, or_(Booking.seeker_id.in_(organisations), Booking.provider_id.in_(organisations))
    )
    for sides in session.execute(rows):
        for one in sides:
            firms[one] = firms.get(one, 0) + 1
    return dict(have), firms
