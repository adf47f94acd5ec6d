"""Arranging a roadshow's programme. Times are computed from the beginning and the minutes; nobody types them.

Every verb holds the lock of the event's row: a booking of one of the speakers takes the same lock (queries/agenda.py).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit
from models.base import utcnow
from models.enums import AgendaKind, EventState, RecordState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.agenda import as_rules, found_clashes, programme
from models.rules.agenda import LONGEST_MINUTES, Clash, timed
from models.rules.policy import Actor
from models.tables import Achievement, AgendaItem, Event, Person

MOST_ITEMS = 100


def add_pitches(
    session: Session, event: Event, *, by: Actor, achievements: Sequence[Achievement], room: str = ""
) -> None:
    """Put published achievements at the end of the programme, with the roadshow's usual minutes.

    Raises Conflict where one is in the programme already, NotNow where one is not published.
    """
    before = _begin(session, event)
    present = {item.achievement_id for item in _items(session, event)}
    for achievement in achievements:
        if achievement.state is not RecordState.PUBLISHED:
            raise NotNow(N_("Only published achievements can be arranged."))
        if achievement.id in present:
            raise Conflict(N_("This achievement is in the programme already."))
        present.add(achievement.id)
        _append(
            session,
            event,
            AgendaItem(
                kind=AgendaKind.PITCH,
                achievement_id=achievement.id,
                title=achievement.public_version.title if achievement.public_version else "",
                room=room or _usual_room(event),
                pitch_minutes=event.pitch_minutes,
                questions_minutes=event.questions_minutes,
            ),
        )
    _finish(session, event, before, "agenda.add", by=by, achievements=[one.public_id for one in achievements])


def add_other(
    session: Session,
    event: Event,
    *,
    by: Actor,
    kind: AgendaKind,
    title: str,
    minutes: int,
    room: str = "",
    speaker_name: str = "",
) -> None:
    """Put a talk or a break at the end; without a room it is for everybody."""
    before = _begin(session, event)
    item = AgendaItem(
        kind=kind, title=title, room=room, pitch_minutes=minutes, questions_minutes=0, speaker_name=speaker_name
    )
    _append(session, event, item)
    _finish(session, event, before, "agenda.add", by=by, title=title)


def change(
    session: Session,
    event: Event,
    item: AgendaItem,
    *,
    by: Actor,
    revision: int,
    pitch_minutes: int,
    questions_minutes: int,
    room: str,
    speaker: Person | None = None,
    speaker_name: str = "",
    title: str = "",
) -> None:
    """Change one item. Raises Conflict where the programme was changed since the form was opened (``revision``)."""
    before = _begin(session, event, revision)
    session.refresh(item)
    if not 1 <= pitch_minutes + questions_minutes <= LONGEST_MINUTES:
        raise Invalid(N_("Choose at least one minute and at most eight hours."), field="pitch_minutes")
    item.pitch_minutes, item.questions_minutes, item.room = pitch_minutes, questions_minutes, room
    item.speaker_id = speaker.id if speaker else None
    item.speaker_name = speaker.name if speaker else speaker_name
    if item.kind is not AgendaKind.PITCH:
        item.title = title
    _finish(session, event, before, "agenda.change", by=by, item=item.id)


def move(session: Session, event: Event, item: AgendaItem, *, by: Actor, up: bool) -> None:
    """Exchange an item with the one before or after it; at the end of the list nothing happens."""
    before = _begin(session, event)
    items = _items(session, event)
    here = next((place for place, other in enumerate(items) if other.id == item.id), None)
    if here is None:
        raise Conflict(N_("Somebody else has removed this item in the meantime."))
    there = here - 1 if up else here + 1
    if not 0 <= there < len(items):
        return
    for place, other in enumerate(items):
        other.position = place
    items[here].position, items[there].position = there, here
    _finish(session, event, before, "agenda.move", by=by, item=item.id, up=up)


def remove(session: Session, event: Event, item: AgendaItem, *, by: Actor) -> None:
    """Take an item out; what follows moves forward."""
    before = _begin(session, event)
    session.delete(item)
    _finish(session, event, before, "agenda.remove", by=by, title=item.title)


def retime(session: Session, event: Event) -> None:
    """Compute the times anew after the beginning has changed; the caller holds the lock."""
    session.flush()
    rows = programme(session, event.id)
    times = {one.item.key: one for one in timed([one.item for one in as_rules(rows)], event.starts_at)}
    for place, item in enumerate(_items(session, event)):
        item.position, item.starts_at, item.ends_at = place, times[item.id].starts_at, times[item.id].ends_at
    session.flush()


def refuse_new(session: Session, event: Event, before: Sequence[Clash], *, field: str = "") -> None:
    """Raise Conflict where the programme has a contradiction that ``before`` did not have."""
    known = {(clash.trouble, clash.keys) for clash in before}
    for clash in found_clashes(session, event, programme(session, event.id)):
        if (clash.trouble, clash.keys) not in known:
            raise Conflict(clash.trouble.value, field=field, **clash.params)


def _begin(session: Session, event: Event, revision: int | None = None) -> list[Clash]:
    """Lock the event, see whether its programme may change now, and return what contradicts it so far."""
    session.refresh(event, with_for_update=True)
    if revision is not None and event.revision != revision:
        raise Conflict(
            N_("Somebody else changed this roadshow in the meantime. Look at the programme and decide again.")
        )
    if event.state is EventState.CANCELLED:
        raise NotNow(N_("This roadshow was cancelled; its programme stays as it was."))
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over; its programme stays as it was."))
    return found_clashes(session, event, programme(session, event.id))


def _finish(session: Session, event: Event, before: list[Clash], action: str, *, by: Actor, **detail: Any) -> None:
    """Compute the times, refuse what a published programme must not get, and leave the audit row."""
    event.sequence += 1  # also gives the event a new revision, which open forms are compared with
    retime(session, event)
    if event.state is EventState.PUBLISHED:
        refuse_new(session, event, before)
    audit.record(session, action, event, by=by, **detail)
    session.flush()


def _items(session: Session, event: Event) -> Sequence[AgendaItem]:
    statement = select(AgendaItem).where(AgendaItem.event_id == event.id)
    return session.scalars(statement.order_by(AgendaItem.position, AgendaItem.id)).all()


def _append(session: Session, event: Event, item: AgendaItem) -> None:
    items = _items(session, event)
    if len(items) >= MOST_ITEMS:
        raise Invalid(N_("A programme has at most %(most)s items."), most=MOST_ITEMS)
    item.event_id, item.position = event.id, items[-1].position + 1 if items else 0
    # Its real times are computed when all is in place; these only satisfy the table.
    item.starts_at, item.ends_at = event.starts_at, event.ends_at
    session.add(item)
    session.flush()


def _usual_room(event: Event) -> str:
    return event.rooms[0] if event.rooms else ""
