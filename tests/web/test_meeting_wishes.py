"""Pages of wishes to meet and of timetables: an enterprise says, the owner answers, the organizer computes and publishes."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.actions import meeting_wishes, timetables
from models.base import Database
from models.enums import SessionKind, TimetableState
from models.tables import Achievement, Booking, Job, MatchSession, MeetingWish, Timetable
from tests.factories import make_account, make_achievement, make_seeker
from tests.web.booking_site import LogIn, Site, actor_of, cost, in_english, make_site, perform, person_of
from tests.web.reading import page, text_of
from web.mails import render


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


def wish_address(site: Site) -> str:
    return site.book.replace("/book", "/wish")


def wished(database: Database, site: Site, **values: Any) -> MeetingWish:
    """Said by the enterprise's manager, without the form."""
    with database.write() as session:
        by = values.pop("by", site.buyer)
        actor = actor_of(session, by)
        return meeting_wishes.wish(
            session, session.get_one(MatchSession, site.match_session.id), by=actor, seeker_id=actor.organisation_id or 0,
            achievement=session.get_one(Achievement, values.pop("achievement_id", site.achievement.id)),
            **{"strength": 2, "attendees": [actor.person_id or 0], **values},
        )  # fmt: skip


def computed(database: Database, site: Site, app: Flask) -> Timetable:
    """Asked for by the organizer and computed by the worker's job."""
    with database.write() as session:
        made = timetables.ask(
            session, session.get_one(MatchSession, site.match_session.id), by=actor_of(session, site.organizer)
        )
    perform(app, database, "timetable")
    with database.read() as session:
        return session.get_one(Timetable, made.id)


def test_from_the_wish_to_the_confirmed_meeting(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    buyer, owner, organizer = (in_english(log_in(one)) for one in (site.buyer, site.owner, site.organizer))
    assert f"/sessions/{site.match_session.public_id}/wish" in page(buyer, site.address)
    form = page(buyer, wish_address(site))
    assert "智能示踪监测系统" in form
    answer = buyer.post(
        wish_address(site), data={"strength": "3", "attendees": [person_of(database, site.buyer)], "note": "测井数据"}
    )
    assert answer.status_code == 303
    assert "No answer yet" in text_of(buyer.get(f"{site.address}/wishes"))

    listing = page(owner, f"{site.address}/wishes")
    assert "测井数据" in listing
    address = re.search(r"/wishes/\w+/answer", listing)
    assert address is not None
    chen = site.professor.public_id
    assert "陈教授" in page(owner, address[0])
    assert owner.post(address[0], data={"strength": "2", "attendees": chen}).status_code == 303
    assert "陈教授" in page(buyer, f"{site.address}/wishes")

    assert organizer.post(f"{site.address}/timetable").status_code == 303
    assert "Waiting to be computed" in page(organizer, f"{site.address}/timetable")
    perform(app, database, "timetable")
    shown = page(organizer, f"{site.address}/timetable")
    assert "Ready to be looked at" in shown
    assert "100.0 %" in shown
    publish = re.search(r"/timetables/\w+/publish", shown)
    assert publish is not None
    assert organizer.post(publish[0]).status_code == 303
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
    assert "Confirmed" in text_of(buyer.get(f"/bookings/{booking.public_id}"))
    assert "Meeting confirmed" in text_of(buyer.get(f"{site.address}/wishes"))


def test_the_form_shows_what_was_said(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site, strength=1, note="先了解一下", attendees=[site.colleague.id])
    form = page(log_in(site.buyer), wish_address(site))
    assert "先了解一下" in form
    assert re.search(rf'value="{site.colleague.public_id}"[^>]*checked', form)


def test_what_is_wrong_is_said_and_kept(database: Database, site: Site, log_in: LogIn) -> None:
    buyer = in_english(log_in(site.buyer))
    answer = buyer.post(wish_address(site), data={"strength": "3", "note": "带样品"})
    assert answer.status_code == 422
    assert "Please choose at least one person who comes." in answer.text
    assert "带样品" in answer.text


def test_a_declined_wish_says_why(database: Database, site: Site, log_in: LogIn) -> None:
    wish = wished(database, site)
    owner = in_english(log_in(site.owner))
    form = page(owner, f"/wishes/{wish.public_id}/decline")
    reason = re.search(r'name="reason"[^>]*value="(\w+)"', form)
    assert reason is not None
    assert owner.post(f"/wishes/{wish.public_id}/decline", data={"reason": reason[1]}).status_code == 303
    assert "Declined" in text_of(in_english(log_in(site.buyer)).get(f"{site.address}/wishes"))


def test_taking_back(database: Database, site: Site, log_in: LogIn) -> None:
    wish = wished(database, site)
    buyer = log_in(site.buyer)
    assert f"/wishes/{wish.public_id}/withdraw" in page(buyer, f"{site.address}/wishes")
    assert buyer.post(f"/wishes/{wish.public_id}/withdraw").status_code == 303
    with database.read() as session:
        assert session.get(MeetingWish, wish.id) is None


def test_the_owner_finds_it_on_the_desk(database: Database, site: Site, log_in: LogIn) -> None:
    wish = wished(database, site)
    owner = in_english(log_in(site.owner))
    assert f"{site.address}/wishes" in page(owner, "/desk")
    assert "Wishes to meet: 1" in page(owner, "/desk")
    assert "Wishes to meet: 1" not in page(in_english(log_in(site.buyer)), "/desk")
    with database.write() as session:
        meeting_wishes.decline(
            session, session.get_one(MeetingWish, wish.id), by=actor_of(session, site.owner), reason="changed"
        )
    assert "Wishes to meet: 1" not in page(owner, "/desk")


def test_others_see_nothing_of_it(database: Database, site: Site, log_in: LogIn) -> None:
    wish = wished(database, site, note="只给对方看")
    other = log_in(site.other)
    assert "只给对方看" not in page(other, f"{site.address}/wishes")
    for address in (f"/wishes/{wish.public_id}/answer", f"/wishes/{wish.public_id}/decline"):
        assert other.get(address).status_code == 404
        assert log_in(site.buyer).get(address).status_code == 403
    assert other.get(f"{site.address}/timetable").status_code == 403


def test_lists_cost_the_same_with_one_and_three(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    organizer, costs = log_in(site.organizer), []
    wished(database, site)
    with database.write() as session:
        others = [make_account(session, make_seeker(session)) for _number in range(2)]
    for more in range(2):
        computed(database, site, app)
        costs.append([cost(app, organizer, f"{site.address}/{name}") for name in ("wishes", "timetable")])
        if not more:
            for other in others:
                wished(database, site, by=other)
    assert costs[0] == costs[1]


def test_reasons_are_sentences(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    with database.write() as session:
        nobody = make_achievement(session, site.provider, title="没有联系人的成果")
    wished(database, site, achievement_id=nobody.id)
    computed(database, site, app)
    shown = text_of(in_english(log_in(site.organizer)).get(f"{site.address}/timetable"))
    assert "No meeting could be placed" in shown
    assert "Nobody is named who comes" in shown


def test_stopping(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    organizer = log_in(site.organizer)
    organizer.post(f"{site.address}/timetable")
    shown = page(organizer, f"{site.address}/timetable")
    assert 'data-hx-trigger="every 2s"' in shown
    stop = re.search(r"/timetables/\w+/stop", shown)
    assert stop is not None
    assert organizer.post(stop[0]).status_code == 303
    perform(app, database, "timetable")
    with database.read() as session:
        assert session.scalars(select(Timetable.state)).one() is TimetableState.STOPPED
    assert "every 2s" not in page(organizer, f"{site.address}/timetable")


def test_older_timetables_are_kept(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    for _number in range(2):
        computed(database, site, app)
    organizer = in_english(log_in(site.organizer))
    assert "Timetable 1" in text_of(organizer.get(f"{site.address}/timetable?number=1"))
    assert organizer.get(f"{site.address}/timetable?number=9").status_code == 404


def test_a_group_session_has_none(database: Database, log_in: LogIn, app: Flask) -> None:
    site = make_site(database, kind=SessionKind.GROUP, capacity=3)
    organizer = log_in(site.organizer)
    assert organizer.get(f"{site.address}/timetable").status_code == 303
    assert "/wish" not in page(log_in(site.buyer), site.address)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_mail_is_whole_in_both_languages(app: Flask, database: Database, site: Site, locale: str) -> None:
    wished(database, site)
    with database.read() as session:
        payload = session.scalars(select(Job).where(Job.name == "mail")).one().payload
    with app.app_context():
        subject, text, html = render("meeting_wished", locale, payload["values"])
    assert "北澜钻采服务有限公司（示例）" in subject
    for body in (text, html):
        assert "智能示踪监测系统" in body
        assert f"/sessions/{site.match_session.public_id}/wishes" in body


def test_a_long_list_of_wishes_is_filtered_and_paged(
    database: Database, site: Site, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.queries.wish_list.wish_page.__kwdefaults__", {"after": "", "limit": 2})
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        for number, (seeker_says, owner_says) in enumerate([(1, None), (3, 3), (2, None), (3, None), (3, 1)]):
            seeker = make_seeker(session, name=f"第{number}家企业")
            session.add(
                MeetingWish(
                    match_session_id=match_session.id, seeker_id=seeker.id, achievement_id=site.achievement.id,
                    seeker_strength=seeker_says, provider_strength=owner_says,
                )
            )  # fmt: skip
    organizer, address = in_english(log_in(site.organizer)), f"{site.address}/wishes"

    def listed(query: str = "") -> tuple[list[str], str]:
        text = page(organizer, f"{address}?{query}")
        following = re.search(r'rel="next" href="[^"]*after=([^"&]+)', text)
        return re.findall(r">第(\d)家企业</a>", text), following.group(1) if following else ""

    first, key = listed()
    second, key_of_second = listed(f"after={key}")
    third, end = listed(f"after={key_of_second}")
    assert (first, second, third, end) == (["1", "4"], ["3", "2"], ["0"], "")
    assert listed("stand=both") == (["1", "4"], "")
    assert listed("stand=open&after=" + listed("stand=open")[1])[0] == ["0"]
    assert listed("q=第2家")[0] == ["2"]
    assert listed("after=nonsense-1")[0] == listed("stand=nonsense")[0] == first
    assert "No wish fits" in page(organizer, f"{address}?q=没有这家")
    assert "No wish fits" in page(organizer, f"{address}?stand=declined")
