"""What has to be true before somebody books or waits, each with its sentence."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions.booking_mails import attending
from models.actions.places import NAMED, refuse_hindered
from models.base import utcnow
from models.enums import BookingState, EventState, RecordState, SessionKind, Side
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.limits import room
from models.queries.places import name_of, places
from models.rules.policy import Actor
from models.tables import Achievement, Booking, MatchSession, Membership, Organisation, Person, Slot

MOST_PEOPLE = 6  # of one side at a table
MOST_NOTE = 500


def open_for(match_session: MatchSession, kind: SessionKind) -> None:
    if match_session.state is not EventState.PUBLISHED:
        raise NotNow(N_("This session takes no bookings now: %(state)s."), state=match_session.state.label)
    if match_session.kind is not kind:
        raise NotNow(N_("This session is of another kind: %(kind)s."), kind=match_session.kind.label)
    if match_session.ends_at <= utcnow():
        raise NotNow(N_("This session is over."))
    if match_session.owner is not None and not match_session.owner.is_verified:
        raise NotNow(N_("“%(name)s” cannot be booked at the moment."), name=match_session.owner.name)


def seeking(session: Session, seeker_id: int, by: Actor) -> Organisation:
    seeker = session.get_one(Organisation, seeker_id)
    if not (by.acts_for(seeker_id) or by.organizer) or not seeker.is_seeker:
        raise NotNow(N_("You cannot book for “%(name)s”."), name=seeker.name)
    if not seeker.is_verified:
        raise NotNow(N_("“%(name)s” can book as soon as it is verified."), name=seeker.name)
    return seeker


def owner_of(achievement: Achievement, seeker: Organisation) -> None:
    if achievement.organisation_id == seeker.id:
        raise Invalid(N_("This achievement is your own organisation's."), field="achievement")
    if achievement.state is not RecordState.PUBLISHED or not achievement.organisation.is_verified:
        raise NotNow(N_("This achievement cannot be booked at the moment."), field="achievement")


def subject_of(match_session: MatchSession, achievement: Achievement) -> None:
    """Raise NotNow where an organisation's own session is not about this achievement."""
    owner = match_session.owner
    if owner is None:
        return
    if achievement.organisation_id != owner.id:
        raise NotNow(
            N_("In this session only achievements of “%(name)s” can be booked."), field="achievement", name=owner.name
        )
    chosen = [one.achievement_id for one in match_session.subjects]
    if chosen and achievement.id not in chosen:
        raise NotNow(
            N_("This session is about other achievements of “%(name)s”."), field="achievement", name=owner.name
        )


def receiving(match_session: MatchSession, person_id: int) -> int:
    """The person, who receives in this session of an organisation. Raises Invalid where they do not (any more)."""
    if person_id not in [table.host_id for table in match_session.tables]:
        raise Invalid(
            N_("This person does not receive in this session any more. Please choose again."), field="asked_for"
        )
    return person_id


def timetabled(match_session: MatchSession) -> None:
    if match_session.owner_id is not None:
        raise NotNow(N_("In an organisation's own session times are booked directly; no timetable is made."))


def before_timetable(match_session: MatchSession) -> None:
    """Raise NotNow where wishes are not said, or no timetable is planned, (any more)."""
    open_for(match_session, SessionKind.ONE_TO_ONE)
    timetabled(match_session)
    if match_session.starts_at <= utcnow():
        raise NotNow(N_("This session has begun already."))


def session_unchanged(match_session: MatchSession, revision: int | None) -> None:
    """Raise Conflict where a session is not what the form showed (None: there was none)."""
    if revision is not None and match_session.revision != revision:
        raise Conflict(N_("Somebody else changed this session in the meantime. Open it again and compare."))


def booking_unchanged(booking: Booking, revision: int | None) -> None:
    """Raise Conflict where a booking is not what the form showed (None: there was none)."""
    if revision is not None and booking.revision != revision:
        raise Conflict(N_("This booking has changed since you opened it. Look at the present state and decide again."))


def not_own(match_session: MatchSession, seeker: Organisation) -> None:
    if match_session.owner_id == seeker.id:
        raise NotNow(N_("This session is your own organisation's."))


def people_of(session: Session, organisation_id: int, people: Collection[int], field: str) -> list[int]:
    """The people as they are members now. Raises Invalid (field) for nobody, too many, or somebody else's people."""
    wanted = set(people)
    if not wanted:
        raise Invalid(N_("Please choose at least one person who comes."), field=field)
    if len(wanted) > MOST_PEOPLE:
        raise Invalid(N_("At most %(most)s people of one side fit at a table."), field=field, most=MOST_PEOPLE)
    return people_in(session, organisation_id, wanted, field)


def people_in(session: Session, organisation_id: int, people: Collection[int], field: str = "") -> list[int]:
    """The people as they are members now. Raises Invalid (field) for somebody else's."""
    wanted = set(people)
    found = session.scalars(
        select(Person.id)
        .join(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .where(Person.id.in_(wanted), Membership.organisation_id == organisation_id, Person.deidentified_at.is_(None))
        .order_by(Person.id)
    ).all()
    if len(found) != len(wanted):
        raise Invalid(N_("Somebody you chose is not in the organisation any more. Please choose again."), field=field)
    return list(found)


def one_person(people: list[int]) -> list[int]:
    if len(people) > 1:
        raise Invalid(N_("A seat is for one person. Please book a seat for each."), field="attendees")
    return people


def short(text: str, field: str) -> str:
    if len(text) > MOST_NOTE:
        raise Invalid(N_("At most %(most)s characters, please."), field=field, most=MOST_NOTE)
    return text.strip()


def same(
    session: Session,
    match_session: MatchSession,
    slot: Slot | None,
    seeker_id: int,
    achievement_id: int | None,
    people: Collection[int],
    states: Collection[BookingState],
) -> Booking | None:
    """The booking that says the same, in one of these states: the button was pressed twice."""
    found = session.scalars(
        select(Booking).where(
            Booking.match_session_id == match_session.id,
            Booking.slot_id.is_(None) if slot is None else Booking.slot_id == slot.id,
            Booking.seeker_id == seeker_id,
            Booking.achievement_id.is_(None) if achievement_id is None else Booking.achievement_id == achievement_id,
            Booking.state.in_(states),
        )
    )
    return next((one for one in found if set(attending(one, Side.SEEKER)) == set(people)), None)


def not_full(
    session: Session, match_session: MatchSession, *, people: Collection[int], organisations: Collection[int]
) -> None:
    """Raise Conflict where somebody has as many meetings in a session as they, or it, may have."""
    left = room(session, match_session, people=people, organisations=organisations)
    if (person := left.full_person(people)) is not None:
        name, most, field = name_of(session, person), left.most_of_person[person], "attendees"
    elif (firm := left.full_organisation(organisations)) is not None:
        name = session.scalar(select(Organisation.name).where(Organisation.id == firm))
        most, field = left.most_of_organisation[firm], "organisation"
    else:
        return
    raise Conflict(
        N_("%(name)s has as many meetings in this session as they may have: %(most)s."),
        field=field,
        name=name,
        most=most,
    )


def nothing_free(
    session: Session,
    match_session: MatchSession,
    slot: Slot | None,
    people: Collection[int],
    *,
    provider_id: int | None = None,
) -> None:
    """Raise Conflict where the people could have a place now, and NotNow where there is nothing to wait for."""
    now = utcnow()
    if match_session.kind is SessionKind.GROUP:
        _no_seat_free(session, match_session)
        return
    if slot is not None and (slot.match_session_id != match_session.id or slot.starts_at <= now):
        raise NotNow(N_("This slot has begun already. Please choose a later one."), field="slot")
    now_free = places(session, match_session, people).for_provider(provider_id)
    if slot is not None and now_free.free_table(slot) is not None:
        refuse_hindered(session, now_free.hindrance_at(people, slot))
    free = [one.starts_at for one in now_free.free_slots(people, now) if slot in (None, one)]
    if free:
        raise Conflict(N_("There is a free place: %(free)s. Please book it directly."), field="slot", free=free[:NAMED])


def _no_seat_free(session: Session, match_session: MatchSession) -> None:
    seats = select(func.count()).where(Booking.match_session_id == match_session.id, Booking.seat.is_not(None))
    if match_session.starts_at <= utcnow():
        raise NotNow(N_("This session has begun already."))
    if (session.scalar(seats) or 0) < match_session.capacity:
        raise Conflict(N_("A seat is free: please book it directly."))
