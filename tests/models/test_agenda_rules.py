"""The pure rules of a programme: placing, differences, and what speaks against a plan, at which level."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import AgendaKind, RuleLevel
from models.errors import Conflict
from models.rules import agenda as rules
from models.rules.agenda import Item, Timed, from_values, starts, timed
from models.rules.agenda_changes import Difference, differences
from models.rules.agenda_changes import as_values as change_values
from models.rules.agenda_changes import from_values as change_of
from models.rules.agenda_clashes import DEFAULTS, FIXED, NAMES, Clash, Ground, Room, Trouble, clashes, new_blocks

NINE = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
ROOMS = {name: Room() for name in "ABC"}


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def talk(key: str, minutes: int = 15, room: str = "A", **values: Any) -> Item:
    return Item(key, AgendaKind.TALK, f"第{key}项", room=room, pitch_minutes=minutes, questions_minutes=0, **values)


def spoken(key: str, start: int, end: int, room: str, who: int | None = None, **values: Any) -> Timed:
    name = f"张{who}" if who else ""
    item = talk(key, end - start, room, speaker_id=who, speaker_name=name, **values)
    return Timed(item, at(start), at(end))


def found(programme: list[Timed], **ground: Any) -> set[tuple[Trouble, tuple[str, ...]]]:
    values = {"starts_at": at(0), "ends_at": at(180), "rooms": ROOMS, **ground}
    return {(one.trouble, one.keys) for one in clashes(programme, Ground(**values))}


plans = st.lists(
    st.tuples(
        st.integers(1, 60), st.sampled_from(["", "A", "B", "C"]), st.none() | st.integers(0, 60).map(lambda n: n * 5)
    ),
    max_size=15,
).map(lambda rows: [talk(str(n), minutes, room, at=when) for n, (minutes, room, when) in enumerate(rows)])
free_plans = plans.map(lambda plan: [replace(item, at=None) for item in plan])


@given(plans)
def test_plain_values_give_the_same_plan(plan: list[Item]) -> None:
    assert from_values(rules.as_values(plan)) == plan


@given(plans)
def test_what_stands_keeps_its_time(plan: list[Item]) -> None:
    kept = rules.standing(plan, starts(plan))
    assert starts(kept) == starts(plan)
    assert rules.standing(kept, starts(kept)) == kept


@given(plans, st.data())
def test_taking_out_leaves_the_times_of_the_others(plan: list[Item], data: st.DataObject) -> None:
    if not plan:
        return
    gone = data.draw(st.sampled_from(plan))
    was = dict(zip([item.key for item in plan], starts(plan), strict=True))
    kept = rules.taken_out(plan, lambda item: item.key == gone.key)
    assert {item.key: start for item, start in zip(kept, starts(kept), strict=True)} == {
        key: start for key, start in was.items() if key != gone.key
    }


@given(free_plans, st.data())
def test_dropping_on_a_plan_in_order_overlaps_nobody(plan: list[Item], data: st.DataObject) -> None:
    """Without chosen times whatever is in the way moves on, wherever the item is dropped."""
    if not plan:
        return
    key = data.draw(st.sampled_from(plan)).key
    room, when = data.draw(st.sampled_from("ABC")), data.draw(st.integers(0, 100)) * 5
    made = rules.placed(plan, key, room=room, at=when)
    assert sorted(item.key for item in made) == sorted(item.key for item in plan)
    times = timed(made, NINE)
    for one in "ABC":
        own = sorted((t for t in times if t.item.room in (one, "")), key=lambda t: t.starts_at)
        assert all(before.ends_at <= after.starts_at for before, after in pairwise(own))
    moved = next(t for t in times if t.item.key == key)
    assert moved.item.room == room
    assert moved.starts_at >= at(when)


@given(plans, st.data())
def test_up_and_down_is_nothing_in_a_plan_in_order(plan: list[Item], data: st.DataObject) -> None:
    plan = [replace(item, at=None) for item in plan]
    if len(plan) < 2:
        return
    key = data.draw(st.sampled_from(plan[1:])).key
    assert rules.exchanged(rules.exchanged(plan, key, up=True), key, up=False) == plan


def test_places_on_the_grid() -> None:
    plan = [talk("1"), talk("2"), talk("3")]
    first = rules.placed(plan, "3", room="A", at=0)  # onto the first: it moves on
    assert [(item.key, item.at) for item in first] == [("3", None), ("1", None), ("2", None)]
    later = rules.placed(plan, "1", room="A", at=60)  # behind a gap: at this time
    assert [(item.key, start) for item, start in zip(later, starts(later), strict=True)] == [
        ("2", 0),
        ("3", 15),
        ("1", 60),
    ]
    aside = rules.placed(plan, "2", room="B", at=0)  # beside the first
    assert dict(zip([item.key for item in aside], starts(aside), strict=True)) == {"2": 0, "1": 0, "3": 15}
    typed = rules.placed(plan, "3", room="A", at=5, exact=True)  # a typed time is kept, the rules refuse it
    assert (Trouble.ROOM_TWICE, ("1", "3")) in found(timed(typed, NINE))


def test_a_chosen_time_goes_to_who_comes_first() -> None:
    plan = [talk("1", at=30), talk("2"), talk("3", at=90)]
    swapped = rules.exchanged(plan, "2", up=True)
    assert [(item.key, item.at) for item in swapped] == [("2", 30), ("1", None), ("3", 90)]
    aside = [talk("1", at=30), talk("2", room="B")]
    assert rules.exchanged(aside, "2", up=True) == [aside[1], aside[0]]  # another room has its own times
    with pytest.raises(Conflict):
        rules.exchanged(plan, "9", up=True)


def test_over_midnight_into_the_next_year() -> None:
    start = datetime(2026, 12, 31, 15, 50, tzinfo=UTC)  # 23:50 in China
    programme = timed([talk("1"), talk("2")], start)
    assert programme[-1].ends_at == datetime(2026, 12, 31, 16, 20, tzinfo=UTC)
    assert clashes(programme, Ground(start, start + timedelta(hours=1), ROOMS)) == []


def test_each_rule_names_the_items_concerned() -> None:
    programme = [
        spoken("1", 0, 30, "A", 1),
        spoken("2", 20, 50, "B", 1),
        spoken("3", 29, 59, "A", 2),
        spoken("4", 170, 190, "Z"),
        spoken("5", 60, 70, "C", achievement_id=7),
    ]
    meetings = {"person:2": [(at(50), at(55))], "person:1": [(at(55), at(60))]}
    assert found(programme, meetings=meetings, gone={7}) == {
        (Trouble.SPEAKER_TWICE, ("1", "2")),
        (Trouble.ROOM_TWICE, ("1", "3")),
        (Trouble.OUTSIDE, ("4",)),
        (Trouble.UNKNOWN_ROOM, ("4",)),
        (Trouble.IN_MEETING, ("3",)),
        (Trouble.GONE, ("5",)),
    }


def test_touching_is_no_contradiction_and_everybody_holds_all_rooms() -> None:
    assert found([spoken("1", 0, 30, "A", 1), spoken("2", 30, 60, "B", 1)]) == set()
    assert found([spoken("1", 0, 30, "A"), spoken("2", 20, 40, "")]) == {(Trouble.ROOM_TWICE, ("1", "2"))}


def test_the_way_between_two_venues_takes_time() -> None:
    rooms = {"A": Room("会展中心"), "B": Room("大学"), "C": Room("会展中心")}
    here_there = [spoken("1", 0, 30, "A", 1), spoken("2", 35, 60, "B", 1)]
    assert found(here_there, rooms=rooms, walking_minutes=10) == {(Trouble.TOO_FAR, ("1", "2"))}
    assert found(here_there, rooms=rooms, walking_minutes=5) == set()
    same_house = [spoken("1", 0, 30, "A", 1), spoken("2", 30, 60, "C", 1)]
    assert found(same_house, rooms=rooms, walking_minutes=10) == set()
    other_person = [spoken("1", 0, 30, "A", 1), spoken("2", 30, 60, "B", 2)]
    assert found(other_person, rooms=rooms, walking_minutes=10) == set()


def test_the_same_name_at_the_same_time_is_a_warning() -> None:
    """A name that is typed may be somebody of this site, or somebody else who was typed otherwise."""

    def called(key: str, start: int, room: str, name: str, who: int | None = None) -> Timed:
        return Timed(talk(key, 30, room, speaker_id=who, speaker_name=name), at(start), at(start + 30))

    for name in ("张伟", "张 伟", "张伟教授", "张伟副教授", "张伟　博士"):
        assert found([called("1", 0, "A", "张伟", 1), called("2", 15, "B", name)]) == {(Trouble.SAME_NAME, ("1", "2"))}
    assert found([called("1", 0, "A", "Prof. Wang"), called("2", 15, "B", "ＰＲＯＦ．WANG")]) == {
        (Trouble.SAME_NAME, ("1", "2"))
    }
    assert found([called("1", 0, "A", "张伟", 1), called("2", 15, "B", "张伟", 2)]) == set(), "two whom the site knows"
    assert found([called("1", 0, "A", "张伟"), called("2", 15, "B", "张伟")]) == {(Trouble.SPEAKER_TWICE, ("1", "2"))}
    assert found([called("1", 0, "A", "张伟", 1), called("2", 30, "B", "张伟")]) == set(), "one after the other"
    assert found([called("1", 0, "A", "王教授"), called("2", 15, "B", "王主任")]) == set(), "a surname is no name"
    assert found([called("1", 0, "A", ""), called("2", 15, "B", "")]) == set()


def test_who_cannot_come_is_told_of_each_item() -> None:
    programme = [spoken("1", 0, 30, "A", 1), spoken("2", 30, 60, "A", 1), spoken("3", 0, 30, "B", 2)]
    assert found(programme, called_off={"person:1"}) == {(Trouble.CALLED_OFF, ("1",)), (Trouble.CALLED_OFF, ("2",))}


def test_nobody_speaks_at_two_roadshows_at_once() -> None:
    programme = [spoken("1", 0, 30, "A", 1), spoken("2", 30, 60, "A", 1), spoken("3", 0, 30, "B", 2)]
    elsewhere = {"person:1": [("另一场路演", at(20), at(30))], "person:2": [("另一场路演", at(30), at(60))]}
    assert found(programme, elsewhere=elsewhere) == {(Trouble.ELSEWHERE, ("1",))}


def test_the_way_from_a_talk_to_a_meeting_in_another_venue() -> None:
    rooms = {"A": Room(), "B": Room("大学报告厅")}
    programme = [spoken("1", 0, 30, "A", 1), spoken("2", 40, 60, "B", 1), spoken("3", 70, 100, "", 2)]
    places = {"person:1": [("会展中心二楼", at(60), at(80))], "person:2": [("大学", at(100), at(120))]}
    ground = {"rooms": rooms, "venue": "会展中心", "walking_minutes": 10}
    assert found(programme, places=places, **ground) == {(Trouble.FAR_MEETING, ("2",))}
    assert found(programme, places=places, **{**ground, "walking_minutes": 0}) == set()
    assert found(programme[:1], places={"person:1": [("大学", at(35), at(50))]}, **ground) == {
        (Trouble.FAR_MEETING, ("1",))
    }
    assert found(programme[:1], places={"person:1": [("大学", at(40), at(50))]}, **ground) == set()


def test_speakers_come_when_they_said_and_rooms_hold_so_many() -> None:
    programme = [spoken("1", 0, 30, "A", 1), spoken("2", 60, 90, "A", 1), spoken("3", 90, 95, "B", 2)]
    assert found(programme, available={"person:1": [(at(0), at(45)), (at(60), at(80))]}) == {
        (Trouble.UNAVAILABLE, ("2",))
    }
    rooms = {"A": Room(seats=40), "B": Room(seats=200), "C": Room()}
    assert found(programme, rooms=rooms, registered=41) == {(Trouble.ROOM_FULL, ("1",))}
    assert found(programme, rooms=rooms, registered=40) == set()


def test_levels_are_the_roadshows_or_the_usual_ones() -> None:
    programme = [spoken("1", 0, 30, "A", 1), spoken("2", 0, 30, "B", 1), spoken("3", 170, 200, "C")]
    ground = Ground(at(0), at(180), ROOMS, levels={"speaker_twice": "warn", "outside": "nonsense"})
    levels = {one.trouble: one.level for one in clashes(programme, ground)}
    assert levels == {Trouble.SPEAKER_TWICE: RuleLevel.WARN, Trouble.OUTSIDE: RuleLevel.BLOCK}
    assert set(DEFAULTS) == set(NAMES) == set(Trouble) > set(FIXED)


def test_only_what_is_refused_and_new_stands_in_the_way() -> None:
    old = Clash(Trouble.ROOM_TWICE, RuleLevel.BLOCK, ("1", "2"), {})
    turned = Clash(Trouble.ROOM_TWICE, RuleLevel.BLOCK, ("2", "1"), {})
    new, soft = (
        Clash(Trouble.OUTSIDE, RuleLevel.BLOCK, ("1",), {}),
        Clash(Trouble.ROOM_FULL, RuleLevel.WARN, ("1",), {}),
    )
    assert new_blocks([turned, new, soft], [old]) == [new]


def test_differences_say_what_was_and_what_is() -> None:
    old = [talk("1"), talk("2"), talk("3", speaker_id=5, speaker_name="张五")]
    new = [talk("2"), replace(old[2], speaker_id=6, speaker_name="李六", room="B"), talk("4")]
    changes = differences(old, new)
    assert [(one.kind, one.key, one.what) for one in changes] == [
        (Difference.CHANGED, "2", ("time",)),
        (Difference.CHANGED, "3", ("time", "room", "speaker")),
        (Difference.ADDED, "4", ()),
        (Difference.REMOVED, "1", ()),
    ]
    assert changes[1].speakers == {5, 6}
    assert change_of(change_values(changes)) == changes


@given(plans)
def test_a_plan_does_not_differ_from_itself(plan: list[Item]) -> None:
    assert differences(plan, plan) == []
    assert {one.kind for one in differences([], plan)} <= {Difference.ADDED}
