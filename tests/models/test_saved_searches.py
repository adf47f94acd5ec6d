"""Saved searches: each hit told once, to whom it may be told, and nothing more after the end."""

import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import forgetting
from models.actions import saved_searches as actions
from models.base import utcnow
from models.enums import Frequency, RecordState
from models.errors import Conflict, Invalid, NotNow
from models.queries import my_data
from models.queries import saved_searches as queries
from models.queries.actors import load_actor
from models.tables import Account, Job, Person, SavedSearch, SavedSearchHit
from tests.factories import make_account, make_achievement, make_need, make_provider, make_seeker

QUESTION = {"kind": "achievement", "text": "低温", "filters": {"trl": ("7", "8")}, "sort": "newest", "exact": False}


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, make_seeker(session))


def saved(session: Session, account: Account, frequency: Frequency = Frequency.DAILY, **other: object) -> SavedSearch:
    by = load_actor(session, account.id)
    return actions.save(session, by=by, name="低温装置", frequency=frequency, **{**QUESTION, **other})


def mails(session: Session) -> list[dict]:
    return [job.payload for job in session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id))]


def test_a_question_is_kept_as_plain_values(session: Session, account: Account) -> None:
    search = saved(session, account)
    session.expire_all()
    kept = queries.by_public_id(session, search.public_id)
    assert (kept.text, kept.filters, kept.sort, kept.exact) == ("低温", {"trl": ["7", "8"]}, "newest", False)
    assert [job.payload for job in session.scalars(select(Job).where(Job.name == "note_saved_search"))] == [
        {"saved_search_id": search.id}
    ]


def test_a_hit_is_told_once_ever(session: Session, account: Account) -> None:
    search = saved(session, account, Frequency.IMMEDIATELY)
    record = make_achievement(session, make_provider(session), title="低温处理装置")
    for _again in range(3):
        actions.note_found(session, [search.id], record.public_id)
        actions.tell(session, search)
    (mail,) = mails(session)
    assert (mail["to"], mail["values"]["number"], mail["values"]["hits"][0]["title"]) == (
        account.email, 1, "低温处理装置",
    )  # fmt: skip


def test_what_was_there_when_it_was_saved_is_not_told(session: Session, account: Account) -> None:
    old = make_achievement(session, make_provider(session))
    old.public_version.published_at = utcnow()
    session.flush()
    search = saved(session, account, Frequency.IMMEDIATELY)
    later = make_achievement(session, make_provider(session))
    later.public_version.published_at = utcnow()
    session.flush()
    actions.note_known(session, search, [old.public_id, later.public_id])
    actions.note_found(session, [search.id], old.public_id)
    assert mails(session) == []
    actions.note_found(session, [search.id], later.public_id)  # published between saving and noting: new all the same
    assert len(mails(session)) == 1


def test_daily_and_weekly_wait_for_their_turn(session: Session, account: Account) -> None:
    record = make_achievement(session, make_provider(session))
    daily, weekly = saved(session, account), saved(session, account, Frequency.WEEKLY)
    never = saved(session, account, Frequency.NEVER)
    actions.note_found(session, [daily.id, weekly.id, never.id], record.public_id)
    assert mails(session) == []
    assert queries.due(session, utcnow()) == [daily.id]
    assert queries.due(session, utcnow() + 2 * queries.WEEK) == [daily.id, weekly.id]
    assert actions.tell(session, daily) == 1
    assert actions.tell(session, daily) == 0
    assert queries.due(session, utcnow()) == []


def test_what_left_the_site_is_not_told_and_comes_with_its_return(session: Session, account: Account) -> None:
    search, record = saved(session, account), make_achievement(session, make_provider(session))
    actions.note_found(session, [search.id], record.public_id)
    record.state = RecordState.WITHDRAWN
    session.flush()
    assert actions.tell(session, search) == 0
    record.state = RecordState.PUBLISHED
    session.flush()
    assert actions.tell(session, search) == 1


def test_a_masked_owner_is_not_in_the_mail(session: Session, account: Account) -> None:
    search = saved(session, account, Frequency.IMMEDIATELY, kind="need")
    owner = make_seeker(session)
    actions.note_found(session, [search.id], make_need(session, owner, masked=True).public_id)
    (mail,) = mails(session)
    written = json.dumps(mail, ensure_ascii=False)
    assert owner.name not in written
    assert owner.public_id not in written


@pytest.mark.parametrize("column", ["confirmed_at", "suspended_at"])
def test_who_cannot_log_in_gets_nothing(session: Session, account: Account, column: str) -> None:
    search = saved(session, account, Frequency.IMMEDIATELY)
    assert queries.alerting(session, "achievement") == [search]
    setattr(account, column, None if column == "confirmed_at" else utcnow())
    session.flush()
    assert queries.alerting(session, "achievement") == []
    actions.note_found(session, [search.id], make_achievement(session, make_provider(session)).public_id)
    assert mails(session) == []


def test_switched_off_means_that_what_waited_is_not_told_later(session: Session, account: Account) -> None:
    search = saved(session, account)
    actions.note_found(session, [search.id], make_achievement(session, make_provider(session)).public_id)
    actions.unsubscribe(session, search)
    assert queries.alerting(session, "achievement") == []
    actions.change(session, search, name="低温", frequency=Frequency.DAILY, revision=search.revision)
    assert actions.tell(session, search) == 0


def test_refusals(session: Session, account: Account) -> None:
    search = saved(session, account)
    with pytest.raises(Conflict):
        actions.change(session, search, name="低温", frequency=Frequency.DAILY, revision=search.revision - 1)
    with pytest.raises(Invalid):
        actions.change(session, search, name=" ", frequency=Frequency.DAILY, revision=search.revision)
    for _number in range(actions.MOST - 1):
        saved(session, account)
    with pytest.raises(NotNow):
        saved(session, account)


def test_it_is_among_the_own_data_and_goes_with_the_account(session: Session, account: Account) -> None:
    search = saved(session, account)
    actions.note_found(session, [search.id], make_achievement(session, make_provider(session)).public_id)
    (row,) = my_data.everything(session, account.person_id)["saved_searches"]
    assert (row["text"], row["frequency"], row["found"]) == ("低温", "daily", 1)
    person = session.get_one(Person, account.person_id)
    forgetting.deidentify(session, person, by=load_actor(session, account.id))
    assert session.scalar(select(func.count(SavedSearch.id))) == 0
    assert session.scalar(select(func.count(SavedSearchHit.id))) == 0
