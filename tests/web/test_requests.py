"""Contact requests on the web: who sees what, what is refused where, what a visitor began, contact data, mails."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import engagements, requests
from models.base import Database, utcnow
from models.enums import Disclosure, Origin, RequestState, Verification
from models.tables import ContactRequest, DisclosureGrant
from tests.counting import counted
from tests.factories import (
    make_account,
    make_achievement,
    make_event,
    make_mandate,
    make_person,
    make_provider,
    make_seeker,
)
from tests.models.thread_cases import (
    ANSWER_EMAIL,
    ANSWER_PHONE,
    PURPOSE,
    SECRET_EMAIL,
    SECRET_PHONE,
    ask,
    audited,
    mails,
)
from tests.web.reading import page, sent, text_of
from tests.web.thread_site import Browser, Site
from web.jobs import HANDLERS
from web.mails import render


@pytest.fixture
def site(session: Session, log_in: Callable[..., FlaskClient]) -> Site:
    return Site(session, log_in)


def made(site: Site, **values: object) -> ContactRequest:
    request = ask(site.session, site.world, **values)  # type: ignore[arg-type]
    site.now()
    return request


def accepted(site: Site, **values: object) -> ContactRequest:
    request = made(site, **values)
    requests.accept(site.session, request, by=site.world.by(site.session, "professor"), share_contact=True)
    site.now()
    return request


def address(request: ContactRequest, act: str = "") -> str:
    return f"/requests/{request.public_id}" + (f"/{act}" if act else "")


def new(site: Site, **arguments: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in arguments.items())
    return f"/requests/new?achievement={site.world.achievement.public_id}" + (f"&{query}" if query else "")


def the_request(site: Site) -> ContactRequest:
    site.now()
    return site.session.scalars(select(ContactRequest)).one()


# --- asking -----------------------------------------------------------------------------------------------------------


def test_an_enterprise_asks_and_reads_its_thread(site: Site) -> None:
    buyer = site.as_("buyer")
    text = page(buyer, new(site, origin="search"))
    assert site.world.university.name in text
    answer = sent(
        buyer,
        new(site, origin="search"),
        purpose=PURPOSE,
        meet_when="十二月",
        asked_by=str(site.world.buyer.person_id),
        share_contact="y",
    )
    request = the_request(site)
    assert answer.location == address(request)
    assert (request.origin, request.shares_sender_contact) == (Origin.SEARCH, True)
    text = page(buyer, address(request))
    assert PURPOSE in text
    assert "十二月" in text


def test_consent_is_not_ticked_beforehand_and_not_needed(site: Site) -> None:
    buyer = site.as_("buyer")
    assert "checked" not in page(buyer, new(site))
    sent(buyer, new(site), purpose=PURPOSE, asked_by=str(site.world.buyer.person_id))
    assert not the_request(site).shares_sender_contact


def test_an_empty_form_keeps_what_was_typed_and_says_what_to_do(site: Site) -> None:
    answer = site.as_("buyer").post(new(site), data={"purpose": "", "meet_when": "十二月上旬"})
    text = text_of(answer, 422)
    assert "十二月上旬" in text
    assert 'id="purpose-error"' in text
    assert site.session.scalars(select(ContactRequest)).all() == []


@pytest.mark.parametrize("origin", ["", "nonsense", "link"])
def test_an_unknown_origin_is_a_link(site: Site, origin: str) -> None:
    sent(site.as_("buyer"), new(site, origin=origin), purpose=PURPOSE, asked_by=str(site.world.buyer.person_id))
    assert the_request(site).origin is Origin.LINK


def test_a_roadshow_is_the_origin_only_where_the_achievement_is_pitched(site: Site) -> None:
    event = make_event(site.session, site.world.achievement)
    other = make_event(site.session)
    site.now()
    buyer, person = site.as_("buyer"), str(site.world.buyer.person_id)
    sent(buyer, new(site, origin="search", event=other.public_id), purpose=PURPOSE, asked_by=person)
    request = the_request(site)
    assert (request.origin, request.origin_event_id) == (Origin.SEARCH, None)
    requests.withdraw(site.session, request, by=site.world.by(site.session, "buyer"))
    site.now()
    sent(buyer, new(site, event=event.public_id), purpose=PURPOSE, asked_by=person)
    site.now()
    last = site.session.scalars(select(ContactRequest).order_by(ContactRequest.id.desc())).first()
    assert last is not None
    assert (last.origin, last.origin_event_id) == (Origin.ROADSHOW, event.id)
    assert event.title in page(buyer, address(last))


def test_a_second_open_request_reads_that_the_first_still_waits(site: Site) -> None:
    first = made(site)
    boss = site.as_("boss")
    text = page(boss, new(site))
    assert address(first) in text
    assert "<textarea" not in text
    answer = boss.post(new(site), data={"purpose": "再问一次", "asked_by": str(site.world.boss.person_id)})
    text = text_of(answer, 422)
    assert address(first) in text
    assert "再问一次" in text  # kept, to copy
    assert len(site.session.scalars(select(ContactRequest)).all()) == 1


def test_unknown_and_unpublished_achievements_are_not_found(site: Site) -> None:
    draft = make_achievement(site.session, site.world.university, state=site.world.achievement.state.DRAFT)
    site.now()
    for public_id in ("unknown", draft.public_id):
        assert site.as_("buyer").get(f"/requests/new?achievement={public_id}").status_code == 404
    assert site.as_("buyer").get("/requests/new").status_code == 303


def test_an_unverified_organisation_asks_and_the_receiver_sees_it(site: Site) -> None:
    site.world.enterprise.verification = Verification.UNVERIFIED
    buyer = site.as_("buyer")
    page(buyer, new(site))
    sent(buyer, new(site), purpose=PURPOSE, asked_by=str(site.world.buyer.person_id))
    request = the_request(site)
    for shown in (address(request), address(request, "accept")):
        assert "还没有通过核验" in page(site.as_("dean"), shown)
    assert "未核验" in page(site.as_("dean"), "/requests")
    site.world.enterprise.verification = Verification.VERIFIED
    site.now()
    assert "还没有通过核验" not in page(site.as_("dean"), address(request))


def test_a_broker_asks_for_one_of_several_organisations(site: Site) -> None:
    second = make_seeker(site.session, name="北澜示例第二企业")
    boss = make_account(site.session, second)
    make_mandate(site.session, second, site.world.broker, boss)
    site.now()
    broker = site.as_("broker")
    text = page(broker, new(site))
    assert site.world.enterprise.name in text
    assert second.name in text
    assert "<textarea" not in text
    text = page(broker, new(site, sender=second.public_id))
    assert boss.person.name in text
    assert site.world.buyer.person.name not in text
    sent(broker, new(site, sender=second.public_id), purpose=PURPOSE, asked_by=str(boss.person_id))
    request = the_request(site)
    assert (request.sender_id, request.acted_by_id, request.origin) == (
        second.id,
        site.world.broker.person_id,
        Origin.BROKER,
    )


def test_nobody_chooses_an_organisation_that_is_not_theirs(site: Site) -> None:
    foreign = site.session.scalars(select(type(site.world.enterprise))).all()[-1]
    text = page(site.as_("broker"), new(site, sender=site.world.university.public_id))
    assert "<textarea" in text  # the one organisation they may ask for
    assert site.world.enterprise.name in text
    answer = site.as_("broker").post(
        new(site, sender=foreign.public_id), data={"purpose": PURPOSE, "asked_by": str(site.world.outsider.person_id)}
    )
    assert answer.status_code == 422  # a person of another organisation is no choice
    assert site.session.scalars(select(ContactRequest)).all() == []


def test_an_organizer_finds_the_organisation_by_name(site: Site) -> None:
    organizer = site.as_("organizer")
    assert site.world.enterprise.name not in page(organizer, new(site))
    text = page(organizer, new(site, name=site.world.enterprise.name))
    assert f"sender={site.world.enterprise.public_id}" in text
    assert "没有" in page(organizer, new(site, name="不存在的名字"))
    sent(
        organizer,
        new(site, sender=site.world.enterprise.public_id),
        purpose=PURPOSE,
        asked_by=str(site.world.buyer.person_id),
    )
    assert the_request(site).acted_by_id == site.world.organizer.person_id


# --- what a visitor began -----------------------------------------------------------------------------------------------


def test_what_a_visitor_began_survives_logging_in(site: Site, client: FlaskClient) -> None:
    visitor: Any = Browser(site.session, client)
    assert "<textarea" in page(visitor, new(site, origin="search"))
    answer = sent(visitor, new(site, origin="search"), purpose=PURPOSE, meet_when="下周三下午")
    assert answer.location.startswith("/account/login")
    site.now()
    answer = visitor.post(answer.location, data={"email": site.world.buyer.email, "password": "Correct-Horse-7"})
    assert answer.location == new(site, origin="search")
    text = page(visitor, answer.location)
    assert PURPOSE in text
    assert "下周三下午" in text
    assert "还没有发出" in page(visitor, "/desk")
    sent(visitor, answer.location, purpose=PURPOSE, asked_by=str(site.world.buyer.person_id))
    assert the_request(site).origin is Origin.SEARCH
    assert PURPOSE not in page(visitor, "/desk")
    with client.session_transaction() as cookie:
        assert "begun" not in cookie


def test_what_was_begun_about_one_achievement_is_not_in_the_form_of_another(site: Site, client: FlaskClient) -> None:
    visitor: Any = Browser(site.session, client)
    other = make_achievement(site.session, site.world.university)
    site.now()
    sent(visitor, new(site), purpose=PURPOSE)
    assert PURPOSE not in page(visitor, f"/requests/new?achievement={other.public_id}")


def test_the_longest_text_fits_into_the_cookie(site: Site, client: FlaskClient) -> None:
    visitor: Any = Browser(site.session, client)
    letters = random.Random(1)
    purpose = "".join(chr(letters.randrange(0x4E00, 0x9FA5)) for _ in range(500))
    meet_when = "".join(chr(letters.randrange(0x4E00, 0x9FA5)) for _ in range(200))
    answer = sent(visitor, new(site), purpose=purpose, meet_when=meet_when)
    assert max(len(cookie) for cookie in answer.headers.getlist("Set-Cookie")) < 4000
    assert purpose in page(visitor, new(site))


@pytest.mark.parametrize("who", ["unconfirmed", "without", "provider"])
def test_who_may_not_ask_yet_reads_why_and_keeps_the_text(site: Site, who: str) -> None:
    account = {
        "unconfirmed": lambda: make_account(site.session, site.world.enterprise, confirmed=False),
        "without": lambda: make_account(site.session),
        "provider": lambda: make_account(site.session, make_provider(site.session)),
    }[who]()
    site.now()
    visitor = site.logged_in(account)
    text = page(visitor, new(site))
    assert "notice-warning" in text
    answer = sent(visitor, new(site), purpose=PURPOSE)
    assert answer.location == "/desk"
    assert new(site) in page(visitor, "/desk").replace("&amp;", "&")
    assert PURPOSE in page(visitor, new(site))
    assert site.session.scalars(select(ContactRequest)).all() == []


# --- who sees a thread --------------------------------------------------------------------------------------------------


def test_both_sides_and_organizers_read_and_nobody_else(site: Site, client: FlaskClient) -> None:
    visitor: Any = Browser(site.session, client)
    request = made(site)
    for name in ("buyer", "boss", "broker", "professor", "dean", "organizer"):
        assert PURPOSE in page(site.as_(name), address(request))
    assert site.as_("outsider").get(address(request)).status_code == 404
    assert visitor.get(address(request)).status_code == 303
    for name, act in (("buyer", "accept"), ("buyer", "decline"), ("organizer", "accept"), ("organizer", "assign")):
        assert site.as_(name).get(address(request, act)).status_code == 403
    for name, act in (("dean", "withdraw"), ("organizer", "message"), ("organizer", "contact"), ("buyer", "remind")):
        assert site.as_(name).post(address(request, act), data={"text": "x"}).status_code == 403
    assert the_request(site).state is RequestState.PENDING


def test_a_broker_whose_mandate_ended_reads_nothing_any_more(site: Site) -> None:
    from models.actions import mandates
    from models.tables import Mandate

    request = accepted(site, share_contact=True)
    broker = site.as_("broker")
    page(broker, address(request))
    mandates.end(site.session, site.session.scalars(select(Mandate)).one(), by=site.world.by(site.session, "boss"))
    site.now()
    assert broker.get(address(request)).status_code == 404
    assert broker.post(address(request, "contact")).status_code == 404
    assert broker.post(address(request, "message"), data={"text": "还在吗"}).status_code == 404


# --- answering ----------------------------------------------------------------------------------------------------------


def test_accepting_asks_for_the_two_consents_apart(site: Site) -> None:
    request, dean = made(site), site.as_("dean")
    text = page(dean, address(request, "accept"))
    share, details = (text[text.index(f'name="{name}"') :][:60] for name in ("share_contact", "open_details"))
    assert "checked" not in share
    assert "checked" in details
    answer = sent(dean, address(request, "accept"), open_details="y")
    request = the_request(site)
    assert request.engagement is not None
    assert answer.location == f"/engagements/{request.engagement.public_id}"
    assert not request.shares_receiver_contact
    assert len(site.session.scalars(select(DisclosureGrant)).all()) == 1


def test_unticked_the_details_stay_closed(site: Site) -> None:
    request = made(site)
    sent(site.as_("dean"), address(request, "accept"), share_contact="y")
    assert site.session.scalars(select(DisclosureGrant)).all() == []
    assert the_request(site).shares_receiver_contact


def test_the_details_are_offered_only_where_there_are_some(site: Site) -> None:
    assert site.world.achievement.public_version is not None
    site.world.achievement.public_version.disclosure = Disclosure.PUBLIC
    request = made(site)
    assert "open_details" not in page(site.as_("dean"), address(request, "accept"))


def test_declining_needs_a_reason_and_the_thread_shows_it(site: Site) -> None:
    request, dean = made(site), site.as_("dean")
    page(dean, address(request, "decline"))
    text_of(dean.post(address(request, "decline"), data={"note": "以后再谈"}), 422)
    text = text_of(dean.post(address(request, "decline"), data={"reason": "other", "note": ""}), 422)
    assert 'id="note-error"' in text
    sent(dean, address(request, "decline"), reason="price", note="以后再谈")
    text = page(site.as_("buyer"), address(request))
    assert "价格分歧" in text
    assert "以后再谈" in text
    assert new(site) in text.replace("&amp;", "&")  # asking again is offered


def test_asking_back_and_answering(site: Site) -> None:
    request, dean, buyer = made(site), site.as_("dean"), site.as_("buyer")
    page(dean, address(request, "ask-back"))
    text_of(dean.post(address(request, "ask-back"), data={"text": ""}), 422)
    sent(dean, address(request, "ask-back"), text="每天多少方？")
    assert the_request(site).state is RequestState.ASKED_BACK
    assert "每天多少方？" in page(buyer, address(request))
    sent(buyer, address(request, "message"), text="每天200方。")
    assert the_request(site).state is RequestState.PENDING
    assert "每天200方。" in page(dean, address(request))


def test_steps_of_a_closed_thread_lead_back_to_it(site: Site) -> None:
    request, dean = made(site), site.as_("dean")
    requests.decline(site.session, request, by=site.world.by(site.session, "dean"), reason="price")
    site.now()
    for act in ("accept", "decline", "ask-back", "assign"):
        answer = dean.get(address(request, act))
        assert (answer.status_code, answer.location) == (303, address(request))
    text = text_of(dean.post(address(request, "accept"), data={"share_contact": "y"}), 422)
    assert "error-summary" in text
    assert the_request(site).state is RequestState.DECLINED


def test_a_message_too_long_or_empty_is_kept_and_refused(site: Site) -> None:
    request, buyer = made(site), site.as_("buyer")
    for text in ("", "很" * 2001):
        shown = text_of(buyer.post(address(request, "message"), data={"text": text}), 422)
        assert text in shown
    site.now()
    assert the_request(site).messages == []


def test_what_people_write_is_text(site: Site) -> None:
    request, buyer = made(site), site.as_("buyer")
    sent(buyer, address(request, "message"), text="<script>alert(1)</script> 第二行")
    text = page(site.as_("dean"), address(request))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_who_acts_for_both_sides_chooses_for_which_they_write(site: Site) -> None:
    make_mandate(site.session, site.world.university, site.world.broker, site.world.dean)
    request, broker = made(site), site.as_("broker")
    assert 'name="side"' in page(broker, address(request))
    assert 'name="side"' not in page(site.as_("buyer"), address(request))
    sent(broker, address(request, "message"), text="代学校说一句。", side="receiver")
    assert [message.organisation_id for message in the_request(site).messages] == [site.world.university.id]


def test_assigning_to_a_colleague(site: Site) -> None:
    request, dean = made(site), site.as_("dean")
    text = page(dean, address(request, "assign"))
    assert site.world.professor.person.name in text
    assert site.world.buyer.person.name not in text
    sent(dean, address(request, "assign"), person=str(site.world.professor.person_id))
    assert site.world.professor.person.name in page(dean, address(request))
    text_of(dean.post(address(request, "assign"), data={"person": str(site.world.buyer.person_id)}), 422)
    assert the_request(site).assigned_to_id == site.world.professor.person_id


def test_withdrawing(site: Site) -> None:
    request, buyer = made(site), site.as_("buyer")
    assert sent(buyer, address(request, "withdraw")).location == address(request)
    assert the_request(site).state is RequestState.WITHDRAWN
    sent(buyer, address(request, "withdraw"))  # pressed twice: told, nothing breaks
    assert the_request(site).state is RequestState.WITHDRAWN


def test_an_organizer_reminds(site: Site) -> None:
    request, organizer = made(site), site.as_("organizer")
    page(organizer, address(request))
    sent(organizer, address(request, "remind"))
    assert len(mails(site.session, "request_reminder")) == 1
    site.now()
    sent(organizer, address(request, "remind"))
    site.now()
    assert len(mails(site.session, "request_reminder")) == 1


# --- contact data -------------------------------------------------------------------------------------------------------

SECRETS = (SECRET_PHONE, SECRET_EMAIL, ANSWER_PHONE, ANSWER_EMAIL)


def leaked(text: str) -> set[str]:
    return {secret for secret in SECRETS if secret in text}


def test_before_acceptance_nobody_sees_contact_data(site: Site) -> None:
    request = made(site, share_contact=True)
    for name in ("dean", "professor", "boss", "broker", "organizer"):
        assert leaked(page(site.as_(name), address(request))) == set()
    site.as_("dean").post(address(request, "contact"))
    assert leaked(page(site.as_("dean"), address(request))) == set()
    assert audited(site.session, "request.look_at_contact") == []


def test_after_acceptance_it_is_masked_until_shown_and_every_look_is_recorded(site: Site) -> None:
    request, boss = accepted(site, share_contact=True), site.as_("boss")
    assert leaked(page(boss, address(request))) == set()
    for looks in (1, 2):
        answer = sent(boss, address(request, "contact"))
        assert answer.location == address(request) + "#contact"
        assert leaked(page(boss, address(request))) == set(SECRETS)
        site.now()
        assert len(audited(site.session, "request.look_at_contact")) == looks
        assert leaked(page(boss, address(request))) == set()  # the next visit is masked again
    row = audited(site.session, "request.look_at_contact")[0]
    assert (row.person_id, row.object_id) == (site.world.boss.person_id, request.id)


def test_one_look_does_not_open_another_thread(site: Site) -> None:
    other = make_achievement(site.session, site.world.university)
    first = accepted(site, share_contact=True)
    second = accepted(site, share_contact=True, achievement=other)
    sent(site.as_("boss"), address(first, "contact"))
    assert leaked(page(site.as_("boss"), address(second))) == set()


def test_organizers_and_outsiders_never_see_contact_data(site: Site) -> None:
    request = accepted(site, share_contact=True)
    assert leaked(page(site.as_("organizer"), address(request))) == set()
    assert site.as_("organizer").post(address(request, "contact")).status_code == 403
    assert site.as_("outsider").post(address(request, "contact")).status_code == 404
    assert leaked(page(site.as_("organizer"), address(request))) == set()


def test_only_of_those_who_agreed(site: Site) -> None:
    request = accepted(site, share_contact=False)
    sent(site.as_("dean"), address(request, "contact"))
    assert leaked(page(site.as_("dean"), address(request))) == {ANSWER_PHONE, ANSWER_EMAIL}


def test_taking_back_hides_it_from_the_other_side(site: Site) -> None:
    request = accepted(site, share_contact=True)
    assert "stop-sharing" in page(site.as_("buyer"), address(request))
    sent(site.as_("buyer"), address(request, "stop-sharing"), side="sender")
    sent(site.as_("dean"), address(request, "contact"))
    assert leaked(page(site.as_("dean"), address(request))) == {ANSWER_PHONE, ANSWER_EMAIL}


def test_closed_later_the_data_are_gone(site: Site) -> None:
    request = accepted(site, share_contact=True)
    site.session.get_one(ContactRequest, request.id).state = RequestState.CLOSED
    site.now()
    site.as_("dean").post(address(request, "contact"))
    assert leaked(page(site.as_("dean"), address(request))) == set()


def test_contact_data_are_in_no_list_and_no_desk(site: Site) -> None:
    request = accepted(site, share_contact=True)
    assert request.engagement is not None
    for name in ("buyer", "dean", "organizer"):
        for where in (
            "/requests",
            "/requests?box=sent",
            "/desk",
            "/engagements",
            f"/engagements/{request.engagement.public_id}",
        ):
            assert leaked(page(site.as_(name), where)) == set()


# --- lists --------------------------------------------------------------------------------------------------------------


def test_lists_show_ones_own_and_filter_by_state(site: Site) -> None:
    mine = made(site)
    foreign = ask(
        site.session,
        site.world,
        "outsider",
        sender_id=site.world.by(site.session, "outsider").organisation_id,
        achievement=make_achievement(site.session, site.world.university),
    )
    site.now()
    text = page(site.as_("buyer"), "/requests")
    assert address(mine) in text
    assert address(foreign) not in text
    text = page(site.as_("dean"), "/requests")
    assert address(mine) in text
    assert address(foreign) in text
    assert address(mine) not in page(site.as_("dean"), "/requests?state=declined")
    assert address(mine) in page(site.as_("dean"), "/requests?state=open")
    assert address(mine) not in page(site.as_("dean"), "/requests?box=sent")
    assert address(foreign) in page(site.as_("organizer"), "/requests")
    assert address(foreign) not in page(site.as_("buyer"), "/requests?box=all")  # only organizers have that list


def test_empty_lists_say_the_first_step(site: Site) -> None:
    for name, where in (
        ("buyer", "/requests"),
        ("dean", "/requests"),
        ("organizer", "/requests"),
        ("dean", "/requests?box=sent"),
    ):
        assert 'class="empty"' in page(site.as_(name), where)


def test_long_lists_have_pages(site: Site) -> None:
    for _number in range(22):
        ask(site.session, site.world, achievement=make_achievement(site.session, site.world.university))
    site.now()
    text = page(site.as_("buyer"), "/requests?box=sent")
    assert text.count('href="/requests/') >= 20
    assert 'rel="next"' in text
    after = text.split("after=")[1].split('"')[0].split("&")[0]
    text = page(site.as_("buyer"), f"/requests?box=sent&after={after}")
    assert 'rel="prev"' in text
    assert 'rel="next"' not in text


@pytest.mark.parametrize("where", ["/requests?box=received", "/requests?box=sent"])
def test_lists_cost_the_same_with_one_and_three_rows(site: Site, app: Flask, where: str) -> None:
    name = "dean" if "received" in where else "buyer"
    counts = []
    for rows in (1, 2):
        for _number in range(rows):
            ask(site.session, site.world, achievement=make_achievement(site.session, site.world.university))
        site.now()
        page(site.as_(name), where)  # settings and terms are read once
        with counted(app) as statements:
            page(site.as_(name), where)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_thread_costs_the_same_with_one_and_many_messages(site: Site, app: Flask) -> None:
    request, counts = accepted(site, share_contact=True), []
    for messages in (1, 5):
        for number in range(messages):
            requests.write(site.session, request, by=site.world.by(site.session, "buyer"), text=f"第{number}条")
        site.now()
        page(site.as_("dean"), address(request))
        with counted(app) as statements:
            page(site.as_("dean"), address(request))
        counts.append(len(statements))
    assert counts[0] == counts[1]


# --- mails --------------------------------------------------------------------------------------------------------------


def test_every_mail_is_whole_in_both_languages(site: Site, app: Flask, database: Database) -> None:
    from models.actions import request_clocks as clocks
    from models.rules.threads import MANAGER, ORGANIZER

    session, world = site.session, site.world
    world.enterprise.verification = Verification.UNVERIFIED
    first = ask(session, world)
    dean, buyer = world.by(session, "dean"), world.by(session, "buyer")
    requests.assign(session, first, by=dean, person_id=world.professor.person_id)
    clocks.remind(session, first.id, first.due_on)
    clocks.escalate(session, first.id, first.due_on, MANAGER)
    clocks.escalate(session, first.id, first.due_on, ORGANIZER)
    requests.ask_back(session, first, by=dean, text="每天多少方？")
    clocks.remind(session, first.id, first.due_on)
    requests.write(session, first, by=buyer, text="每天200方。")
    requests.accept(session, first, by=dean)
    for end in ("declined", "expired", "asked_back_expired", "withdrawn"):
        request = ask(session, world, achievement=make_achievement(session, world.university))
        match end:
            case "declined":
                requests.decline(session, request, by=dean, reason="price", note="以后再谈。")
            case "withdrawn":
                requests.withdraw(session, request, by=buyer)
            case _:
                if end == "asked_back_expired":
                    requests.ask_back(session, request, by=dean, text="多大？")
                clocks.expire(session, request.id, now=request.expires_at)
    site.now()
    seen = set()
    with app.app_context():
        for template in ("received", "answered", "message", "reminder", "escalated", "expired", "closed"):
            found = mails(session, f"request_{template}")
            assert found, template
            for mail in found:
                for locale in ("zh_CN", "en"):
                    subject, text, html = render(mail["template"], locale, mail["values"])
                    assert mail["values"]["title"] in subject
                    link = f"http://127.0.0.1:8000/requests/{mail['values']['public_id']}"
                    assert link in text
                    assert f'href="{link}"' in html
                    assert "%(" not in subject + text + html
                    assert mail["values"]["name"] in text
                    assert leaked(text + html) == set()
                    seen.add((template, locale, subject.replace(mail["values"]["title"], "")))
                    if locale == "zh_CN":
                        assert "Dear" not in text
    assert {subject for template, locale, subject in seen if locale == "en"}.isdisjoint(
        {subject for template, locale, subject in seen if locale == "zh_CN"}
    )


def test_the_worker_performs_the_clocks(site: Site, app: Flask) -> None:
    request = made(site)
    due = {"request_id": request.id, "due_on": request.due_on.isoformat()}
    site.session.commit()
    with app.app_context():
        HANDLERS["request_remind"](due)
        HANDLERS["request_remind"](due)
        HANDLERS["request_escalate"]({**due, "level": 2})
        HANDLERS["request_expire"]({"request_id": due["request_id"]})
    site.now()
    assert the_request(site).state is RequestState.PENDING  # its time is not over
    assert (len(mails(site.session, "request_reminder")), len(mails(site.session, "request_escalated"))) == (1, 1)
    the_request(site).expires_at = utcnow()
    site.now()
    with app.app_context():
        HANDLERS["request_expire"]({"request_id": due["request_id"]})
    assert the_request(site).state is RequestState.EXPIRED


# --- details after consent ----------------------------------------------------------------------------------------------


def test_opened_details_are_read_and_closed_they_are_not(site: Site) -> None:
    request = accepted(site)
    record = f"/achievements/{site.world.achievement.public_id}"
    assert "保密细节" not in page(site.as_("buyer"), record)
    engagement = the_request(site).engagement
    assert engagement is not None
    engagements.open_details(site.session, engagement, by=site.world.by(site.session, "dean"))
    site.now()
    assert "保密细节" in page(site.as_("buyer"), record)
    assert "保密细节" not in page(site.as_("outsider"), record)
    engagements.withdraw_details(site.session, engagement, by=site.world.by(site.session, "dean"))
    site.now()
    assert "保密细节" not in page(site.as_("buyer"), record)
    assert request.state is RequestState.ACCEPTED


def test_a_person_without_log_in_can_be_named_in_the_form(site: Site) -> None:
    engineer = make_person(site.session, site.world.enterprise, name="韩工")
    site.now()
    buyer = site.as_("buyer")
    assert "韩工" in page(buyer, new(site))
    sent(buyer, new(site), purpose=PURPOSE, asked_by=str(engineer.id))
    request = the_request(site)
    assert request.asked_by_id == engineer.id
    text = page(site.as_("dean"), address(request))
    assert "韩工" in text
    assert site.world.buyer.person.name in text  # entered by
