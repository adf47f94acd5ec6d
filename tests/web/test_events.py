"""Roadshows as people see them, and what an organizer does with one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database, utcnow
from models.enums import EventState, RecordState
from models.queries.agenda import programme
from models.tables import Account, AgendaItem, Event, MatchSession
from tests.counting import queries_of
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_person,
    make_provider,
    make_session,
)

LogIn = Callable[[Account], FlaskClient]


def the_event(database: Database) -> Event:
    with database.read() as reading:
        return reading.scalars(select(Event)).one()


def typed(**values: str) -> dict[str, str]:
    return {
        "title": "新材料路演",
        "introduction": "一段介绍。",
        "starts_at": "2099-11-26T09:00",
        "ends_at": "2099-11-26T12:00",
        "venue": "会议中心",
        "rooms": "一号厅\n二号厅",
        "host": "市科技局\n\n某大学",
        "pitch_minutes": "8",
        "questions_minutes": "7",
        **values,
    }


def test_visitors_find_coming_and_past_ones_but_no_drafts(session: Session, client: FlaskClient) -> None:
    coming, draft = make_event(session), make_event(session, state=EventState.DRAFT)
    past = make_event(session, starts_at=utcnow() - timedelta(days=9))
    off = make_event(session, state=EventState.CANCELLED, state_reason="台风")
    session.commit()
    page = client.get("/events").get_data(as_text=True)
    assert coming.title in page
    assert off.title in page
    assert "台风" in page
    assert draft.title not in page
    assert past.title not in page
    older = client.get("/events?past=y").get_data(as_text=True)
    assert past.title in older
    assert coming.title not in older
    assert client.get("/events?after=nonsense").status_code == 200
    assert client.get("/events?circle=nobody").status_code == 200


def test_a_draft_is_for_organizers(
    session: Session, client: FlaskClient, log_in: LogIn, organizer: FlaskClient
) -> None:
    draft = make_event(session, state=EventState.DRAFT)
    member = make_account(session, make_provider(session))
    session.commit()
    for path in ("", "/calendar.ics", "/register"):
        assert client.get(f"/events/{draft.public_id}{path}").status_code == 303
        assert log_in(member).get(f"/events/{draft.public_id}{path}").status_code == 404
    assert organizer.get(f"/events/{draft.public_id}").status_code == 200


def test_the_programme_shows_times_and_links_what_is_published(session: Session, client: FlaskClient) -> None:
    owner = make_provider(session, name="示例大学")
    shown = make_achievement(session, owner, title="上台的成果")
    gone = make_achievement(session, owner, title="下架的成果", state=RecordState.TAKEN_DOWN)
    circle = make_circle(session)
    start = datetime(2099, 11, 26, 1, 0, tzinfo=UTC)
    event = make_event(session, shown, gone, circle_id=circle.id, starts_at=start)
    meeting = make_session(session, event_id=event.id)
    hidden = make_session(session, event_id=event.id, state=EventState.DRAFT)
    session.commit()
    page = client.get(f"/events/{event.public_id}").get_data(as_text=True)
    assert f'href="/achievements/{shown.public_id}"' in page
    assert "09:00" in page
    assert "09:15" in page
    for text in ("上台的成果", "示例大学", circle.name, meeting.title, "主办单位", "承办单位", "示例会议中心"):
        assert text in page, text
    for text in ("下架的成果", gone.public_id, hidden.title):
        assert text not in page, text


def test_the_calendar_file_names_time_place_and_sequence(session: Session, client: FlaskClient) -> None:
    event = make_event(session, starts_at=datetime(2099, 11, 26, 1, 0, tzinfo=UTC), sequence=3)
    session.commit()
    answer = client.get(f"/events/{event.public_id}/calendar.ics")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/calendar"
    for line in (f"UID:event-{event.public_id}@", "SEQUENCE:3", "DTSTART:20991126T010000Z", "STATUS:CONFIRMED"):
        assert line in text, line
    assert client.get(f"/events/{event.public_id}/qr.svg").mimetype == "image/svg+xml"


def test_only_organizers_plan(session: Session, client: FlaskClient, log_in: LogIn) -> None:
    event = make_event(session, make_achievement(session, make_provider(session)))
    member = make_account(session, make_provider(session))
    session.commit()
    item = f"/events/{event.public_id}/agenda/1"
    signed_in = log_in(member)
    for path in ("/edit", "/postpone", "/cancel", "/agenda", "/agenda/1", "/registrations"):
        assert client.get(f"/events/{event.public_id}{path}").status_code == 303, path
        assert signed_in.get(f"/events/{event.public_id}{path}").status_code == 403, path
    for address in (f"/events/{event.public_id}/publish", f"{item}/move", f"{item}/remove"):
        assert signed_in.post(address).status_code == 403, address


def test_from_an_empty_form_to_an_announced_roadshow(
    session: Session, database: Database, client: FlaskClient, organizer: FlaskClient
) -> None:
    achievement = make_achievement(session, make_provider(session), title="路演成果甲")
    session.commit()
    made = organizer.post("/events/new", data=typed())
    assert made.status_code == 303
    event = the_event(database)
    assert made.location.endswith(f"/events/{event.public_id}/agenda")
    assert event.starts_at == datetime(2099, 11, 26, 1, 0, tzinfo=UTC)  # nine o'clock in China
    assert (event.rooms, event.hosts["host"], event.capacity) == (["一号厅", "二号厅"], ["市科技局", "某大学"], None)
    agenda = f"/events/{event.public_id}/agenda"
    found = organizer.get(f"{agenda}?q=成果甲").get_data(as_text=True)
    assert "路演成果甲" in found
    added = organizer.post(f"{agenda}/achievements", data={"achievement": [achievement.public_id]})
    assert added.status_code == 303
    talk = {"kind": "talk", "title": "领导致辞", "minutes": "5", "room": "", "speaker_name": "王局长"}
    assert organizer.post(f"{agenda}/talk", data=talk).status_code == 303
    assert organizer.post(f"/events/{event.public_id}/publish").status_code == 303
    page = client.get(f"/events/{event.public_id}").get_data(as_text=True)
    assert "路演成果甲" in page
    assert "王局长" in page
    assert "09:15" in page


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"starts_at": "morgen"}, "starts_at"),
        ({"ends_at": "2099-11-26T08:00"}, "ends_at"),
        ({"ends_at": "2019-11-26T12:00", "starts_at": "2019-11-26T09:00"}, "ends_at"),
        ({"ends_at": "9999-11-26T12:00"}, "ends_at"),
        ({"capacity": "many"}, "capacity"),
        ({"capacity": "0"}, "capacity"),
        ({"pitch_minutes": "0"}, "pitch_minutes"),
        ({"questions_minutes": "999"}, "questions_minutes"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_the_text_kept(
    organizer: FlaskClient, values: dict[str, str], field: str
) -> None:
    answer = organizer.post("/events/new", data=typed(introduction="我写的介绍", **values))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page
    assert "我写的介绍" in page


def test_arranging_by_buttons(session: Session, database: Database, organizer: FlaskClient) -> None:
    owner = make_provider(session)
    speaker = make_person(session, owner, name="李教授")
    achievements = [make_achievement(session, owner, title=f"成果{name}") for name in "甲乙"]
    event = make_event(session, *achievements, state=EventState.DRAFT)
    session.commit()
    agenda = f"/events/{event.public_id}/agenda"

    def rows() -> list[AgendaItem]:
        with database.read() as reading:
            return list(programme(reading, event.id))

    first, second = rows()
    assert organizer.post(f"{agenda}/{second.key}/move", data={"to": "up"}).status_code == 303
    assert [row.key for row in rows()] == [second.key, first.key]
    page = organizer.get(f"{agenda}/{first.key}").get_data(as_text=True)
    assert "李教授" in page
    with database.read() as reading:
        revision = str(reading.scalars(select(Event.revision)).one())
    item = {"revision": revision, "pitch_minutes": "5", "questions_minutes": "5", "room": "一号厅"}
    saved = organizer.post(f"{agenda}/{first.key}", data={**item, "speaker": speaker.public_id})
    assert saved.status_code == 303
    assert (rows()[1].speaker_id, rows()[1].speaker_name) == (speaker.id, "李教授")
    stale = organizer.post(f"{agenda}/{first.key}", data={**item, "speaker": "other", "speaker_name": "别人"})
    assert stale.status_code == 422
    assert "别人" in stale.get_data(as_text=True)
    assert organizer.post(f"{agenda}/{first.key}/remove").status_code == 303
    assert [row.key for row in rows()] == [second.key]
    for wrong in ("999", first.key):
        assert organizer.get(f"{agenda}/{wrong}").status_code == 404
    assert organizer.post(f"{agenda}/achievements", data={}).status_code == 303
    assert organizer.post(f"{agenda}/talk", data={"kind": "break", "minutes": "5"}).status_code == 422


def test_contradictions_are_shown_and_stop_publishing(
    session: Session, database: Database, organizer: FlaskClient
) -> None:
    event = make_event(session, make_achievement(session, make_provider(session)), state=EventState.DRAFT)
    event.ends_at = event.starts_at + timedelta(minutes=10)  # as when the end was moved forward
    session.commit()
    assert "notice-warning" in organizer.get(f"/events/{event.public_id}").get_data(as_text=True)
    assert "notice-danger" in organizer.get(f"/events/{event.public_id}/agenda").get_data(as_text=True)
    long_talk = {"kind": "talk", "title": "太长的报告", "minutes": "200", "room": "一号厅"}
    agenda = f"/events/{event.public_id}/agenda"
    refused = organizer.post(f"{agenda}/talk", data=long_talk)
    assert refused.status_code == 422
    assert "太长的报告" in refused.get_data(as_text=True)
    organizer.post(f"/events/{event.public_id}/publish")
    assert the_event(database).state is EventState.DRAFT


def test_postponing_shows_first_and_moves_all(session: Session, database: Database, organizer: FlaskClient) -> None:
    event = make_event(session, starts_at=datetime(2099, 11, 26, 1, 0, tzinfo=UTC))
    meeting = make_session(session, event_id=event.id, starts_at=datetime(2099, 11, 26, 6, 0, tzinfo=UTC))
    session.commit()
    address = f"/events/{event.public_id}/postpone"
    assert meeting.title in organizer.get(address).get_data(as_text=True)
    data = {"revision": "1", "starts_at": "2099-12-03T09:00", "reason": "会场检修"}
    assert organizer.post(address, data={**data, "reason": ""}).status_code == 422
    assert organizer.post(address, data={**data, "starts_at": "2019-12-03T09:00"}).status_code == 422
    assert organizer.post(address, data={**data, "starts_at": "2099-12-03T09:01"}).status_code == 422  # no 1:1 grid
    assert organizer.post(address, data=data).status_code == 303
    with database.read() as reading:
        assert reading.scalars(select(MatchSession.starts_at)).one() == datetime(2099, 12, 3, 6, 0, tzinfo=UTC)
    assert the_event(database).starts_at == datetime(2099, 12, 3, 1, 0, tzinfo=UTC)
    assert organizer.post(address, data=data).status_code == 422  # the form is stale now


def test_cancelling_needs_a_reason_that_everybody_reads(
    session: Session, client: FlaskClient, organizer: FlaskClient
) -> None:
    event = make_event(session)
    meeting = make_session(session, event_id=event.id)
    session.commit()
    address = f"/events/{event.public_id}/cancel"
    assert meeting.title in organizer.get(address).get_data(as_text=True)
    assert organizer.post(address, data={"reason": " "}).status_code == 422
    assert organizer.post(address, data={"reason": "大雪封路"}).status_code == 303
    page = client.get(f"/events/{event.public_id}").get_data(as_text=True)
    assert "大雪封路" in page
    assert f'href="/events/{event.public_id}/register"' not in page
    assert "STATUS:CANCELLED" in client.get(f"/events/{event.public_id}/calendar.ics").get_data(as_text=True)
    assert organizer.post(address, data={"reason": "再来"}).status_code == 422


def test_editing_keeps_the_announced_beginning(session: Session, database: Database, organizer: FlaskClient) -> None:
    event = make_event(session, starts_at=datetime(2099, 11, 26, 1, 0, tzinfo=UTC))
    session.commit()
    address = f"/events/{event.public_id}/edit"
    assert 'name="starts_at"' not in organizer.get(address).get_data(as_text=True)
    answer = organizer.post(address, data=typed(revision="1", title="改过的题目", starts_at="2099-12-24T09:00"))
    assert answer.status_code == 303
    changed = the_event(database)
    assert (changed.title, changed.starts_at) == ("改过的题目", datetime(2099, 11, 26, 1, 0, tzinfo=UTC))
    assert organizer.post(address, data=typed(revision="1")).status_code == 422


def test_pages_cost_the_same_with_one_and_with_three_rows(
    session: Session, database: Database, client: FlaskClient, organizer: FlaskClient
) -> None:
    owner = make_provider(session)
    small = make_event(session, make_achievement(session, owner))
    session.commit()
    costs = queries_of(client, "/events"), queries_of(organizer, "/events")
    large = make_event(session, *[make_achievement(session, owner) for _ in range(3)])
    make_event(session)
    for _ in range(3):
        make_session(session, event_id=large.id)
    make_session(session, event_id=small.id)
    session.commit()
    assert (queries_of(client, "/events"), queries_of(organizer, "/events")) == costs
    for reader, path in ((client, ""), (organizer, ""), (organizer, "/agenda"), (organizer, "/cancel")):
        small_cost = queries_of(reader, f"/events/{small.public_id}{path}")
        assert queries_of(reader, f"/events/{large.public_id}{path}") == small_cost, path
