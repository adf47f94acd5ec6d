"""Arranging, publishing, printing and showing a programme: who may, what is refused with what words, what is public."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database, utcnow
from models.enums import AgendaKind, EventState
from models.queries.agenda import programme
from models.queries.agenda_drafts import available, working_plan
from models.rules.agenda import Item, starts
from models.tables import Account, AgendaItem, Event, Job, Registration
from tests.counting import queries_of
from tests.factories import make_account, make_achievement, make_event, make_provider
from tests.models.test_events import make_registration
from tests.web.registration_site import sent_mails, text_of

LogIn = Callable[[Account], FlaskClient]
START = datetime(2099, 11, 26, 1, 0, tzinfo=UTC)  # nine o'clock in China


@pytest.fixture
def event(session: Session) -> Event:
    """A published roadshow with two rooms and three pitches in the first."""
    owner = make_provider(session, name="示例大学")
    made = make_event(
        session, *[make_achievement(session, owner, title=f"成果{name}") for name in "甲乙丙"], starts_at=START
    )
    made.rooms = ["一号厅", "二号厅"]
    session.commit()
    return made


def plan(database: Database, event: Event) -> list[Item]:
    with database.read() as reading:
        return working_plan(reading, reading.get_one(Event, event.id))


def revision(database: Database, event: Event) -> str:
    with database.read() as reading:
        return str(reading.scalar(select(Event.revision).where(Event.id == event.id)))


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.get_data(as_text=True))


EDITING = (
    "/agenda", "/agenda/versions", "/agenda/versions/changes", "/agenda/rules", "/agenda/speakers", "/sheets", "/doors",
    "/badges", "/clone",
)  # fmt: skip
POSTED = ("/agenda/undo", "/agenda/frame", "/agenda/minutes", "/agenda/versions/discard", "/agenda/{key}/place")


def test_who_may(session: Session, database: Database, client: FlaskClient, log_in: LogIn, event: Event, organizer: FlaskClient) -> None:  # fmt: skip
    account = make_account(session, make_provider(session))
    session.commit()
    member = log_in(account)
    address, key = f"/events/{event.public_id}", plan(database, event)[0].key
    for path in EDITING:
        assert client.get(address + path).status_code == 303, path
        assert member.get(address + path).status_code == 403, path
        assert organizer.get(address + path).status_code == 200, path
    for path in POSTED:
        assert member.post(address + path.format(key=key)).status_code == 403, path
    for path in ("/programme", "/screen", f"/items/{key}/calendar.ics"):
        assert client.get(address + path).status_code == 200, path
    draft = make_event(session, state=EventState.DRAFT)
    session.commit()
    for path in ("/programme", "/screen", "/items/nobody/calendar.ics"):
        assert member.get(f"/events/{draft.public_id}{path}").status_code == 404, path
    for path in ("/agenda/nobody", "/agenda/versions/9", "/agenda/speakers/nobody", "/items/nobody/calendar.ics"):
        assert organizer.get(address + path).status_code == 404, path
    assert organizer.post(f"{address}/agenda/nobody/place", data={"at": "0", "revision": "1"}).status_code == 404


def test_dragging_is_a_post_and_the_public_page_waits(
    database: Database, client: FlaskClient, organizer: FlaskClient, event: Event
) -> None:
    address, key = f"/events/{event.public_id}", plan(database, event)[2].key
    moved = {"room": "二号厅", "at": "0", "revision": revision(database, event)}
    assert organizer.post(f"{address}/agenda/{key}/place", data=moved).status_code == 303
    assert [(item.title, item.room) for item in plan(database, event)] == [
        ("成果甲", "一号厅"),
        ("成果丙", "二号厅"),
        ("成果乙", "一号厅"),
    ]
    page = text(organizer, f"{address}/agenda")
    assert "notice-warning" in page
    assert "二号厅" not in text(client, f"{address}/programme")
    assert f"{address}/agenda/versions/changes" in text(organizer, address)
    assert "/agenda/versions/changes" not in text(client, address)
    stale = organizer.post(f"{address}/agenda/{key}/place", data=moved, follow_redirects=True)
    assert "notice-danger" in stale.get_data(as_text=True)
    for wrong in ({"at": "x", "revision": "1"}, {"at": "-5", "revision": "1"}, {"at": "9" * 12, "revision": "1"}, {}):
        organizer.post(f"{address}/agenda/{key}/place", data=wrong)
    assert starts(plan(database, event)) == [0, 0, 15]


def test_a_refused_drop_says_who_and_when(database: Database, organizer: FlaskClient, event: Event) -> None:
    address, key = f"/events/{event.public_id}", plan(database, event)[2].key
    late = {"room": "一号厅", "at": "175", "revision": revision(database, event)}
    answer = organizer.post(
        f"{address}/agenda/{key}/place",
        data=late,
        follow_redirects=True,
        headers={"Referer": f"http://localhost{address}/agenda"},
    )
    page = unescape(answer.get_data(as_text=True))
    assert "成果丙" in page
    assert "11:55–12:10" in page
    assert starts(plan(database, event)) == [0, 15, 30]


def test_the_form_of_an_item_keeps_what_was_typed(database: Database, organizer: FlaskClient, event: Event) -> None:
    key = plan(database, event)[1].key
    address = f"/events/{event.public_id}/agenda/{key}"
    form = {"revision": revision(database, event), "pitch_minutes": "8", "questions_minutes": "7", "room": "一号厅"}
    overlapping = organizer.post(address, data={**form, "begins": "2099-11-26T09:05"})
    assert overlapping.status_code == 422
    page = unescape(overlapping.get_data(as_text=True))
    assert "2099-11-26T09:05" in page
    assert "09:00–09:15" in page
    early = organizer.post(address, data={**form, "begins": "2099-11-26T08:00"})
    assert early.status_code == 422
    assert 'id="begins-error"' in early.get_data(as_text=True)
    assert organizer.post(address, data={**form, "begins": "morgen"}).status_code == 422
    assert organizer.post(address, data={**form, "begins": "2099-11-26T10:00"}).status_code == 303
    assert [(item.title, item.at) for item in plan(database, event)][2] == ("成果乙", 60)
    assert starts(plan(database, event)) == [0, 15, 60]  # what followed moved forward
    assert "2099-11-26T10:00" in text(organizer, address)


def test_lengths_frame_and_undo(database: Database, organizer: FlaskClient, event: Event) -> None:
    agenda, keys = f"/events/{event.public_id}/agenda", [item.key for item in plan(database, event)]
    ticked = {"length": "5+5", "which": "ticked", "item": keys[:2]}
    assert organizer.post(f"{agenda}/minutes", data=ticked).status_code == 303
    assert [item.minutes for item in plan(database, event)] == [10, 10, 15]
    for wrong in ({"length": "5+5", "which": "ticked"}, {"length": "99+99"}, {"length": "x"}, {}):
        organizer.post(f"{agenda}/minutes", data=wrong)
    assert organizer.post(f"{agenda}/frame").status_code == 303
    assert starts(plan(database, event))[:5] == [0, 30, 40, 45, 60]
    for left in (3, 3):
        undone = organizer.post(f"{agenda}/undo", data={"revision": revision(database, event)})
        assert undone.status_code == 303
        assert len(plan(database, event)) == left
    assert [item.minutes for item in plan(database, event)] == [15, 15, 15]
    assert "/agenda/undo" not in text(organizer, agenda)


def test_differences_are_read_then_published_and_told(
    session: Session, database: Database, client: FlaskClient, organizer: FlaskClient, event: Event
) -> None:
    make_registration(session, event, email="guest@example.org")
    session.commit()
    agenda = f"/events/{event.public_id}/agenda"
    assert "empty" in text(organizer, f"{agenda}/versions/changes")
    for item in plan(database, event)[:1]:
        organizer.post(
            f"{agenda}/{item.key}",
            data={
                "revision": revision(database, event), "pitch_minutes": "8", "questions_minutes": "7", "room": "二号厅",
                "speaker": "other", "speaker_name": "王总工",
            },
        )  # fmt: skip
    organizer.post(f"{agenda}/talk", data={"kind": "talk", "title": "致辞", "minutes": "5", "room": "一号厅"})
    page = text(organizer, f"{agenda}/versions/changes")
    for shown in ("一号厅", "二号厅", "王总工", "致辞", "09:00–09:15"):
        assert shown in page, shown
    bad = organizer.post(f"{agenda}/versions/changes", data={"revision": "1", "tell": "strangers"})
    assert bad.status_code == 422
    stale = organizer.post(f"{agenda}/versions/changes", data={"revision": "1", "tell": "everybody"})
    assert stale.status_code == 422
    assert "王总工" not in text(client, f"/events/{event.public_id}")
    form = {"revision": revision(database, event), "tell": "everybody"}
    assert organizer.post(f"{agenda}/versions/changes", data=form).status_code == 303
    public = text(client, f"/events/{event.public_id}")
    assert "王总工" in public
    assert "rooms-grid" in public  # two rooms beside one another
    assert "王总工" in text(organizer, f"{agenda}/versions/2")
    assert "王总工" not in text(organizer, f"{agenda}/versions/1")
    assert "2" in text(organizer, f"{agenda}/versions")
    with database.read() as reading:
        jobs = reading.scalars(select(Job.payload).where(Job.name == "event_mail")).all()
    assert len(jobs) == 1


def test_the_mail_says_what_changed_for_its_reader(
    session: Session, database: Database, app: Flask, organizer: FlaskClient, event: Event
) -> None:
    make_registration(session, event, email="guest@example.org")
    session.commit()
    agenda = f"/events/{event.public_id}/agenda"
    organizer.post(f"{agenda}/talk", data={"kind": "talk", "title": "领导致辞", "minutes": "5", "room": "一号厅"})
    form = {"revision": revision(database, event), "tell": "everybody"}
    organizer.post(f"{agenda}/versions/changes", data=form)
    [mail] = sent_mails(app, database)
    body = text_of(mail)
    assert "领导致辞" in body
    assert "09:45–09:50" in body
    assert "成果甲" not in body
    assert f"/events/{event.public_id}/items/" in body


def test_discarding_the_draft(database: Database, organizer: FlaskClient, event: Event) -> None:
    agenda = f"/events/{event.public_id}/agenda"
    organizer.post(f"{agenda}/talk", data={"kind": "talk", "title": "致辞", "minutes": "5", "room": ""})
    organizer.post(f"{agenda}/versions/discard", data={"revision": "x"})
    assert len(plan(database, event)) == 4
    organizer.post(f"{agenda}/versions/discard", data={"revision": revision(database, event)})
    assert len(plan(database, event)) == 3


def test_rooms_and_rules(session: Session, database: Database, organizer: FlaskClient, event: Event) -> None:
    for number in range(3):
        make_registration(session, event, email=f"guest{number}@example.org")
    session.commit()
    address = f"/events/{event.public_id}/agenda/rules"
    page = text(organizer, address)
    fields = dict.fromkeys(re.findall(r'name="(level_\w+)"', page), "warn")
    assert "level_gone" not in fields
    form = {
        "revision": revision(database, event), "walking_minutes": "15", "venue_0": "会展中心", "seats_0": "2",
        "venue_1": "示例大学", "seats_1": "", **fields, "level_room_twice": "block",
    }  # fmt: skip
    for wrong in ({"walking_minutes": "long"}, {"seats_0": "0"}, {"level_outside": "shout"}, {"revision": "99"}):
        assert organizer.post(address, data={**form, **wrong}).status_code == 422, wrong
    assert organizer.post(address, data=form).status_code == 303
    with database.read() as reading:
        saved = reading.get_one(Event, event.id)
        assert saved.room_facts["一号厅"] == {"venue": "会展中心", "seats": 2}
        assert saved.rule_levels == dict.fromkeys(("speaker_twice", "in_meeting", "outside"), "warn")
    agenda = text(organizer, f"/events/{event.public_id}/agenda")
    assert "notice-warning" in agenda  # three people, two seats
    assert f'href="#item-{plan(database, event)[0].key}"' in agenda


def test_speakers_say_when_they_can(
    session: Session, database: Database, log_in: LogIn, organizer: FlaskClient, event: Event
) -> None:
    account = make_account(session, make_provider(session), name="李教授")
    stranger = make_account(session, make_provider(session))
    item = session.scalars(select(AgendaItem).order_by(AgendaItem.position)).first()
    assert item is not None
    item.speaker_id, item.speaker_name = account.person_id, "李教授"
    session.commit()
    address = f"/events/{event.public_id}"
    mine = log_in(account)
    assert f"{address}/my-times" in text(mine, address)
    assert log_in(stranger).get(f"{address}/my-times").location == address
    said = {"from_0": "2099-11-26T10:00", "until_0": "2099-11-26T11:00"}
    for wrong in ({"until_0": ""}, {"until_0": "2099-11-26T09:00"}, {"from_0": "x"}):
        assert mine.post(f"{address}/my-times", data={**said, **wrong}).status_code == 422, wrong
    assert mine.post(f"{address}/my-times", data=said).status_code == 303
    page = text(organizer, f"{address}/agenda")
    assert "李教授" in page
    assert "10:00–11:00" in page  # the rule's sentence
    assert "10:00–11:00" in text(organizer, f"{address}/agenda/speakers")
    key = plan(database, event)[0].key
    assert organizer.post(f"{address}/agenda/speakers/{key}", data={"from_0": "", "until_0": ""}).status_code == 303
    with database.read() as reading:
        assert available(reading, event.id) == {}


def test_a_clone(database: Database, organizer: FlaskClient, event: Event) -> None:
    address = f"/events/{event.public_id}/clone"
    for wrong in ({"title": " "}, {"starts_at": "x"}, {"starts_at": "2019-11-26T09:00"}):
        form = {"title": "明年的路演", "starts_at": "2100-11-26T09:00", **wrong}
        assert organizer.post(address, data=form).status_code == 422, wrong
    made = organizer.post(address, data={"title": "明年的路演", "starts_at": "2100-11-26T09:00", "pitches": "y"})
    assert made.status_code == 303
    with database.read() as reading:
        clone = reading.scalars(select(Event).where(Event.title == "明年的路演")).one()
        assert clone.state is EventState.DRAFT
        assert [row.achievement for row in programme(reading, clone.id)] == ["成果甲", "成果乙", "成果丙"]
        assert reading.scalars(select(Registration.id)).all() == []


def test_paper(session: Session, organizer: FlaskClient, client: FlaskClient, event: Event) -> None:
    guest = make_registration(session, event, email="guest@example.org")
    session.commit()
    address = f"/events/{event.public_id}"
    assert "成果甲" in text(client, f"{address}/programme")
    doors = text(organizer, f"{address}/doors")
    assert doors.count('class="door"') == 2
    assert doors.count("data:image/svg+xml") == 2
    badges = text(organizer, f"{address}/badges")
    assert guest.name in badges
    assert guest.organisation_name in badges
    assert badges.count("data:image/svg+xml") == 1


def test_the_screen_shows_now_and_next_by_room(session: Session, client: FlaskClient) -> None:
    owner = make_provider(session)
    start = utcnow().replace(microsecond=0) - timedelta(minutes=20)
    running = make_event(
        session, *[make_achievement(session, owner, title=f"成果{name}") for name in "甲乙丙"], starts_at=start
    )
    session.add(
        AgendaItem(
            event_id=running.id, position=9, kind=AgendaKind.TALK, title="分会场报告", room="二号厅", starts_at=start,
            ends_at=start + timedelta(hours=1), pitch_minutes=60, questions_minutes=0,
        )
    )  # fmt: skip
    session.commit()
    page = text(client, f"/events/{running.public_id}/screen")
    assert 'data-hx-trigger="every 20s"' in page
    assert page.count("hall-room") >= 2
    for shown in ("成果乙", "成果丙", "分会场报告"):
        assert shown in page, shown
    assert "成果甲" not in page


def test_one_item_for_a_calendar(database: Database, client: FlaskClient, event: Event) -> None:
    item = plan(database, event)[1]
    file = client.get(f"/events/{event.public_id}/items/{item.key}/calendar.ics").get_data(as_text=True)
    for line in (f"UID:item-{item.key}@", "DTSTART:20991126T011500Z", "DTEND:20991126T013000Z"):
        assert line in file, line
    assert "成果乙" in file.replace("\r\n ", "")


def test_pages_cost_the_same_with_one_and_with_more_items(
    session: Session, database: Database, client: FlaskClient, organizer: FlaskClient
) -> None:
    owner = make_provider(session)
    small, large = (
        make_event(session, *[make_achievement(session, owner) for _ in range(count)], starts_at=START)
        for count in (1, 4)
    )
    for event in (small, large):
        speaker = make_account(session, owner).person
        for item in session.scalars(select(AgendaItem).where(AgendaItem.event_id == event.id)):
            item.speaker_id, item.speaker_name = speaker.id, speaker.name
        for number in range(1 if event is small else 4):
            make_registration(session, event, email=f"guest{event.id}{number}@example.org")
    session.commit()
    for event in (small, large):
        agenda = f"/events/{event.public_id}/agenda"
        organizer.post(f"{agenda}/minutes", data={"length": "5+5", "which": "all"})
    paths = ("/agenda", "/agenda/versions", "/agenda/versions/changes", "/agenda/speakers", "/doors", "/badges")
    for path in (*paths, "/agenda/versions/1"):
        costs = [queries_of(organizer, f"/events/{event.public_id}{path}") for event in (small, large)]
        assert costs[0] == costs[1], path
    for path in ("", "/programme", "/screen"):
        costs = [queries_of(client, f"/events/{event.public_id}{path}") for event in (small, large)]
        assert costs[0] == costs[1], path


def test_a_roadshow_over_midnight_has_a_grid_a_day(session: Session, organizer: FlaskClient) -> None:
    late = make_event(
        session, make_achievement(session, make_provider(session)), starts_at=datetime(2099, 12, 31, 15, 0, tzinfo=UTC)
    )  # 23:00 in China
    session.commit()
    page = text(organizer, f"/events/{late.public_id}/agenda")
    assert page.count("data-board ") == 2
