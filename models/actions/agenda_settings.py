"""What a roadshow's programme is compared with: its rooms, the walking time, the levels of the rules, when speakers can."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Text, cast, delete, or_, select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.agenda import lock
from models.actions.waiting_lists import look_after_talks
from models.base import utcnow
from models.enums import RuleLevel
from models.errors import N_, Invalid, NotNow
from models.queries.accounts import organizers
from models.rules.agenda import speaker_of
from models.rules.agenda_clashes import DEFAULTS, SETTABLE, Room, Stretch
from models.rules.policy import Actor
from models.tables import AgendaItem, AgendaStep, Event, SpeakerRefusal, SpeakerTime

MOST_STRETCHES = 4
LONGEST_REASON = 300


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


def call_off(session: Session, event: Event, *, by: Actor, speaker: str, name: str, reason: str) -> None:
    """A speaker (Item.speaker) cannot come at all: the organizers are told once, the programme warns until it is changed.

    Raises NotNow when the roadshow is over, Invalid where the reason is too long.
    """
    lock(session, event)
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid(N_("At most %(most)s characters, please."), most=LONGEST_REASON)
    found = _refusal(session, event, speaker)
    if found is not None:
        found.reason = reason
    else:
        session.add(SpeakerRefusal(event_id=event.id, speaker=speaker, reason=reason))
        for one in organizers(session):
            jobs.add_mail(
                session,
                "speaker_called_off",
                to=one.email,
                locale=one.locale,
                name=one.name,
                speaker=name,
                reason=reason,
                title=event.title,
                public_id=event.public_id,
            )
    audit.record(session, "agenda.call_off", event, by=by, speaker=speaker)
    session.flush()


def come_after_all(session: Session, event: Event, *, by: Actor, speaker: str) -> None:
    """Take it back: the speaker comes."""
    lock(session, event)
    if (found := _refusal(session, event, speaker)) is not None:
        session.delete(found)
        audit.record(session, "agenda.come_after_all", event, by=by, speaker=speaker)
        session.flush()


def _refusal(session: Session, event: Event, speaker: str) -> SpeakerRefusal | None:
    return session.scalar(
        select(SpeakerRefusal).where(SpeakerRefusal.event_id == event.id, SpeakerRefusal.speaker == speaker)
    )


def forget_speaker(session: Session, person_id: int) -> None:
    """Take a person out of programmes, drafts and versions: the items stay, who spoke is gone."""
    for item in session.scalars(select(AgendaItem).where(AgendaItem.speaker_id == person_id)):
        item.speaker_id, item.speaker_name = None, ""
    named = f'"speaker_id": {person_id}'  # as json.dumps writes it on both databases; looked at closely below
    kept = or_(cast(AgendaStep.items, Text).contains(named), cast(AgendaStep.changes, Text).contains(named))
    for step in session.scalars(select(AgendaStep).where(kept)):
        step.items, step.changes = _without(step.items, person_id), _without(step.changes, person_id)
    for table in (SpeakerTime, SpeakerRefusal):
        session.execute(delete(table).where(table.speaker == speaker_of(person_id)))
    session.flush()


def _without(value: Any, person_id: int) -> Any:
    """Plain values in which nobody is this speaker."""
    if isinstance(value, list):
        return [_without(one, person_id) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _without(one, person_id) for name, one in value.items()}
    return made | {"speaker_id": None, "speaker_name": ""} if made.get("speaker_id") == person_id else made
