"""Pages of bookings: book, answer, wait, cancel; what losers, late-comers and impatient people read."""

import email
import re
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from models.actions import bookings, sessions
from models.base import Database, utcnow
from models.enums import BookingState, GrantRole, OrgRole, SessionKind, Verification
from models.tables import (
    Absence,
    Account,
    Achievement,
    AuditEntry,
    Booking,
    Job,
    MatchSession,
    Organisation,
    Person,
    Slot,
    Transition,
)
from tests.factories import make_account, make_mandate, make_session
from tests.web.booking_site import (
    LogIn,
    Site,
    actor_of,
    booked,
    cost,
    in_english,
    make_site,
    newest,
    perform,
    person_of,
    slot_value,
    state_of,
)
from tests.web.reading import page, text_of


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


@pytest.fixture
def group(database: Database, app: Flask) -> Site:
    return make_site(database, kind=SessionKind.GROUP, capacity=1)


def test_booking_from_the_achievement_to_the_thread(database: Database, site: Site, log_in: LogIn) -> None:
    client = in_english(log_in(site.buyer))
    form = page(client, site.book)
    assert "智能示踪监测系统" in form
    assert "李工" in form
    assert "陈教授" not in form, "the owner's people are not laid open; only contact and presenters are offered"
    assert "王岚" in form
    booking = booked(database, site, client)
    thread = page(client, f"/bookings/{booking.public_id}")
    assert "Waiting for 北澜石油大学（示例）" in thread
    assert "周明远" in thread
    with database.read() as session:
        assert session.get_one(Booking, booking.id).state is BookingState.PENDING


def test_pages_read_well_in_chinese(database: Database, site: Site, log_in: LogIn) -> None:
    client = log_in(site.buyer)
    booking = booked(database, site, client)
    for address in ("/bookings", site.book, site.wait, f"/bookings/{booking.public_id}", site.address):
        text = page(client, address)
        assert not re.search(r">[A-Z][a-z]+ [a-z]+", text.split("<main", 1)[1].split("</main", 1)[0]), address


def test_a_visitor_is_asked_to_log_in_and_comes_back(site: Site, app: Flask) -> None:
    answer = app.test_client().get(site.book)
    assert answer.status_code == 303
    assert "next=" in answer.headers["Location"]


def test_without_an_achievement_it_is_asked_first(database: Database, site: Site, log_in: LogIn) -> None:
    client = in_english(log_in(site.buyer))
    assert "With which achievement?" in page(client, f"{site.address}/book")
    text = page(client, f"{site.address}/book?achievement=unknown")
    assert "cannot be booked at the moment" in text


def test_the_loser_reads_which_slots_are_free_and_keeps_the_form(database: Database, site: Site, log_in: LogIn) -> None:
    first, second = in_english(log_in(site.buyer)), in_english(log_in(site.other))
    form = {"slot": slot_value(database, site), "attendees": [person_of(database, site.other)], "note": "想看样机"}
    booked(database, site, first)
    with database.write() as session:  # the second table goes to somebody else while the form is open
        by = actor_of(session, site.buyer)
        slot = session.scalars(select(Slot).order_by(Slot.starts_at)).first()
        bookings.book(
            session,
            session.get_one(MatchSession, site.match_session.id),
            by=by,
            seeker_id=site.seeker.id,
            achievement=session.get_one(Achievement, site.achievement.id),
            slot=slot,
            attendees=[site.colleague.id],
        )
    text = text_of(second.post(site.book, data=form), 422)
    assert re.search(r"This slot has just been taken. Still free: .*09:30, 10:00, 10:30\.", text), text
    assert "想看样机" in text
    assert "What you typed is still here" in text
    chinese = text_of(log_in(site.other).post(site.book, data=form), 422)
    assert "09:30、10:00、10:30" in chinese


def test_pressed_twice_is_one_booking(database: Database, site: Site, log_in: LogIn) -> None:
    client = log_in(site.buyer)
    assert booked(database, site, client).id == booked(database, site, client).id
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"attendees": []}, "Please choose at least one person who comes."),
        ({"slot": ""}, "Please choose a time."),
        ({"slot": "2026-01-01"}, "This slot does not exist any more."),
        ({"slot": "garbage"}, "This slot does not exist any more."),
        ({"note": "长" * 501}, "Please shorten this"),
        ({"attendees": ["unknown"]}, "not"),
        ({"asked_for": "unknown"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    database: Database, site: Site, log_in: LogIn, data: dict[str, object], sentence: str
) -> None:
    client = in_english(log_in(site.buyer))
    form = {"slot": slot_value(database, site), "attendees": [person_of(database, site.buyer)], **data}
    assert sentence in text_of(client.post(site.book, data=form), 422)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 0


def test_the_owner_confirms_and_names_the_professor(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    owner = in_english(log_in(site.owner))
    assert "Please answer this booking" in page(owner, f"/bookings/{booking.public_id}")
    form = page(owner, f"/bookings/{booking.public_id}/confirm")
    assert "陈教授" in form
    revision = re.search(r'name="revision" value="(\d+)"', form)
    assert revision is not None
    answer = owner.post(
        f"/bookings/{booking.public_id}/confirm",
        data={"revision": revision[1], "attendees": [site.professor.public_id]},
    )
    assert answer.status_code == 303
    thread = page(owner, f"/bookings/{booking.public_id}")
    assert "You meet on" in thread
    assert "陈教授" in thread
    assert state_of(database, booking) is BookingState.CONFIRMED


def test_a_stale_confirmation_is_refused_with_a_sentence(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    owner = in_english(log_in(site.owner))
    with database.write() as session:
        sessions.postpone(
            session,
            session.get_one(MatchSession, site.match_session.id),
            by=actor_of(session, site.organizer),
            shift=timedelta(days=1),
            reason="场地检修",
        )
    answer = owner.post(
        f"/bookings/{booking.public_id}/confirm",
        data={"revision": str(booking.revision), "attendees": [site.professor.public_id]},
    )
    assert "has changed since you opened it" in text_of(answer, 422)
    assert state_of(database, booking) is BookingState.PENDING


def test_confirming_twice_tells_the_state(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    owner = in_english(log_in(site.owner))
    form = {"revision": "", "attendees": [site.professor.public_id]}
    assert owner.post(f"/bookings/{booking.public_id}/confirm", data=form).status_code == 303
    assert "the state is now “Confirmed”" in text_of(
        owner.post(f"/bookings/{booking.public_id}/confirm", data=form), 422
    )


def test_declining_needs_a_reason_of_the_dictionary(database: Database, site: Site, log_in: LogIn) -> None:
    buyer = in_english(log_in(site.buyer))
    booking = booked(database, site, buyer)
    owner = in_english(log_in(site.owner))
    address = f"/bookings/{booking.public_id}/decline"
    assert "Please fill this in" in text_of(owner.post(address, data={"note": "x"}), 422)
    assert text_of(owner.post(address, data={"reason": "unknown"}), 422)
    assert owner.post(address, data={"reason": "immature", "note": "明年再谈"}).status_code == 303
    thread = page(buyer, f"/bookings/{booking.public_id}")
    assert "Technology not mature enough" in thread
    assert "明年再谈" in thread
    assert "Choose another time" in thread


@pytest.mark.parametrize("who", ["buyer", "owner", "organizer"])
def test_cancelling_frees_the_slot(database: Database, site: Site, log_in: LogIn, who: str) -> None:
    booking = booked(database, site, log_in(site.buyer))
    client = in_english(log_in(getattr(site, who)))
    assert "Cancel the booking" in page(client, f"/bookings/{booking.public_id}")
    answer = client.post(f"/bookings/{booking.public_id}/cancel", data={"reason": "临时出差 100%"})
    assert answer.status_code == 303
    assert "临时出差 100%" in page(client, f"/bookings/{booking.public_id}")
    again = text_of(client.post(f"/bookings/{booking.public_id}/cancel", data={"reason": ""}), 422)
    assert "the state is now “Cancelled”" in again


def test_others_do_not_see_the_booking(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    stranger = log_in(site.other)
    for address in ("", "/confirm", "/decline", "/calendar.ics"):
        assert stranger.get(f"/bookings/{booking.public_id}{address}").status_code == 404
    buyer = log_in(site.buyer)
    for address in ("/confirm", "/decline"):
        assert buyer.get(f"/bookings/{booking.public_id}{address}").status_code == 403
    assert "北澜钻采" not in page(stranger, site.address)
    assert "北澜钻采" not in page(stranger, "/bookings")


def test_unverified_enterprises_read_when_they_can_book(database: Database, site: Site, log_in: LogIn) -> None:
    client = in_english(log_in(site.buyer))
    with database.write() as session:
        session.get_one(Organisation, site.seeker.id).verification = Verification.PENDING
    assert client.get(site.book).status_code == 403
    assert "Booking opens as soon as your organisation is verified" in page(client, site.address)


def test_the_waiting_list_by_the_form(database: Database, site: Site, log_in: LogIn) -> None:
    buyer, other = in_english(log_in(site.buyer)), in_english(log_in(site.other))
    first = booked(database, site, buyer)
    answer = other.post(
        site.wait, data={"slot": slot_value(database, site), "attendees": [person_of(database, site.other)]}
    )
    assert "Not a valid choice" in text_of(answer, 422)  # one table of it is free
    with database.write() as session:
        session.delete(session.get_one(MatchSession, site.match_session.id).tables[1])
    answer = other.post(
        site.wait, data={"slot": slot_value(database, site), "attendees": [person_of(database, site.other)]}
    )
    assert answer.status_code == 303
    waiting = newest(database)
    assert "Place 1 on the waiting list" in page(other, f"/bookings/{waiting.public_id}")
    buyer.post(f"/bookings/{first.public_id}/cancel", data={"reason": ""})
    assert state_of(database, waiting) is BookingState.PENDING
    assert "Got a slot from the waiting list" in page(other, f"/bookings/{waiting.public_id}")


def test_a_seat_and_its_waiting_list(database: Database, group: Site, log_in: LogIn) -> None:
    buyer, other = in_english(log_in(group.buyer)), in_english(log_in(group.other))
    assert "Book a seat" in page(buyer, group.address)
    answer = buyer.post(group.book, data={"attendees": [person_of(database, group.buyer)]})
    assert answer.status_code == 303
    seat = newest(database)
    assert seat.seat == 1
    assert "Confirmed" in page(buyer, f"/bookings/{seat.public_id}")
    assert "Join the waiting list" in page(other, group.address)
    refused = other.post(group.book, data={"attendees": [person_of(database, group.other)]})
    assert "All seats are taken" in text_of(refused, 422)
    answer = other.post(group.wait, data={"attendees": [person_of(database, group.other)]})
    assert answer.status_code == 303
    waiting = newest(database)
    buyer.post(f"/bookings/{seat.public_id}/cancel", data={"reason": ""})
    assert state_of(database, waiting) is BookingState.CONFIRMED


def test_a_broker_books_for_the_organisation_chosen(database: Database, site: Site, log_in: LogIn) -> None:
    with database.write() as session:
        broker = make_account(session, None, GrantRole.BROKER, name="赵清")
        manager = session.get_one(Account, site.buyer.id)
        make_mandate(session, session.get_one(Organisation, site.seeker.id), broker, manager)
        second = session.get_one(Account, site.other.id)
        found = session.scalars(select(Organisation).where(Organisation.name == "另一家企业（示例）")).one()
        make_mandate(session, found, broker, second)
    client = in_english(log_in(broker))
    text = page(client, site.book)
    assert "For which organisation do you book?" in text
    assert "另一家企业（示例）" in text
    address = f"{site.book}&organisation={site.seeker.public_id}"
    assert "You book for" in page(client, address)
    answer = client.post(
        address, data={"slot": slot_value(database, site), "attendees": [site.colleague.public_id], "note": ""}
    )
    assert answer.status_code == 303
    thread = page(client, answer.headers["Location"])
    assert "on behalf of 北澜钻采服务有限公司（示例）" in thread
    assert "Entered by" in thread


def test_an_organizer_books_for_an_enterprise(database: Database, site: Site, log_in: LogIn) -> None:
    client = in_english(log_in(site.organizer))
    assert "For which organisation do you book?" in page(client, site.book)
    answer = client.post(
        f"{site.book}&organisation={site.seeker.public_id}",
        data={"slot": slot_value(database, site), "attendees": [site.colleague.public_id]},
    )
    assert answer.status_code == 303
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.create")).one()
        assert entry.on_behalf_of_id == site.seeker.id


def test_an_organisation_one_does_not_act_for_is_not_offered(database: Database, site: Site, log_in: LogIn) -> None:
    client = log_in(site.other)
    answer = client.post(
        f"{site.book}&organisation={site.seeker.public_id}",
        data={"slot": slot_value(database, site), "attendees": [site.colleague.public_id]},
    )
    assert answer.status_code == 200  # asked again for which organisation
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 0


@pytest.mark.parametrize("number", [1, 3])
def test_lists_cost_the_same_with_one_and_three(
    database: Database, site: Site, log_in: LogIn, app: Flask, number: int
) -> None:
    client = log_in(site.buyer)
    for slot in range(number):
        booked(database, site, client, slot=slot)
    organizer = log_in(site.organizer)
    pages = ((client, "/bookings"), (organizer, f"{site.address}/bookings"), (client, site.address))
    costs = [cost(app, reader, address) for reader, address in pages]
    assert costs == [3, 5, 8]  # the reader, settings and the page's own


def test_the_list_has_both_sides_names_and_pages(database: Database, site: Site, log_in: LogIn) -> None:
    buyer = log_in(site.buyer)
    booked(database, site, buyer)
    assert "北澜石油大学（示例）" in page(buyer, "/bookings")
    assert "北澜钻采服务有限公司（示例）" in page(log_in(site.owner), "/bookings")
    both = page(log_in(site.organizer), "/bookings")
    assert "北澜钻采服务有限公司（示例） – 北澜石油大学（示例）" in both
    page(buyer, "/bookings?past=y")
    page(buyer, "/bookings?after=garbage")


def test_the_calendar_file_keeps_its_uid_and_raises_its_sequence(database: Database, site: Site, log_in: LogIn) -> None:
    buyer = log_in(site.buyer)
    booking = booked(database, site, buyer)

    def entry() -> object:
        answer = buyer.get(f"/bookings/{booking.public_id}/calendar.ics")
        assert answer.mimetype == "text/calendar"
        return next(iter(Calendar.from_ical(answer.data).walk("VEVENT")))

    pending = entry()
    owner = log_in(site.owner)
    owner.post(f"/bookings/{booking.public_id}/confirm", data={"attendees": [site.professor.public_id]})
    confirmed = entry()
    owner.post(f"/bookings/{booking.public_id}/cancel", data={})
    cancelled = entry()
    assert pending["UID"] == confirmed["UID"] == cancelled["UID"]
    assert pending["SEQUENCE"] < confirmed["SEQUENCE"] < cancelled["SEQUENCE"]
    assert [one["STATUS"] for one in (pending, confirmed, cancelled)] == ["TENTATIVE", "CONFIRMED", "CANCELLED"]
    assert confirmed["SUMMARY"] == "洽谈：北澜石油大学（示例）"


def test_mails_are_whole_in_both_languages(
    database: Database, site: Site, log_in: LogIn, app: Flask, tmp_path: Path
) -> None:
    """Every kind is sent by its job; who has English set reads English; files agree with the text."""
    with database.write() as session:
        session.get_one(Account, site.owner.id).locale = "en"
    buyer, owner = log_in(site.buyer), log_in(site.owner)
    first = booked(database, site, buyer)
    owner.post(f"/bookings/{first.public_id}/confirm", data={"attendees": [person_of(database, site.owner)]})
    second = booked(database, site, buyer, slot=1)
    owner.post(f"/bookings/{second.public_id}/decline", data={"reason": "price", "note": "预算不够"})
    third = booked(database, site, buyer, slot=2)
    with database.write() as session:
        late = session.get_one(Booking, third.id)
        late.hold_until = utcnow() - timedelta(minutes=1)
        assert bookings.expire(session, late)
        match_session = session.get_one(MatchSession, site.match_session.id)
        organizer = actor_of(session, site.organizer)
        sessions.postpone(session, match_session, by=organizer, shift=timedelta(days=1), reason="场地检修")
        sessions.cancel(session, match_session, by=organizer, reason="大雪 100%")
    sent = perform(app, database, "booking_mail")
    outbox = sorted((tmp_path / "var" / "outbox").glob("*.eml"))
    assert len(outbox) == sent
    letters = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox]
    by_template = {}
    with database.read() as session:
        for job, letter in zip(
            session.scalars(select(Job).where(Job.name == "booking_mail").order_by(Job.id)), letters, strict=True
        ):
            by_template.setdefault(job.payload["template"], []).append((job.payload, letter))
    assert set(by_template) == {
        "booking_requested", "booking_confirmed", "booking_declined", "booking_expired", "booking_moved",
        "session_cancelled",
    }  # fmt: skip
    for pairs in by_template.values():
        for payload, letter in pairs:
            text = letter.get_body(("plain",)).get_content()
            assert f"/bookings/{payload['values']['public_id']}" in text
            assert letter.get_body(("html",)) is not None
            files = list(letter.iter_attachments())
            assert len(files) == bool(payload["calendar"])
            if files:
                assert files[0].get_content_type() == "text/calendar"
                calendar = Calendar.from_ical(files[0].get_content())
                entry = next(iter(calendar.walk("VEVENT")))
                assert calendar["METHOD"] == payload["calendar"]
                assert entry["SEQUENCE"] == payload["values"]["sequence"]
                assert str(entry["ATTENDEE"]) == f"mailto:{payload['to']}"
                assert len(entry.get("ATTENDEE").split(",")) == 1
    english = next(letter for payload, letter in by_template["booking_requested"] if payload["locale"] == "en")
    assert english["Subject"].startswith("Please confirm: 北澜钻采服务有限公司（示例） wants to meet you on")
    declined = by_template["booking_declined"][0][1]
    assert "价格分歧" in declined.get_body(("plain",)).get_content()
    assert "大雪 100%" in by_template["session_cancelled"][0][1].get_body(("plain",)).get_content()


def test_the_job_ends_a_hold(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = booked(database, site, log_in(site.buyer))
    perform(app, database, "booking_expiry")
    assert state_of(database, booking) is BookingState.PENDING
    with database.write() as session:
        session.get_one(Booking, booking.id).hold_until = utcnow() - timedelta(minutes=1)
    perform(app, database, "booking_expiry")
    perform(app, database, "booking_expiry")
    assert state_of(database, booking) is BookingState.EXPIRED


def test_the_nightly_sweep_ends_what_has_no_job(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = booked(database, site, log_in(site.buyer))
    with database.write() as session:
        session.get_one(Booking, booking.id).hold_until = utcnow() - timedelta(minutes=1)
        session.add(Job(lane="short", name="expire_bookings", payload={}, run_after=utcnow()))
    perform(app, database, "expire_bookings")
    assert state_of(database, booking) is BookingState.EXPIRED


def test_unknown_bookings_are_not_found(site: Site, log_in: LogIn) -> None:
    client = log_in(site.buyer)
    for address in ("/bookings/unknown", "/sessions/unknown", "/sessions/unknown/book", "/sessions/unknown/wait"):
        page(client, address, 404)


def test_members_of_the_owner_answer_and_others_of_it_see(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    with database.write() as session:
        member = make_account(session, session.get_one(Organisation, site.provider.id), role=OrgRole.MEMBER)
    client = log_in(member)
    assert client.get(f"/bookings/{booking.public_id}/confirm").status_code == 200


def elsewhere(database: Database, site: Site, *, slot: int) -> None:
    """The buyer has a meeting of another session during a slot, and is away at the one after it."""
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        other = make_session(session, starts_at=match_session.slots[slot].starts_at)
        bookings.book(
            session, other, by=actor_of(session, site.buyer), seeker_id=site.seeker.id, slot=other.slots[0],
            achievement=session.get_one(Achievement, site.achievement.id), attendees=[site.buyer.person_id],
        )  # fmt: skip
        session.add(Absence(slot_id=match_session.slots[slot + 1].id, person_id=site.buyer.person_id))


def times_of(text: str) -> list[str]:
    """What can be chosen on the form."""
    return re.findall(r'class="slot-input" type="radio" name="slot" id="[^"]+" value="([^"]+)"', text)


def test_times_at_which_who_comes_cannot_are_no_choice(database: Database, site: Site, log_in: LogIn) -> None:
    elsewhere(database, site, slot=1)
    client = in_english(log_in(site.buyer))
    values = [slot_value(database, site, number) for number in range(4)]
    text = page(client, site.book)
    assert times_of(text) == [values[0], values[3]]
    assert "周明远 is in a meeting then" in text
    assert "周明远 is not there then" in text


def test_times_follow_who_is_ticked(database: Database, site: Site, log_in: LogIn) -> None:
    """Without script a button shows them anew; nothing is booked by it, and what was typed stays."""
    elsewhere(database, site, slot=1)
    client = in_english(log_in(site.buyer))
    with database.read() as session:
        colleague = session.get_one(Person, site.colleague.id).public_id
    data = {"attendees": [colleague], "note": "带样品", "again": "1"}
    answer = client.post(site.book, data=data)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert len(times_of(text)) == 4
    assert "带样品" in text
    assert "field-bad" not in text
    both = client.post(site.book, data=data | {"attendees": [colleague, person_of(database, site.buyer)]})
    assert len(times_of(both.get_data(as_text=True))) == 2
    with database.read() as session:
        assert session.scalar(select(func.count(Booking.id))) == 1


def test_a_form_costs_the_same_with_one_and_four_slots(
    database: Database, site: Site, app: Flask, log_in: LogIn
) -> None:
    client = log_in(site.buyer)
    four = cost(app, client, site.book)
    with database.write() as session:
        for slot in list(session.get_one(MatchSession, site.match_session.id).slots)[1:]:
            session.delete(slot)
    assert len(times_of(page(client, site.book))) == 1
    assert cost(app, client, site.book) == four


def test_a_meeting_of_the_timetable_was_placed_not_seated(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, in_english(log_in(site.buyer)))
    with database.write() as session:
        for row in session.scalars(select(Transition).where(Transition.object_type == "booking")):
            row.to_state = BookingState.CONFIRMED.value
        session.get_one(Booking, booking.id).state = BookingState.CONFIRMED
    text = page(in_english(log_in(site.buyer)), f"/bookings/{booking.public_id}")
    assert "Placed the meeting in the timetable" in text
    assert "Took a seat" not in text
