"""Who is told what becomes of a booking. The worker renders the mail and its calendar file (web/handlers/bookings.py)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from models.actions import jobs
from models.enums import BookingState, Side
from models.queries.recipients import managers, recipients
from models.tables import Account, Achievement, Booking, BookingAttendee, Person

NO_FILE, INVITE, TAKE_BACK = "", "REQUEST", "CANCEL"  # methods of the calendar file beside the mail


def times(booking: Booking) -> tuple[datetime, datetime]:
    """When the meeting takes place: its slot, or the whole session."""
    where = booking.slot or booking.match_session
    return where.starts_at, where.ends_at


def attending(booking: Booking, side: Side | None = None) -> list[int]:
    """Ids of who attends, of one side or both."""
    return [one.person_id for one in booking.attendees if side is None or one.side is side]


def seeker_people(booking: Booking) -> list[int | None]:
    """Who is told on the seeker's side: those who attend and whoever pressed the button."""
    return [*attending(booking, Side.SEEKER), booking.acted_by_id]


def answering(session: Session, booking: Booking) -> list[int | None]:
    """Who is asked on the provider's side: the achievement's contact and whom the seeker wants to meet.

    The managers too where none of them can log in to answer.
    """
    people: list[int | None] = [*attending(booking, Side.PROVIDER)]
    if booking.achievement is not None:
        people.append(booking.achievement.contact_id)
    can_answer = select(Account.id).where(
        Account.person_id.in_([one for one in people if one is not None]),
        Account.confirmed_at.is_not(None),
        Account.suspended_at.is_(None),
    )
    if booking.provider_id is not None and session.scalar(can_answer.limit(1)) is None:
        people += [one.person_id for one in managers(session, booking.provider_id)]
    return people


def everybody(session: Session, booking: Booking) -> list[int | None]:
    """Whom it concerns: who attends, who acted and, while it waits for an answer, who is asked."""
    if booking.state is BookingState.WAITING:
        return seeker_people(booking)
    people: list[int | None] = [*attending(booking), booking.acted_by_id, booking.answered_by_id]
    return people if booking.state is BookingState.CONFIRMED else [*people, *answering(session, booking)]


def tell(
    session: Session,
    booking: Booking,
    template: str,
    people: Collection[int | None],
    *,
    without: int | None = None,
    calendar: str = NO_FILE,
    **values: str,
) -> None:
    """Enqueue a mail to each of these people, but for ``without`` (who did it) and those who never consented."""
    tell_all(session, {booking: {*people} - {without}}, template, calendar=calendar, **values)


def tell_all(
    session: Session,
    told: Mapping[Booking, Collection[int | None]],
    template: str,
    *,
    calendar: str = NO_FILE,
    **values: str,
) -> None:
    """The same of many bookings; who can be reached is read once for all of them."""
    if not told:
        return
    session.flush()
    reached = recipients(session, consented(session, {one for people in told.values() for one in people if one}))
    of = {person.person_id: person for person in reached}
    mails = []
    for booking, people in told.items():
        plain = {**plain_of(booking), **values}
        mails += [
            {
                "template": template,
                "to": of[one].email,
                "receiver": of[one].name,
                "locale": of[one].locale,
                "calendar": calendar,
                "values": {**plain, "day_of": [one, booking.match_session_id]},
            }
            for one in sorted({one for one in people if one in of and one is not None})
        ]
    jobs.add_all(session, "booking_mail", mails)


def to_tell_of(booking_ids: Collection[int]) -> Select[Booking]:
    """Bookings with what ``plain_of`` says of them, which would be read for each otherwise."""
    return (
        select(Booking)
        .where(Booking.id.in_(booking_ids))
        .order_by(Booking.id)
        .options(
            selectinload(Booking.attendees).selectinload(BookingAttendee.person),
            selectinload(Booking.achievement).selectinload(Achievement.public_version),
            *(selectinload(one) for one in (Booking.slot, Booking.table, Booking.seeker, Booking.provider)),
        )
    )


def plain_of(booking: Booking) -> dict[str, Any]:
    """A booking in the plain values of a mail; web.meetings.entry_of_mail makes its calendar entry of them."""
    starts_at, ends_at = times(booking)
    version = booking.achievement.public_version if booking.achievement else None
    names = {side: [one.person.name for one in booking.attendees if one.side is side] for side in (*Side, None)}
    if booking.achievement is None:  # a seat: who receives in an organisation's own session
        names[Side.PROVIDER] = [table.host.name for table in booking.match_session.tables if table.host]
    return {
        "public_id": booking.public_id,
        "sequence": booking.sequence,
        "session": booking.match_session.title,
        "venue": booking.place,
        "table": booking.table_number,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "achievement": version.title if version else "",
        "seeker": booking.seeker.name,
        "provider": booking.provider.name if booking.provider else "",
        "host": booking.match_session.owner.name if booking.match_session.owner else "",
        "seeker_people": names[Side.SEEKER],
        "provider_people": names[Side.PROVIDER],
        "guests": names[None],
        "waits": booking.state is BookingState.PENDING,
        "hold_until": booking.hold_until.isoformat() if booking.hold_until else "",
        "note": booking.note,
    }


def consented(session: Session, people: Collection[int]) -> list[int]:
    """Those who confirmed an account of their own, or for whom their organisation declared consent."""
    return list(
        session.scalars(
            select(Person.id)
            .outerjoin(Account, Account.person_id == Person.id)
            .where(
                Person.id.in_(people),
                or_(Account.confirmed_at.is_not(None), Account.id.is_(None) & Person.declared_at.is_not(None)),
            )
        )
    )
