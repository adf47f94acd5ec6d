"""Every route, every kind of reader, objects in every state: exactly what the permission table says.

What is expected is computed from the table for the record as it is; what happens is asked of the running application.
Nothing that a request does is kept (the commit is replaced by a rollback), so that each finds the same objects. Besides,
no answer may hold restricted details that its reader's audience tokens do not open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from itertools import count
from zipfile import ZipFile

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models.base import Base, Database, utcnow
from models.enums import (
    ApplicationState,
    AttachmentKind,
    BookingState,
    Capacity,
    Disclosure,
    DisturbanceKind,
    EventState,
    Frequency,
    GrantRole,
    IntentionKind,
    IntentionWay,
    OrgRole,
    Origin,
    RecordState,
    RegistrationState,
    RequestState,
    SessionKind,
    TimetableState,
    Verification,
    VersionState,
)
from models.queries.actors import load_actor
from models.queries.indexing import effective_disclosure
from models.rules.policy import PROVIDERS, VISITOR, Actor, details_audience, may
from models.tables import (
    Account,
    Achievement,
    ApplicationFile,
    Booking,
    CallScorer,
    Circle,
    ContactRequest,
    DisclosureGrant,
    Disturbance,
    Engagement,
    Event,
    Intention,
    Match,
    MatchSession,
    MeetingWish,
    Need,
    Organisation,
    ProjectApplication,
    ProjectCall,
    RegisterEntry,
    Registration,
    Replan,
    SavedSearch,
    ScoreSheet,
    SessionTable,
    Timetable,
)
from scripts.dictionaries import load as load_dictionaries
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_mandate,
    make_need,
    make_org,
    make_person,
    make_provider,
    make_seeker,
    make_session,
)
from tests.models.match_cases import matched
from web.auth import READ

ACTORS = (
    "visitor",
    "unconfirmed",
    "without_organisation",
    "unverified_member",
    "suspended_member",
    "own_member",
    "own_manager",
    "other_provider",
    "seeker",
    "other_seeker",
    "organizer",
    "broker",
    "broker_without",
    "administrator",
    "auditor",
)
LEADS_TO_LOG_IN = ("account.logout", "confirming.consent")  # by their own meaning
SLIDES = b"%PDF-1.4"
SECRET = re.compile(r"保密细节\d+")
# Values for what else stands in addresses; none of them exists, so that a permitted request finds nothing behind them.
OTHERS = {"int": 999_999, "string": "zzzzzzzzzz", "path": "zzz"}


@dataclass
class World:
    """The accounts by kind of reader, and the records of each table."""

    accounts: dict[str, int | None]
    records: dict[type[Base], list[int]]


def build(session: Session) -> World:
    """One record of each table in each state, owned by ``own_*`` and asked for by ``seeker``."""
    load_dictionaries(session)
    owner, other = make_provider(session, reviews_first=True), make_provider(session)
    seeker, other_seeker = make_seeker(session), make_seeker(session)
    unverified = make_seeker(session, verification=Verification.UNVERIFIED)
    suspended = make_seeker(session, verification=Verification.SUSPENDED)
    office = make_org(session)
    made = {
        "unconfirmed": make_account(session, seeker, confirmed=False),
        "without_organisation": make_account(session),
        "unverified_member": make_account(session, unverified, role=OrgRole.MANAGER),
        "suspended_member": make_account(session, suspended, role=OrgRole.MANAGER),
        "own_member": make_account(session, owner),
        "own_manager": make_account(session, owner, role=OrgRole.MANAGER),
        "other_provider": make_account(session, other, role=OrgRole.MANAGER),
        "seeker": make_account(session, seeker, role=OrgRole.MANAGER),
        "other_seeker": make_account(session, other_seeker, role=OrgRole.MANAGER),
        "organizer": make_account(session, office, GrantRole.ORGANIZER),
        "broker": make_account(session, make_org(session), GrantRole.BROKER),
        "broker_without": make_account(session, make_org(session), GrantRole.BROKER),
        "administrator": make_account(session, office, GrantRole.ADMINISTRATOR),
        "auditor": make_account(session, office, GrantRole.AUDITOR),
    }
    make_mandate(session, owner, made["broker"], made["own_manager"])
    ended = make_mandate(session, owner, made["broker_without"], made["own_manager"])
    ended.ended_at = utcnow()
    circle = make_circle(session)
    achievements = _achievements(session, owner, circle)
    public = achievements[0]
    session.add(
        DisclosureGrant(
            achievement_id=achievements[2].id,
            organisation_id=seeker.id,
            granted_by_id=made["own_manager"].person_id,
            granted_at=utcnow(),
        )
    )
    events = [make_event(session, public, state=state) for state in EventState]
    sessions = [make_session(session, state=state, circle_id=circle.id) for state in EventState]
    group = make_session(session, kind=SessionKind.GROUP, capacity=5, circle_id=circle.id)
    own = [
        make_session(session, state=state, circle_id=circle.id, owner_id=owner.id, tables=0)
        for state in (EventState.DRAFT, EventState.PUBLISHED)
    ]
    host = make_person(session, owner)
    session.add_all(SessionTable(match_session_id=one.id, number=9, host_id=host.id) for one in own)
    asked = {
        "asked_by_id": made["seeker"].person_id,
        "receiver_id": owner.id,
        "purpose": "想了解",
        "due_on": utcnow().date(),
    }
    requests = [
        ContactRequest(
            sender_id=seeker.id if state is not RequestState.ASKED_BACK else other_seeker.id,
            achievement_id=public.id, state=state, origin=Origin.SEARCH, expires_at=utcnow(), **asked,
        )
        for state in RequestState
    ]  # fmt: skip
    engagement = Engagement(provider_id=owner.id, seeker_id=seeker.id, achievement_id=public.id, origin=Origin.SEARCH)
    slots = iter(sessions[1].slots)
    table = sessions[1].tables[0]
    bookings = [
        Booking(
            match_session_id=sessions[1].id, slot_id=next(slots, sessions[1].slots[0]).id, table_id=table.id,
            achievement_id=public.id, seeker_id=seeker.id, provider_id=owner.id, state=state,
            acted_by_id=made["seeker"].person_id,
        )
        for state in BookingState
    ]  # fmt: skip
    registrations = [
        Registration(
            event_id=events[1].id, person_id=made["seeker"].person_id, name="报名人", capacity=Capacity.SEEKER,
            email=f"{state.value}@example.org", contact=f"{state.value}@example.org", state=state,
            consent_version="1", consent_at=utcnow(),
            offered_until=utcnow() if state is RegistrationState.OFFERED else None,
            waiting_since=utcnow() if state is RegistrationState.WAITING else None,
        )
        for state in RegistrationState
    ]  # fmt: skip
    intention = Intention(
        event_id=events[1].id, achievement_id=public.id, organisation_id=seeker.id, kind=IntentionKind.VISIT,
        way=IntentionWay.CODE,
    )  # fmt: skip
    wish = MeetingWish(
        match_session_id=sessions[1].id, seeker_id=seeker.id, achievement_id=public.id, seeker_strength=2,
        seeker_people=[made["seeker"].person_id],
    )  # fmt: skip
    timetable = Timetable(match_session_id=sessions[1].id, number=1, state=TimetableState.READY)
    broken = Disturbance(match_session_id=sessions[1].id, kind=DisturbanceKind.TABLE, table_id=table.id)
    replan = Replan(match_session_id=sessions[1].id)
    needs = _needs(session, seeker)
    pairs = [matched(session, need, *achievements[:3])[0] for need in needs if need.state is RecordState.PUBLISHED]
    entry = RegisterEntry(
        kind="enterprise", subject="登记企业", subject_key="f1", circle_id=circle.id, arrived_on=utcnow().date()
    )
    saved = SavedSearch(
        account_id=made["own_member"].id, name="低温电池", kind="need", sort="newest", frequency=Frequency.DAILY
    )
    session.add_all(
        [*requests, engagement, *bookings, *registrations, entry, saved, wish, timetable, intention, broken, replan]
    )
    session.flush()
    applications, sheets = _selection(session, events, owner, made)
    slides = [
        ApplicationFile(
            application_id=one.id, kind=AttachmentKind.DOCUMENT, name="路演.pdf", media_type="application/pdf",
            size=len(SLIDES), sha256=sha256(SLIDES).hexdigest(),
        )
        for one in applications
    ]  # fmt: skip
    session.add_all(slides)
    session.flush()
    ids = lambda rows: [row.id for row in rows]  # noqa: E731
    return World(
        accounts={"visitor": None, **{name: account.id for name, account in made.items()}},
        records={
            Achievement: ids(achievements),
            Need: ids(needs),
            Event: ids(events),
            MatchSession: ids([*sessions, group, *own]),
            ContactRequest: ids(requests),
            Match: ids(pairs),
            Engagement: [engagement.id],
            Booking: ids(bookings),
            Registration: ids(registrations),
            Intention: [intention.id],
            Circle: [circle.id],
            RegisterEntry: [entry.id],
            SavedSearch: [saved.id],
            MeetingWish: [wish.id],
            Timetable: [timetable.id],
            Disturbance: [broken.id],
            Replan: [replan.id],
            ProjectApplication: ids(applications),
            ScoreSheet: ids(sheets),
            ApplicationFile: ids(slides),
            Organisation: [owner.id, seeker.id, unverified.id, suspended.id],
        },
    )


def _selection(
    session: Session, events: list[Event], owner: Organisation, made: dict[str, Account]
) -> tuple[list[ProjectApplication], list[ScoreSheet]]:
    """A call of every roadshow; applications in every state to one; the seeker scores what was submitted."""
    calls = [
        ProjectCall(
            event=event, closes_at=event.starts_at - timedelta(hours=1), places=2,
            criteria=[{"name": "技术", "weight": 60}, {"name": "团队", "weight": 40}],
        )
        for event in events
    ]  # fmt: skip
    session.add_all(calls)
    session.flush()
    applications = [
        ProjectApplication(
            call_id=calls[1].id, achievement_id=make_achievement(session, owner).id, organisation_id=owner.id,
            state=state, presenter_id=made["own_member"].person_id, ip_disclosed=True, not_secret=True,
            submitted_at=utcnow(), acted_by_id=made["own_member"].person_id,
        )
        for state in ApplicationState
    ]  # fmt: skip
    scorer = CallScorer(call_id=calls[1].id, person_id=made["seeker"].person_id)
    session.add_all([*applications, scorer])
    session.flush()
    sheets = [ScoreSheet(application_id=applications[1].id, scorer_id=scorer.id)]
    session.add_all(sheets)
    session.flush()
    return applications, sheets


def _achievements(session: Session, owner: Organisation, circle: Circle) -> list[Achievement]:
    made = [make_achievement(session, owner, disclosure=level, circle=circle) for level in Disclosure]
    made += [make_achievement(session, owner, state=state) for state in RecordState]
    made += [
        make_achievement(session, owner, state=RecordState.DRAFT, version_state=state)
        for state in (VersionState.ORG_REVIEW, VersionState.REVIEW, VersionState.RETURNED)
    ]
    tightened = make_achievement(session, owner)
    tightened.tightened_to = Disclosure.CONSENT
    session.flush()
    return [*made, tightened]


def _needs(session: Session, owner: Organisation) -> list[Need]:
    made = [make_need(session, owner, disclosure=level, masked=level is Disclosure.CONSENT) for level in Disclosure]
    made += [make_need(session, owner, state=state) for state in RecordState]
    states = (VersionState.ORG_REVIEW, VersionState.REVIEW, VersionState.RETURNED)
    return [*made, *(make_need(session, owner, state=RecordState.DRAFT, version_state=state) for state in states)]


@pytest.fixture
def world(database: Database, app: Flask) -> World:
    app.extensions["backends"].storage.put(BytesIO(SLIDES))
    with database.write() as session:
        return build(session)


@pytest.fixture
def forgetful(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, whose requests never commit."""

    def roll_back(response):
        if "db" in g:
            g.db.rollback()
        return response

    monkeypatch.setattr("web.auth.finish", roll_back)
    return app


def reader_of(session: Session, account_id: int | None) -> Actor:
    return VISITOR if account_id is None else load_actor(session, account_id)


def addresses(app: Flask, session: Session, world: World) -> Iterator[tuple[Rule, str, Base | None]]:
    """Every rule with an address for each record it can speak of; (rule, address, record)."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        view = app.view_functions[rule.endpoint]
        model = getattr(view, "model", None)
        values = {name: _other(converter) for name, converter in rule._converters.items()}
        if model is None:
            yield rule, adapter.build(rule.endpoint, values), None
            continue
        for record in session.scalars(select(model).where(model.id.in_(world.records[model])).order_by(model.id)):
            yield rule, adapter.build(rule.endpoint, {**values, "public_id": record.public_id}), record


def _other(converter: object) -> object:
    name = type(converter).__name__
    return OTHERS["int"] if name == "IntegerConverter" else OTHERS["string"]


def expected(actor: Actor, view: object, record: Base | None) -> str:
    """served, login, forbidden or hidden."""
    permission = view.permission  # type: ignore[attr-defined]
    if permission == "public":
        return "served"
    if record is not None and not may(actor, READ[type(record)], record):
        return "hidden" if actor.signed_in else "login"
    if not may(actor, permission, record):
        return "forbidden" if actor.signed_in else "login"
    return "served"


def happened(status: int, location: str, extra: bool) -> str:
    if status in (302, 303) and "/account/login" in location:
        return "login"
    return {403: "forbidden", 404: "served" if extra else "hidden"}.get(status, "served")


def fits(wanted: str, got: str, *, extra: bool) -> bool:
    """A view may find nothing behind its further arguments (404), which reads as served or hidden alike."""
    return got == wanted or (extra and {wanted, got} <= {"served", "hidden"})


def said(answer: TestResponse) -> str:
    """The text of an answer; of an Excel file the text of its parts."""
    if not answer.mimetype.endswith("spreadsheetml.sheet"):
        return answer.get_data(as_text=True)
    with ZipFile(BytesIO(answer.data)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def enter(app: Flask, account_id: int | None, session: Session) -> FlaskClient:
    client = app.test_client()
    if account_id is not None:
        account = session.get_one(Account, account_id)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = f"{account.id}:{account.session_epoch}"
            cookie["_fresh"] = True
            cookie["seen"] = int(utcnow().timestamp())
    return client


def opened(session: Session, actor: Actor) -> set[str]:
    """The restricted details that a reader may read on pages: published by audience, else the owner's own."""
    allowed = set()
    for achievement in session.scalars(select(Achievement)):
        granted = session.scalars(
            select(DisclosureGrant.organisation_id).where(
                DisclosureGrant.achievement_id == achievement.id, DisclosureGrant.withdrawn_at.is_(None)
            )
        ).all()
        version = achievement.public_version or achievement.working_version
        level = effective_disclosure(version.disclosure, achievement.tightened_to)
        audience = details_audience(level, achievement.organisation_id, granted)
        if achievement.state is not RecordState.PUBLISHED:
            audience = details_audience(Disclosure.CONSENT, achievement.organisation_id)
        if audience & actor.tokens:
            allowed.update(SECRET.findall(version.details))
    for need in session.scalars(select(Need)):
        shown = need.public_version or need.working_version
        level = shown.disclosure if need.state is RecordState.PUBLISHED else Disclosure.CONSENT
        if details_audience(level, need.organisation_id, verified=PROVIDERS) & actor.tokens:
            allowed.update(SECRET.findall(shown.tried))
    return allowed


# All routes as one reader take seconds: with --fast two readers stand for all.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ("visitor", "own_member") else pytest.mark.slow) for name in ACTORS]
)
def test_every_route_does_what_the_table_says(forgetful: Flask, database: Database, world: World, name: str) -> None:
    app, wrong, asked = forgetful, [], count()
    with database.read() as session:
        actor = reader_of(session, world.accounts[name])
        readable = opened(session, actor)
        for rule, address, record in addresses(app, session, world):
            view = app.view_functions[rule.endpoint]
            wanted = expected(actor, view, record)
            extra = len(rule.arguments) > (1 if record is not None else 0)
            for method in sorted(rule.methods & {"GET", "POST"}):
                next(asked)
                client = enter(app, world.accounts[name], session)  # some routes log out
                answer = client.open(address, method=method)
                got = happened(answer.status_code, answer.headers.get("Location", ""), extra)
                state = getattr(record, "state", "")
                if answer.status_code >= 500:
                    wrong.append(f"{method} {address} ({rule.endpoint}, {state}): {answer.status_code}")
                elif not fits(wanted, got, extra=extra) and rule.endpoint not in LEADS_TO_LOG_IN:
                    wrong.append(
                        f"{method} {rule.endpoint} {state} {type(record).__name__}: {got} ({answer.status_code}), table says {wanted}"
                    )
                leaked = set(SECRET.findall(said(answer))) - readable
                if leaked:
                    wrong.append(f"{method} {address} ({rule.endpoint}, {state}) shows {leaked}")
                answer.close()
    assert next(asked) > 100
    assert not wrong, "\n".join(wrong)
