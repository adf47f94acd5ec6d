"""What a roadshow's programme is compared with: its rooms, the walking time, the levels of the rules, when speakers can."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Text, cast, delete, or_, select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.agenda import lock
from models.actions.waiting_lists import look_after_talks
from models.enums import RuleLevel
from models.errors import N_, Invalid
from models.rules.agenda_clashes import DEFAULTS, SETTABLE, Room, Stretch
from models.rules.policy import Actor
from models.tables import AgendaItem, AgendaStep, Event, SpeakerTime

MOST_STRETCHES = 4


def set_rules(
    session: Session,
    event: Event,
    *,
    by: Actor,
    revision: int,
    rooms: Mapping[str, Room],
    walking_minutes: int,
    levels: Mapping[str, RuleLevel],
) -> None:
    """Say where rooms are and what they hold, and how loud each rule is. Only those of SETTABLE change.

    Raises Conflict where the roadshow changed since the form was opened (``revision``).
    """
    lock(session, event, revision)
    event.room_facts = {name: {"venue": room.venue, "seats": room.seats} for name, room in rooms.items()}
    event.walking_minutes = walking_minutes
    event.rule_levels = {
        trouble.value: levels[trouble].value
        for trouble in SETTABLE
        if levels.get(trouble, DEFAULTS[trouble]) is not DEFAULTS[trouble]
    }
    look_after_talks(session, event)
    audit.record(session, "agenda.rules", event, by=by, levels=event.rule_levels, walking=walking_minutes)
    session.flush()


def set_times(session: Session, event: Event, *, by: Actor, speaker: str, stretches: Sequence[Stretch]) -> None:
    """Say when a speaker (Item.speaker) can be there; none: always. Raises Invalid where stretches cannot be right."""
    lock(session, event)
    stretches = sorted(stretches)
    if len(stretches) > MOST_STRETCHES:
        raise Invalid(N_("At most %(most)s stretches of time, please."), most=MOST_STRETCHES)
    for start, end in stretches:
        if end <= start:
            raise Invalid(N_("%(when)s: the end must be after the beginning."), when=[start, end])
        if end <= event.starts_at or start >= event.ends_at:
            raise Invalid(
                N_("%(when)s is outside the hours of the roadshow (%(hours)s)."),
                when=(start, end),
                hours=(event.starts_at, event.ends_at),
            )
    for earlier, later in pairwise(stretches):
        if later[0] < earlier[1]:
            raise Invalid(N_("Two of the stretches overlap: %(when)s. Please make one of them."), when=(earlier, later))
    session.execute(delete(SpeakerTime).where(SpeakerTime.event_id == event.id, SpeakerTime.speaker == speaker))
    session.add_all(
        SpeakerTime(event_id=event.id, speaker=speaker, starts_at=start, ends_at=end) for start, end in stretches
    )
    said = [[moment.isoformat() for moment in stretch] for stretch in stretches]
    audit.record(session, "agenda.times", event, by=by, speaker=speaker, stretches=said)
    session.flush()


def forget_speaker(session: Session, person_id: int) -> None:
    """Take a person out of programmes, drafts and versions: the items stay, who spoke is gone."""
    for item in session.scalars(select(AgendaItem).where(AgendaItem.speaker_id == person_id)):
        item.speaker_id, item.speaker_name = None, ""
    named = f'"speaker_id": {person_id}'  # as json.dumps writes it on both databases; looked at closely below
    kept = or_(cast(AgendaStep.items, Text).contains(named), cast(AgendaStep.changes, Text).contains(named))
    for step in session.scalars(select(AgendaStep).where(kept)):
        step.items, step.changes = _without(step.items, person_id), _without(step.changes, person_id)
    session.execute(delete(SpeakerTime).where(SpeakerTime.speaker == f"person:{person_id}"))
    session.flush()


def _without(value: Any, person_id: int) -> Any:
    """Plain values in which nobody is this speaker."""
    if isinstance(value, list):
        return [_without(one, person_id) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _without(one, person_id) for name, one in value.items()}
    return made | {"speaker_id": None, "speaker_name": ""} if made.get("speaker_id") == person_id else made
