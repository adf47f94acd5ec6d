"""Engagements on the web: lists, stages with their notes, details opened and closed, who may what."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import engagements, requests
from models.enums import Stage, Verification
from models.tables import DisclosureGrant, Engagement
from tests.counting import counted
from tests.factories import make_achievement
from tests.models.thread_cases import ask
from tests.web.reading import page, sent, text_of
from tests.web.thread_site import Site

CONTRACT = {
    "contract_type": "patent_licence", "amount_said": "stated", "amount": "80", "signed_on": "2026-01-20", "registered": "no",
}  # fmt: skip


@pytest.fixture
def site(session: Session, log_in: Callable[..., FlaskClient]) -> Site:
    return Site(session, log_in)


def begun(site: Site, **values: Any) -> Engagement:
    request = ask(site.session, site.world, **values)
    engagement = requests.accept(site.session, request, by=site.world.by(site.session, "dean"))
    site.now()
    return engagement


def address(engagement: Engagement, act: str = "") -> str:
    return f"/engagements/{engagement.public_id}" + (f"/{act}" if act else "")


def stage_of(site: Site) -> Stage:
    site.now()
    return site.session.scalars(select(Engagement)).one().stage


def test_both_sides_and_organizers_see_state_and_history(site: Site) -> None:
    engagement = begun(site)
    for name in ("buyer", "boss", "broker", "dean", "professor", "organizer"):
        text = page(site.as_(name), address(engagement))
        assert site.world.enterprise.name in text
        assert "已受理" in text or "受理" in text
    assert site.as_("outsider").get(address(engagement)).status_code == 404


def test_the_requests_and_meetings_are_linked(site: Site) -> None:
    engagement = begun(site)
    request = ask(site.session, site.world)
    requests.accept(site.session, request, by=site.world.by(site.session, "dean"))
    site.now()
    text = page(site.as_("buyer"), address(engagement))
    assert f"/requests/{request.public_id}" in text
    assert text.count('href="/requests/') >= 2


def test_advancing_with_and_without_the_note(site: Site) -> None:
    engagement, buyer = begun(site), site.as_("buyer")
    page(buyer, address(engagement, "advance"))
    sent(buyer, address(engagement, "advance"), stage="S3", revision="1")
    assert stage_of(site) is Stage.S3
    revision = str(site.session.scalars(select(Engagement)).one().revision)
    answer = buyer.post(address(engagement, "advance"), data={"stage": "S6", "revision": revision, "note": ""})
    assert 'id="note-error"' in text_of(answer, 422)
    sent(
        buyer,
        address(engagement, "advance"),
        stage="S6",
        revision=revision,
        note="合同金额 80 万元，首付 30%。",
        **CONTRACT,
    )
    assert stage_of(site) is Stage.S6
    assert "合同金额 80 万元，首付 30%。" in page(site.as_("dean"), address(engagement))


def test_ending_needs_the_reason(site: Site) -> None:
    engagement, dean = begun(site), site.as_("dean")
    answer = dean.post(address(engagement, "advance"), data={"stage": "X", "revision": "1"})
    assert 'id="reason-error"' in text_of(answer, 422)
    sent(dean, address(engagement, "advance"), stage="X", reason="price", revision="1")
    assert stage_of(site) is Stage.X
    assert "价格分歧" in page(site.as_("buyer"), address(engagement))


def test_success_is_the_organizers_and_unknown_stages_are_nobodys(site: Site) -> None:
    engagement = begun(site)
    assert 'value="S9"' not in page(site.as_("dean"), address(engagement, "advance"))
    for stage in ("S9", "S1", "S10", ""):
        answer = site.as_("dean").post(
            address(engagement, "advance"), data={"stage": stage, "revision": "1", "note": "见效"}
        )
        text_of(answer, 422)
    assert stage_of(site) is Stage.S2
    sent(
        site.as_("organizer"),
        address(engagement, "advance"),
        stage="S9",
        revision="1",
        note="已核销",
        **CONTRACT,
        place="city",
    )
    assert stage_of(site) is Stage.S9
    assert site.as_("organizer").get(address(engagement, "advance")).status_code == 303


def test_an_outdated_form_is_told_and_then_saved(site: Site) -> None:
    engagement = begun(site)
    sent(site.as_("buyer"), address(engagement, "advance"), stage="S3", revision="1")
    answer = site.as_("dean").post(
        address(engagement, "advance"), data={"stage": "S4", "revision": "1", "note": "谈了价格"}
    )
    text = text_of(answer, 422)
    assert "谈了价格" in text
    assert 'name="revision" value="2"' in text
    sent(site.as_("dean"), address(engagement, "advance"), stage="S4", revision="2", note="谈了价格")
    assert stage_of(site) is Stage.S4


def test_a_follow_up_is_noted(site: Site) -> None:
    engagement, buyer = begun(site), site.as_("buyer")
    text_of(buyer.post(address(engagement, "note"), data={"note": ""}), 422)
    sent(buyer, address(engagement, "note"), note="已电话回访，对方下周来厂。")
    assert "已电话回访，对方下周来厂。" in page(site.as_("organizer"), address(engagement))
    assert stage_of(site) is Stage.S2


def test_details_are_opened_and_closed_by_the_provider_only(site: Site) -> None:
    engagement, dean = begun(site), site.as_("dean")
    assert "open-details" in page(dean, address(engagement))
    assert "open-details" not in page(site.as_("buyer"), address(engagement))
    for name in ("buyer", "organizer"):
        assert site.as_(name).post(address(engagement, "open-details")).status_code == 403
    sent(dean, address(engagement, "open-details"))
    assert "withdraw-details" in page(dean, address(engagement))
    assert "保密细节" in page(site.as_("buyer"), f"/achievements/{site.world.achievement.public_id}")
    assert site.as_("buyer").post(address(engagement, "withdraw-details")).status_code == 403
    sent(dean, address(engagement, "withdraw-details"))
    assert "保密细节" not in page(site.as_("buyer"), f"/achievements/{site.world.achievement.public_id}")
    sent(dean, address(engagement, "withdraw-details"))  # pressed twice: told
    assert len(site.session.scalars(select(DisclosureGrant)).all()) == 1


def test_details_wait_for_verification(site: Site) -> None:
    engagement = begun(site)
    site.world.enterprise.verification = Verification.UNVERIFIED
    site.now()
    assert "open-details" not in page(site.as_("dean"), address(engagement))
    sent(site.as_("dean"), address(engagement, "open-details"))  # told why not
    assert site.session.scalars(select(DisclosureGrant)).all() == []


def test_lists_by_stage(site: Site) -> None:
    engagement = begun(site)
    assert address(engagement) in page(site.as_("buyer"), "/engagements")
    assert address(engagement) in page(site.as_("buyer"), "/engagements?stage=S2")
    assert address(engagement) not in page(site.as_("buyer"), "/engagements?stage=S4")
    assert address(engagement) in page(site.as_("buyer"), "/engagements?stage=nonsense")
    assert address(engagement) not in page(site.as_("outsider"), "/engagements")
    assert address(engagement) in page(site.as_("organizer"), "/engagements")


def test_lists_and_pages_cost_the_same_with_one_and_three_rows(site: Site, app: Flask) -> None:
    counts: dict[str, list[int]] = {"/engagements": [], "one": []}
    first = begun(site)
    for rows in (0, 2):
        for _number in range(rows):
            begun(site, achievement=make_achievement(site.session, site.world.university))
            begun(site)
            engagements.add_note(site.session, first, by=site.world.by(site.session, "dean"), note="又谈了一次")
        site.now()
        for key, where in (("/engagements", "/engagements"), ("one", address(first))):
            page(site.as_("buyer"), where)
            with counted(app) as statements:
                page(site.as_("buyer"), where)
            counts[key].append(len(statements))
    assert all(one == three for one, three in counts.values())
