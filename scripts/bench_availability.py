"""`python -m scripts.bench_availability [--enterprises 30] [--projects 15] [--slots 20] [--rounds 10] [--json FILE]`

How long the pages take on which an enterprise sees what is free: a session of so many slots with a table for each project, half
of its places booked by the enterprises; the form of a booking there; the open times of a provider; who of its people is where.
Each enterprise asks for each page in turn, through the site's own WSGI application and with a session of its own, on SQLite and on a
PostgreSQL started for it, with the sample data beside. Prints p50 and p95 of the whole page and its queries, beside those of a
session a fifth as large. Exit code 1 where a p95 is not below the mark or a number of queries depends on the size.
"""

import argparse
import json
import random
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.actions import bookings, sessions, standing
from models.actions.circles import create as found_circle
from models.actions.session_plan import Plan
from models.base import utcnow
from models.enums import GrantRole, OrgRole, RecordState, SessionKind, Verification
from models.errors import DomainError
from models.queries.actors import load_actor
from models.rules.policy import Actor
from models.tables import Account, Achievement, Booking, Grant, MatchSession, Membership, Organisation
from scripts import seed
from scripts.bench_load import BadAnswer
from scripts.bench_metrics import latencies
from scripts.migrate import migrate
from scripts.services import PostgreSQL
from web import create_app
from web.config import Settings

MARK = 200.0  # milliseconds, p95
MINUTES = 15
SMALLER = 5  # times


@dataclass(frozen=True)
class Size:
    enterprises: int
    projects: int
    slots: int


@dataclass(frozen=True)
class Line:
    """One row of the result; times in milliseconds. ``cpu``: p50 of what the processor gave the page, whatever else ran;
    ``smaller``: queries of the same page with the smaller session."""

    database: str
    page: str
    answers: int
    p50: float
    p95: float
    cpu: float
    queries: int
    smaller: int


@dataclass(frozen=True)
class Answers:
    """Of one page: seconds and processor seconds of each answer, and the fewest statements of one: settings are read anew
    now and then."""

    took: list[float]
    cpu: list[float]
    queries: int


@dataclass(frozen=True)
class Fair:
    """Addresses by page and reader, and who reads."""

    pages: dict[str, tuple[str, str]]  # name -> (reader: enterprise, provider or organizer; address)
    enterprises: list[str]  # as the session's cookie names accounts
    provider: str
    organizer: str
    booked: int


def make(session: Session, size: Size, chance: random.Random) -> Fair:
    """A circle, its session and bookings, by the site's own actions."""
    organizer = session.scalars(
        select(Account)
        .join(Grant, Grant.person_id == Account.person_id)
        .where(Grant.role == GrantRole.ORGANIZER, Account.confirmed_at.is_not(None))
        .order_by(Account.id)
    ).first()
    assert organizer is not None
    by = load_actor(session, organizer.id)
    projects = _projects(session, size.projects)
    enterprises = _managers(session, Organisation.is_seeker)[: size.enterprises]
    if len(projects) < size.projects or len(enterprises) < size.enterprises:
        raise SystemExit("The sample data has not so many projects or enterprises.")
    circle = found_circle(session, by=by, name=f"{size.enterprises} x {size.projects} x {size.slots}")
    for project in projects:
        there = [link.circle_id for link in project.circles]
        standing.set_circles(session, project, by=by, circle_ids=[*there, circle.id])
    made = _session(session, size, circle.id, by)
    booked = _book(session, made, projects, enterprises, size, chance)
    provider = projects[0].organisation
    first = f"/sessions/{made.public_id}"
    pages = {
        "session, an enterprise": ("enterprise", first),
        "form of a booking": ("enterprise", f"{first}/book?achievement={projects[0].public_id}"),
        "open times of a provider": ("enterprise", f"/organisations/{provider.public_id}/availability"),
        "its people's meetings": ("provider", f"/organisations/{provider.public_id}/availability/people"),
        "session, an organizer": ("organizer", first),
    }
    manager = next(account for owner, account in _managers(session, Organisation.is_provider) if owner == provider.id)
    return Fair(pages, [_named(account) for _id, account in enterprises], _named(manager), _named(organizer), booked)


def _named(account: Account) -> str:
    return f"{account.id}:{account.session_epoch}"


def _managers(session: Session, capability: InstrumentedAttribute[bool]) -> list[tuple[int, Account]]:
    """(organisation, account of its manager) of verified organisations."""
    rows = session.execute(
        select(Membership.organisation_id, Account)
        .join(Account, Account.person_id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.role == OrgRole.MANAGER,
            Membership.ended_at.is_(None),
            Account.confirmed_at.is_not(None),
            Organisation.verification == Verification.VERIFIED,
            capability,
        )
        .order_by(Membership.organisation_id)
    )
    return [(organisation, account) for organisation, account in rows]


def _projects(session: Session, count: int) -> list[Achievement]:
    """Published achievements, of as many owners as there are: the first of each, then the second, and so on."""
    number = func.row_number().over(partition_by=Achievement.organisation_id, order_by=Achievement.id)
    owners = [owner for owner, _account in _managers(session, Organisation.is_provider)]
    ranked = (
        select(Achievement.id, number.label("number"))
        .where(Achievement.state == RecordState.PUBLISHED, Achievement.organisation_id.in_(owners))
        .subquery()
    )
    statement = (
        select(Achievement).join(ranked, ranked.c.id == Achievement.id).order_by(ranked.c.number, Achievement.id)
    )
    return list(session.scalars(statement.limit(count)))


def _session(session: Session, size: Size, circle_id: int, by: Actor) -> MatchSession:
    begins = (utcnow() + timedelta(days=100)).replace(hour=0, minute=0, second=0, microsecond=0)
    plan = Plan(
        title=f"对接会 {size.projects} x {size.slots}",
        kind=SessionKind.ONE_TO_ONE,
        venue="会展中心",
        starts_at=begins,
        ends_at=begins + timedelta(minutes=MINUTES * size.slots),
        circle_id=circle_id,
        slot_minutes=MINUTES,
        tables=size.projects,
    )
    made = sessions.create(session, by=by, plan=plan)
    sessions.publish(session, made, by=by)
    return made


def _book(
    session: Session,
    made: MatchSession,
    projects: list[Achievement],
    enterprises: list[tuple[int, Account]],
    size: Size,
    chance: random.Random,
) -> int:
    """About half of the places; who is in another meeting then is refused, as on the site."""
    slots, wanted = list(made.slots), size.projects * size.slots // 2
    for _attempt in range(4 * wanted):
        if session.scalar(select(func.count(Booking.id)).where(Booking.match_session_id == made.id)) == wanted:
            break
        seeker, account = chance.choice(enterprises)
        by = load_actor(session, account.id)
        try:
            with session.begin_nested():
                bookings.book(
                    session, made, by=by, seeker_id=seeker, achievement=chance.choice(projects),
                    slot=chance.choice(slots), attendees=[account.person_id],
                )  # fmt: skip
        except DomainError:
            continue
    return session.scalar(select(func.count(Booking.id)).where(Booking.match_session_id == made.id)) or 0


def signed_in(app: Flask, who: str) -> FlaskClient:
    """A client with the session that a log-in would make: thirty log-ins from one address are refused, as they should be."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["seen"] = who, int(utcnow().timestamp())
    return client


def ask(
    pages: dict[str, tuple[str, str]], readers: dict[str, list[FlaskClient]], rounds: int, asked: list[str]
) -> dict[str, Answers]:
    """What each page took, ``rounds`` times for each reader in turn."""
    took: dict[str, list[float]] = {name: [] for name in pages}
    cpus: dict[str, list[float]] = {name: [] for name in pages}
    costs: dict[str, list[int]] = {name: [] for name in pages}
    chance = random.Random(7)  # the pages in another order each time: what one leaves in memory helps all alike
    for number in range(-1, rounds):  # the first warms up
        for turn in range(len(readers["enterprise"])):
            for name, (reader, address) in chance.sample(list(pages.items()), len(pages)):
                client = readers[reader][turn % len(readers[reader])]
                asked.clear()
                began, worked = time.perf_counter(), time.thread_time()
                answer = client.get(address)
                seconds, cpu = time.perf_counter() - began, time.thread_time() - worked
                if answer.status_code != 200:
                    raise BadAnswer(f"{address}: {answer.status_code}")
                if number >= 0:
                    took[name].append(seconds)
                    cpus[name].append(cpu)
                    costs[name].append(len(asked))
    return {name: Answers(took[name], cpus[name], min(costs[name])) for name in pages}


def measure(name: str, url: str, size: Size, rounds: int) -> list[Line]:
    """One database: the smaller session first, then the one that is asked for."""
    smaller = Size(*(max(number // SMALLER, 2) for number in (size.enterprises, size.projects, size.slots)))
    found: list[dict[str, Answers]] = []
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env({"VAR_DIR": folder, **({"DATABASE_URL": url} if url else {})}))
        backends, asked, chance = app.extensions["backends"], [], random.Random(6)
        try:
            migrate(backends.database)
            seed.load(backends, say=lambda text: None)
            event.listen(backends.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
            for each, times in ((smaller, 1), (size, rounds)):
                with backends.database.write() as session:
                    fair = make(session, each, chance)
                readers = {
                    "enterprise": [signed_in(app, who) for who in fair.enterprises],
                    "provider": [signed_in(app, fair.provider)],
                    "organizer": [signed_in(app, fair.organizer)],
                }
                print(f"{name}: {asdict(each)}, {fair.booked} places booked", flush=True)
                found.append(ask(fair.pages, readers, times, asked))
        finally:
            backends.close()
    lines = []
    for page, answers in found[1].items():
        told, cpu = latencies(answers.took), latencies(answers.cpu)["p50_ms"]
        queries, fewer = answers.queries, found[0][page].queries
        lines.append(Line(name, page, len(answers.took), told["p50_ms"], told["p95_ms"], cpu, queries, fewer))
    return lines


HEADING = f"{'page':<28}{'answers':>8}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}{'queries':>9}{'smaller':>9}"


def show(line: Line) -> str:
    return f"{line.page:<28}{line.answers:>8}{line.p50:>9.1f}{line.p95:>9.1f}{line.cpu:>9.1f}{line.queries:>9}{line.smaller:>9}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=30)
    parser.add_argument("--projects", type=int, default=15)
    parser.add_argument("--slots", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    size = Size(arguments.enterprises, arguments.projects, arguments.slots)
    lines: list[Line] = []
    with ExitStack() as stack:
        for name in ("SQLite", "PostgreSQL"):
            url = "" if name == "SQLite" else stack.enter_context(PostgreSQL())
            of_this = measure(name, url, size, arguments.rounds)
            print("\n".join([HEADING, *map(show, of_this), ""]), flush=True)
            lines += of_this
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")
    return 0 if all(line.p95 < MARK and line.queries == line.smaller for line in lines) else 1


if __name__ == "__main__":
    raise SystemExit(main())
