"""After a meeting on the pages: two taps from the desk, contradictions shown, the next step on both desks, met before."""

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from models.actions import bookings, meeting_wishes, outcomes
from models.base import Database, utcnow
from models.enums import SessionKind
from models.tables import Achievement, Booking, Engagement, Match, MatchSession, MeetingOutcome, NextStep, Organisation
from tests.factories import make_account, make_achievement, make_need, make_seeker, make_session
from tests.models.match_cases import matched
from tests.models.test_outcomes import ZONE, move_back
from tests.web.booking_site import LogIn, Site, actor_of, cost, in_english, make_site, newest, person_of
from tests.web.reading import page, rendered_mails, sent, text_of


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


def met(database: Database, site: Site, *, slot: int = 0, days: int = 1) -> Booking:
    """A confirmed meeting of the two sides that is over."""
    with database.write() as session:
        meeting = make_session(
            session, starts_at=utcnow().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
        )
        buyer = actor_of(session, site.buyer)
        booking = bookings.book(
            session, meeting, by=buyer, seeker_id=site.seeker.id,
            achievement=session.get_one(Achievement, site.achievement.id), slot=meeting.slots[slot],
            attendees=[site.buyer.person_id],
        )  # fmt: skip
        bookings.confirm(session, booking, by=actor_of(session, site.owner), attendees=[site.owner.person_id])
        move_back(session, booking, days)
    return newest(database)


def press(client: FlaskClient, booking: Booking, said: str, side: str) -> str:
    answer = client.post(f"/bookings/{booking.public_id}/outcome", data={"said": said, "side": side})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_two_taps_from_the_desk(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    buyer = in_english(log_in(site.buyer))
    desk = page(buyer, "/desk")
    assert "How was the meeting with 北澜石油大学（示例）?" in desk
    address = f"/bookings/{booking.public_id}"
    assert f'href="{address}"' in desk  # the first tap
    shown = page(buyer, address)
    assert f'action="{address}/outcome"' in shown
    assert 'name="said" value="held"' in shown
    press(buyer, booking, "held", "seeker")  # the second
    assert "How was the meeting" not in page(buyer, "/desk")
    owner = in_english(log_in(site.owner))
    assert "How was the meeting with 北澜钻采服务有限公司（示例）?" in page(owner, "/desk")
    assert "Took place" in page(owner, address)


def test_contradictions_stand_beside_each_other(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    buyer, owner = in_english(log_in(site.buyer)), in_english(log_in(site.owner))
    press(buyer, booking, "useful", "seeker")
    press(owner, booking, "no_show", "provider")
    for client in (buyer, owner, in_english(log_in(site.organizer))):
        shown = page(client, f"/bookings/{booking.public_id}")
        assert "The two sides say different things" in shown
        assert "Took place, and it was useful" in shown
        assert "The other side did not come" in shown


def test_the_organizer_records_for_a_side(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    organizer = in_english(log_in(site.organizer))
    assert "Record it for them" in page(organizer, f"/bookings/{booking.public_id}")
    press(organizer, booking, "held", "seeker")
    assert "recorded by the organizer" in page(in_english(log_in(site.buyer)), f"/bookings/{booking.public_id}")


def test_others_neither_see_nor_say_it(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    other = log_in(site.other)
    assert other.get(f"/bookings/{booking.public_id}").status_code == 404
    data = {"said": "held", "side": "seeker"}
    assert other.post(f"/bookings/{booking.public_id}/outcome", data=data).status_code == 404
    buyer = in_english(log_in(site.buyer))
    foreign = buyer.post(f"/bookings/{booking.public_id}/outcome", data={"said": "held", "side": "provider"})
    assert foreign.status_code == 303
    assert "Only this side itself" in page(buyer, f"/bookings/{booking.public_id}")
    for wrong in ({"said": "great", "side": "seeker"}, {"said": "held", "side": "x"}, {}):
        buyer.post(f"/bookings/{booking.public_id}/outcome", data=wrong)
        assert "Please choose one of the answers" in page(buyer, f"/bookings/{booking.public_id}")
    with database.read() as session:
        assert session.scalars(select(MeetingOutcome)).all() == []


def test_a_seat_asks_whether_one_took_part(database: Database, log_in: LogIn, app: Flask) -> None:
    site = make_site(database, kind=SessionKind.GROUP, capacity=3)
    with database.write() as session:
        booking = bookings.take_seat(
            session, session.get_one(MatchSession, site.match_session.id), by=actor_of(session, site.buyer),
            seeker_id=site.seeker.id, attendees=[site.buyer.person_id],
        )  # fmt: skip
        move_back(session, booking)
    buyer = in_english(log_in(site.buyer))
    assert "Did you take part?" in page(buyer, "/desk")
    shown = page(buyer, f"/bookings/{booking.public_id}")
    assert "Did not take part" in shown
    assert 'value="next_step"' not in shown
    press(buyer, booking, "absent", "seeker")
    assert "Did not take part" in page(buyer, f"/bookings/{booking.public_id}")


def plan_from(client: FlaskClient, booking: Booking, side: str, **fields: str) -> str:
    address = press(client, booking, "next_step", side)
    form = page(client, address)
    person = re.search(r'<option value="(\w{10})"', form)
    assert person is not None
    data = {"text": "寄送检测报告", "person": person[1], "due_on": (utcnow() + timedelta(days=5)).date().isoformat()}
    sent(client, address, **{**data, **fields})
    return address


def test_the_next_step_falls_due_on_both_desks(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    buyer, owner = in_english(log_in(site.buyer)), in_english(log_in(site.owner))
    address = plan_from(buyer, booking, "seeker").removesuffix("/next-step")
    assert f'<option selected value="{person_of(database, site.owner)}">' in page(owner, f"{address}/next-step")
    waiting, awaited = page(buyer, "/desk"), page(owner, "/desk")
    assert "Next step: 寄送检测报告" in waiting
    assert "Next step: 寄送检测报告" in awaited
    assert "Waiting for 北澜钻采服务有限公司（示例）" in awaited
    shown = page(owner, address)
    assert "First contact" in shown
    assert "寄送检测报告" in shown
    put_off = re.search(rf"{address}/next-step/\w+/put-off", shown)
    assert put_off is not None
    later = (utcnow() + timedelta(days=30)).date().isoformat()
    assert "寄送检测报告" in page(owner, put_off[0])
    sent(owner, put_off[0], due_on=later)
    assert "Next step put off until" in page(buyer, address)
    step = put_off[0].removesuffix("/put-off")
    sent(buyer, f"{step}/done", revision="2")
    buyer.post(f"{step}/done")
    again = page(buyer, address)
    assert "was changed in the meantime" in again
    assert again.count("Next step done") == 1
    assert "Next step: 寄送检测报告" not in page(buyer, "/desk")


def test_what_is_wrong_with_a_step_is_said_and_kept(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    buyer = in_english(log_in(site.buyer))
    address = press(buyer, booking, "next_step", "seeker")
    answer = buyer.post(address, data={"text": "参观中试线", "person": "", "due_on": "2020-01-01"})
    assert answer.status_code == 422
    assert "参观中试线" in text_of(answer, 422)
    plan_from(buyer, booking, "seeker")
    shown = page(buyer, address)
    assert "The present one is replaced" in shown
    stale = buyer.post(address, data={"text": "另一个", "person": re.findall(r'<option value="(\w{10})"', shown)[0],
                                      "due_on": "2099-01-01"})  # fmt: skip
    assert stale.status_code == 422
    other = log_in(site.other)
    assert other.get(address).status_code == 404


def test_overdue_is_marked(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site)
    buyer = in_english(log_in(site.buyer))
    plan_from(buyer, booking, "seeker")
    with database.write() as session:
        session.scalars(select(NextStep)).one().due_on = (utcnow() - timedelta(days=4)).date()
    assert "Overdue since" in page(buyer, "/desk")
    assert "Overdue since" in page(in_english(log_in(site.owner)), "/desk")


def test_the_mail_of_the_morning_is_whole(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = met(database, site)
    with database.write() as session:
        outcomes.remind(session, now=utcnow(), zone=ZONE)
    found = [mail for mail in rendered_mails(app, database) if "洽谈怎么样" in mail[1]]
    assert {to for to, _subject, _text in found} == {site.buyer.email, site.owner.email}
    for _to, _subject, text in found:
        assert f"/bookings/{booking.public_id}" in text
        assert "智能示踪监测系统" in text


# --- met before -------------------------------------------------------------------------------------------------------


def test_bookings_and_wishes_remember(database: Database, site: Site, log_in: LogIn) -> None:
    first, _second = met(database, site, days=9), met(database, site)
    buyer = in_english(log_in(site.buyer))
    assert "Met before" not in page(buyer, f"/bookings/{first.public_id}")
    latest = newest(database)
    shown = page(buyer, f"/bookings/{latest.public_id}")
    assert f"/bookings/{first.public_id}" in shown
    assert "Nobody has said how it was" in shown
    with database.write() as session:
        meeting_wishes.wish(
            session, session.get_one(MatchSession, site.match_session.id), by=actor_of(session, site.buyer),
            seeker_id=site.seeker.id, achievement=session.get_one(Achievement, site.achievement.id), strength=2,
            attendees=[site.buyer.person_id],
        )  # fmt: skip
    for account in (site.buyer, site.owner, site.organizer):
        assert f"/bookings/{latest.public_id}" in page(log_in(account), f"{site.address}/wishes")
    for form in (site.book, site.book.replace("/book", "/wish")):
        assert f"/bookings/{latest.public_id}" in page(buyer, form)
        assert f"/bookings/{latest.public_id}" not in page(log_in(site.other), form)
    wish = re.search(r"/wishes/\w+/answer", page(log_in(site.owner), f"{site.address}/wishes"))
    assert wish is not None
    assert f"/bookings/{latest.public_id}" in page(log_in(site.owner), wish[0])


@pytest.mark.parametrize("masked", [False, True])
def test_a_suggestion_remembers_unless_that_would_name_a_masked_owner(
    database: Database, site: Site, log_in: LogIn, masked: bool
) -> None:
    booking = met(database, site)
    with database.write() as session:
        need = make_need(session, session.get_one(Organisation, site.seeker.id), masked=masked)
        matched(session, need, session.get_one(Achievement, site.achievement.id))
    link = f"/bookings/{booking.public_id}"
    assert link in page(log_in(site.buyer), "/suggestions")
    assert (link in page(log_in(site.owner), "/suggestions")) is not masked
    with database.read() as session:
        pair = session.scalars(select(Match)).one().public_id
    assert (link in page(log_in(site.owner), f"/suggestions/{pair}")) is not masked


def test_lists_cost_the_same_with_one_and_three(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    organizer, buyer, costs = log_in(site.organizer), log_in(site.buyer), []
    booking = met(database, site)
    addresses = (f"{site.address}/wishes", "/desk", f"/bookings/{booking.public_id}", "/suggestions")
    for more in range(2):
        for _number in range(1 + more):
            met(database, site, days=2 + _number)
            with database.write() as session:
                seeker = make_seeker(session) if more else session.get_one(Organisation, site.seeker.id)
                by = make_account(session, seeker) if more else site.buyer
                achievement = make_achievement(session, session.get_one(Organisation, site.provider.id))
                meeting_wishes.wish(
                    session, session.get_one(MatchSession, site.match_session.id), by=actor_of(session, by),
                    seeker_id=seeker.id, achievement=achievement, strength=2, attendees=[by.person_id],
                )  # fmt: skip
                matched(session, make_need(session, session.get_one(Organisation, site.seeker.id)), achievement)
        costs.append([cost(app, organizer, addresses[0]), *(cost(app, buyer, address) for address in addresses)])
    assert costs[0] == costs[1]
    with database.read() as session:
        assert session.scalars(select(Engagement)).first() is not None


def test_the_organizers_list_and_file_of_a_session_show_what_both_said(
    database: Database, site: Site, log_in: LogIn, app: Flask
) -> None:
    booking = met(database, site)
    press(log_in(site.buyer), booking, "useful", "seeker")
    press(log_in(site.owner), booking, "no_show", "provider")
    with database.read() as session:
        address = f"/sessions/{session.get_one(MatchSession, booking.match_session_id).public_id}/bookings"
    organizer = in_english(log_in(site.organizer))
    shown = page(organizer, address)
    for text in ("Took place, and it was useful", "The other side did not come", "Contradictory", f"{address}.xlsx"):
        assert text in shown
    answer = organizer.get(f"{address}.xlsx")
    head, row = load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
    cells = dict(zip(head, row, strict=True))
    assert (cells["Enterprise says"], cells["Provider says"]) == (
        "Took place, and it was useful", "The other side did not come",
    )  # fmt: skip
    assert cells["How it was"] == "The two sides say different things"
    assert log_in(site.buyer).get(f"{address}.xlsx").status_code == 403
    before = cost(app, organizer, address)
    met(database, site, slot=1)
    assert cost(app, organizer, address) == before


def test_before_a_session_nothing_is_said_of_it(database: Database, site: Site, log_in: LogIn) -> None:
    booking = met(database, site, days=-2)
    with database.read() as session:
        address = f"/sessions/{session.get_one(MatchSession, booking.match_session_id).public_id}/bookings"
    organizer = in_english(log_in(site.organizer))
    assert "Enterprise says" not in page(organizer, address)
    answer = organizer.get(f"{address}.xlsx")
    head, row = load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
    assert row[head.index("How it was")] in (None, "")
