"""Answering a need, public questions, and a masked owner whom no page, mail, document or export names until it accepts."""

import io
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.actions import questions, requests
from models.base import Database
from models.enums import GrantRole, OrgRole, Origin, RecordState, RequestState, Stage
from models.errors import Conflict, Invalid, NotNow
from models.queries import asking, desk, exports
from models.queries import requests as threads
from models.queries.actors import load_actor
from models.queries.my_data import everything
from models.rules.policy import VISITOR, Actor
from models.tables import Account, ContactRequest, Engagement, Job, Need, NeedCircle, Question
from scripts.dictionaries import load
from search.records import changes
from tests.factories import make_account, make_achievement, make_circle, make_need, make_org, make_provider, make_seeker
from tests.web.achievement_site import LogIn, page
from web.mails import render

OWNER, PERSON = "松嫩油服测试有限公司", "钱不露名"


class World:
    def __init__(self, session: Session, *, masked: bool = True) -> None:
        load(session)
        self.session = session
        self.owner = make_seeker(session, name=OWNER)
        self.manager = make_account(session, self.owner, role=OrgRole.MANAGER, name=PERSON)
        self.provider, self.other = make_provider(session), make_provider(session)
        self.engineer = make_account(session, self.provider, role=OrgRole.MANAGER)
        self.rival = make_account(session, self.other, role=OrgRole.MANAGER)
        self.organizer = make_account(session, make_org(session), GrantRole.ORGANIZER)
        self.need = make_need(session, self.owner, masked=masked, contact_id=self.manager.person_id)
        self.achievement = make_achievement(session, self.provider)
        session.commit()

    def by(self, account: Account) -> Actor:
        return load_actor(self.session, account.id)

    def ask(self, **changes: object) -> ContactRequest:
        values = {"sender_id": self.provider.id, "purpose": "我们的装置可以做到。", **changes}
        return requests.ask(self.session, self.need, by=self.by(self.engineer), **values)


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


# --- answering ------------------------------------------------------------------------------------------------------


def test_a_need_is_answered_with_or_without_an_achievement(session: Session, world: World) -> None:
    asked = world.ask(achievement_id=world.achievement.id)
    assert (asked.need_id, asked.achievement_id, asked.receiver_id) == (
        world.need.id, world.achievement.id, world.owner.id
    )  # fmt: skip
    assert asked.assigned_to_id == world.manager.person_id
    engagement = requests.accept(session, asked, by=world.by(world.manager))
    assert (engagement.provider_id, engagement.seeker_id) == (world.provider.id, world.owner.id)
    assert (engagement.need_id, engagement.achievement_id, engagement.stage) == (
        world.need.id, world.achievement.id, Stage.S2
    )  # fmt: skip
    rival = requests.ask(session, world.need, by=world.by(world.rival), sender_id=world.other.id, purpose="也能做")
    assert rival.achievement_id is None
    waits = {item.kind: item.who for item in desk.waiting(session, world.by(world.engineer))}
    assert waits["contact"] == OWNER  # the asking side notes the first contact


def test_one_open_request_per_pair_and_need_beside_the_one_about_the_achievement(
    session: Session, world: World
) -> None:
    world.ask()
    with pytest.raises(Conflict):
        world.ask(achievement_id=world.achievement.id)
    other = make_need(session, world.owner)
    second = requests.ask(
        session, other, by=world.by(world.engineer), sender_id=world.provider.id, purpose="另一个需求"
    )
    assert second.need_id == other.id
    subject = asking.subject(session, world.need.public_id, Need)
    assert subject is not None
    assert asking.open_between(session, world.provider.id, subject)


def test_who_may_answer_and_with_what(session: Session, world: World) -> None:
    seeker = make_seeker(session)
    buyer = make_account(session, seeker)
    with pytest.raises(NotNow):
        requests.ask(session, world.need, by=world.by(buyer), sender_id=seeker.id, purpose="我")
    foreign = make_achievement(session, world.other)
    with pytest.raises(Invalid) as caught:
        world.ask(achievement_id=foreign.id)
    assert caught.value.field == "achievement"
    both = make_provider(session)
    both.is_seeker = True
    need = make_need(session, both)
    with pytest.raises(NotNow):
        requests.ask(session, need, by=world.by(make_account(session, both)), sender_id=both.id, purpose="自己")


def test_an_engagement_about_a_need_stands_beside_that_about_the_achievement(session: Session, world: World) -> None:
    asked = world.ask(achievement_id=world.achievement.id)
    requests.accept(session, asked, by=world.by(world.manager))
    about = requests.ask(
        session, world.achievement, by=world.by(world.manager), sender_id=world.owner.id, purpose="再谈成果"
    )
    requests.accept(session, about, by=world.by(world.engineer))
    found = session.scalars(select(Engagement).order_by(Engagement.id)).all()
    assert [(one.need_id, one.achievement_id) for one in found] == [
        (world.need.id, world.achievement.id), (None, world.achievement.id)
    ]  # fmt: skip


def test_a_need_that_leaves_closes_its_requests(session: Session, world: World) -> None:
    asked = world.ask()
    requests.close_for(session, world.need, by=world.by(world.organizer), reason="已解决")
    assert asked.state is RequestState.CLOSED
    gone = [job.payload for job in session.scalars(select(Job)) if job.payload.get("template") == "record_gone"]
    assert [one["to"] for one in gone] == [world.engineer.email]


def test_by_pages_from_the_need_to_the_engagement(session: Session, world: World, log_in: LogIn) -> None:
    engineer = log_in(world.engineer)
    address = f"/requests/new?need={world.need.public_id}"
    assert address in page(engineer.get(f"/needs/{world.need.public_id}"))
    title, me = world.achievement.public_version.title, world.engineer.person_id
    session.commit()
    assert title in page(engineer.get(address))
    said = {"purpose": "可以做到总铁5以下", "asked_by": me, "achievement": world.achievement.id}
    session.commit()
    sent = engineer.post(address, data=said)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    assert "requests/" in page(engineer.get(address))  # it waits: the form leads to it
    thread = sent.headers["Location"]
    page(engineer.get(thread))
    manager = log_in(world.manager)
    page(manager.get(thread))
    page(manager.get(f"{thread}/accept"))
    accepted = manager.post(f"{thread}/accept", data={})
    assert accepted.status_code == 303
    for browser in (engineer, manager):
        browser = log_in(world.engineer if browser is engineer else world.manager)
        text = page(browser.get(accepted.headers["Location"]))
        assert OWNER in text
        page(browser.get("/engagements"))
        page(browser.get("/requests"))
        page(browser.get("/desk"))
    assert OWNER in page(log_in(world.engineer).get(f"/needs/{world.need.public_id}"))


# --- questions ------------------------------------------------------------------------------------------------------


def test_questions_and_answers_are_public_and_name_nobody(
    session: Session, world: World, app: Flask, client: FlaskClient, log_in: LogIn
) -> None:
    engineer = log_in(world.engineer)
    need = f"/needs/{world.need.public_id}"
    page(engineer.get(f"{need}/ask"))
    assert engineer.post(f"{need}/ask", data={"text": "处理后水回用到哪里？"}).status_code == 303
    assert engineer.post(f"{need}/ask", data={"text": "处理后水回用到哪里？"}).status_code == 303  # the same once more
    key = session.scalar(select(Question.public_id))
    session.commit()
    manager = log_in(world.manager)
    page(manager.get(f"{need}/questions/{key}/answer"))
    page(manager.post(f"{need}/questions/{key}/answer", data={"text": f"{OWNER}自己用"}), 422)
    page(manager.post(f"{need}/questions/{key}/answer", data={"text": "请打电话13800138000"}), 422)
    assert manager.post(f"{need}/questions/{key}/answer", data={"text": "回配压裂液。"}).status_code == 303
    text = page(client.get(need))
    assert "处理后水回用到哪里" in text
    assert "回配压裂液" in text
    assert world.provider.name not in text
    assert world.engineer.person.name not in text
    organizer = log_in(world.organizer)
    page(organizer.get(f"{need}/questions/{key}/hide"))
    assert organizer.post(f"{need}/questions/{key}/hide", data={"reason": "跑题"}).status_code == 303
    assert session.scalars(select(Question.hidden_at)).one() is not None
    session.commit()
    for browser in (client, log_in(world.rival), log_in(world.engineer)):
        text = page(browser.get(need))
        assert "处理后水回用到哪里" not in text
        assert "跑题" not in text
    for one in (world.manager, world.organizer):
        text = page(log_in(one).get(need))
        assert "处理后水回用到哪里" in text
        assert "跑题" in text
    mails = [job.payload for job in session.scalars(select(Job).where(Job.name == "mail"))]
    asked_and_answered = [(mail["template"], mail["to"]) for mail in mails if mail["template"].startswith("question")]
    assert asked_and_answered == [
        ("question_asked", world.manager.email), ("question_answered", world.engineer.email),
        ("question_hidden", world.engineer.email), ("question_hidden", world.manager.email),
    ]  # fmt: skip
    for mail in mails[-2:]:
        with app.app_context():
            texts = render(mail["template"], mail["locale"], mail["values"])[1:]
        assert all("处理后水回用到哪里" in text and "跑题" in text for text in texts)
    assert OWNER not in json.dumps(mails[-2], ensure_ascii=False)


def test_the_reason_for_hiding_does_not_name_a_masked_owner(session: Session, world: World) -> None:
    question = questions.ask(session, world.need, by=world.by(world.engineer), text="你们是谁？")
    with pytest.raises(Invalid) as caught:
        questions.hide(session, world.need, question, by=world.by(world.organizer), reason=f"{OWNER}不愿意")
    assert caught.value.field == "reason"
    assert question.hidden_at is None


def test_an_unanswered_question_stands_on_the_owners_desk(session: Session, world: World, log_in: LogIn) -> None:
    """On that of the contact and of managers, not of every colleague, and not of who asked."""
    colleague = make_account(session, world.owner)
    session.commit()

    def on_desk() -> set[str]:
        people = {"manager": world.manager, "colleague": colleague, "asker": world.engineer, "rival": world.rival}
        return {
            name
            for name, one in people.items()
            if "question" in [item.kind for item in desk.waiting(session, world.by(one))]
        }

    question = questions.ask(session, world.need, by=world.by(world.engineer), text="水质范围有多大？")
    assert on_desk() == {"manager"}
    world.need.contact_id = colleague.person_id
    assert on_desk() == {"manager", "colleague"}
    session.commit()
    text, address = page(log_in(world.manager).get("/desk")), f"/needs/{world.need.public_id}/questions/"
    assert f"{address}{question.public_id}/answer" in text
    assert "水质范围有多大" in text
    assert page(log_in(world.manager).get(f"{address}{question.public_id}/answer"))
    questions.answer(session, world.need, question, by=world.by(world.manager), text="见指标。")
    assert on_desk() == set()
    hidden = questions.ask(session, world.need, by=world.by(world.engineer), text="你们是谁？")
    questions.hide(session, world.need, hidden, by=world.by(world.organizer), reason="跑题")
    assert on_desk() == set()


def test_one_asks_neither_oneself_nor_where_nothing_is_published(session: Session, world: World) -> None:
    with pytest.raises(NotNow):
        questions.ask(session, world.need, by=world.by(world.manager), text="自问自答")
    seeker = make_account(session, make_seeker(session))
    with pytest.raises(NotNow):
        questions.ask(session, world.need, by=world.by(seeker), text="我不是技术方")


# --- the masked owner -------------------------------------------------------------------------------------------------


def addresses(app: Flask, records: dict[str, list[str]]) -> Iterator[str]:
    """Every page that can be asked for, with the public ids of the kind of record its address speaks of."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in ("static", "account.logout"):
            continue
        model = getattr(app.view_functions[rule.endpoint], "model", None)
        others = {
            name: 1 if type(converter).__name__ == "IntegerConverter" else "basics"
            for name, converter in rule._converters.items()
        }
        for public_id in records.get(model.__tablename__, [""]) if model else [""]:
            yield adapter.build(rule.endpoint, {**others, **({"public_id": public_id} if public_id else {})})


def written(answer: TestResponse) -> str:
    """What a page, or the sheet of a file, says."""
    if not answer.mimetype.endswith("spreadsheetml.sheet"):
        return answer.get_data(as_text=True)
    return repr(list(load_workbook(io.BytesIO(answer.get_data())).active.iter_rows(values_only=True)))


def test_no_page_names_a_masked_owner_before_it_accepts(
    session: Session, database: Database, app: Flask, world: World, log_in: LogIn, client: FlaskClient
) -> None:
    asked = world.ask()
    requests.ask_back(session, asked, by=world.by(world.manager), text="请问处理能力多大？")
    requests.write(session, asked, by=world.by(world.manager), text="补充一句：冬季也要用。")
    question = questions.ask(session, world.need, by=world.by(world.engineer), text="水质范围？")
    questions.answer(session, world.need, question, by=world.by(world.manager), text="见指标。")
    declined = requests.ask(session, world.need, by=world.by(world.rival), sender_id=world.other.id, purpose="试试")
    requests.decline(session, declined, by=world.by(world.manager), reason="other", note="暂不需要")
    circle = make_circle(session)
    session.add(NeedCircle(need_id=world.need.id, circle_id=circle.id))
    session.commit()
    records = {
        "need": [world.need.public_id],
        "contact_request": [asked.public_id, declined.public_id],
        "achievement": [world.achievement.public_id],
        "organisation": [world.provider.public_id],
        "circle": [circle.public_id],
    }
    named = []
    readers = {"visitor": client, "provider": log_in(world.engineer), "rival": log_in(world.rival)}
    seen = 0
    for name, browser in readers.items():
        for address in [
            *addresses(app, records), f"/requests/new?need={world.need.public_id}", "/requests?box=sent", "/needs?q=低温",
            "/suggest?q=松嫩&kind=need",
        ]:  # fmt: skip
            answer = browser.get(address)
            text = written(answer) + str(answer.headers)
            seen += "低温处理工艺" in text
            if any(word in text for word in (OWNER, PERSON, world.owner.public_id)):
                named.append((name, address))
            answer.close()
    assert named == []
    assert seen > 10
    mails = [job.payload for job in session.scalars(select(Job).where(Job.name == "mail"))]
    outside = [mail for mail in mails if mail["to"] in (world.engineer.email, world.rival.email)]
    assert {mail["template"] for mail in outside} == {"request_answered", "request_message", "question_answered"}
    assert not any(word in json.dumps(outside, ensure_ascii=False) for word in (OWNER, PERSON))
    found = repr(changes(session, [f"need:{world.need.id}"]))
    assert not any(word in found for word in (OWNER, PERSON, world.owner.public_id))
    lines = json.dumps(list(exports.needs(session, VISITOR)), ensure_ascii=False)
    assert world.need.public_id in lines
    assert OWNER not in lines
    assert OWNER not in json.dumps(everything(session, world.engineer.person_id), ensure_ascii=False, default=str)
    assert OWNER not in repr(desk.awaited(session, world.by(world.engineer)))
    assert OWNER not in repr(desk.waiting(session, world.by(world.engineer)))
    box = threads.sent([world.provider.id])
    assert OWNER not in repr(threads.threads(session, box, inside=[world.provider.id]).rows)

    requests.write(session, asked, by=world.by(world.engineer), text="每小时40方")
    requests.accept(session, asked, by=world.by(world.manager))
    session.commit()
    assert OWNER in page(log_in(world.engineer).get(f"/requests/{asked.public_id}"))
    assert OWNER not in page(log_in(world.rival).get(f"/requests/{declined.public_id}"))
    assert OWNER in page(log_in(world.organizer).get(f"/requests/{declined.public_id}"))


def test_pages_of_organisation_and_circle_list_only_needs_that_name_their_owner(
    session: Session, world: World, log_in: LogIn, client: FlaskClient
) -> None:
    circle = make_circle(session)
    session.add(NeedCircle(need_id=world.need.id, circle_id=circle.id))
    shown = make_need(session, world.owner, circle=circle)
    make_need(session, world.owner, circle=circle, state=RecordState.DRAFT)
    session.commit()
    for browser in (client, *(log_in(one) for one in (world.engineer, world.manager, world.organizer))):
        for address in (f"/organisations/{world.owner.public_id}", f"/circles/{circle.public_id}"):
            text = page(browser.get(address))
            assert text.count("低温处理工艺") == 1
            assert f"/needs/{shown.public_id}" in text
    for browser in (client, log_in(world.engineer)):
        assert circle.public_id not in page(browser.get(f"/needs/{world.need.public_id}"))
    assert circle.public_id in page(log_in(world.manager).get(f"/needs/{world.need.public_id}"))
    documents = [change.document for one in (world.need, shown) for change in changes(session, [f"need:{one.id}"])[:1]]
    assert [document["facets"]["circle"] for document in documents] == [[], [circle.key]]


def test_all_needs_of_an_organisation_are_one_click_away(session: Session, world: World, client: FlaskClient) -> None:
    for _number in range(11):
        make_need(session, world.owner)
    session.commit()
    text = page(client.get(f"/organisations/{world.owner.public_id}"))
    assert f"/needs?owner={world.owner.public_id}" in text
    assert "11" in text.split(f"/needs?owner={world.owner.public_id}")[1].split("</a>")[0]


def test_each_side_is_led_to_the_needs(session: Session, world: World, log_in: LogIn, client: FlaskClient) -> None:
    assert 'action="/needs"' in page(client.get("/needs"))
    for address, header, status in (("/needs/nothing-here", "/needs", 404), ("/nothing-here", "/achievements", 404)):
        assert f'action="{header}"' in page(client.get(address), status)
    assert 'href="/needs/new"' in page(client.get("/")).split("</section>")[0]
    seeker, provider = page(log_in(world.manager).get("/desk")), page(log_in(world.engineer).get("/desk"))
    assert seeker.count('href="/needs/new"') == 2  # the button and the first step
    assert 'href="/needs/new"' not in provider
    assert provider.split("<main")[1].count('href="/needs"') == 2
    assert 'href="/needs"' in page(log_in(world.engineer).get("/requests?box=sent")).split("<main")[1]


def test_an_unmasked_owner_is_named(session: Session, log_in: LogIn, client: FlaskClient) -> None:
    world = World(session, masked=False)
    assert OWNER in page(client.get(f"/needs/{world.need.public_id}"))
    asked = world.ask(origin=Origin.SEARCH)
    session.commit()
    assert OWNER in page(log_in(world.engineer).get(f"/requests/{asked.public_id}"))
