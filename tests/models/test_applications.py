"""Applications to a call: who may enter them when, what is missing, one for each achievement, also for two at once."""

from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from models.actions import applications
from models.base import Database
from models.enums import ApplicationState, Verification
from models.errors import Conflict, Invalid, NotNow
from models.tables import (
    AuditEntry,
    Organisation,
    Person,
    ProjectApplication,
)
from tests.factories import make_account, make_achievement, make_mandate
from tests.models.booking_cases import at_once
from tests.models.selection_cases import (
    applied,
    close,
    mails,
    make_contest,
    said,
)


def test_one_application_for_an_achievement(each_database: Database) -> None:
    contest = make_contest(each_database)

    def enter(number: int) -> int:
        with each_database.write() as session:
            return applied(session, contest).id

    made, refused = at_once(4, enter)
    assert len(made) == 1
    assert {type(one) for one in refused} == {Conflict}
    with each_database.read() as session:
        assert session.scalar(select(func.count(ProjectApplication.id))) == 1
        assert len(mails(session, "application_received")) == 1


def test_the_bound_of_an_organisation_holds_for_two_at_once(each_database: Database) -> None:
    contest = make_contest(each_database, providers=1, most_each=1)
    with each_database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        more = [make_achievement(session, own).id for _number in range(3)]

    def enter(number: int) -> int:
        with each_database.write() as session:
            return applied(session, contest, achievement_id=more[number]).id

    made, refused = at_once(3, enter)
    assert len(made) == 1
    assert {type(one) for one in refused} == {NotNow}


def test_a_late_one_is_refused_with_the_deadline(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        draft = applied(session, contest, 0, submit=False)
        call = close(session, contest)
        with pytest.raises(NotNow) as told:
            applied(session, contest, 1)
        assert told.value.params["closes"] == [call.closes_at]
        with pytest.raises(NotNow):
            applications.edit(
                session, draft, by=contest.providers[0].manager, said=said(contest.providers[0]), submit=True,
                revision=draft.revision,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"presenter_id": None}, "presenter"),
        ({"minutes": None}, "minutes"),
        ({"minutes": 99}, "minutes"),
        ({"ip_disclosed": False}, "ip_disclosed"),
        ({"not_secret": False}, "not_secret"),
    ],
)
def test_what_is_missing_is_said_at_its_field(database: Database, values: dict[str, Any], field: str) -> None:
    contest = make_contest(database)
    with database.write() as session, pytest.raises(Invalid) as told:
        applied(session, contest, **values)
    assert told.value.field == field


def test_a_presenter_of_another_organisation_is_refused(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session, pytest.raises(Invalid) as told:
        applied(session, contest, 0, presenter_id=contest.providers[1].person)
    assert told.value.field == "presenter"


def test_a_draft_may_be_incomplete_and_a_submitted_one_not(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        draft = applied(session, contest, submit=False, presenter_id=None, minutes=None, not_secret=False)
        assert draft.state is ApplicationState.DRAFT
        assert not mails(session, "application_received")
        by, provider = contest.providers[0].manager, contest.providers[0]
        applications.edit(session, draft, by=by, said=said(provider), submit=True, revision=draft.revision)
        assert draft.state is ApplicationState.SUBMITTED
        with pytest.raises(Invalid):
            applications.edit(
                session, draft, by=by, said=said(provider, not_secret=False), submit=False, revision=draft.revision
            )
        with pytest.raises(Conflict):
            applications.edit(session, draft, by=by, said=said(provider), submit=False, revision=0)


def test_the_table_refuses_an_unconfirmed_one(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        one = applied(session, contest).id
    with pytest.raises(IntegrityError, match="confirmed"), each_database.write() as session:
        session.execute(update(ProjectApplication).where(ProjectApplication.id == one).values(not_secret=False))


def test_withdrawn_and_entered_again(database: Database) -> None:
    contest = make_contest(database, most_each=1)
    with database.write() as session:
        provider = contest.providers[0]
        one = applied(session, contest)
        applications.withdraw(session, one, by=provider.manager)
        with pytest.raises(NotNow):
            applications.withdraw(session, one, by=provider.manager)
        with pytest.raises(Conflict):
            applied(session, contest)
        applications.edit(session, one, by=provider.manager, said=said(provider), submit=True, revision=one.revision)
        assert one.state is ApplicationState.SUBMITTED
        assert len(mails(session, "application_received")) == 2


def test_a_broker_acts_for_the_organisation(database: Database) -> None:
    from models.enums import GrantRole
    from models.queries.actors import load_actor
    from tests.factories import make_org

    contest = make_contest(database)
    with database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        broker = make_account(session, make_org(session), GrantRole.BROKER)
        manager = session.get_one(Person, contest.providers[0].person)
        given_by = make_account(session, own, name=manager.name)
        make_mandate(session, own, broker, given_by)
        one = applied(session, contest, by=load_actor(session, broker.id))
        behalf = session.scalars(
            select(AuditEntry.on_behalf_of_id).where(AuditEntry.action == "application.submit")
        ).one()
        assert (one.acted_by_id, behalf) == (broker.person_id, own.id)
        with pytest.raises(NotNow):
            applied(session, contest, 1, by=load_actor(session, broker.id))


def test_an_unverified_organisation_saves_a_draft_only(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        session.get_one(Organisation, contest.providers[0].organisation_id).verification = Verification.UNVERIFIED
        applied(session, contest, submit=False)
        one = session.scalars(select(ProjectApplication)).one()
        with pytest.raises(NotNow):
            applications.edit(
                session, one, by=contest.providers[0].manager, said=said(contest.providers[0]), submit=True,
                revision=one.revision,
            )  # fmt: skip
