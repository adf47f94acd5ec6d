"""What an administrator changes: settings, dictionary terms, jobs."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.enums import Lane
from models.errors import N_, Conflict, Invalid
from models.queries.settings import all_settings
from models.rules.policy import Actor
from models.rules.settings import SETTINGS, checked
from models.tables import Job, Setting, Term

KEY = re.compile(r"[a-z0-9_]{1,60}")


def change_settings(session: Session, values: Mapping[str, Any], *, by: Actor) -> int:
    """Store what differs from the present values; returns how many did. Raises Invalid (field = key)."""
    present = all_settings(session)
    changed = 0
    for key, value in values.items():
        if SETTINGS[key].kind == "dates":
            value = [_date(key, line) for line in value]
        value = checked(key, value)
        if value == present[key]:
            continue
        row = session.scalar(select(Setting).where(Setting.key == key))
        if row is None:
            row = Setting(key=key, value=value)
            session.add(row)
        row.value = value
        audit.record(session, "admin.setting", row, by=by, key=key, old=present[key], new=value)
        changed += 1
    session.flush()
    return changed


def _date(key: str, text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise Invalid(
            N_("“%(text)s” is no date. Type dates as 2026-10-01, one a line."), field=key, text=text
        ) from None


def save_term(
    session: Session,
    term: Term | None,
    *,
    system: str,
    key: str,
    parent: str,
    label_zh: str,
    label_en: str,
    position: int,
    retired: bool,
    by: Actor,
) -> Term:
    """Change a term or (``term`` None) add one. The key of a term never changes: records carry it.

    Raises Invalid (key, parent), Conflict where the key is taken.
    """
    if parent and session.scalar(select(Term.id).where(Term.system == system, Term.key == parent)) is None:
        raise Invalid(N_("There is no such term to stand below."), field="parent")
    if term is None:
        if not KEY.fullmatch(key):
            raise Invalid(N_("Use small letters, digits and underscores, 60 at most."), field="key")
        term = Term(system=system, key=key)
    elif parent == term.key:
        raise Invalid(N_("A term cannot stand below itself."), field="parent")
    term.parent, term.label_zh, term.label_en = parent, label_zh.strip(), label_en.strip()
    term.position, term.retired = position, retired
    try:
        with session.begin_nested():
            session.add(term)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("This key is taken already."), field="key") from None
    audit.record(
        session,
        "admin.term",
        term,
        by=by,
        system=system,
        key=term.key,
        zh=term.label_zh,
        en=term.label_en,
        retired=retired,
    )
    session.flush()
    return term


def next_position(session: Session, system: str) -> int:
    """Where a new term stands: after all others."""
    return (session.scalar(select(func.max(Term.position)).where(Term.system == system)) or 0) + 1


def retry_job(session: Session, job: Job, *, by: Actor) -> None:
    """Queue a failed job again."""
    jobs.retry(session, job.id)
    audit.record(session, "admin.retry_job", job, by=by, name=job.name)


def ask_for_rebuild(session: Session, *, by: Actor) -> None:
    """Enqueue a rebuild of the index."""
    jobs.add(session, "rebuild_index", lane=Lane.LONG)
    audit.record(session, "admin.rebuild_index", by=by)


def ask_for_comparison(session: Session, *, by: Actor) -> None:
    """Enqueue a comparison of the index with the database."""
    jobs.add(session, "verify_index", lane=Lane.LONG)
    audit.record(session, "admin.verify_index", by=by)
