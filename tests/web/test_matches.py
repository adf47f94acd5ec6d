"""Pages of suggestions: who is shown what, and what they can do."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import matches as actions
from models.base import Database, utcnow
from models.enums import Choice, Disclosure, Origin, RecordState, Side
from models.queries.actors import load_actor
from models.tables import ContactRequest, Mandate, MatchDecision
from tests.factories import make_account, make_need, make_seeker
from tests.models.match_cases import TODAY, make_case, matched
from tests.web.reading import page, rendered_mails, sent, text_of
from tests.web.thread_site import Browser

OWNER = "北澜示例药业有限公司"


class Site:
    """The committed case, and a browser for each of its people."""

    def __init__(self, session: Session, log_in: Callable[..., FlaskClient], **need: object) -> None:
        self.session, self.case, self._log_in = session, make_case(session, **need), log_in
        session.commit()

    def as_(self, name: str) -> Any:
        self.session.commit()
        return Browser(self.session, self._log_in(self.case.accounts[name]))

    @property
    def address(self) -> str:
        return f"/suggestions/{self.case.match.public_id}"

    def decision(self) -> MatchDecision | None:
        self.session.commit()
        return self.session.scalar(select(MatchDecision).where(MatchDecision.ended_at.is_(None)))


@pytest.fixture
def site(session: Session, log_in: Callable[..., FlaskClient]) -> Site:
    return Site(session, log_in)


@pytest.fixture
def masked(session: Session, log_in: Callable[..., FlaskClient]) -> Site:
    """The owner is masked, and the budget is for verified providers only."""
    return Site(session, log_in, masked=True, disclosure=Disclosure.VERIFIED)


# --- lists --------------------------------------------------------------------------------------------------------


def test_each_side_sees_the_other_sides_card(site: Site) -> None:
    case = site.case
    need, achievement = case.need.public_version.title, case.achievement.public_version.title
    seen = page(site.as_("seeker"), "/suggestions")
    assert f"/achievements/{case.achievement.public_id}" in seen
    assert need in seen
    offered = page(site.as_("provider"), "/suggestions")
    for words in ("低温、废液", "秘密地区", "价格在预算内", "TRL 4，期望 6"):  # the owner and the budget are public
        assert words in offered
    assert f"/needs/{case.need.public_id}" in offered
    assert achievement in offered
    assert need not in page(site.as_("stranger"), "/suggestions")


def test_a_broker_sees_all_mandated_sides_and_chooses_one(site: Site) -> None:
    broker = site.as_("broker")
    both = page(broker, "/suggestions")
    assert both.count("/decline") == 2
    one = page(broker, f"/suggestions?organisation={site.case.provider.public_id}")
    assert one.count("/decline") == 1
    assert f'value="{site.case.provider.public_id}" selected' in one
    unknown = page(broker, "/suggestions?organisation=zzzzzzzzzz&side=none&state=none&order=none&page=-4")
    assert unknown.count("/decline") == 2


def test_the_list_of_one_record_is_for_its_own_people(site: Site) -> None:
    need = site.case.need.public_id
    assert "/decline" in page(site.as_("seeker"), f"/suggestions?about={need}")
    page(site.as_("provider"), f"/suggestions?about={need}", 404)


def test_suggestions_stand_on_the_page_of_the_own_record_only(site: Site) -> None:
    need, achievement = f"/needs/{site.case.need.public_id}", f"/achievements/{site.case.achievement.public_id}"
    assert "suggestions-title" in page(site.as_("seeker"), need)
    assert "suggestions-title" in page(site.as_("provider"), achievement)
    for name in ("provider", "stranger"):
        assert "suggestions-title" not in page(site.as_(name), need)
    assert "suggestions-title" not in page(site.as_("seeker"), achievement)


def test_the_desk_leads_to_new_suggestions(site: Site) -> None:
    assert 'href="/suggestions"' in page(site.as_("seeker"), "/desk")
    assert "新推荐：1 条" in page(site.as_("seeker"), "/desk")


@pytest.mark.parametrize(
    "query",
    ["page=99999999999999999999999", "page=-1", "page=x", "side=%00&state=%00&order=%00", "decided=%00&decided_side=x", "organisation=%00",
     "state=open&state=decided", "decided=" + "x" * 3000],
)  # fmt: skip
def test_strange_addresses_are_a_sensible_page(site: Site, query: str) -> None:
    page(site.as_("broker"), f"/suggestions?{query}")


def test_a_list_of_nothing_that_exists_is_not_found(site: Site) -> None:
    for about in ("zzzzzzzzzz", "x" * 3000):
        page(site.as_("broker"), f"/suggestions?about={about}", 404)


# --- deciding -----------------------------------------------------------------------------------------------------


def test_decline_and_take_back(site: Site) -> None:
    seeker = site.as_("seeker")
    form = page(seeker, f"{site.address}/decline?side=seeker&next=/suggestions")
    assert form.count('name="reason"') == 9
    text = text_of(seeker.post(f"{site.address}/decline", data={"side": "seeker"}), 422)
    assert "error-summary" in text
    answer = sent(
        seeker, f"{site.address}/decline", side="seeker", reason="price", note="超出预算", next="/suggestions"
    )
    listed = page(seeker, answer.location)
    assert "/decline" not in listed
    assert f"{site.address}/undo" in listed
    assert site.decision().choice is Choice.DECLINED
    assert "超出预算" not in page(site.as_("provider"), "/suggestions")
    sent(seeker, f"{site.address}/undo", side="seeker", next="/suggestions")
    assert "/decline" in page(seeker, "/suggestions")


def test_put_off_goes_to_its_own_list(site: Site) -> None:
    seeker = site.as_("seeker")
    sent(seeker, f"{site.address}/put-off", side="seeker", days="7")
    assert "/put-off" not in page(seeker, "/suggestions")
    assert f"{site.address}/undo" in page(seeker, "/suggestions?state=put_off")
    assert site.decision().until is not None


def test_nonsense_days_are_refused(site: Site) -> None:
    sent(site.as_("seeker"), f"{site.address}/put-off", side="seeker", days="9999")
    assert site.decision() is None


def test_the_slower_colleague_reads_that_it_is_decided(site: Site) -> None:
    sent(site.as_("seeker"), f"{site.address}/decline", side="seeker", reason="price")
    answer = site.as_("seeker_member").post(f"{site.address}/decline", data={"side": "seeker", "reason": "mode"})
    assert "已有人对这条推荐作了决定" in text_of(answer, 422)


def test_the_other_side_of_the_address_is_not_obeyed(site: Site) -> None:
    """A provider who types the seeker's side sees their own, and decides for neither."""
    provider = site.as_("provider")
    assert 'name="side" value="provider"' in page(provider, f"{site.address}/decline?side=seeker")
    for path, values in (("decline", {"reason": "mode"}), ("put-off", {"days": "7"}), ("undo", {})):
        assert provider.post(f"{site.address}/{path}", data={"side": "seeker", **values}).status_code == 403
    assert site.decision() is None


def test_a_broker_who_lost_one_mandate_does_not_decide_for_the_other_side(site: Site) -> None:
    broker = site.as_("broker")
    ended = site.session.scalars(select(Mandate).where(Mandate.organisation_id == site.case.seeker.id)).one()
    ended.ended_at = utcnow()
    for path, values in (("decline", {"reason": "mode"}), ("pass-on", {"note": "值得一看"})):
        assert broker.post(f"{site.address}/{path}", data={"side": "seeker", **values}).status_code == 403
    assert site.decision() is None


def test_a_stranger_finds_nothing(site: Site) -> None:
    stranger = site.as_("stranger")
    for path in ("", "/decline", "/pass-on"):
        page(stranger, site.address + path, 404)
    assert stranger.post(f"{site.address}/put-off", data={"days": "7"}).status_code == 404
    assert site.decision() is None


def test_a_pair_whose_record_left_the_site_is_not_found(site: Site) -> None:
    site.case.achievement.state = RecordState.WITHDRAWN
    site.session.commit()
    page(site.as_("seeker"), site.address, 404)


# --- taking up ----------------------------------------------------------------------------------------------------


def test_the_seeker_takes_up_by_asking_with_the_reasons(site: Site) -> None:
    seeker, case = site.as_("seeker"), site.case
    listed = page(seeker, "/suggestions")
    address = f"/requests/new?achievement={case.achievement.public_id}"
    link = next(part for part in listed.replace("&amp;", "&").split('"') if part.startswith(address))
    form = page(seeker, link)
    assert case.need.public_version.title in form
    person = case.accounts["seeker"].person_id
    sent(seeker, link, purpose="想看冬季数据", asked_by=str(person))
    made = site.session.scalars(select(ContactRequest)).one()
    decision = site.decision()
    assert (made.origin, made.need_id) == (Origin.SUGGESTION, None)
    assert (decision.choice, decision.request_id) == (Choice.ACCEPTED, made.id)
    assert f"/requests/{made.public_id}" in page(seeker, "/suggestions?state=decided")


def test_the_provider_takes_up_by_answering_with_the_achievement(site: Site) -> None:
    provider, case = site.as_("provider"), site.case
    link = f"/requests/new?need={case.need.public_id}&sender={case.provider.public_id}&origin=suggestion&suggestion={case.match.public_id}"
    form = page(provider, link)
    assert f'selected value="{case.achievement.id}"' in form
    sent(
        provider,
        link,
        purpose="我们能做",
        asked_by=str(case.accounts["provider"].person_id),
        achievement=str(case.achievement.id),
    )
    made = site.session.scalars(select(ContactRequest)).one()
    assert (made.need_id, made.achievement_id) == (case.need.id, case.achievement.id)
    assert site.decision().side is Side.PROVIDER


def test_a_refused_request_takes_nothing_up(site: Site) -> None:
    case = site.case
    link = f"/requests/new?achievement={case.achievement.public_id}&suggestion={case.match.public_id}"
    text_of(site.as_("seeker").post(link, data={"purpose": ""}), 422)
    assert site.decision() is None


def test_somebody_elses_suggestion_is_not_taken_up(site: Site) -> None:
    """The form of a stranger with the suggestion in its address is the ordinary form."""
    case, stranger = site.case, site.as_("stranger")
    link = f"/requests/new?achievement={case.achievement.public_id}&suggestion={case.match.public_id}"
    assert case.need.public_version.title not in page(stranger, link)
    sent(stranger, link, purpose="想了解", asked_by=str(case.accounts["stranger"].person_id))
    assert site.decision() is None


# --- masked needs -------------------------------------------------------------------------------------------------


def test_no_page_for_the_provider_names_a_masked_owner(app: Flask, database: Database, masked: Site) -> None:
    case = masked.case
    actions.pass_on(
        masked.session, case.match, side=Side.PROVIDER, by=case.actor(masked.session, "broker"), note="值得一看"
    )
    masked.session.commit()
    provider = masked.as_("provider")
    link = (
        f"/requests/new?need={case.need.public_id}&sender={case.provider.public_id}&suggestion={case.match.public_id}"
    )
    for address in (
        "/suggestions",
        masked.address,
        f"{masked.address}/decline",
        f"/achievements/{case.achievement.public_id}",
        "/desk",
        link,
    ):
        seen = page(provider, address)
        assert OWNER not in seen
        assert case.seeker.public_id not in seen
        assert "秘密地区" not in seen  # computed before it was masked
        assert "价格在预算内" not in seen
    for to, subject, text in rendered_mails(app, database):
        if to == case.accounts["provider"].email:
            assert OWNER not in subject + text


def test_the_request_of_a_masked_owner_does_not_betray_its_need(masked: Site) -> None:
    """It names the enterprise, so that its text must not let the need be recognised."""
    case = masked.case
    link = f"/requests/new?achievement={case.achievement.public_id}&suggestion={case.match.public_id}"
    seeker = masked.as_("seeker")
    form = page(seeker, link)
    typed = form.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert typed.strip() == ""  # the provider reads the reasons beside the masked need: the same words would betray it
    assert "origin=suggestion" not in page(seeker, "/suggestions")
    sent(seeker, link, purpose="想了解产能", asked_by=str(case.accounts["seeker"].person_id))
    assert masked.decision().choice is Choice.ACCEPTED
    assert masked.session.scalars(select(ContactRequest.origin)).one() is Origin.LINK
    # That the pair is gone at this moment would tell whose need it is.
    assert masked.address in page(masked.as_("provider"), "/suggestions")
    assert f"{masked.address}/decline" not in page(seeker, "/suggestions")


# --- passing on ---------------------------------------------------------------------------------------------------


def test_a_broker_passes_on(app: Flask, database: Database, site: Site) -> None:
    broker = site.as_("broker")
    page(broker, f"{site.address}/pass-on?side=seeker")
    sent(broker, f"{site.address}/pass-on", side="seeker", note="冬季工况很接近")
    to, subject, text = rendered_mails(app, database)[-1]
    assert to == site.case.accounts["seeker"].email
    assert "技术经理人甲" in subject
    assert "冬季工况很接近" in text
    assert f"{site.address}?side=seeker" in text
    seeker = site.as_("seeker_member")
    assert site.address in page(seeker, "/desk")
    assert "冬季工况很接近" in page(seeker, site.address)
    assert "冬季工况很接近" not in page(site.as_("provider"), site.address)
    again = broker.post(f"{site.address}/pass-on", data={"side": "seeker", "note": "再说"})
    text_of(again, 422)


def test_members_pass_nothing_on(site: Site) -> None:
    page(site.as_("seeker"), f"{site.address}/pass-on", 403)


# --- without suggestions ------------------------------------------------------------------------------------------


def test_who_switches_off_is_shown_nothing_picked(site: Site) -> None:
    seeker = site.as_("seeker")
    sent(seeker, "/suggestions/switch", on="0", next="/suggestions")
    achievement = f"/achievements/{site.case.achievement.public_id}"
    for address in ("/suggestions", f"/needs/{site.case.need.public_id}", "/desk"):
        assert achievement not in page(seeker, address)
        assert "suggestions-title" not in page(seeker, address)
    assert achievement in page(site.as_("seeker_member"), "/suggestions")
    page(seeker, "/account/my-data")
    sent(seeker, "/suggestions/switch", on="1")
    assert achievement in page(seeker, "/suggestions")


def test_a_persons_recommendation_is_shown_all_the_same(site: Site) -> None:
    case = site.case
    actions.pass_on(site.session, case.match, side=Side.SEEKER, by=case.actor(site.session, "broker"), note="值得一看")
    actions.switch(site.session, on=False, by=case.actor(site.session, "seeker"))
    seeker = site.as_("seeker")
    assert site.address in page(seeker, "/desk")
    assert "值得一看" in page(seeker, site.address)


def test_the_rule_is_a_page(client: FlaskClient) -> None:
    for language in ("zh-CN", "en"):
        assert client.get("/matching", headers={"Accept-Language": language}).status_code == 200
    page(client, "/matching")


# --- statistics and re-run ----------------------------------------------------------------------------------------


def test_statistics_name_nobody(site: Site) -> None:
    case = site.case
    actions.decline(
        site.session, case.match, side=Side.SEEKER, by=case.actor(site.session, "seeker"), reason="other",
        note="只给平台看的话", today=TODAY,
    )  # fmt: skip
    seen = page(site.as_("administrator"), "/suggestions/statistics")
    assert OWNER not in seen
    assert "只给平台看的话" not in seen
    page(site.as_("seeker"), "/suggestions/statistics", 403)


def test_reasons_on_the_record_from_three_organisations_on(site: Site) -> None:
    session, case = site.session, site.case
    address = f"/achievements/{case.achievement.public_id}"

    def declined(number: int) -> str:
        for _ in range(number):
            seeker = make_seeker(session)
            (match,) = matched(session, make_need(session, seeker), case.achievement)
            by = load_actor(session, make_account(session, seeker).id)
            actions.decline(session, match, side=Side.SEEKER, by=by, reason="price", today=TODAY)
        return page(site.as_("provider"), address)

    assert "declined-title" not in declined(2)
    assert "declined-title" in declined(1)
