"""Groups of synonyms: what can be one, who has a word already, and two organizers at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import synonyms
from models.enums import GrantRole
from models.errors import Conflict, Invalid
from models.queries.actors import load_actor
from models.queries.synonyms import group_lines, groups_in_use
from models.rules.policy import Actor
from models.rules.synonyms import MOST, folded, words_of
from models.tables import AuditEntry
from scripts.dictionaries import load_synonyms
from scripts.dictionaries import synonyms as shipped
from tests.factories import make_account


@pytest.fixture
def organizer(session: Session) -> Actor:
    return load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)


def test_lines_become_groups(session: Session, organizer: Actor) -> None:
    synonyms.add(session, "锂电池 = 锂离子电池\n\nMOF，金属有机框架\tmof\n", by=organizer)
    assert groups_in_use(session) == [("锂电池", "锂离子电池"), ("MOF", "金属有机框架")]
    assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["synonyms.add", "synonyms.add"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("锂电池", "stands alone"),
        ("锂=锂离子电池", "characters"),
        ("=".join(f"词语{number}" for number in range(MOST + 1)), "at most"),
        (" \n ", "Please type"),
        ("词" * 41 + "=词语", "characters"),
    ],
)
def test_what_cannot_be_a_group_is_said(session: Session, organizer: Actor, lines: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        synonyms.add(session, lines, by=organizer)
    assert refused.value.field == "words"
    assert groups_in_use(session) == []


def test_a_word_is_in_one_group_however_it_is_spelled(session: Session, organizer: Actor) -> None:
    synonyms.add(session, "MOF=金属有机框架", by=organizer)
    with pytest.raises(Conflict, match="already"):
        synonyms.add(session, "新词语=ＭＯＦ", by=organizer)


def test_the_database_decides_between_two_at_once(
    session: Session, organizer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    synonyms.add(session, "MOF=金属有机框架", by=organizer)
    monkeypatch.setattr(synonyms, "group_with", lambda *_args, **_more: None)  # the other committed after the look
    with pytest.raises(Conflict, match="just added"):
        synonyms.add(session, "mof=新词语", by=organizer)
    assert groups_in_use(session) == [("MOF", "金属有机框架")]


def test_a_group_is_changed_retired_and_taken_back(session: Session, organizer: Actor) -> None:
    (group,) = synonyms.add(session, "MOF=金属有机框架", by=organizer)
    synonyms.change(session, group, "金属有机框架=MOF=金属有机骨架", retired=True, by=organizer)
    assert groups_in_use(session) == []
    assert [line.words for line in group_lines(session, containing="mof")] == [("金属有机框架", "MOF", "金属有机骨架")]
    assert group_lines(session, containing="%") == []
    synonyms.change(session, group, "MOF=金属有机框架", retired=False, by=organizer)
    assert groups_in_use(session) == [("MOF", "金属有机框架")]


def test_what_ships_is_a_valid_list_and_retired_groups_stay_away(session: Session, organizer: Actor) -> None:
    words = [folded(word) for group in shipped() for word in group]
    assert len(words) == len(set(words))
    load_synonyms(session)
    assert len(groups_in_use(session)) == len(shipped())
    group = group_lines(session)[0]
    for row in session.scalars(select(synonyms.SynonymGroup).where(synonyms.SynonymGroup.public_id != group.public_id)):
        session.delete(row)
    session.flush()
    load_synonyms(session)
    assert len(groups_in_use(session)) == 1


@given(st.text(max_size=60))
def test_no_line_raises(line: str) -> None:
    words = words_of(line)
    assert len({folded(word) for word in words}) == len(words)
