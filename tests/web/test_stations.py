"""The stations of a roadshow on its page: where each stands, what waits for the organizer, and nothing of it for others."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database, utcnow
from models.enums import EventState, RegistrationState, SessionKind, TimetableState
from models.tables import Account, Event, MeetingWish, ProjectCall, Timetable
from tests.factories import make_account, make_achievement, make_event, make_provider, make_seeker, make_session
from tests.models.selection_cases import applied, make_contest
from tests.models.test_events import make_registration
from tests.web.reading import page

LogIn = Callable[[Account], FlaskClient]
STEP = re.compile(r'<li class="step( step-waits| step-done)?">(.*?)</li>', re.DOTALL)


@pytest.fixture
def reader(organizer: FlaskClient) -> FlaskClient:
    organizer.set_cookie("language", "en")
    return organizer


def stations(client: FlaskClient, event_public_id: str) -> list[tuple[str, str, str]]:
    """(address, state, words) of each station on a roadshow's page."""
    found = []
    for state, inner in STEP.findall(page(client, f"/events/{event_public_id}")):
        (address,) = re.findall(r'<a href="([^"]+)"', inner)
        words = " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", inner, flags=re.DOTALL).split())
        found.append((address, state.removeprefix(" step-"), words))
    return found


def test_others_see_no_stations(session: Session, client: FlaskClient, log_in: LogIn, event: Event) -> None:
    member = make_account(session, make_provider(session))
    session.commit()
    for reader in (client, log_in(member)):
        assert not STEP.search(page(reader, f"/events/{event.public_id}"))


def test_a_draft_begins_with_its_programme(session: Session, reader: FlaskClient) -> None:
    draft = make_event(session, state=EventState.DRAFT)
    session.commit()
    base = f"/events/{draft.public_id}"
    assert stations(reader, draft.public_id) == [
        (f"{base}/call/edit", "", "Call for projects None. The programme can do without one."),
        (f"{base}/agenda", "waits", "Programme (waits for you) Nothing in it yet"),
        (f"{base}/registrations/terms", "", "Registration Opens when the roadshow is announced"),
        (f"/sessions/new?event={draft.public_id}", "", "1:1 meetings No session around it yet"),
    ]


def test_a_new_session_begins_with_what_follows_from_the_roadshow(session: Session, reader: FlaskClient) -> None:
    event = make_event(session)
    session.commit()
    form = page(reader, f"/sessions/new?event={event.public_id}")
    assert f'<option selected value="{event.id}">{event.title}</option>' in form
    assert f'value="{event.venue}"' in form
    assert 'value=""' in page(reader, "/sessions/new?event=nobody")


def test_a_call_goes_from_open_to_announced(database: Database, reader: FlaskClient) -> None:
    contest = make_contest(database)
    with database.write() as session:
        applied(session, contest)
        public_id = contest.call(session).event.public_id

    def call(**values: object) -> tuple[str, str]:
        with database.write() as session:
            for name, value in values.items():
                setattr(session.get_one(ProjectCall, contest.call_id), name, value)
        address, state, words = stations(reader, public_id)[0]
        assert address == f"/events/{public_id}/call/selection"
        return state, words.removeprefix("Call and selection ")

    state, words = call()
    assert state == ""
    assert words.startswith("Open until ")
    assert words.endswith(" 1 application")
    state, words = call(closes_at=utcnow() - timedelta(minutes=1))
    assert (state, words) == ("waits", "(waits for you) 1 application Nothing announced yet")
    state, words = call(announced_at=utcnow())
    assert (state, words) == ("done", "(done) 1 application 0 on stage")


def test_registrations_that_wait_are_told(session: Session, reader: FlaskClient) -> None:
    event = make_event(session, make_achievement(session, make_provider(session)))
    states = (RegistrationState.REGISTERED, RegistrationState.PENDING, RegistrationState.WAITING)
    for state in states:
        make_registration(session, event, state=state, seat=None)
    session.commit()
    _call, programme, registration, *_rest = stations(reader, event.public_id)
    assert programme[1:] == ("done", "Programme (done) 1 item")
    assert registration[1:] == (
        "waits",
        "Registration (waits for you) 1 registered 1 waits for your decision 1 on the waiting list",
    )


def test_sessions_follow_wishes_and_timetable(session: Session, reader: FlaskClient) -> None:
    owner, seeker = make_provider(session), make_seeker(session)
    event = make_event(session, make_achievement(session, owner))
    meeting = make_session(session, event_id=event.id)
    group = make_session(session, event_id=event.id, kind=SessionKind.GROUP, tables=0, capacity=5)
    make_session(session, event_id=event.id, state=EventState.CANCELLED)
    draft = make_session(session, event_id=event.id, state=EventState.DRAFT)
    session.commit()

    def seen() -> list[tuple[str, str, str]]:
        return [one for one in stations(reader, event.public_id) if one[0].startswith("/sessions/")]

    addresses = [(meeting, "timetable"), (group, "bookings")]
    assert seen()[:2] == [
        (f"/sessions/{one.public_id}/{where}", "", words)
        for (one, where), words in zip(addresses, (meeting.title, f"{group.title} 0 seats taken"), strict=True)
    ]
    assert seen()[2] == (
        f"/sessions/{draft.public_id}", "waits", f"{draft.title} (waits for you) Not announced yet"
    )  # fmt: skip
    for strength in (None, 2):
        session.add(
            MeetingWish(
                match_session_id=meeting.id, seeker_id=seeker.id, seeker_strength=3, provider_strength=strength,
                achievement_id=make_achievement(session, owner).id,
            )
        )  # fmt: skip
    session.commit()
    assert seen()[0][1:] == ("waits", f"{meeting.title} (waits for you) 2 wishes 1 without an answer")
    session.add(Timetable(match_session_id=meeting.id, number=1, state=TimetableState.READY))
    session.commit()
    assert seen()[0][2].endswith("a timetable is ready to be looked at")
    session.scalars(select(Timetable)).one().state = TimetableState.PUBLISHED
    session.commit()
    assert seen()[0][1:] == ("done", f"{meeting.title} (done) 2 wishes")


def test_on_the_day_there_are_door_and_results(session: Session, reader: FlaskClient) -> None:
    event = make_event(session, starts_at=utcnow() - timedelta(hours=1))
    coming = make_event(session)
    off = make_event(session, state=EventState.CANCELLED, state_reason="台风")
    session.commit()
    addresses = [address for address, *_ in stations(reader, event.public_id)]
    assert addresses[-2:] == [f"/events/{event.public_id}/door", f"/events/{event.public_id}/results"]
    assert not any("/call" in address or "/sessions/new" in address for address in addresses)
    assert stations(reader, coming.public_id)[-1][0] == f"/events/{coming.public_id}/door"
    assert stations(reader, off.public_id) == []
