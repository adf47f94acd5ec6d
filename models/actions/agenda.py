"""Arranging a roadshow's programme: each act makes a new plan of the old one and is kept as a step, so that it can be undone.

What everybody sees are the AgendaItem rows: a draft's follow every act, an announced roadshow's only ``publish_changes``.
Every verb holds the lock of the event's row: a booking of one of the speakers takes the same lock (queries/agenda.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.waiting_lists import look_after_talks
from models.base import new_public_id, utcnow
from models.enums import AgendaAct, AgendaKind, EventState, RecordState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.agenda_drafts import clashes_of, facts, newest_step, public_plan, working_plan
from models.rules import agenda as rules
from models.rules.agenda import LONGEST_MINUTES, Item, Plan, Speaker
from models.rules.agenda_clashes import OF_SPEAKERS, Clash, new_blocks
from models.rules.policy import Actor
from models.tables import Achievement, AgendaItem, AgendaStep, Event, Person

MOST_ITEMS = 100
KEPT_STEPS = 30  # acts that can be undone
CHANGED_MEANWHILE = N_("Somebody else changed this roadshow in the meantime. Look at the programme and decide again.")


def add_pitches(
    session: Session,
    event: Event,
    *,
    by: Actor,
    achievements: Sequence[Achievement],
    room: str = "",
    speakers: Mapping[int, Speaker] | None = None,
) -> None:
    """Put published achievements at the end of the programme, with the roadshow's usual minutes.

    ``speakers``: who presents, by achievement; somebody who is elsewhere at that time is left for the organizer to settle.
    Raises Conflict where one is in the programme already, NotNow where one is not published.
    """

    def change(plan: Plan) -> list[Item]:
        made, present = list(plan), {item.achievement_id for item in plan}
        for achievement in achievements:
            if achievement.state is not RecordState.PUBLISHED:
                raise NotNow(N_("Only published achievements can be arranged."))
            if achievement.id in present:
                raise Conflict(N_("This achievement is in the programme already."))
            present.add(achievement.id)
            speaker = (speakers or {}).get(achievement.id)
            made.append(
                Item(
                    key=new_public_id(),
                    kind=AgendaKind.PITCH,
                    achievement_id=achievement.id,
                    title=achievement.public_version.title if achievement.public_version else "",
                    room=room or _usual_room(event),
                    pitch_minutes=event.pitch_minutes,
                    questions_minutes=event.questions_minutes,
                    speaker_id=speaker.person_id if speaker else None,
                    speaker_name=speaker.name if speaker else "",
                )
            )
        return _without_busy_speakers(session, event, plan, made)

    titles = [one.public_version.title for one in achievements if one.public_version]
    _act(session, event, AgendaAct.ADD, change, by=by, about=titles[0] if len(titles) == 1 else "")


def _without_busy_speakers(session: Session, event: Event, before: Plan, after: Plan) -> list[Item]:
    known, new = facts(session, event, before, after), {item.key for item in after} - {item.key for item in before}
    refused = new_blocks(clashes_of(event, after, known), clashes_of(event, before, known))
    busy = {key for clash in refused if clash.trouble in OF_SPEAKERS for key in clash.keys} & new
    return [replace(item, speaker_id=None, speaker_name="") if item.key in busy else item for item in after]


def add_other(
    session: Session,
    event: Event,
    *,
    by: Actor,
    kind: AgendaKind,
    title: str,
    minutes: int,
    room: str = "",
    speaker: Person | None = None,
    speaker_name: str = "",
    after: str = "",
) -> None:
    """Put a talk or a break after an item (``after``), else at the end; without a room it is for everybody."""
    named = {"speaker_id": speaker.id, "speaker_name": speaker.name} if speaker else {"speaker_name": speaker_name}
    item = Item(new_public_id(), kind, title, None, room, minutes, 0, **named)

    def change(plan: Plan) -> list[Item]:
        place = plan.index(rules.find(plan, after)) + 1 if after else len(plan)
        return [*plan[:place], item, *plan[place:]]

    _act(session, event, AgendaAct.ADD, change, by=by, about=title)


def add_frame(
    session: Session, event: Event, *, by: Actor, opening: Sequence[tuple[str, int]], closing: Sequence[tuple[str, int]]
) -> None:
    """Put (title, minutes) for everybody before and after all there is."""

    def change(plan: Plan) -> list[Item]:
        first, last = (
            [Item(new_public_id(), AgendaKind.TALK, title, None, "", minutes, 0) for title, minutes in part]
            for part in (opening, closing)
        )
        longer = sum(item.minutes for item in first)
        moved = [item if item.at is None else replace(item, at=item.at + longer) for item in plan]
        return [*first, *moved, *last]

    _act(session, event, AgendaAct.FRAME, change, by=by)


def change(
    session: Session,
    event: Event,
    key: str,
    *,
    by: Actor,
    revision: int,
    pitch_minutes: int,
    questions_minutes: int,
    room: str,
    at: int | None = None,
    speaker: Person | None = None,
    speaker_name: str = "",
    title: str = "",
) -> None:
    """Change one item. ``at``: the minute at which it begins, none: after the one before it.

    Raises Conflict where the programme was changed since the form was opened (``revision``).
    """
    if not 1 <= pitch_minutes + questions_minutes <= LONGEST_MINUTES:
        raise Invalid(N_("Choose at least one minute and at most eight hours."), field="pitch_minutes")

    def made(plan: Plan) -> list[Item]:
        was = rules.find(plan, key)
        values = {
            "pitch_minutes": pitch_minutes,
            "questions_minutes": questions_minutes,
            "room": room,
            "speaker_id": speaker.id if speaker else None,
            "speaker_name": _shown(was, speaker) if speaker else speaker_name,
            "title": title if title and was.kind is not AgendaKind.PITCH else was.title,
        }
        begins = rules.starts(plan)[plan.index(was)]
        if at is None or (at == begins and was.at is None):
            return rules.changed(plan, key, **values, at=None)
        if at == begins and room == was.room:
            return rules.changed(plan, key, **values)
        return rules.placed(rules.changed(plan, key, **values), key, room=room, at=at, exact=True)

    _act(session, event, AgendaAct.CHANGE, made, by=by, revision=revision, key=key)


def _shown(item: Item, speaker: Person) -> str:
    """Who stays is named as before: with the title that the application gave."""
    return item.speaker_name if item.speaker_id == speaker.id else speaker.name


def move(session: Session, event: Event, key: str, *, by: Actor, up: bool, revision: int | None = None) -> None:
    """Exchange an item with the one before or after it; at the end of the list nothing happens."""
    _act(
        session,
        event,
        AgendaAct.MOVE,
        lambda plan: rules.exchanged(plan, key, up=up),
        by=by,
        revision=revision,
        key=key,
    )


def place(
    session: Session, event: Event, key: str, *, by: Actor, room: str, at: int, revision: int | None = None
) -> None:
    """Put an item at a minute of the roadshow in a room ("": for everybody), as by dragging it there."""
    if not 0 <= at < 7 * 24 * 60:
        raise Invalid(N_("This time is outside the hours of the roadshow."))
    _act(
        session,
        event,
        AgendaAct.MOVE,
        lambda plan: rules.placed(plan, key, room=room, at=at),
        by=by,
        revision=revision,
        key=key,
    )


def set_minutes(
    session: Session, event: Event, keys: Collection[str], *, by: Actor, pitch: int, questions: int
) -> None:
    """Give the chosen pitches this length; all of them where none is chosen."""
    if (pitch, questions) not in rules.PITCHES:
        raise Invalid(N_("Please choose one of the lengths."))

    def change(plan: Plan) -> list[Item]:
        pitches = {item.key for item in plan if item.kind is AgendaKind.PITCH}
        return rules.with_minutes(plan, pitches & set(keys) if keys else pitches, pitch, questions)

    _act(session, event, AgendaAct.MINUTES, change, by=by, about=f"{pitch}+{questions}")


def remove(session: Session, event: Event, key: str, *, by: Actor) -> None:
    """Take an item out; what follows moves forward."""

    def change(plan: Plan) -> list[Item]:
        return rules.without(plan, {rules.find(plan, key).key})

    _act(session, event, AgendaAct.REMOVE, change, by=by, key=key)


def discard(session: Session, event: Event, *, by: Actor, revision: int) -> None:
    """Drop what is not published yet; this can be undone too."""
    published = public_plan(session, event)
    _act(session, event, AgendaAct.DISCARD, lambda _plan: published, by=by, revision=revision)


def undo(session: Session, event: Event, *, by: Actor, revision: int) -> str:
    """Take the newest act back; returns its title for people. What was published is not undone, but changed again.

    Raises Conflict where somebody acted since the page was opened, NotNow where there is nothing to take back.
    """
    lock(session, event, revision)
    newest = newest_step(session, event.id)
    earlier = session.scalar(
        select(AgendaStep).where(
            AgendaStep.event_id == event.id, AgendaStep.number == (newest.number - 1 if newest else 0)
        )
    )
    if newest is None or earlier is None or newest.version is not None:
        raise NotNow(N_("There is nothing to undo."))
    audit.record(session, "agenda.undo", event, by=by, act=newest.act.value, about=newest.about)
    label = newest.act.label
    session.delete(newest)
    event.sequence += 1
    session.flush()
    if event.state is EventState.DRAFT:
        write_rows(session, event, rules.from_values(earlier.items))
    session.flush()
    return label


def leave(session: Session, event: Event, achievement_id: int, *, title: str) -> None:
    """An achievement left the site: the plan that is being arranged lets it go too. The caller holds the lock."""
    if newest_step(session, event.id) is None:
        return
    plan = working_plan(session, event)
    after = rules.taken_out(plan, lambda item: item.achievement_id == achievement_id)
    if after != plan:
        keep(session, event, AgendaAct.TAKE_OUT, after, by=None, about=title)


# --- what the acts share --------------------------------------------------------------------------------------------


def lock(session: Session, event: Event, revision: int | None = None) -> None:
    """Lock the event and see whether its programme may change now."""
    session.refresh(event, with_for_update=True)
    if revision is not None and event.revision != revision:
        raise Conflict(CHANGED_MEANWHILE)
    if event.state is EventState.CANCELLED:
        raise NotNow(N_("This roadshow was cancelled; its programme stays as it was."))
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over; its programme stays as it was."))


def _act(
    session: Session,
    event: Event,
    act: AgendaAct,
    change: Callable[[Plan], list[Item]],
    *,
    by: Actor,
    revision: int | None = None,
    key: str = "",
    about: str = "",
) -> None:
    lock(session, event, revision)
    before = working_plan(session, event)
    if key:
        about = rules.find(before, key).title
    after = change(before)
    if after == before:
        return
    if len(after) > MOST_ITEMS:
        raise Invalid(N_("A programme has at most %(most)s items."), most=MOST_ITEMS)
    known = facts(session, event, before, after)
    refuse(clashes_of(event, after, known), clashes_of(event, before, known))
    if newest_step(session, event.id) is None:
        keep(session, event, AgendaAct.BEGIN, before, by=None, version=1 if event.published_once else None)
    keep(session, event, act, after, by=by, about=about)
    if event.state is EventState.DRAFT:
        write_rows(session, event, after)
    event.sequence += 1  # also gives the event a new revision, which open forms are compared with
    audit.record(session, f"agenda.{act.value}", event, by=by, about=about, item=key)
    session.flush()


def refuse(found: Sequence[Clash], before: Sequence[Clash], *, field: str = "") -> None:
    """Raise Conflict for the first refused contradiction that did not stand there before."""
    for clash in new_blocks(found, before):
        raise Conflict(clash.trouble.label, field=field, **clash.params)


def keep(
    session: Session, event: Event, act: AgendaAct, plan: Plan, *, by: Actor | None, about: str = "", **values: Any
) -> AgendaStep:
    """Keep a plan as the newest step. Raises Conflict where somebody else did so at this moment."""
    newest = newest_step(session, event.id)
    number = newest.number + 1 if newest else 1
    step = AgendaStep(
        event_id=event.id,
        number=number,
        act=act,
        about=about[:160],
        items=rules.as_values(plan),
        by_id=by.person_id if by else None,
        starts_at=event.starts_at,
        **values,
    )
    try:
        with session.begin_nested():
            session.add(step)
    except IntegrityError as error:
        raise Conflict(CHANGED_MEANWHILE) from error
    session.execute(
        delete(AgendaStep).where(
            AgendaStep.event_id == event.id,
            AgendaStep.version.is_(None),
            AgendaStep.number < number - KEPT_STEPS,
        )
    )
    return step


def write_rows(session: Session, event: Event, plan: Plan) -> None:
    """Make the rows that everybody sees those of the plan; the caller holds the lock."""
    if event.state is EventState.PUBLISHED:
        look_after_talks(session, event)
    rows = {row.public_id: row for row in session.scalars(select(AgendaItem).where(AgendaItem.event_id == event.id))}
    for place, (item, start) in enumerate(zip(plan, rules.starts(plan), strict=True)):
        row = rows.pop(item.key, None) or AgendaItem(event_id=event.id, public_id=item.key)
        row.position, row.kind, row.achievement_id = place, item.kind, item.achievement_id
        row.title, row.room = item.title, item.room
        row.starts_at = event.starts_at + timedelta(minutes=start)
        row.ends_at = row.starts_at + timedelta(minutes=item.minutes)
        row.pitch_minutes, row.questions_minutes = item.pitch_minutes, item.questions_minutes
        row.speaker_id, row.speaker_name = item.speaker_id, item.speaker_name
        session.add(row)
    for row in rows.values():
        session.delete(row)
    session.flush()


def _usual_room(event: Event) -> str:
    return event.rooms[0] if event.rooms else ""
