"""My desk on the web: rows with one action, the number in the layout, first steps; works for everybody who is signed in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.actions import requests
from models.base import utcnow
from models.enums import Capability, GrantRole, JobState, Lane, OrgRole, RecordState, Verification, VersionState
from models.rules.threads import ORGANIZER
from models.tables import Job, JoinRequest, RegisterEntry, Report
from tests.counting import counted
from tests.factories import make_account, make_achievement, make_circle, make_org
from tests.models.thread_cases import ask
from tests.web.reading import page
from tests.web.thread_site import Site


@pytest.fixture
def site(session: Session, log_in: Callable[..., FlaskClient]) -> Site:
    return Site(session, log_in)


def number_in_layout(text: str) -> int:
    if "count-waiting" not in text:
        return 0
    return int(text.split('count-waiting">')[1].split("<")[0])


def test_a_visitor_logs_in_first(site: Site, client: FlaskClient) -> None:
    site.now()
    answer = client.get("/desk")
    assert answer.status_code == 303
    assert answer.location.startswith("/account/login")


def test_a_request_waits_for_the_receiver_and_the_sender_waits_for_it(site: Site) -> None:
    request = ask(site.session, site.world)
    site.now()
    text = page(site.as_("dean"), "/desk")
    assert f"/requests/{request.public_id}" in text
    assert site.world.enterprise.name in text
    assert number_in_layout(text) == 1
    text = page(site.as_("buyer"), "/desk")
    assert f"/requests/{request.public_id}" in text
    assert number_in_layout(text) == 0
    assert f"/requests/{request.public_id}" not in page(site.as_("outsider"), "/desk")
    assert number_in_layout(page(site.as_("dean"), f"/requests/{request.public_id}")) == 1  # on every page


def test_the_number_goes_when_the_work_is_done(site: Site) -> None:
    request = ask(site.session, site.world)
    site.now()
    dean = site.as_("dean")
    assert number_in_layout(page(dean, "/desk")) == 1
    requests.decline(site.session, request, by=site.world.by(site.session, "dean"), reason="price")
    site.now()
    assert number_in_layout(page(dean, "/desk")) == 0
    assert f"/requests/{request.public_id}" in page(site.as_("buyer"), "/desk")  # an answer of these days


def test_every_kind_of_row_leads_somewhere(site: Site) -> None:
    world, session = site.world, site.session
    account = make_account(
        session,
        world.university,
        GrantRole.ORGANIZER,
        GrantRole.ADMINISTRATOR,
        GrantRole.BROKER,
        GrantRole.AUDITOR,
        role=OrgRole.MANAGER,
    )
    escalated = ask(session, world)
    escalated.escalation = ORGANIZER
    under_way: dict[str, Any] = {"state": RecordState.DRAFT, "author_id": world.professor.person_id}
    for version_state in (VersionState.RETURNED, VersionState.ORG_REVIEW, VersionState.REVIEW):
        make_achievement(session, world.university, version_state=version_state, **under_way)
    world.achievement.valid_until = utcnow().date() + timedelta(days=3)
    for organisation, days in ((world.university, 2), (world.enterprise, -2)):
        session.add(
            JoinRequest(
                person_id=make_account(session).person_id,
                organisation_id=organisation.id,
                due_at=utcnow() + timedelta(days=days),
            )
        )
    make_org(session, verification=Verification.PENDING)
    session.add(Report(object_type="achievement", object_id=world.achievement.id, reason="联系不上"))
    session.add(Job(lane=Lane.SHORT, name="mail", state=JobState.FAILED, run_after=utcnow()))
    session.add(
        RegisterEntry(
            kind="enterprise",
            subject="企业",
            subject_key="k",
            circle_id=make_circle(session).id,
            arrived_on=utcnow().date(),
        )
    )
    site.now()
    browser = site.logged_in(account)
    text = page(browser, "/desk")
    tasks = text.split('id="waiting-title"')[1].split("</section>")[0]
    links = [part.split('"')[0] for part in tasks.split('class="btn btn-secondary" href="')[1:]]
    assert len(links) == number_in_layout(text) == 12
    for link in links:
        assert browser.get(link).status_code in (200, 303), link


def test_an_account_without_organisation_finds_its_first_step(site: Site) -> None:
    browser = site.logged_in(make_account(site.session))
    text = page(browser, "/desk")
    assert "/organisations/choose" in text
    waits = make_account(site.session)
    site.session.add(
        JoinRequest(
            person_id=waits.person_id, organisation_id=site.world.university.id, due_at=utcnow() + timedelta(days=3)
        )
    )
    browser = site.logged_in(waits)
    assert site.world.university.name in page(browser, "/desk")


def test_an_unconfirmed_account_has_a_desk_too(site: Site) -> None:
    browser = site.logged_in(make_account(site.session, site.world.enterprise, confirmed=False))
    text = page(browser, "/desk")
    assert "/account/unconfirmed" in text or "unconfirmed" in text


@pytest.mark.parametrize("grant", list(GrantRole))
def test_every_role_has_a_desk(site: Site, grant: GrantRole) -> None:
    browser = site.logged_in(make_account(site.session, None, grant))
    text = page(browser, "/desk")
    if grant is GrantRole.AUDITOR:
        assert 'href="/audit"' in text
    assert "first-steps" in text


def test_members_read_what_verification_means(site: Site) -> None:
    pending = make_org(site.session, Capability.SEEKER, verification=Verification.PENDING)
    browser = site.logged_in(make_account(site.session, pending))
    assert "notice" in page(browser, "/desk")
    assert "核验" in page(browser, "/desk")
    suspended = make_org(site.session, Capability.SEEKER, verification=Verification.SUSPENDED)
    browser = site.logged_in(make_account(site.session, suspended))
    text = page(browser, "/desk")
    assert "notice-warning" in text
    assert browser.get("/requests").status_code == 403


def test_a_broker_reads_for_whom(site: Site) -> None:
    request = ask(site.session, site.world, "broker", asked_by_id=site.world.buyer.person_id)
    requests.ask_back(site.session, request, by=site.world.by(site.session, "dean"), text="？")
    site.now()
    text = page(site.as_("broker"), "/desk")
    assert f"代表{site.world.enterprise.name}" in text
    assert f"代表{site.world.enterprise.name}" not in page(site.as_("buyer"), "/desk")


def test_a_desk_costs_the_same_with_one_and_three_rows(site: Site, app: Flask) -> None:
    counts = []
    for rows in (1, 2):
        for _number in range(rows):
            ask(site.session, site.world, achievement=make_achievement(site.session, site.world.university))
        page(site.as_("dean"), "/desk")
        with counted(app) as statements:
            page(site.as_("dean"), "/desk")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_in_english_too(site: Site) -> None:
    request = ask(site.session, site.world)
    requests.accept(site.session, request, by=site.world.by(site.session, "dean"), share_contact=True)
    site.now()
    assert request.engagement is not None
    browser = site.as_("buyer")
    browser.client.set_cookie("language", "en")
    for where in ("/desk", "/requests", f"/requests/{request.public_id}", "/engagements",
                  f"/engagements/{request.engagement.public_id}", f"/engagements/{request.engagement.public_id}/advance"):  # fmt: skip
        text = page(browser, where)
        assert 'lang="en"' in text
    assert "Get in touch" in page(browser, "/desk")
