"""Organisations and their people: the pages, from finding one's own to leaving it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import organisations as actions
from models.base import Database, utcnow
from models.enums import Decision, GrantRole, OrgRole, Verification
from models.queries.actors import load_actor
from models.tables import (
    Account,
    AuditEntry,
    Grant,
    Invitation,
    JoinRequest,
    Mandate,
    Membership,
    Organisation,
    Person,
)
from scripts.dictionaries import load
from tests.counting import queries_of
from tests.factories import make_account, make_achievement, make_mandate, make_person, make_provider, make_seeker
from tests.models.test_organisations import CODE, WRONG
from tests.web.reading import link_in, page, rendered_mails, sent, text_of

LogIn = Callable[[Account], FlaskClient]


class Place(NamedTuple):
    organisation: Organisation
    manager: Account
    member: Account
    professor: Person
    broker: Account
    stranger: Account

    @property
    def address(self) -> str:
        return f"/organisations/{self.organisation.public_id}"


@pytest.fixture
def place(database: Database) -> Place:
    with database.write() as session:
        load(session)
        organisation = make_seeker(session, name="北澜示例机械厂")
        return Place(
            organisation,
            make_account(session, organisation, role=OrgRole.MANAGER),
            make_account(session, organisation),
            make_person(session, organisation, name="郑教授"),
            make_account(session, make_provider(session), GrantRole.BROKER, name="伍经理"),
            make_account(session),
        )


@pytest.fixture
def look(database: Database) -> Iterator[Session]:
    with database.read() as session:
        yield session


def count(database: Database, statement: object) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(statement.subquery())) or 0  # type: ignore[attr-defined]


# --- finding and founding -----------------------------------------------------------------------------------------------


def test_find_ask_to_join_and_be_taken_in(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    client = log_in(place.stranger)
    assert "北澜示例机械厂" not in page(client, "/organisations/choose")
    assert "北澜示例机械厂" in page(client, "/organisations/choose?q=机械厂")
    assert "hx-get" in page(client, "/organisations/choose?q=不存在的单位")
    assert sent(client, f"{place.address}/join").location == "/organisations/choose"
    assert "北澜示例机械厂" in page(client, "/organisations/choose")
    to, subject, text = rendered_mails(app, database)[-1]
    assert (to, place.stranger.person.name in subject) == (place.manager.email, True)
    manager = log_in(place.manager)
    people = page(manager, f"{place.address}/people")
    assert place.stranger.email not in people  # masked until they belong together
    asked = page(manager, link_in(text))
    assert place.stranger.person.name in asked
    sent(manager, link_in(text), decision="accept")
    with database.read() as session:
        assert load_actor(session, place.stranger.id).organisation_id == place.organisation.id
    assert manager.get(link_in(text)).status_code == 404  # decided
    assert rendered_mails(app, database)[-1][0] == place.stranger.email


def test_a_request_is_withdrawn_and_asked_only_once(log_in: LogIn, database: Database, place: Place) -> None:
    client = log_in(place.stranger)
    sent(client, f"{place.address}/join")
    sent(client, f"{place.address}/join")  # refused with a sentence
    assert count(database, select(JoinRequest)) == 1
    sent(client, "/organisations/withdraw-join")
    sent(client, "/organisations/withdraw-join")
    with database.read() as session:
        assert session.scalars(select(JoinRequest.state)).all() == [Decision.DECLINED]


def test_the_organizer_decides_when_the_managers_did_not(log_in: LogIn, database: Database, place: Place) -> None:
    with database.write() as session:
        session.add(Grant(person_id=place.broker.person_id, role=GrantRole.ORGANIZER, started_at=utcnow()))
    client, organizer = log_in(place.stranger), log_in(place.broker)
    sent(client, f"{place.address}/join")
    address = f"{place.address}/joining/{place.stranger.person.public_id}"
    page(organizer, address)
    sent(organizer, address, decision="accept")
    assert count(database, select(JoinRequest).where(JoinRequest.state == Decision.PENDING)) == 1  # too early
    with database.write() as session:
        session.scalars(select(JoinRequest)).one().due_at = utcnow() - timedelta(minutes=1)
    sent(organizer, address, decision="decline")
    assert count(database, select(JoinRequest).where(JoinRequest.state == Decision.DECLINED)) == 1
    assert log_in(place.member).get(address).status_code == 403


FOUND = {"name": "新建示例公司", "kind": "enterprise", "uscc": CODE, "is_seeker": "y", "industries": "food"}


def test_founding(log_in: LogIn, database: Database, place: Place) -> None:
    client = log_in(place.stranger)
    assert 'value="新建示例公司"' in page(client, "/organisations/new?q=新建示例公司")
    answer = sent(client, "/organisations/new", **FOUND, introduction="做 <b>食品</b> 机械。")
    text = page(client, answer.location)
    assert "&lt;b&gt;" in text
    with database.read() as session:
        made = session.scalars(select(Organisation).where(Organisation.name == "新建示例公司")).one()
        assert (made.verification, made.industries, made.is_seeker) == (Verification.PENDING, ["food"], True)
    assert client.get("/organisations/new").status_code == 403  # has one now
    assert client.get("/organisations/choose").status_code == 403


def test_founding_goes_on_with_what_was_begun(log_in: LogIn, place: Place) -> None:
    client = log_in(place.stranger)
    with client.session_transaction() as session:
        session["next"] = "/account/password"
    assert sent(client, "/organisations/new", **FOUND).location == "/account/password"


def test_a_doubtful_code_asks_once_more(log_in: LogIn, database: Database, place: Place) -> None:
    client = log_in(place.stranger)
    assert 'name="certain"' not in page(client, "/organisations/new")
    doubtful = {**FOUND, "uscc": WRONG}
    text = text_of(client.post("/organisations/new", data=doubtful), 422)
    assert 'name="certain"' in text
    assert f'value="{WRONG}"' in text
    sent(client, "/organisations/new", **doubtful, certain="y")
    with database.read() as session:
        assert session.scalars(select(Organisation.uscc_conforms).where(Organisation.uscc == WRONG)).all() == [False]


def test_a_known_code_offers_joining(log_in: LogIn, database: Database, place: Place) -> None:
    with database.write() as session:
        session.get_one(Organisation, place.organisation.id).uscc = CODE
    client = log_in(place.stranger)
    text = text_of(client.post("/organisations/new", data=FOUND), 422)
    assert "北澜示例机械厂" in text
    assert f'action="{place.address}/join"' in text
    sent(client, f"{place.address}/join")
    assert count(database, select(JoinRequest)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 121}, "name"),
        ({"kind": ""}, "kind"),
        ({"kind": "castle"}, "kind"),
        ({"uscc": "123"}, "uscc"),
        ({"introduction": "长" * 1001}, "introduction"),
    ],
)
def test_refused_organisations_keep_what_was_typed(
    log_in: LogIn, place: Place, changes: dict[str, str], field: str
) -> None:
    text = text_of(
        log_in(place.stranger).post("/organisations/new", data={**FOUND, "region": "北澜市", **changes}), 422
    )
    assert f'href="#{field}"' in text
    assert 'value="北澜市"' in text


# --- the public page and editing ----------------------------------------------------------------------------------------


def test_the_public_page_shows_what_is_published_and_nobody(
    client: FlaskClient, database: Database, place: Place
) -> None:
    with database.write() as session:
        organisation = session.get_one(Organisation, place.organisation.id)
        organisation.is_provider = True
        shown = make_achievement(session, organisation, title="公开的成果")
        from models.enums import RecordState

        make_achievement(session, organisation, state=RecordState.DRAFT, title="没公开的成果")
        assert shown.id
    text = page(client, place.address)
    assert "公开的成果" in text
    assert "没公开的成果" not in text
    for secret in (place.manager.email, place.manager.person.name, place.professor.name):
        assert secret not in text
    page(client, "/organisations/unknown123", 404)


@pytest.mark.parametrize("state", list(Verification))
def test_every_state_of_verification_has_its_page(
    client: FlaskClient, log_in: LogIn, database: Database, place: Place, state: Verification
) -> None:
    with database.write() as session:
        organisation = session.get_one(Organisation, place.organisation.id)
        organisation.verification = state
        organisation.merged_into_id = make_seeker(session).id if state is Verification.MERGED else None
        organisation.introduction = "一段介绍文字。"
    if state is Verification.MERGED:
        assert client.get(place.address).status_code == 303
        return
    visitor, member = page(client, place.address), page(log_in(place.member), place.address)
    assert ("一段介绍文字" in visitor) is (state is not Verification.SUSPENDED)
    assert (visitor.count("notice") < member.count("notice")) is (state is not Verification.VERIFIED)


def test_a_refused_organisation_corrects_and_asks_again(
    app: Flask, log_in: LogIn, database: Database, place: Place
) -> None:
    with database.write() as session:
        organizer = load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)
        organisation = session.get_one(Organisation, place.organisation.id)
        actions.unverify(session, organisation, reason="名称与代码不符", by=organizer)
    assert "名称与代码不符" in rendered_mails(app, database)[-1][2]
    manager, member = log_in(place.manager), log_in(place.member)
    assert "名称与代码不符" in page(manager, place.address)
    assert member.post(f"{place.address}/ask-for-verification").status_code == 403
    sent(manager, f"{place.address}/ask-for-verification")
    with database.read() as session:
        assert session.get_one(Organisation, place.organisation.id).verification is Verification.PENDING


def test_editing(log_in: LogIn, database: Database, place: Place) -> None:
    manager = log_in(place.manager)
    with database.write() as session:
        session.get_one(Organisation, place.organisation.id).uscc = CODE
    text = page(manager, f"{place.address}/edit")
    assert 'value="北澜示例机械厂"' in text
    given = {**FOUND, "name": "北澜示例机械厂", "revision": "1", "region": "高新区"}
    assert sent(manager, f"{place.address}/edit", **given).location.endswith(place.address)
    stale = text_of(manager.post(f"{place.address}/edit", data={**given, "region": "别处"}), 422)
    assert 'value="别处"' in stale  # what was typed is kept
    with database.read() as session:
        assert session.get_one(Organisation, place.organisation.id).region == "高新区"
    assert log_in(place.member).get(f"{place.address}/edit").status_code == 403
    assert log_in(place.broker).get(f"{place.address}/edit").status_code == 403


# --- people -------------------------------------------------------------------------------------------------------------


def test_people_are_listed_without_contact_data(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager, member = log_in(place.manager), log_in(place.member)
    for client in (manager, member):
        text = page(client, f"{place.address}/people")
        assert place.professor.name in text
        assert place.professor.phone not in text
        assert place.professor.email not in text
    assert log_in(place.broker).get(f"{place.address}/people").status_code == 403
    before = queries_of(manager, f"{place.address}/people")
    with database.write() as session:
        for _ in range(3):
            make_person(session, session.get_one(Organisation, place.organisation.id))
            make_account(session, session.get_one(Organisation, place.organisation.id))
    assert queries_of(manager, f"{place.address}/people") == before


def test_entering_and_correcting_somebody(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    member = log_in(place.member)
    page(member, f"{place.address}/people/add")
    given = {"name": "钱工", "title": "高工", "email": "qian@example.org", "phone": "000-1"}
    refused = text_of(member.post(f"{place.address}/people/add", data=given), 422)
    assert 'href="#declared"' in refused
    assert 'value="钱工"' in refused
    sent(member, f"{place.address}/people/add", **given, declared="y")
    assert rendered_mails(app, database)[-1][0] == "qian@example.org"
    with database.read() as session:
        person = session.scalars(select(Person).where(Person.name == "钱工")).one()
        assert person.declared_by_id == place.member.person_id
    address = f"{place.address}/people/{person.public_id}/edit"
    assert "000-1" in page(member, address)
    assert count(database, select(AuditEntry.id).where(AuditEntry.action == "person.look")) == 1
    sent(member, address, name="钱工程师", title="", email="", phone="")
    assert page(member, f"{place.address}/people").count("钱工程师") >= 1
    assert member.get(f"{place.address}/people/{place.manager.person.public_id}/edit").status_code == 404
    assert member.get(f"{place.address}/people/{place.stranger.person.public_id}/edit").status_code == 404


def test_roles_are_the_managers_business(log_in: LogIn, database: Database, place: Place) -> None:
    address = f"{place.address}/people/{place.member.person.public_id}/role"
    member, manager = log_in(place.member), log_in(place.manager)
    assert member.post(address, data={"role": "manager"}).status_code == 403
    assert manager.post(address, data={"role": "king"}).status_code == 400
    sent(manager, address, role="manager")
    sent(manager, f"{place.address}/people/{place.manager.person.public_id}/role", role="member")
    with database.read() as session:
        assert load_actor(session, place.member.id).role is OrgRole.MANAGER
        assert load_actor(session, place.manager.id).role is OrgRole.MEMBER
    sent(member, address, role="member")  # the last one: refused with a sentence
    assert page(member, f"{place.address}/people").count("notice-danger") == 1


def test_handing_over_and_ending(log_in: LogIn, database: Database, place: Place) -> None:
    with database.write() as session:
        organisation = session.get_one(Organisation, place.organisation.id)
        achievement = make_achievement(session, organisation, contact_id=place.member.person_id)
    manager = log_in(place.manager)
    over = f"{place.address}/people/{place.member.person.public_id}/hand-over"
    assert place.manager.person.name in page(manager, over)
    text_of(manager.post(over, data={"successor": ""}), 422)
    text_of(manager.post(over, data={"successor": place.stranger.person.public_id}), 422)
    end = f"{place.address}/people/{place.member.person.public_id}/end"
    page(manager, end)
    assert 'href="#successor"' in text_of(manager.post(end, data={"successor": ""}), 422)
    sent(manager, over, successor=place.manager.person.public_id)
    page(manager, over)  # nothing is open now
    sent(manager, end, successor="")
    with database.read() as session:
        assert session.get_one(type(achievement), achievement.id).contact_id == place.manager.person_id
        assert load_actor(session, place.member.id).organisation_id is None
    assert manager.get(end).status_code == 404


def test_leaving_oneself(log_in: LogIn, database: Database, place: Place) -> None:
    member = log_in(place.member)
    page(member, f"{place.address}/leave")
    sent(member, f"{place.address}/leave", successor="")
    assert member.get(f"{place.address}/people").status_code == 403
    with database.read() as session:
        assert load_actor(session, place.member.id).organisation_id is None
    manager = log_in(place.manager)
    sent(manager, f"{place.address}/people/{place.professor.public_id}/end", successor="")
    assert place.professor.name not in page(manager, f"{place.address}/people")
    page(manager, f"{place.address}/leave")


# --- invitations --------------------------------------------------------------------------------------------------------


def invite(manager: FlaskClient, app: Flask, database: Database, place: Place, email: str, query: str = "") -> str:
    page(manager, f"{place.address}/invitations/new{query}")
    sent(manager, f"{place.address}/invitations/new{query}", email=email, role="member")
    to, _subject, text = rendered_mails(app, database)[-1]
    assert to == email.casefold()
    return link_in(text)


def test_an_invitation_opens_an_account(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager, visitor = log_in(place.manager), app.test_client()
    link = invite(manager, app, database, place, "Colleague@example.org")
    assert "colleague@example.org" in page(manager, f"{place.address}/people")
    page(manager, link)  # somebody else who holds the link is told so
    assert "北澜示例机械厂" in page(visitor, link)
    text_of(visitor.post(link, data={"name": "来了", "password": "Correct-Horse-7"}), 422)  # no consent
    text_of(visitor.post(link, data={"name": "来了", "password": "short", "agree": "y"}), 422)
    sent(visitor, link, name="来了", password="Correct-Horse-7", agree="y")
    assert page(visitor, f"{place.address}/people").count("来了") >= 1
    page(app.test_client(), link, 410)
    page(app.test_client(), link[:-2], 410)


def test_an_invitation_gives_a_professor_a_log_in(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager, visitor = log_in(place.manager), app.test_client()
    query = f"?person={place.professor.public_id}"
    assert place.professor.email in page(manager, f"{place.address}/invitations/new{query}")
    link = invite(manager, app, database, place, place.professor.email, query)
    assert 'value="郑教授"' in page(visitor, link)
    sent(visitor, link, name="郑教授", password="Correct-Horse-7", agree="y")
    with database.read() as session:
        assert session.scalars(select(Account.person_id).where(Account.email == place.professor.email)).all() == [
            place.professor.id
        ]
    assert manager.get(f"{place.address}/invitations/new?person=unknown").status_code == 404


def test_an_invitation_to_an_account(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager, visitor = log_in(place.manager), app.test_client()
    link = invite(manager, app, database, place, place.stranger.email)
    assert "/account/login?next=" in page(visitor, link)
    invited = log_in(place.stranger)
    assert "/invitations/" in page(invited, "/organisations/choose")
    page(invited, link)
    sent(invited, f"{link}/answer", answer="accept")
    with database.read() as session:
        assert load_actor(session, place.stranger.id).organisation_id == place.organisation.id
    text_of(invited.post(f"{link}/answer", data={"answer": "accept"}), 422)


def test_answers_of_others_and_declining(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager = log_in(place.manager)
    link = invite(manager, app, database, place, place.stranger.email)
    text_of(log_in(place.broker).post(f"{link}/answer", data={"answer": "accept"}), 422)
    sent(log_in(place.stranger), f"{link}/answer", answer="decline")
    with database.read() as session:
        assert session.scalars(select(Invitation.state)).all() == [Decision.DECLINED]
        assert session.scalar(select(func.count()).select_from(Membership)) == 4  # nobody came in


def test_who_is_elsewhere_must_leave_first(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    link = invite(log_in(place.manager), app, database, place, place.broker.email)
    broker = log_in(place.broker)
    page(broker, link)
    text_of(broker.post(f"{link}/answer", data={"answer": "accept"}), 409)


def test_withdrawing_an_invitation(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager = log_in(place.manager)
    link = invite(manager, app, database, place, "colleague@example.org")
    with database.read() as session:
        public_id = session.scalars(select(Invitation.public_id)).one()
    assert manager.post(f"{place.address}/invitations/unknown/withdraw").status_code == 404
    assert log_in(place.member).post(f"{place.address}/invitations/{public_id}/withdraw").status_code == 403
    sent(manager, f"{place.address}/invitations/{public_id}/withdraw")
    page(app.test_client(), link, 410)


# --- mandates -----------------------------------------------------------------------------------------------------------


def test_a_mandate_is_given_and_ended(app: Flask, log_in: LogIn, database: Database, place: Place) -> None:
    manager, broker = log_in(place.manager), log_in(place.broker)
    page(broker, "/account/mandates")
    address = f"{place.address}/mandates"
    assert "伍经理" in page(manager, address)
    text_of(manager.post(address, data={"broker": ""}), 422)
    text_of(manager.post(address, data={"broker": place.stranger.person.public_id}), 422)
    sent(manager, address, broker=place.broker.person.public_id)
    assert "北澜示例机械厂" in page(broker, "/account/mandates")
    assert (
        place.address in rendered_mails(app, database)[-1][2]
        or "/account/mandates" in rendered_mails(app, database)[-1][2]
    )
    sent(manager, f"{address}/{place.broker.person.public_id}/end")
    assert manager.post(f"{address}/{place.broker.person.public_id}/end").status_code == 404
    assert count(database, select(Mandate.id).where(Mandate.ended_at.is_(None))) == 0
    page(manager, address)
    assert log_in(place.member).get(address).status_code == 403


def test_the_technology_manager_gives_it_back(log_in: LogIn, database: Database, place: Place) -> None:
    with database.write() as session:
        make_mandate(session, place.organisation, place.broker, place.manager)
    broker = log_in(place.broker)
    address = f"/account/mandates/{place.organisation.public_id}/end"
    assert log_in(place.member).post(address).status_code == 404
    sent(broker, address)
    assert broker.post(address).status_code == 404
    assert broker.post("/account/mandates/unknown/end").status_code == 404


def test_the_navigation_leads_to_ones_own_organisation(log_in: LogIn, place: Place) -> None:
    assert log_in(place.member).get("/organisations/mine").location == place.address
    assert log_in(place.stranger).get("/organisations/mine").status_code == 403
