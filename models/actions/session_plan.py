"""What an organizer types about a session, checked, and the tables, slots and seats that follow from it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions.wish_mails import keep_reminder
from models.base import utcnow
from models.enums import SessionKind
from models.errors import N_, Invalid
from models.queries.hanging import OPEN_BOOKINGS
from models.rules.calendar import slots
from models.rules.conflicts import LONGEST_WALK, aligned
from models.tables import Booking, MatchSession, SessionAchievement, SessionTable, Slot
from models.tables.booking import wishes_close

MOST_TABLES, MOST_SLOTS, MOST_SEATS = 100, 200, 1000
MOST_MEETINGS = 200  # of somebody in a session
SHORTEST, LONGEST = 5, 240  # minutes of a slot
LISTS = ("tables", "hosts", "achievements")  # of a plan: rows beside the session's
LONGEST_SESSION = timedelta(days=2)
MEETINGS = ("most_of_person", "most_of_organisation", "walking_minutes", "accepted_only")


@dataclass(frozen=True)
class Plan:
    """What is typed about a session. ``capacity`` is of a group; all from ``slot_minutes`` to ``accepted_only`` but it of 1:1
    meetings. ``wishes_close_at`` None: a day before it begins.

    Of an organisation's own: ``hosts`` (ids of who receives, a table each) and ``achievements`` (none: all of its own).
    """

    title: str
    kind: SessionKind
    venue: str
    starts_at: datetime
    ends_at: datetime
    introduction: str = ""
    circle_id: int | None = None
    event_id: int | None = None
    slot_minutes: int = 30
    tables: int = 1
    capacity: int = 0
    wishes_close_at: datetime | None = None
    most_of_person: int | None = None
    most_of_organisation: int | None = None
    walking_minutes: int = 0
    accepted_only: bool = False
    owner_id: int | None = None
    series: str | None = None
    hosts: tuple[int, ...] = ()
    achievements: tuple[int, ...] = ()


def check_texts(plan: Plan) -> None:
    for name, most in (("title", 120), ("venue", 160)):
        text = getattr(plan, name)
        if not text.strip():
            raise Invalid(N_("Please fill this in."), field=name)
        if len(text) > most:
            raise Invalid(N_("At most %(most)s characters, please."), field=name, most=most)


def check(plan: Plan) -> None:
    check_texts(plan)
    if plan.starts_at <= utcnow():
        raise Invalid(N_("This time has passed already."), field="starts_at")
    if plan.ends_at <= plan.starts_at:
        raise Invalid(N_("The end must be after the beginning."), field="ends_at")
    if plan.ends_at - plan.starts_at > LONGEST_SESSION:
        raise Invalid(N_("A session lasts at most two days. Please check both times."), field="ends_at")
    for name in ("starts_at", "ends_at"):
        if not aligned(getattr(plan, name)):
            raise Invalid(N_("Please choose a time on five minutes, for example 14:05."), field=name)
    if plan.kind is SessionKind.GROUP:
        _between(plan.capacity, 1, MOST_SEATS, "capacity")
        return
    _between(plan.tables, 1, MOST_TABLES, "tables")
    _between(plan.slot_minutes, SHORTEST, LONGEST, "slot_minutes")
    if plan.slot_minutes % 5:
        raise Invalid(N_("Please choose a length in steps of five minutes."), field="slot_minutes")
    check_meetings(plan, plan.starts_at)
    count = sum(1 for _slot in slots(plan.starts_at, plan.ends_at, plan.slot_minutes))
    if not count:
        raise Invalid(
            N_("No meeting of %(minutes)s minutes fits into %(time)s."),
            field="slot_minutes",
            minutes=plan.slot_minutes,
            time=(plan.starts_at, plan.ends_at),
        )
    if count > MOST_SLOTS:
        raise Invalid(
            N_("That makes %(count)s slots; at most %(most)s are possible."),
            field="slot_minutes",
            count=count,
            most=MOST_SLOTS,
        )


def check_meetings(plan: Plan, starts_at: datetime) -> None:
    """What is said about wishes and meetings; ``starts_at`` of the session as it will be."""
    if plan.wishes_close_at is not None and plan.wishes_close_at > starts_at:
        raise Invalid(N_("Wishes close before the session begins."), field="wishes_close_at")
    for name in ("most_of_person", "most_of_organisation"):
        number = getattr(plan, name)
        if number is not None:
            _between(number, 1, MOST_MEETINGS, name)
    _between(plan.walking_minutes, 0, LONGEST_WALK, "walking_minutes")


def set_meetings(session: Session, match_session: MatchSession, plan: Plan) -> None:
    """Change what is said about wishes and meetings of an announced session; who was not reminded yet is at the new time."""
    check_meetings(plan, match_session.starts_at)
    for name in MEETINGS:
        setattr(match_session, name, getattr(plan, name))
    match_session.wishes_close_at = plan.wishes_close_at or wishes_close(match_session.starts_at)
    keep_reminder(session, match_session)


def _between(number: int, low: int, high: int, field: str) -> None:
    if not low <= number <= high:
        raise Invalid(N_("Please choose a number from %(low)s to %(high)s."), field=field, low=low, high=high)


def columns(plan: Plan) -> dict[str, object]:
    made = {name: getattr(plan, name) for name in plan.__dataclass_fields__ if name not in LISTS}
    made["capacity"] = plan.capacity if plan.kind is SessionKind.GROUP else 0
    made["wishes_close_at"] = plan.wishes_close_at or wishes_close(plan.starts_at)
    return made


def lay_out(session: Session, match_session: MatchSession, plan: Plan) -> None:
    """Make a draft's tables and slots anew; nobody has booked it. Old ones go first: the keys are unique.

    A table of the same number stays where it stood, and whose it was.
    """
    stood = {table.number: {"venue": table.venue, "provider_id": table.provider_id} for table in match_session.tables}
    match_session.tables, match_session.slots, match_session.subjects = [], [], []
    session.flush()
    match_session.tables = [SessionTable(number=number, host_id=one) for number, one in enumerate(plan.hosts, start=1)]
    match_session.subjects = [SessionAchievement(achievement_id=one) for one in plan.achievements]
    if match_session.kind is SessionKind.ONE_TO_ONE:
        if not plan.hosts:
            match_session.tables = [
                SessionTable(number=number, **stood.get(number, {})) for number in range(1, plan.tables + 1)
            ]
        match_session.slots = [
            Slot(starts_at=starts_at, ends_at=ends_at)
            for starts_at, ends_at in slots(match_session.starts_at, match_session.ends_at, match_session.slot_minutes)
        ]
    session.flush()


def shift_slots(session: Session, match_session: MatchSession, shift: timedelta) -> None:
    """One after the other from the end that is free, since no two slots may begin at the same time."""
    for slot in sorted(match_session.slots, key=lambda one: one.starts_at, reverse=shift > timedelta()):
        slot.starts_at, slot.ends_at = slot.starts_at + shift, slot.ends_at + shift
        session.flush()


def fit_slots(session: Session, match_session: MatchSession) -> None:
    """After a new end: slots are added, or the last ones taken away. Nobody is about to come to them; closed bookings are
    put to the first slot."""
    wanted = list(slots(match_session.starts_at, match_session.ends_at, match_session.slot_minutes))
    present = sorted(match_session.slots, key=lambda one: one.starts_at)
    leaving = present[len(wanted) :]
    for booking in session.scalars(select(Booking).where(Booking.slot_id.in_([slot.id for slot in leaving]))):
        booking.slot_id = present[0].id
    session.flush()
    for slot in leaving:
        match_session.slots.remove(slot)
    match_session.slots += [Slot(starts_at=start, ends_at=end) for start, end in wanted[len(present) :]]
    session.flush()


def number_of_tables(session: Session, match_session: MatchSession, tables: int) -> None:
    """Add tables, or take away the last ones where nobody sits; closed bookings are put to the first table."""
    _between(tables, 1, MOST_TABLES, "tables")
    present = list(match_session.tables)
    for number in range(len(present) + 1, tables + 1):
        match_session.tables.append(SessionTable(number=number))
    _take_away(session, match_session, present[tables:], field="tables")


def _take_away(session: Session, match_session: MatchSession, leaving: Sequence[SessionTable], *, field: str) -> None:
    at_them = session.scalars(select(Booking).where(Booking.table_id.in_([table.id for table in leaving]))).all()
    taken = [booking for booking in at_them if booking.state in OPEN_BOOKINGS]
    if taken:
        sentence = N_("%(count)s bookings are at the tables you would take away. Move or cancel them first.")
        if field == "hosts":
            sentence = N_("%(count)s bookings are with somebody you would take off. Move or cancel them first.")
        raise Invalid(sentence, field=field, count=len(taken))
    stays = next(table for table in match_session.tables if table not in leaving)
    session.flush()
    for booking in at_them:
        booking.table_id = stays.id
    session.flush()
    for table in leaving:
        match_session.tables.remove(table)
    session.flush()


def who_receives(session: Session, match_session: MatchSession, hosts: Collection[int]) -> None:
    """Change who receives in an organisation's own session: whom somebody is going to meet stays."""
    present = {table.host_id: table for table in match_session.tables}
    following = max(table.number for table in match_session.tables) + 1
    for number, one in enumerate((one for one in hosts if one not in present), start=following):
        match_session.tables.append(SessionTable(number=number, host_id=one))
    _take_away(session, match_session, [table for host, table in present.items() if host not in hosts], field="hosts")


def what_about(session: Session, match_session: MatchSession, achievements: Collection[int]) -> None:
    """Change what an organisation's own session is about; none: all it has published. Bookings made before stay."""
    for one in [one for one in match_session.subjects if one.achievement_id not in achievements]:
        match_session.subjects.remove(one)
    present = {one.achievement_id for one in match_session.subjects}
    match_session.subjects += [SessionAchievement(achievement_id=one) for one in achievements if one not in present]
    session.flush()


def number_of_seats(session: Session, match_session: MatchSession, capacity: int) -> None:
    """Change the seats of a group; whoever has a seat keeps one."""
    _between(capacity, 1, MOST_SEATS, "capacity")
    seated = session.scalars(
        select(Booking)
        .where(Booking.match_session_id == match_session.id, Booking.seat.is_not(None))
        .order_by(Booking.id)
    ).all()
    if len(seated) > capacity:
        raise Invalid(
            N_("%(count)s seats are taken already; there cannot be fewer."), field="capacity", count=len(seated)
        )
    match_session.capacity = capacity
    free = iter(sorted(set(range(1, capacity + 1)) - {booking.seat for booking in seated}))
    for booking in seated:
        if booking.seat is not None and booking.seat > capacity:
            booking.seat = next(free)
    session.flush()
