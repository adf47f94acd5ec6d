"""`python -m scripts.seed`: load the sample data (idempotent). What ./scripts/run does on somebody's own machine.

Inserts what is missing, never changes an existing row, refuses a database that holds real data.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import models.changes  # noqa: F401 - what is inserted must reach the index
from models.base import utcnow
from models.tables import Account, MatchSession, Organisation, Setting
from scripts.sample import (
    Clock,
    achievements,
    attending,
    circles,
    events,
    lines,
    needs,
    open_sessions,
    organisations,
    outcomes,
    selection,
    suggestions,
    timetable,
    wishes,
)
from scripts.sample.threads import Threads
from web.backends import Backends, connect
from web.config import Settings
from web.passwords import hashed

DEMO_PASSWORD = "Demo-2026-pass"  # noqa: S105 - printed on purpose; exists only where PUBLIC_URL is this machine
DEMO_ROLES = {
    "provider@example.org": "university (manager)",
    "provider2@example.org": "university (member)",
    "seeker@example.org": "enterprise (manager)",
    "organizer@example.org": "organizer",
    "broker@example.org": "technology manager",
    "admin@example.org": "administrator",
    "auditor@example.org": "auditor",
}
FIRST_LOADED = "sample_first_loaded"  # the moment that all relative dates hang on


class RealData(Exception):
    """The database holds rows that are not sample data."""


def load(backends: Backends, *, say: Callable[[str], None], zone: str = "Asia/Shanghai") -> None:
    """Load what is missing in one transaction, telling each step.

    Raises RealData where an organisation or an account is there that is no sample.
    """
    if complete(backends):
        return
    password_hash = hashed(DEMO_PASSWORD)  # slow: outside the write transaction
    with backends.database.write() as session:
        refuse_real_data(session)
        first = _first_loaded(session)
        clock = Clock(first, zone)
        say("Sample data: organisations and people ...")
        organisations.load(session, first, password_hash)
        say("Sample data: circles and their register ...")
        circles.load(session)
        say("Sample data: achievements ...")
        achievements.load(session, clock)
        say("Sample data: needs ...")
        needs.load(session, clock)
        say("Sample data: roadshows and sessions ...")
        events.load(session, clock)
        attending.load(session, clock)
        say("Sample data: requests and bookings ...")
        Threads(session, clock).load()
        say("Sample data: sessions of providers' own ...")
        open_sessions.load(session, clock)
        say("Sample data: what was said after meetings ...")
        outcomes.load(session, clock)
        say("Sample data: wishes to meet ...")
        wishes.load(session, clock)
        say("Sample data: a timetable ...")
        timetable.load(session, clock)
        say("Sample data: calls for projects ...")
        selection.load(session, clock)
        say("Sample data: suggestions ...")
        suggestions.load(session, clock)


def complete(backends: Backends) -> bool:
    """Whether every sample organisation, achievement and need is there, and something of all that hangs on them."""
    with backends.database.read() as session:
        if session.scalar(select(Setting.id).where(Setting.key == FIRST_LOADED)) is None:
            return False
        found = set(session.scalars(select(Organisation.public_id).where(Organisation.is_sample)))
        wanted = {organisations.sample_id("organisation", row["key"]) for row in lines("organisations.jsonl")}
        if not wanted <= found:
            return False
        known = set(session.scalars(select(achievements.Achievement.public_id)))
        if not {achievements.sample_id("achievement", row["key"]) for row in achievements.records()} <= known:
            return False
        needed = {needs.sample_id("need", row["key"]) for row in needs.records()}
        if not needed <= set(session.scalars(select(needs.Need.public_id))):
            return False
        own = set(session.scalars(select(MatchSession.key).where(MatchSession.owner_id.is_not(None))))
        if not {f"{row['key']}-1" for row in lines("open_sessions.jsonl")} <= own:
            return False
        hanging = (
            wishes.MeetingWish, outcomes.MeetingOutcome, attending.Intention, selection.ProjectCall,
            suggestions.MatchDecision,
        )  # fmt: skip
        return all(session.scalar(select(table.id).where(table.is_sample).limit(1)) is not None for table in hanging)


def refuse_real_data(session: Session) -> None:
    for table in (Organisation, Account):
        if session.scalar(select(table.id).where(table.is_sample.is_(False)).limit(1)) is not None:
            raise RealData("This database holds real data: no sample data is loaded into it.")


def _first_loaded(session: Session) -> datetime:
    stored = session.scalar(select(Setting.value).where(Setting.key == FIRST_LOADED))
    if stored is not None:
        return datetime.fromisoformat(stored)
    now = utcnow()
    session.add(Setting(key=FIRST_LOADED, value=now.isoformat()))
    return now


def accounts_text() -> str:
    """The demo accounts as text for the terminal."""
    rows = "\n".join(f"  {email:<24}{role}" for email, role in DEMO_ROLES.items())
    return f"  Demo accounts, password {DEMO_PASSWORD}\n{rows}\n"


def main() -> int:
    settings = Settings.from_env()
    if not settings.is_demo:
        print("PUBLIC_URL is not this machine: sample data and demo accounts are not loaded.")
        return 2
    backends = connect(settings)
    try:
        load(backends, say=print)
    except RealData as error:
        print(error)
        return 2
    finally:
        backends.close()
    print(accounts_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
