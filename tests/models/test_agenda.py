"""The programme: computed times, contradictions, and changes under the event's lock."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import agenda
from models.actions.agenda_publication import publish_changes
from models.base import Database, utcnow
from models.enums import AgendaKind, EventState, GrantRole, OccupancyKind, RecordState, Told
from models.errors import Conflict, Invalid, NotNow
from models.queries.actors import load_actor
from models.queries.agenda import candidates, pitches_during, programme, speakers
from models.queries.agenda_drafts import public_plan, standing_clashes, working_plan
from models.rules.agenda import Item, timed
from models.rules.agenda_clashes import Trouble
from models.rules.calendar import cells
from models.rules.policy import Actor
from models.tables import AgendaItem, Booking, Event, Job, Occupancy
from tests.factories import make_account, make_achievement, make_event, make_person, make_provider, make_session
from tests.models.booking_cases import book, confirm, make_fair

NINE = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def talk(n: int, minutes: int, room: str, **values: Any) -> Item:
    return Item(str(n), AgendaKind.TALK, f"第{n}项", None, room, minutes, 0, **values)


def plan(*items: tuple[int, str]) -> list[tuple[int, int]]:
    """(minutes, room) of each item -> (start, end) in minutes from nine."""
    made = timed([talk(n, minutes, room) for n, (minutes, room) in enumerate(items)], NINE)
    return [
        (int((one.starts_at - NINE).total_seconds() // 60), int((one.ends_at - NINE).total_seconds() // 60))
        for one in made
    ]


def test_items_of_a_room_run_one_after_another() -> None:
    assert plan((15, "A"), (15, "A"), (20, "A")) == [(0, 15), (15, 30), (30, 50)]


def test_rooms_run_side_by_side_and_a_break_waits_for_both() -> None:
    assert plan((15, "A"), (15, "A"), (40, "B"), (10, ""), (15, "B")) == [
        (0, 15),
        (15, 30),
        (0, 40),
        (40, 50),
        (50, 65),
    ]


def test_an_event_over_midnight_and_the_year_end() -> None:
    start = datetime(2026, 12, 31, 15, 50, tzinfo=UTC)  # 23:50 in China
    made = timed([talk(1, 15, "A"), talk(2, 15, "A")], start)
    assert made[-1].ends_at == datetime(2026, 12, 31, 16, 20, tzinfo=UTC)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from(["", "A", "B", "C"])), max_size=25),
)
def test_computed_times_never_overlap_in_a_room(items: list[tuple[int, str]]) -> None:
    made = timed([talk(n, minutes, room) for n, (minutes, room) in enumerate(items)], NINE)
    for room in "ABC":
        own = [one for one in made if one.item.room in (room, "")]
        assert all(before.ends_at <= after.starts_at for before, after in pairwise(own))


def organizer(session: Session) -> Actor:
    return load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)


def draft(session: Session, **values: Any) -> Event:
    return make_event(session, state=EventState.DRAFT, **values)


def times(session: Session, event: Event) -> list[tuple[str, int, int]]:
    return [
        (row.achievement or row.title, *(int((t - event.starts_at).total_seconds() // 60) for t in (row.starts_at, row.ends_at)))
        for row in programme(session, event.id)
    ]  # fmt: skip


def items(session: Session, event: Event) -> list[AgendaItem]:
    found = select(AgendaItem).where(AgendaItem.event_id == event.id).order_by(AgendaItem.position)
    return list(session.scalars(found))


def test_arranging_computes_the_times(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event = draft(session)
    one, two = make_achievement(session, owner, title="甲成果"), make_achievement(session, owner, title="乙成果")
    agenda.add_pitches(session, event, by=by, achievements=[one, two])
    agenda.add_other(session, event, by=by, kind=AgendaKind.BREAK, title="茶歇", minutes=10)
    assert times(session, event) == [("甲成果", 0, 15), ("乙成果", 15, 30), ("茶歇", 30, 40)]
    agenda.move(session, event, items(session, event)[2].public_id, by=by, up=True)
    assert times(session, event) == [("甲成果", 0, 15), ("茶歇", 15, 25), ("乙成果", 25, 40)]
    agenda.move(session, event, items(session, event)[0].public_id, by=by, up=True)  # the first stays the first
    first = items(session, event)[0]
    agenda.change(
        session,
        event,
        first.public_id,
        by=by,
        revision=event.revision,
        pitch_minutes=5,
        questions_minutes=5,
        room="一号厅",
    )
    assert times(session, event) == [("甲成果", 0, 10), ("茶歇", 10, 20), ("乙成果", 20, 35)]
    agenda.remove(session, event, first.public_id, by=by)
    assert times(session, event) == [("茶歇", 0, 10), ("乙成果", 10, 25)]


def test_only_published_achievements_and_each_once(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event = draft(session)
    shown = make_achievement(session, owner)
    with pytest.raises(NotNow):
        agenda.add_pitches(
            session, event, by=by, achievements=[make_achievement(session, owner, state=RecordState.WITHDRAWN)]
        )
    agenda.add_pitches(session, event, by=by, achievements=[shown])
    with pytest.raises(Conflict):
        agenda.add_pitches(session, event, by=by, achievements=[shown])


def test_a_stale_form_is_refused(session: Session) -> None:
    by, event = organizer(session), draft(session)
    agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title="致辞", minutes=5)
    opened, item = event.revision, items(session, event)[0]
    agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title="说明", minutes=5)
    with pytest.raises(Conflict):
        agenda.change(
            session, event, item.public_id, by=by, revision=opened, pitch_minutes=9, questions_minutes=0, room=""
        )


def test_zero_minutes_are_refused(session: Session) -> None:
    by, event = organizer(session), draft(session)
    agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title="致辞", minutes=5)
    with pytest.raises(Invalid):
        agenda.change(
            session, event, items(session, event)[0].public_id, by=by, revision=event.revision,
            pitch_minutes=0, questions_minutes=0, room="",
        )  # fmt: skip


def test_a_published_programme_refuses_new_contradictions_and_keeps_old_ones(session: Session) -> None:
    by = organizer(session)
    event = make_event(session)
    for number in range(12):  # fills the three hours
        agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title=f"报告{number}", minutes=15, room="一号厅")
    session.commit()
    with pytest.raises(Conflict, match="报告12"):
        agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title="报告12", minutes=15, room="一号厅")
    session.rollback()
    event.rooms = ["二号厅"]  # as a loader might leave it
    session.commit()
    agenda.remove(session, event, working_plan(session, event)[-1].key, by=by)
    assert len(working_plan(session, event)) == 11


def test_a_speaker_in_a_meeting_cannot_be_put_on_stage(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    achievement = make_achievement(session, owner)
    event = make_event(session, achievement)
    speaker, match_session = make_person(session, owner), make_session(session)
    booking = Booking(match_session_id=match_session.id, seeker_id=owner.id)
    session.add(booking)
    session.flush()
    for cell in cells(event.starts_at + timedelta(minutes=10), event.starts_at + timedelta(minutes=30)):
        session.add(Occupancy(kind=OccupancyKind.PERSON, holder_id=speaker.id, cell=cell, booking_id=booking.id))
    session.commit()
    [item] = items(session, event)
    values = {"pitch_minutes": 8, "questions_minutes": 7, "room": "一号厅", "speaker": speaker}
    with pytest.raises(Conflict, match="meeting"):
        agenda.change(session, event, item.public_id, by=by, revision=event.revision, **values)
    session.rollback()
    values["pitch_minutes"] = 3  # over before the meeting begins
    agenda.change(session, event, item.public_id, by=by, revision=event.revision, **values)
    publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
    assert standing_clashes(session, event) == []
    found = pitches_during(session, [speaker.id], event.starts_at, event.ends_at)
    assert [row.person_id for row in found] == [speaker.id]
    assert not pitches_during(session, [speaker.id], event.ends_at, event.ends_at + timedelta(hours=1))


def test_a_meeting_in_another_venue_right_after_the_talk_is_warned_of(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        booking = book(session, fair)
        confirm(session, fair, booking, attendees=[fair.professor])
        begins = booking.slot.starts_at if booking.slot else utcnow()
        event = make_event(session, starts_at=begins - timedelta(minutes=15))
        event.walking_minutes, event.venue = 10, "会展中心"
        booking.match_session.venue = "大学"
        session.add(
            AgendaItem(
                event_id=event.id, position=0, kind=AgendaKind.TALK, title="报告", room="一号厅", speaker_id=fair.professor,
                speaker_name="陈教授", starts_at=event.starts_at, ends_at=event.starts_at + timedelta(minutes=10),
                pitch_minutes=10, questions_minutes=0,
            )
        )  # fmt: skip
        session.flush()
        [clash] = standing_clashes(session, event)
        assert (clash.trouble, clash.blocks) == (Trouble.FAR_MEETING, False)
        assert clash.params["minutes"] == 5
        assert (clash.params["place"], clash.params["other"]) == ("会展中心", "大学")
        event.venue = "大学"
        assert standing_clashes(session, event) == []


def test_a_speaker_at_another_roadshow_cannot_be_put_on_stage(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event, other = (make_event(session, make_achievement(session, owner)) for _number in range(2))
    other.title, speaker = "另一场路演", make_person(session, owner, name="陈教授")
    [elsewhere], [item] = items(session, other), items(session, event)
    elsewhere.speaker_id = speaker.id
    session.commit()
    values = {"pitch_minutes": 8, "questions_minutes": 7, "room": "一号厅", "speaker": speaker}
    with pytest.raises(Conflict) as refused:
        agenda.change(session, event, item.public_id, by=by, revision=event.revision, **values)
    assert refused.value.params["speaker"] == "陈教授"
    assert refused.value.params["event"] == "另一场路演"
    assert refused.value.params["then"] == (elsewhere.starts_at, elsewhere.ends_at)
    session.rollback()
    session.get_one(Event, other.id).state = EventState.CANCELLED
    session.commit()
    agenda.change(session, event, item.public_id, by=by, revision=event.revision, **values)


def test_a_programme_that_is_over_or_cancelled_stays(session: Session) -> None:
    by = organizer(session)
    over = make_event(session, starts_at=utcnow() - timedelta(days=2))
    called_off = make_event(session, state=EventState.CANCELLED)
    for event in (over, called_off):
        with pytest.raises(NotNow):
            agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title="致辞", minutes=5)


def test_titles_of_what_left_the_site_are_not_shown(session: Session) -> None:
    owner = make_provider(session)
    states = (RecordState.PUBLISHED, RecordState.EXPIRED, RecordState.WITHDRAWN, RecordState.TAKEN_DOWN)
    event = make_event(
        session, *[make_achievement(session, owner, state=state, title=f"成果{state}") for state in states]
    )
    assert [row.achievement for row in programme(session, event.id)] == ["成果published", "成果expired", None, None]


def test_what_can_be_added_is_published_and_not_there_yet(session: Session) -> None:
    owner = make_provider(session, name="北澜石油大学")
    there, free, other = (make_achievement(session, owner, title=t) for t in ("催化剂甲", "催化剂乙", "100%_装置"))
    make_achievement(session, owner, title="催化剂丙", state=RecordState.WITHDRAWN)
    assert [row.public_id for row in candidates(session, [there.id], "催化剂")] == [free.public_id]
    assert [row.public_id for row in candidates(session, [there.id], "%_")] == [other.public_id]
    assert len(candidates(session, [there.id], "石油大学")) == 2


def test_speakers_are_the_people_of_the_owner(session: Session) -> None:
    owner, stranger = make_provider(session), make_provider(session)
    person = make_person(session, owner)
    make_person(session, stranger)
    event = make_event(session, make_achievement(session, owner))
    plan = public_plan(session, event)
    assert [row.id for row in speakers(session, event, plan, plan[0])] == [person.id]
    assert speakers(session, event, plan) == [], "nobody is registered yet"


def test_a_change_asks_the_index_to_follow(session: Session) -> None:
    by = organizer(session)
    achievement = make_achievement(session, make_provider(session))
    event = make_event(session)
    session.commit()
    before = set(session.scalars(select(Job.id)))
    agenda.add_pitches(session, event, by=by, achievements=[achievement])
    session.commit()
    published = f"achievement:{achievement.id}"
    assert published not in index_keys(session, before)  # the roadshow facet follows what everybody sees
    publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
    session.commit()
    assert published in index_keys(session, before)


def index_keys(session: Session, before: set[int]) -> set[str]:
    added = session.scalars(select(Job).where(Job.id.not_in(before), Job.name == "index")).all()
    return {job.payload["key"] for job in added}
