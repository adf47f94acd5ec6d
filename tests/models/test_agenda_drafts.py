"""The draft of a programme: undo, what is published when, who is told, clones; two organizers at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import agenda, agenda_settings, event_clone, events
from models.actions.agenda_publication import publish_changes
from models.actions.forgetting import deidentify
from models.actions.leaving import close_what_hangs
from models.base import Database, utcnow
from models.enums import AgendaKind, EventState, GrantRole, OccupancyKind, RecordState, RuleLevel, Told
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries.actors import load_actor
from models.queries.agenda import pitches_during, programme
from models.queries.agenda_drafts import (
    available,
    clashes_of,
    facts,
    lately,
    public_plan,
    rows_of,
    speaks,
    standing_clashes,
    version,
    versions,
    working_plan,
)
from models.queries.agenda_told import told_of
from models.queries.my_data import everything
from models.rules.agenda import starts
from models.rules.agenda_changes import differences
from models.rules.agenda_clashes import Room, Trouble
from models.rules.calendar import cells
from models.rules.policy import Actor
from models.tables import (
    AgendaItem,
    AgendaStep,
    Booking,
    Event,
    Job,
    MeetingWish,
    Occupancy,
    Person,
    RegistrationTerms,
)
from tests.factories import (
    make_account,
    make_achievement,
    make_event,
    make_person,
    make_provider,
    make_seeker,
    make_session,
)
from tests.models.test_events import make_registration


def organizer(session: Session) -> Actor:
    return load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)


def add(session: Session, event: Event, by: Actor, *titles: str, room: str = "一号厅") -> None:
    for title in titles:
        agenda.add_other(session, event, by=by, kind=AgendaKind.TALK, title=title, minutes=15, room=room)


def titles(plan: Sequence[Any]) -> list[str]:
    return [item.title for item in plan]


def keys(session: Session, event: Event) -> dict[str, str]:
    return {item.title: item.key for item in working_plan(session, event)}


def mails(session: Session) -> list[dict[str, Any]]:
    return [job.payload for job in session.scalars(select(Job).where(Job.name == "event_mail").order_by(Job.id))]


def test_what_is_public_stays_until_the_changes_are_published(session: Session) -> None:
    by, achievement = organizer(session), make_achievement(session, make_provider(session), title="甲成果")
    event = make_event(session, achievement)
    add(session, event, by, "致辞")
    assert titles(public_plan(session, event)) == ["甲成果"]
    assert titles(working_plan(session, event)) == ["甲成果", "致辞"]
    was = session.scalars(select(AgendaItem.public_id)).one()
    sequence = event.sequence
    step = publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
    assert titles(public_plan(session, event)) == ["甲成果", "致辞"]
    assert was in set(session.scalars(select(AgendaItem.public_id)))  # an item keeps its name in calendars
    assert event.sequence > sequence
    assert (step.version, step.told, step.mails) == (2, Told.NOBODY, 0)  # the first was public before
    assert [row.version for row in versions(session, event.id)] == [2, 1]
    first = version(session, event.id, 1)
    assert first is not None
    assert [one["title"] for one in first.items] == ["甲成果"]
    with pytest.raises(NotNow, match="same already"):
        publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)


def test_a_draft_roadshow_is_published_with_its_programme_as_version_one(session: Session) -> None:
    by, event = organizer(session), make_event(session, state=EventState.DRAFT)
    add(session, event, by, "签到", "致辞")
    assert [row.title for row in programme(session, event.id)] == ["签到", "致辞"]
    with pytest.raises(NotNow, match="not announced"):
        publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
    events.publish(session, event, by=by)
    assert [row.version for row in versions(session, event.id)] == [1]
    with pytest.raises(NotNow, match="nothing to undo"):  # what is public is changed, not taken back
        agenda.undo(session, event, by=by, revision=event.revision)


def test_several_acts_are_undone_one_by_one(session: Session) -> None:
    by, event = organizer(session), make_event(session, state=EventState.DRAFT)
    add(session, event, by, "甲", "乙", "丙")
    agenda.place(session, event, keys(session, event)["丙"], by=by, room="一号厅", at=0)
    agenda.remove(session, event, keys(session, event)["甲"], by=by)
    assert titles(working_plan(session, event)) == ["丙", "乙"]
    session.commit()  # kept in the database
    assert agenda.undo(session, event, by=by, revision=event.revision) == "Removed"
    assert titles(public_plan(session, event)) == ["丙", "甲", "乙"]  # a draft's rows follow
    assert agenda.undo(session, event, by=by, revision=event.revision) == "Moved in the programme"
    assert titles(working_plan(session, event)) == ["甲", "乙", "丙"]
    for _act in range(3):
        agenda.undo(session, event, by=by, revision=event.revision)
    assert working_plan(session, event) == []
    with pytest.raises(NotNow):
        agenda.undo(session, event, by=by, revision=event.revision)


def test_the_oldest_steps_are_dropped(session: Session) -> None:
    by, event = organizer(session), make_event(session, state=EventState.DRAFT)
    add(session, event, by, "甲", "乙")
    for _turn in range(agenda.KEPT_STEPS + 5):
        agenda.move(session, event, working_plan(session, event)[0].key, by=by, up=False)
    assert session.scalar(select(func.count()).select_from(AgendaStep)) == agenda.KEPT_STEPS + 1


def test_an_act_of_somebody_else_is_not_undone(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    add(session, event, by, "甲")
    opened = event.revision
    add(session, event, organizer(session), "乙")
    for act in (
        lambda: agenda.undo(session, event, by=by, revision=opened),
        lambda: agenda.discard(session, event, by=by, revision=opened),
        lambda: agenda.place(session, event, keys(session, event)["甲"], by=by, room="一号厅", at=30, revision=opened),
        lambda: publish_changes(session, event, by=by, revision=opened, tell=Told.NOBODY),
    ):
        with pytest.raises(Conflict, match="Somebody else"):
            act()
    assert titles(working_plan(session, event)) == ["甲", "乙"]


def test_discarding_goes_back_to_what_is_public_and_can_be_undone(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    add(session, event, by, "甲")
    agenda.discard(session, event, by=by, revision=event.revision)
    assert working_plan(session, event) == []
    agenda.undo(session, event, by=by, revision=event.revision)
    assert titles(working_plan(session, event)) == ["甲"]


def test_a_refused_change_names_people_and_times_and_the_plan_stays(session: Session) -> None:
    by = organizer(session)
    event = make_event(session, state=EventState.DRAFT)
    event.rooms = ["一号厅", "二号厅"]
    session.flush()
    add(session, event, by, "甲")
    add(session, event, by, "乙", room="二号厅")
    values = {"by": by, "pitch_minutes": 15, "questions_minutes": 0, "speaker_name": "王局长"}
    agenda.change(session, event, keys(session, event)["甲"], revision=event.revision, room="一号厅", **values)
    session.commit()
    with pytest.raises(Conflict, match="王局长 speaks twice") as refused:
        agenda.change(session, event, keys(session, event)["乙"], revision=event.revision, room="二号厅", **values)
    assert refused.value.params["when"] == (event.starts_at, event.starts_at + timedelta(minutes=15))
    session.rollback()
    with pytest.raises(Conflict, match="same room"):
        agenda.change(
            session, event, keys(session, event)["乙"], by=by, revision=event.revision, room="一号厅", at=5,
            pitch_minutes=15, questions_minutes=0,
        )  # fmt: skip
    session.rollback()
    assert starts(working_plan(session, event)) == [0, 0]
    agenda_settings.set_rules(
        session, event, by=by, revision=event.revision, rooms={}, walking_minutes=0,
        levels={Trouble.SPEAKER_TWICE: RuleLevel.WARN},
    )  # fmt: skip
    agenda.change(session, event, keys(session, event)["乙"], revision=event.revision, room="二号厅", **values)
    plan = working_plan(session, event)
    [clash] = clashes_of(event, plan, facts(session, event, plan))
    assert (clash.trouble, clash.blocks) == (Trouble.SPEAKER_TWICE, False)


def test_a_time_is_chosen_and_given_up_again(session: Session) -> None:
    by, event = organizer(session), make_event(session, state=EventState.DRAFT)
    add(session, event, by, "甲", "乙")
    values = {"by": by, "pitch_minutes": 15, "questions_minutes": 0, "room": "一号厅"}
    key = keys(session, event)["乙"]
    agenda.change(session, event, key, revision=event.revision, at=60, **values)
    assert starts(working_plan(session, event)) == [0, 60]
    agenda.change(session, event, key, revision=event.revision, at=60, **{**values, "pitch_minutes": 10})
    assert [(item.at, item.minutes) for item in working_plan(session, event)] == [(None, 15), (60, 10)]
    events.edit(
        session, event, by=by, revision=event.revision, rooms=event.rooms, capacity=None,
        starts_at=event.starts_at + timedelta(hours=1), ends_at=event.ends_at + timedelta(hours=1),
    )  # fmt: skip
    assert [row.starts_at for row in programme(session, event.id)][1] == event.starts_at + timedelta(minutes=60)
    agenda.change(session, event, key, revision=event.revision, at=None, **values)
    assert starts(working_plan(session, event)) == [0, 15]
    event.rooms = ["一号厅", "二号厅"]
    session.flush()
    add(session, event, by, "丙", room="二号厅")
    agenda.change(session, event, key, revision=event.revision, at=60, **values)
    agenda.change(session, event, key, revision=event.revision, at=60, **{**values, "room": "二号厅"})
    assert {item.title: start for item, start in zip(working_plan(session, event), starts(working_plan(session, event)), strict=True)} == {
        "甲": 0, "丙": 0, "乙": 60,
    }  # fmt: skip


def test_lengths_and_the_usual_frame(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event = make_event(session, *[make_achievement(session, owner) for _ in range(3)], state=EventState.DRAFT)
    plan = working_plan(session, event)
    agenda.set_minutes(session, event, [plan[1].key], by=by, pitch=5, questions=5)
    assert [item.minutes for item in working_plan(session, event)] == [15, 10, 15]
    agenda.set_minutes(session, event, [], by=by, pitch=8, questions=2)
    assert [item.minutes for item in working_plan(session, event)] == [10, 10, 10]
    with pytest.raises(Invalid):
        agenda.set_minutes(session, event, [], by=by, pitch=0, questions=0)
    agenda.place(session, event, plan[2].key, by=by, room="一号厅", at=60)
    agenda.add_frame(session, event, by=by, opening=[("签到", 30), ("开场", 10)], closing=[("总结", 15)])
    assert titles(working_plan(session, event))[:2] == ["签到", "开场"]
    assert starts(working_plan(session, event)) == [0, 30, 40, 50, 100, 110]
    agenda.undo(session, event, by=by, revision=event.revision)
    assert len(working_plan(session, event)) == 3


def test_what_left_the_site_leaves_the_draft_too_and_the_others_keep_their_time(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    first, second = make_achievement(session, owner, title="甲"), make_achievement(session, owner, title="乙")
    event = make_event(session, first, second)
    add(session, event, by, "总结")
    close_what_hangs(session, first, by=by, reason="撤回")
    assert [(item.title, start) for item, start in zip(working_plan(session, event), starts(working_plan(session, event)), strict=True)] == [
        ("乙", 15),
        ("总结", 30),
    ]  # fmt: skip
    assert titles(public_plan(session, event)) == ["乙"]
    agenda.undo(session, event, by=by, revision=event.revision)
    first.state = RecordState.WITHDRAWN
    session.flush()
    with pytest.raises(Conflict, match="not published any more"):
        publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)


def test_a_meeting_booked_meanwhile_stops_publishing_unless_the_roadshow_only_warns(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event, speaker = make_event(session, make_achievement(session, owner)), make_person(session, owner)
    match_session = make_session(session)
    [item] = working_plan(session, event)
    agenda.change(
        session, event, item.key, by=by, revision=event.revision, pitch_minutes=8, questions_minutes=7, room="一号厅",
        speaker=speaker,
    )  # fmt: skip
    assert not pitches_during(session, [speaker.id], event.starts_at, event.ends_at)  # not public yet: can be booked
    booking = Booking(match_session_id=match_session.id, seeker_id=owner.id)
    session.add(booking)
    session.flush()
    for cell in cells(event.starts_at, event.starts_at + timedelta(minutes=15)):
        session.add(Occupancy(kind=OccupancyKind.PERSON, holder_id=speaker.id, cell=cell, booking_id=booking.id))
    session.commit()
    with pytest.raises(Conflict, match="has a 1:1 meeting") as refused:
        publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
    assert refused.value.params["then"] == (event.starts_at, event.starts_at + timedelta(minutes=15))
    session.rollback()
    agenda_settings.set_rules(
        session, event, by=by, revision=event.revision, rooms={}, walking_minutes=0,
        levels={Trouble.IN_MEETING: RuleLevel.WARN},
    )  # fmt: skip
    publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
    assert [clash.blocks for clash in standing_clashes(session, event)] == [False]
    assert not pitches_during(session, [speaker.id], event.starts_at, event.ends_at)  # in both directions


def wish(session: Session, event: Event, seeker_id: int, achievement_id: int) -> None:
    match_session = make_session(session, event_id=event.id)
    session.add(
        MeetingWish(
            match_session_id=match_session.id, seeker_id=seeker_id, achievement_id=achievement_id, seeker_strength=2
        )
    )
    session.flush()


def test_each_who_is_concerned_gets_one_mail_about_what_concerns_them(session: Session) -> None:
    by, owner, seeker = organizer(session), make_provider(session), make_seeker(session)
    moved, other = make_achievement(session, owner, title="甲"), make_achievement(session, make_provider(session))
    speaker = make_account(session, owner).person
    event = make_event(session, moved, other)
    interested = make_registration(session, event, email="a@example.org", organisation_id=seeker.id)
    bystander = make_registration(session, event, email="b@example.org")
    make_registration(session, event, email=speaker.email, person_id=speaker.id)
    wish(session, event, seeker.id, moved.id)
    first, _second = working_plan(session, event)
    agenda.change(
        session, event, first.key, by=by, revision=event.revision, pitch_minutes=8, questions_minutes=7, room="一号厅",
        speaker=speaker, at=90,
    )  # fmt: skip
    changes = differences(public_plan(session, event), working_plan(session, event))
    told = {reader.email: reader.keys for reader in told_of(session, event, changes, Told.CONCERNED)}
    assert told["a@example.org"] == {first.key}
    assert told[speaker.email] == {first.key}
    assert "b@example.org" not in told
    assert told_of(session, event, changes, Told.NOBODY) == []
    everybody = told_of(session, event, changes, Told.EVERYBODY)
    assert {bystander.email, interested.email, speaker.email} <= {reader.email for reader in everybody}
    assert len({reader.email for reader in everybody}) == len(everybody)
    step = publish_changes(session, event, by=by, revision=event.revision, tell=Told.CONCERNED)
    sent = mails(session)
    assert len(sent) == step.mails == len(told)
    assert {tuple(mail["items"]) for mail in sent} == {(first.key,)}
    assert {mail["version"] for mail in sent} == {2}


def test_times_of_speakers(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event, speaker = make_event(session, make_achievement(session, owner)), make_person(session, owner)
    name, start = f"person:{speaker.id}", event.starts_at
    hour = timedelta(hours=1)
    for wrong in (
        [(start + hour, start)],
        [(start - 2 * hour, start - hour)],
        [(start, start + hour), (start + hour / 2, start + 2 * hour)],
        [(start + n * hour / 10, start + n * hour / 10 + timedelta(minutes=1)) for n in range(5)],
    ):
        with pytest.raises(Invalid):
            agenda_settings.set_times(session, event, by=by, speaker=name, stretches=wrong)
    agenda_settings.set_times(session, event, by=by, speaker=name, stretches=[(start + hour, start + 2 * hour)])
    assert available(session, event.id) == {name: [(start + hour, start + 2 * hour)]}
    assert not speaks(session, event, speaker.id)
    [item] = working_plan(session, event)
    agenda.change(
        session, event, item.key, by=by, revision=event.revision, pitch_minutes=8, questions_minutes=7, room="一号厅",
        speaker=speaker,
    )  # fmt: skip
    assert speaks(session, event, speaker.id)
    plan = working_plan(session, event)
    assert [one.trouble for one in clashes_of(event, plan, facts(session, event, plan))] == [Trouble.UNAVAILABLE]
    agenda_settings.set_times(session, event, by=by, speaker=name, stretches=[])
    assert available(session, event.id) == {}


def test_a_clone_is_a_draft_with_the_structure_and_nobody_in_it(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    gone = make_achievement(session, owner, title="撤回的", state=RecordState.WITHDRAWN)
    event = make_event(
        session, make_achievement(session, owner, title="甲"), gone, make_achievement(session, owner, title="乙")
    )
    make_registration(session, event)
    agenda_settings.set_rules(
        session, event, by=by, revision=event.revision, rooms={"一号厅": Room("会展中心", 40)}, walking_minutes=7,
        levels={Trouble.OUTSIDE: RuleLevel.WARN},
    )  # fmt: skip
    agenda_settings.set_times(session, event, by=by, speaker="name:王", stretches=[(event.starts_at, event.ends_at)])
    add(session, event, by, "总结")
    closes = event.starts_at - timedelta(hours=2)
    asked = [{"key": "diet", "label": "用餐要求", "kind": "text", "required": False, "choices": []}]
    session.add(RegistrationTerms(event_id=event.id, approval=True, closes_at=closes, questions=asked))
    begins = event.starts_at + timedelta(days=365)
    made = event_clone.clone(session, event, by=by, title="明年的路演", starts_at=begins, pitches=True)
    assert (made.state, made.ends_at - made.starts_at) == (EventState.DRAFT, event.ends_at - event.starts_at)
    assert (made.rooms, made.room_facts, made.walking_minutes, made.rule_levels) == (
        event.rooms, event.room_facts, 7, {"outside": "warn"},
    )  # fmt: skip
    assert [(row.achievement or row.title, row.starts_at - begins) for row in programme(session, made.id)] == [
        ("甲", timedelta()),
        ("乙", timedelta(minutes=30)),
        ("总结", timedelta(minutes=45)),
    ]
    assert available(session, made.id) == {}
    assert facts(session, made).ground.registered == 0
    terms = session.scalars(select(RegistrationTerms).where(RegistrationTerms.event_id == made.id)).one()
    assert (terms.approval, terms.questions) == (True, asked)
    assert (terms.opens_at, terms.closes_at) == (None, begins - timedelta(hours=2))
    bare = event_clone.clone(session, event, by=by, title="只有骨架", starts_at=begins, pitches=False)
    assert [row.title for row in programme(session, bare.id)] == ["总结"]
    with pytest.raises(Invalid):
        event_clone.clone(session, event, by=by, title="昨天", starts_at=utcnow() - timedelta(days=1), pitches=True)


def test_a_postponed_roadshow_takes_its_draft_along(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    add(session, event, by, "甲")
    agenda.place(session, event, keys(session, event)["甲"], by=by, room="一号厅", at=30)
    later = event.starts_at + timedelta(days=7)
    events.postpone(session, event, by=by, revision=event.revision, starts_at=later, reason="会场检修")
    plan = working_plan(session, event)
    assert [row.starts_at for row in rows_of(event, plan, facts(session, event, plan))] == [
        later + timedelta(minutes=30)
    ]


def test_of_two_organizers_at_once_one_reads_a_sentence(each_database: Database) -> None:
    with each_database.write() as session:
        by, event = organizer(session), make_event(session, state=EventState.DRAFT)
        add(session, event, by, "甲", "乙")
        session.flush()
        event_id, revision = event.id, event.revision
        key = keys(session, event)["乙"]
    start = Barrier(2)

    def act(at: int) -> str:
        start.wait()
        try:
            with each_database.write() as session:
                event = session.get_one(Event, event_id)
                agenda.place(session, event, key, by=by, room="一号厅", at=at, revision=revision)
        except DomainError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(act, (60, 90)))
    assert answers[0] == ""
    assert "Somebody else" in answers[1]
    with each_database.write() as session:
        assert starts(working_plan(session, session.get_one(Event, event_id))) in ([0, 60], [0, 90])


def test_who_is_forgotten_is_in_no_programme_draft_or_version(each_database: Database) -> None:
    with each_database.write() as session:
        by, owner = organizer(session), make_provider(session)
        event, speaker = (
            make_event(session, make_achievement(session, owner)),
            make_person(session, owner, name="李教授"),
        )
        [item] = working_plan(session, event)
        values = {"by": by, "pitch_minutes": 8, "questions_minutes": 7, "room": "一号厅"}
        agenda.change(session, event, item.key, revision=event.revision, speaker=speaker, **values)
        publish_changes(session, event, by=by, revision=event.revision, tell=Told.NOBODY)
        agenda.change(session, event, item.key, revision=event.revision, speaker=speaker, at=30, **values)
        start = event.starts_at
        agenda_settings.set_times(
            session, event, by=by, speaker=f"person:{speaker.id}", stretches=[(start, start + timedelta(hours=1))]
        )
        assert [talk["starts_at"] for talk in everything(session, speaker.id)["talks"]] == [start.isoformat()]
        deidentify(session, speaker, by=by)
        session.expire_all()
        kept = [(step.items, step.changes) for step in session.scalars(select(AgendaStep))]
        assert "李教授" not in str(kept)
        assert [row.speaker_name for row in programme(session, event.id)] == [""]
        assert available(session, event.id) == {}
        assert len(working_plan(session, event)) == 1


def test_the_last_acts_name_who_acted(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    add(session, event, by, "甲")
    who = session.get_one(Person, by.person_id or 0).name
    assert [(row.act.value, row.who) for row in lately(session, event.id)] == [("add", who), ("begin", None)]
