"""Pages of when people are there, of tables and venues, and what an organizer reads before a timetable is computed."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.actions import meeting_wishes, presence
from models.base import Database, utcnow
from models.enums import EventState, SessionKind
from models.tables import Absence, Achievement, MatchSession, MeetingLimit, Organisation, SessionTable
from tests.factories import make_account, make_achievement, make_person, make_provider, make_seeker
from tests.web.booking_site import (
    LogIn,
    Site,
    actor_of,
    booked,
    cost,
    in_english,
    make_site,
    perform,
    person_of,
    slot_value,
)
from tests.web.reading import page, text_of
from tests.web.test_meeting_wishes import wished


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(
        database, starts_at=(utcnow() + timedelta(days=10)).replace(hour=1, minute=0, second=0, microsecond=0)
    )


def address(site: Site) -> str:
    return f"{site.address}/presence"


def tables(site: Site) -> str:
    return f"{site.address}/tables"


def away(
    database: Database, site: Site, person: int, slots: int | None = None, organisation: int | None = None
) -> None:
    """Somebody is away at the first slots (None: at all)."""
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        presence.say(
            session, match_session, by=actor_of(session, site.organizer),
            organisation=session.get_one(Organisation, organisation or site.provider.id),
            absent={person: {slot.id for slot in match_session.slots[:slots]}}, most={}, most_of_organisation=None,
        )  # fmt: skip


def checks(site: Site, log_in: LogIn) -> str:
    return text_of(in_english(log_in(site.organizer)).get(f"{site.address}/timetable"))


def test_saying_when_one_is_there(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site, attendees=[site.colleague.id])
    buyer = in_english(log_in(site.buyer))
    assert address(site) in page(buyer, site.address)
    shown = page(buyer, address(site))
    assert "李工" in shown, "who is named in a wish"
    assert "周明远" in shown, "and oneself"
    me, colleague = person_of(database, site.buyer), site.colleague.public_id
    first, second = slot_value(database, site, 0), slot_value(database, site, 1)
    answer = buyer.post(
        address(site),
        data={
            "person": [me, colleague], "there": [f"{me}@{first}", f"{me}@{second}", f"{colleague}@{second}"],
            f"most_{colleague}": "3", "most_of_organisation": "5",
        },
    )  # fmt: skip
    assert answer.status_code == 303
    with database.read() as session:
        absent = session.execute(select(Absence.person_id, Absence.slot_id)).all()
        assert sum(person == site.colleague.id for person, _slot in absent) == 3
        assert sum(person == site.buyer.person_id for person, _slot in absent) == 2
        assert sorted(session.scalars(select(MeetingLimit.most))) == [3, 5]
    shown = page(buyer, address(site))
    assert f'value="{colleague}@{second}" checked' in shown
    assert f'value="{colleague}@{first}" checked' not in shown
    refused = buyer.post(site.book, data={"slot": first, "attendees": [colleague], "note": "带样品"})
    assert refused.status_code == 422
    assert "李工 said they are not there at this time. Free for everybody you named:" in refused.text
    assert "带样品" in refused.text


def test_who_is_not_on_the_form_stays_as_they_are(database: Database, site: Site, log_in: LogIn) -> None:
    away(database, site, site.professor.id, 1)
    owner = log_in(site.owner)
    me = person_of(database, site.owner)
    owner.post(address(site), data={"person": [me], "there": []})
    with database.read() as session:
        kept = session.scalars(select(Absence.slot_id).where(Absence.person_id == site.professor.id)).all()
        assert len(kept) == 1


def test_what_is_wrong_is_said_and_kept(database: Database, site: Site, log_in: LogIn) -> None:
    with database.write() as session:
        session.get_one(MatchSession, site.match_session.id).most_of_person = 4
    buyer = in_english(log_in(site.buyer))
    me = person_of(database, site.buyer)
    answer = buyer.post(
        address(site),
        data={"person": [me], "there": [f"{me}@{slot_value(database, site, 1)}"], f"most_{me}": "5"},
    )
    assert answer.status_code == 422
    assert "Please choose a number from 1 to 4." in answer.text
    assert 'value="5"' in answer.text
    assert len(re.findall(r'name="there"[^>]*checked', answer.text)) == 1


def test_a_meeting_that_stands_is_named(database: Database, site: Site, log_in: LogIn) -> None:
    buyer = in_english(log_in(site.buyer))
    booked(database, site, buyer)
    me = person_of(database, site.buyer)
    answer = buyer.post(address(site), data={"person": [me], "there": []}, follow_redirects=True)
    assert "周明远 has a meeting then that stands" in answer.text


def test_others_cannot_say_it(database: Database, site: Site, log_in: LogIn) -> None:
    """Another enterprise sees and changes nobody of this one, whatever the address says."""
    other = log_in(site.other)
    there = f"{address(site)}?organisation={site.seeker.public_id}"
    shown = page(other, there)
    assert "周明远" not in shown
    assert "北澜钻采" not in shown
    other.post(there, data={"person": [person_of(database, site.buyer)], "there": []})
    mine = log_in(site.other).post(address(site), data={"person": [person_of(database, site.buyer)], "there": []})
    assert mine.status_code in (303, 422)
    with database.read() as session:
        assert session.scalars(select(Absence)).all() == []


def test_the_organizer_says_it_for_all(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site)
    organizer = log_in(site.organizer)
    shown = page(organizer, address(site))
    assert site.provider.name in shown
    assert site.seeker.name in shown
    assert "周明远" in page(organizer, f"{address(site)}?organisation={site.seeker.public_id}")


def test_a_group_session_asks_nothing(database: Database, log_in: LogIn, app: Flask) -> None:
    site = make_site(database, kind=SessionKind.GROUP, capacity=3)
    assert log_in(site.buyer).get(address(site)).status_code == 303
    assert log_in(site.organizer).get(tables(site)).status_code == 303


def test_tables_and_venues(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site)
    organizer = in_english(log_in(site.organizer))
    shown = page(organizer, tables(site))
    revision = re.search(r'name="revision" value="(\d+)"', shown)
    assert revision is not None
    said = {
        "revision": revision[1], "venue_1": "东楼", "provider_1": site.provider.public_id, "venue_2": "西楼", "provider_2": "",
    }  # fmt: skip
    assert organizer.post(tables(site), data=said).status_code == 303
    with database.read() as session:
        found = session.execute(
            select(SessionTable.venue, SessionTable.provider_id).order_by(SessionTable.number)
        ).all()
        assert found == [("东楼", site.provider.id), ("西楼", None)]
    late = organizer.post(tables(site), data=said)
    assert late.status_code == 422
    assert "Somebody else changed this session" in late.text
    wrong = organizer.post(
        tables(site), data={**said, "revision": "", "venue_1": "楼" * 81, "provider_1": site.provider.public_id}
    )
    assert wrong.status_code == 422
    assert "楼" * 81 in wrong.text
    assert log_in(site.buyer).get(tables(site)).status_code == 403
    assert log_in(site.buyer).post(f"{tables(site)}/fix").status_code == 403


def test_a_table_for_each_provider(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site)
    organizer = in_english(log_in(site.organizer))
    assert f"{tables(site)}/fix" in page(organizer, tables(site))
    answer = organizer.post(f"{tables(site)}/fix", follow_redirects=True)
    assert "1 provider has a table of its own now." in answer.text


def test_settings_of_a_session(database: Database, site: Site, log_in: LogIn) -> None:
    organizer = in_english(log_in(site.organizer))
    shown = page(organizer, f"{site.address}/edit")
    revision = re.search(r'name="revision" value="(\d+)"', shown)
    assert revision is not None
    with database.read() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
    said = {
        "revision": revision[1], "title": match_session.title, "venue": match_session.venue, "tables": "2",
        "most_of_person": "6", "most_of_organisation": "9", "walking_minutes": "10", "wishes_close_at": "2030-01-01 10:00",
    }  # fmt: skip
    wrong = organizer.post(f"{site.address}/edit", data=said)
    assert wrong.status_code == 422
    assert "Wishes close before the session begins." in wrong.text
    closing = (utcnow() + timedelta(days=3)).strftime("%Y-%m-%d 10:00")
    assert organizer.post(f"{site.address}/edit", data={**said, "wishes_close_at": closing}).status_code == 303
    with database.read() as session:
        found = session.get_one(MatchSession, site.match_session.id)
        assert (found.most_of_person, found.most_of_organisation, found.walking_minutes) == (6, 9, 10)
        assert found.wishes_close_at < found.starts_at - timedelta(days=5)
        assert found.state is EventState.PUBLISHED


def test_what_will_not_work_out_is_said_before(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    wished(database, site)
    assert "Look at this first" not in checks(site, log_in)
    away(database, site, site.buyer.person_id, organisation=site.seeker.id)
    assert "Nobody of the enterprises is there at the times to come, so no meeting is possible: 周明远." in checks(
        site, log_in
    )
    wished(database, site, by=site.other)
    shown = checks(site, log_in)
    assert "周明远: there at none of the times to come" in shown
    away(database, site, site.owner.person_id)
    assert "Nobody of the owners is there at the times to come, so no meeting is possible: 王岚." in checks(
        site, log_in
    )


def test_who_is_never_there_together_is_named(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site)
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        last = match_session.slots[-1]
        presence.say(
            session, match_session, by=actor_of(session, site.organizer), organisation=session.get_one(Organisation, site.seeker.id),
            absent={site.buyer.person_id: {last.id}}, most={}, most_of_organisation=None,
        )  # fmt: skip
    away(database, site, site.owner.person_id, 3)
    shown = checks(site, log_in)
    assert "周明远: there at" in shown
    assert "but nobody they could meet is there then." in shown


def test_more_meetings_than_time(database: Database, site: Site, log_in: LogIn) -> None:
    """Two that both sides want, and one slot at which the owner is there."""
    with database.write() as session:
        session.get_one(MatchSession, site.match_session.id).most_of_person = None
    for account in (site.buyer, site.other):
        wish = wished(database, site, by=account)
        with database.write() as session:
            meeting_wishes.accept(
                session, session.get_one(type(wish), wish.id), by=actor_of(session, site.owner), strength=2,
                attendees=[site.professor.id],
            )  # fmt: skip
    away(database, site, site.professor.id, 3)
    assert "陈教授: 2 meetings that both sides want, but time for 1 (there at" in checks(site, log_in)


def test_whoever_has_no_table_is_named(database: Database, site: Site, log_in: LogIn) -> None:
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        other = make_provider(session)
        achievement = make_achievement(session, other, contact_id=make_person(session, other, name="没桌子的人").id)
        for table in match_session.tables:
            table.provider_id = site.provider.id
    wished(database, site, achievement_id=achievement.id)
    assert "没桌子的人: no table where they could sit" in checks(site, log_in)


def test_pages_cost_the_same_with_one_and_three(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    organizer, costs = log_in(site.organizer), []
    wished(database, site)
    with database.write() as session:
        others = [make_account(session, make_seeker(session)) for _number in range(2)]
        owner = session.get_one(Organisation, site.provider.id)
        more = [make_achievement(session, owner, contact_id=make_person(session, owner).id).id for _number in range(2)]
    addresses = (f"{address(site)}?organisation={site.provider.public_id}", tables(site), f"{site.address}/timetable")
    for again in range(2):
        costs.append([cost(app, organizer, one) for one in addresses])
        if not again:
            for other, achievement in zip(others, more, strict=True):
                wished(database, site, by=other, achievement_id=achievement)
                away(database, site, session_contact(database, achievement), 1)
    assert costs[0] == costs[1]
    perform(app, database, "timetable")


def session_contact(database: Database, achievement_id: int) -> int:
    with database.read() as session:
        return session.get_one(Achievement, achievement_id).contact_id or 0


def test_a_fixed_table_is_not_offered_to_others(database: Database, site: Site, log_in: LogIn) -> None:
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        for table in match_session.tables:
            table.provider_id = site.provider.id
        match_session.tables[0].venue = "东楼"
        other = make_provider(session)
        achievement = make_achievement(session, other)
    buyer = in_english(log_in(site.buyer))
    assert "All times are taken" in page(buyer, f"{site.address}/book?achievement={achievement.public_id}")
    assert "2 of 2 tables free" in page(buyer, site.book)
    booking = booked(database, site, buyer)
    assert "示例会议中心二楼 · 东楼" in page(buyer, f"/bookings/{booking.public_id}")
