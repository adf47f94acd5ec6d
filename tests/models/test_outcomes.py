"""After meetings: what each side says is kept, whoever contradicts; the mail of the next morning; who has met before."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import bookings, engagements, occupancy, outcomes
from models.base import Database, utcnow
from models.enums import BookingState, MeetingResult, SessionKind, Side, Stage, Verdict
from models.errors import Invalid, NotNow
from models.queries import desk
from models.queries import outcomes as queries
from models.rules.outcomes import ASKED_FOR, verdict
from models.rules.policy import Actor
from models.tables import AuditEntry, Booking, Engagement, Job, MatchSession, MeetingOutcome, Person
from tests.counting import counted
from tests.models.booking_cases import Fair, at_once, book, confirm, make_fair

HELD, NO_SHOW, ABSENT = MeetingResult.HELD, MeetingResult.NO_SHOW, MeetingResult.ABSENT
ZONE = ZoneInfo("Asia/Shanghai")


def move_back(session: Session, booking: Booking, days: int = 1) -> None:
    """Let the meeting, with its session, have been some days ago at 09:00 of the site."""
    began = datetime.combine(utcnow().astimezone(ZONE).date() - timedelta(days=days), datetime.min.time(), ZONE)
    began = began.replace(hour=9).astimezone(UTC)
    meeting = session.get_one(MatchSession, booking.match_session_id)
    shift = meeting.starts_at - began
    meeting.starts_at, meeting.ends_at = meeting.starts_at - shift, meeting.ends_at - shift
    for slot in meeting.slots:
        slot.starts_at, slot.ends_at = slot.starts_at - shift, slot.ends_at - shift
    occupancy.release(session, [booking.id])  # its people may meet again at the time it was booked for
    session.flush()


def met_booking(session: Session, fair: Fair, seeker: int = 0, *, days: int = 1, **values: Any) -> Booking:
    """Booked, confirmed, over since some days."""
    booking = book(session, fair, seeker, **values)
    confirm(session, fair, booking)
    move_back(session, booking, days)
    return booking


def seat(session: Session, fair: Fair, seeker: int = 0, *, days: int = 1) -> Booking:
    who = fair.seekers[seeker]
    booking = bookings.take_seat(
        session, session.get_one(MatchSession, fair.session_id), by=who.actor, seeker_id=who.organisation_id,
        attendees=[who.person],
    )  # fmt: skip
    move_back(session, booking, days)
    return booking


def say(session: Session, booking: Booking, by: Actor, side: Side, result: MeetingResult, **values: Any) -> Any:
    return outcomes.say(session, booking, by=by, side=side, result=result, **values)


def results(session: Session, booking: Booking) -> dict[Side, MeetingResult]:
    return {side: row.result for side, row in queries.said(session, booking.id).items()}


# --- the rule -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "together"),
    [
        ((None, None), Verdict.UNKNOWN),
        ((HELD, None), Verdict.HELD),
        ((HELD, HELD), Verdict.HELD),
        ((None, NO_SHOW), Verdict.NO_SHOW),
        ((NO_SHOW, NO_SHOW), Verdict.NO_SHOW),
        ((HELD, NO_SHOW), Verdict.CONTRADICTORY),
        ((NO_SHOW, HELD), Verdict.CONTRADICTORY),
        ((ABSENT, None), Verdict.NO_SHOW),
    ],
)
def test_what_both_say_together(said: tuple[MeetingResult | None, ...], together: Verdict) -> None:
    assert verdict(*said) is together


def test_the_database_judges_as_the_rule(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = met_booking(session, fair)
        for seeker, provider in product((None, HELD, NO_SHOW), repeat=2):
            for row in session.scalars(select(MeetingOutcome)):
                session.delete(row)
            session.flush()
            for side, by, result in (
                (Side.SEEKER, fair.seekers[0].actor, seeker),
                (Side.PROVIDER, fair.owner, provider),
            ):
                if result is not None:
                    say(session, booking, by, side, result)
            statement = (
                select(queries.verdict_column())
                .select_from(Booking)
                .outerjoin(queries.OfSeeker, queries.SEEKER_SAID)
                .outerjoin(queries.OfProvider, queries.PROVIDER_SAID)
            )
            assert session.scalars(statement).one() == verdict(seeker, provider).value


# --- saying it ----------------------------------------------------------------------------------------------------------


def test_each_side_says_it_and_the_engagement_had_its_first_contact(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = met_booking(session, fair)
        assert booking.engagement is not None
        assert booking.engagement.stage is Stage.S2
        say(session, booking, fair.seekers[0].actor, Side.SEEKER, HELD, useful=True)
        assert booking.engagement.stage is Stage.S3
        say(session, booking, fair.owner, Side.PROVIDER, HELD)
        assert results(session, booking) == {Side.SEEKER: HELD, Side.PROVIDER: HELD}
        assert [row.useful for row in queries.said(session, booking.id).values()].count(True) == 1


def test_a_contradiction_is_kept(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        booking = met_booking(session, fair)
        say(session, booking, fair.owner, Side.PROVIDER, NO_SHOW)
        say(session, booking, fair.seekers[0].actor, Side.SEEKER, HELD)
        assert results(session, booking) == {Side.SEEKER: HELD, Side.PROVIDER: NO_SHOW}
        assert booking.engagement is not None
        assert booking.engagement.stage is Stage.S2  # contradicted: nothing moves on by itself


def test_a_side_corrects_its_own_word_and_the_log_keeps_both(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = met_booking(session, fair)
    who = fair.seekers[0].actor
    first = say(session, booking, who, Side.SEEKER, NO_SHOW)
    assert say(session, booking, who, Side.SEEKER, NO_SHOW) is first  # pressed twice
    say(session, booking, who, Side.SEEKER, HELD, useful=True)
    assert session.scalar(select(func.count()).select_from(MeetingOutcome)) == 1
    details = session.scalars(
        select(AuditEntry.detail).where(AuditEntry.action == "booking.outcome").order_by(AuditEntry.id)
    ).all()
    assert [(one["result"], one.get("before")) for one in details] == [("no_show", None), ("held", "no_show")]


def test_the_organizer_records_for_a_side_and_stands_beside_it(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = met_booking(session, fair)
    say(session, booking, fair.organizer, Side.SEEKER, NO_SHOW)
    row = queries.said(session, booking.id)[Side.SEEKER]
    assert row.by_organizer
    assert row.who == session.get_one(Person, fair.organizer.person_id).name
    say(session, booking, fair.organizer, Side.SEEKER, HELD)  # corrects what an organizer recorded
    say(session, booking, fair.seekers[0].actor, Side.SEEKER, NO_SHOW)  # the side itself has the last word
    assert not queries.said(session, booking.id)[Side.SEEKER].by_organizer
    with pytest.raises(NotNow, match="said itself"):
        say(session, booking, fair.organizer, Side.SEEKER, HELD)
    with pytest.raises(NotNow, match="Only this side"):
        say(session, booking, fair.seekers[0].actor, Side.PROVIDER, HELD)


def test_not_before_it_begins_and_not_of_what_was_not_confirmed(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = book(session, fair)
    with pytest.raises(NotNow, match="confirmed"):
        say(session, booking, fair.owner, Side.PROVIDER, HELD)
    confirm(session, fair, booking)
    with pytest.raises(NotNow, match="not begun"):
        say(session, booking, fair.owner, Side.PROVIDER, HELD)


def test_a_seat_is_taken_part_in_or_not(session: Session, database: Database) -> None:
    fair = make_fair(database, kind=SessionKind.GROUP, capacity=3)
    booking = seat(session, fair)
    who = fair.seekers[0].actor
    with pytest.raises(Invalid):
        say(session, booking, who, Side.SEEKER, NO_SHOW)
    with pytest.raises(Invalid, match="no other side"):
        say(session, booking, fair.organizer, Side.PROVIDER, HELD)
    say(session, booking, who, Side.SEEKER, ABSENT)
    assert results(session, booking) == {Side.SEEKER: ABSENT}
    assert session.scalar(select(func.count()).select_from(Engagement)) == 0


def test_what_ended_or_went_on_is_not_moved(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = met_booking(session, fair)
    assert booking.engagement is not None
    engagements.advance(
        session, booking.engagement, by=fair.owner, stage=Stage.S5, revision=booking.engagement.revision
    )
    say(session, booking, fair.owner, Side.PROVIDER, HELD)
    assert booking.engagement.stage is Stage.S5


def test_both_sides_at_once_and_two_colleagues_at_once(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking_id = met_booking(session, fair).id

    def press(number: int) -> None:
        with each_database.write() as session:
            booking = session.get_one(Booking, booking_id)
            side, by = ((Side.SEEKER, fair.seekers[0].actor), (Side.PROVIDER, fair.owner))[number % 2]
            say(session, booking, by, side, HELD, useful=number % 4 < 2)

    _done, refused = at_once(8, press)
    assert refused == []
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(MeetingOutcome)) == 2
        assert session.scalars(select(Engagement)).one().stage is Stage.S3


# --- desk and mail ------------------------------------------------------------------------------------------------------


def waits(session: Session, actor: Actor, *, now: datetime | None = None) -> list[str]:
    session.flush()
    found = [item.kind for item in desk.waiting(session, actor, now=now)]
    assert desk.waiting_count(session, actor, now=now) == len(found)
    return [kind for kind in found if "outcome" in kind]


def test_the_desk_asks_both_sides_until_they_say_or_for_thirty_days(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = met_booking(session, fair)
    buyer = fair.seekers[0].actor
    assert waits(session, buyer) == waits(session, fair.owner) == ["outcome"]
    assert waits(session, fair.seekers[1].actor) == waits(session, fair.organizer) == []
    assert waits(session, buyer, now=utcnow() + ASKED_FOR) == []
    say(session, booking, buyer, Side.SEEKER, HELD)
    assert waits(session, buyer) == []
    assert waits(session, fair.owner) == ["outcome"]


def test_the_desk_does_not_ask_before_the_end(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = book(session, fair)
    confirm(session, fair, booking)
    ends = booking.slot.ends_at if booking.slot else utcnow()
    assert waits(session, fair.owner, now=ends - timedelta(minutes=1)) == []
    assert waits(session, fair.owner, now=ends) == ["outcome"]


def test_a_seat_asks_the_one_side(session: Session, database: Database) -> None:
    fair = make_fair(database, kind=SessionKind.GROUP, capacity=3)
    seat(session, fair)
    assert waits(session, fair.seekers[0].actor) == ["seat_outcome"]


def reminders(session: Session) -> list[dict[str, Any]]:
    session.flush()
    jobs = session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id))
    return [job.payload for job in jobs if job.payload["template"] == "meetings_unanswered"]


def test_one_mail_lists_all_of_a_day(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        bookings_of_day = [book(session, fair, number, slot=number) for number in range(2)]
        for one in bookings_of_day:
            confirm(session, fair, one)
        move_back(session, bookings_of_day[0])
    with each_database.write() as session:
        outcomes.remind(session, now=utcnow(), zone=ZONE)
        outcomes.remind(session, now=utcnow(), zone=ZONE)  # run twice
        found = {mail["to"]: [one["public_id"] for one in mail["values"]["meetings"]] for mail in reminders(session)}
        assert len(reminders(session)) == 3
        assert sorted(map(len, found.values())) == [1, 1, 2]  # the owner met two, each enterprise one


def test_who_has_answered_is_not_reminded(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = met_booking(session, fair)
    say(session, booking, fair.owner, Side.PROVIDER, HELD)
    outcomes.remind(session, now=utcnow(), zone=ZONE)
    assert len(reminders(session)) == 1
    outcomes.remind(session, now=utcnow() + timedelta(days=10), zone=ZONE)
    assert len(reminders(session)) == 1


def test_managers_are_reminded_where_nobody_who_attended_can_log_in(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = book(session, fair, attendees=[fair.seekers[0].colleague])
    confirm(session, fair, booking, attendees=[fair.professor])
    move_back(session, booking)
    assert waits(session, fair.owner) == ["outcome"]
    outcomes.remind(session, now=utcnow(), zone=ZONE)
    assert len(reminders(session)) == 2


def test_a_missed_morning_is_caught_up_on(session: Session, database: Database) -> None:
    fair = make_fair(database)
    met_booking(session, fair, days=3)
    outcomes.remind(session, now=utcnow(), zone=ZONE)
    assert len(reminders(session)) == 2


# --- met before ---------------------------------------------------------------------------------------------------------


def test_pairs_remember_their_last_meeting_at_the_cost_of_one_query(session: Session, database: Database) -> None:
    fair = make_fair(database)
    first = met_booking(session, fair, days=9)
    say(session, first, fair.owner, Side.PROVIDER, NO_SHOW)
    one, other = (who.organisation_id for who in fair.seekers)
    pairs = [(one, fair.provider_id), (other, fair.provider_id), (one, None)]
    with counted(session) as statements:
        found = queries.met(session, pairs, now=utcnow())
    assert len(statements) == 1
    assert list(found) == [(one, fair.provider_id)]
    met = found[one, fair.provider_id]
    assert (met.public_id, met.verdict, met.times) == (first.public_id, Verdict.NO_SHOW, 1)
    assert queries.met(session, [(fair.provider_id, one)], now=utcnow())  # whoever sought whom
    assert queries.met(session, pairs, now=utcnow(), before=first) == {}
    assert queries.met(session, [], now=utcnow()) == {}


def test_cancelled_and_coming_meetings_are_no_memory(session: Session, database: Database) -> None:
    fair = make_fair(database)
    booking = book(session, fair)
    confirm(session, fair, booking)
    pair = [(fair.seekers[0].organisation_id, fair.provider_id)]
    assert queries.met(session, pair, now=utcnow()) == {}
    move_back(session, booking)
    assert queries.met(session, pair, now=utcnow())
    booking.state = BookingState.CANCELLED
    session.flush()
    assert queries.met(session, pair, now=utcnow()) == {}
