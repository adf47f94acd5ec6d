"""A new roadshow after the model of an old one."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.agenda import write_rows
from models.actions.events import check_begin, check_hours
from models.base import new_public_id
from models.enums import AgendaKind, RecordState
from models.queries.agenda_drafts import facts, working_plan
from models.rules.agenda import taken_out
from models.rules.policy import Actor
from models.tables import Event, RegistrationTerms

COPIED = (
    "introduction", "circle_id", "venue", "address", "rooms", "room_facts", "walking_minutes", "rule_levels", "hosts",
    "capacity", "pitch_minutes", "questions_minutes",
)  # fmt: skip
TERMS = ("approval", "online", "offer_hours", "questions")


def clone(session: Session, event: Event, *, by: Actor, title: str, starts_at: datetime, pitches: bool) -> Event:
    """A draft with the structure of a roadshow, at another beginning: rooms, settings, programme, terms of registration.

    Nobody is registered or booked in it, and when speakers can is asked anew. ``pitches``: with the achievements that are
    still published and their speakers; else talks and breaks only, without speakers. Raises Invalid (starts_at).
    """
    ends_at = starts_at + (event.ends_at - event.starts_at)
    check_hours(starts_at, ends_at)
    check_begin(starts_at)
    made = Event(title=title, starts_at=starts_at, ends_at=ends_at, created_by_id=by.person_id)
    for name in COPIED:
        setattr(made, name, getattr(event, name))
    session.add(made)
    session.flush()
    _same_terms(session, event, made, shift=starts_at - event.starts_at)
    plan = working_plan(session, event)
    known = facts(session, event, plan).achievements
    published = {key for key, row in known.items() if row.state is RecordState.PUBLISHED}
    if pitches:
        plan = taken_out(plan, lambda item: bool(item.achievement_id) and item.achievement_id not in published)
    else:
        plan = [replace(item, speaker_id=None, speaker_name="") for item in plan if item.kind is not AgendaKind.PITCH]
    write_rows(session, made, [replace(item, key=new_public_id()) for item in plan])
    audit.record(session, "event.clone", made, by=by, model=event.public_id, title=title)
    session.flush()
    return made


def _same_terms(session: Session, event: Event, made: Event, *, shift: timedelta) -> None:
    """Under the terms of the model, a period as far from the beginning as there."""
    terms = session.scalar(select(RegistrationTerms).where(RegistrationTerms.event_id == event.id))
    if terms is None:
        return
    copied = RegistrationTerms(event_id=made.id, **{name: getattr(terms, name) for name in TERMS})
    copied.opens_at, copied.closes_at = (at and at + shift for at in (terms.opens_at, terms.closes_at))
    session.add(copied)
