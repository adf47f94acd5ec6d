"""Pages of wishes from the owner and the organizer: lists, forms, answers, and what nobody else sees."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.actions import jobs, matching, meeting_wishes
from models.base import Database, utcnow
from models.enums import Side, WishOrigin
from models.tables import Achievement, Job, MatchSession, MeetingWish, Organisation
from tests.factories import make_account, make_achievement, make_need, make_seeker
from tests.models.match_cases import Pair
from tests.web.booking_site import LogIn, Site, actor_of, cost, in_english, make_site, perform, person_of
from tests.web.reading import page, sent, text_of
from tests.web.test_meeting_wishes import wish_address, wished
from web.mails import render


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    in_ten_days = (utcnow() + timedelta(days=10)).replace(hour=1, minute=0, second=0, microsecond=0)
    return make_site(database, starts_at=in_ten_days)


def enterprise_address(site: Site, seeker: Organisation | None = None) -> str:
    about = f"seeker={(seeker or site.seeker).public_id}&achievement={site.achievement.public_id}"
    return f"{site.address}/enterprises/wish?{about}"


def owner_wished(database: Database, site: Site, seeker: Organisation | None = None, note: str = "") -> MeetingWish:
    with database.write() as session:
        return meeting_wishes.wish_enterprise(
            session, session.get_one(MatchSession, site.match_session.id), by=actor_of(session, site.owner),
            seeker=session.get_one(Organisation, (seeker or site.seeker).id),
            achievement=session.get_one(Achievement, site.achievement.id), strength=3, attendees=[site.professor.id],
            note=note,
        )  # fmt: skip


def close(database: Database, site: Site) -> None:
    with database.write() as session:
        session.get_one(MatchSession, site.match_session.id).wishes_close_at = utcnow()


def test_the_owner_wishes_and_the_enterprise_answers(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site, by=site.other)
    owner, buyer = in_english(log_in(site.owner)), in_english(log_in(site.buyer))
    assert f"{site.address}/enterprises" in page(owner, site.address)
    assert "另一家企业" in page(owner, f"{site.address}/enterprises"), "who takes part"
    form = page(owner, enterprise_address(site))
    assert "智能示踪监测系统" in form
    answer = owner.post(
        enterprise_address(site),
        data={
            "achievement": site.achievement.public_id, "strength": "3", "attendees": site.professor.public_id,
            "note": "可以带样机",
        },
    )  # fmt: skip
    assert answer.status_code == 303
    assert "Wishes to meet: 1" in page(buyer, "/desk")
    listing = page(buyer, f"{site.address}/wishes")
    assert "可以带样机" in listing
    assert "Must meet" in listing
    assert "The owner wants to meet you: Must meet" in page(buyer, wish_address(site))
    assert (
        buyer.post(
            wish_address(site), data={"strength": "1", "attendees": [person_of(database, site.buyer)]}
        ).status_code
        == 303
    )
    assert "Wishes to meet: 1" not in page(buyer, "/desk")
    with database.read() as session:
        one = session.scalars(select(MeetingWish).where(MeetingWish.seeker_id == site.seeker.id)).one()
        assert (one.origin, one.seeker_strength, one.provider_strength) == (WishOrigin.PROVIDER, 1, 3)


def test_the_enterprise_declines(database: Database, site: Site, log_in: LogIn) -> None:
    wish = owner_wished(database, site)
    buyer = in_english(log_in(site.buyer))
    form = page(buyer, f"/wishes/{wish.public_id}/decline")
    assert "北澜石油大学" in form
    assert buyer.post(f"/wishes/{wish.public_id}/decline", data={"reason": "changed"}).status_code == 303
    with database.read() as session:
        assert session.get_one(MeetingWish, wish.id).declined_side is Side.SEEKER
    listing = text_of(in_english(log_in(site.owner)).get(f"{site.address}/wishes"))
    assert "Declined" in listing


def test_who_is_declined_reads_why(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    theirs, mine = owner_wished(database, site, note="可以带样机"), wished(database, site, by=site.other)
    for account, wish in ((site.buyer, theirs), (site.owner, mine), (site.owner, mine)):
        sent(log_in(account), f"/wishes/{wish.public_id}/decline", reason="changed")
    with app.app_context():
        told = [
            (job.payload["to"], render("meeting_declined", "en", job.payload["values"])[1])
            for job in mails(database, "meeting_declined")
        ]
    assert [to for to, _text in told] == [site.owner.email, site.other.email], "each once"
    assert "declined to meet you about “智能示踪监测系统”" in told[1][1]
    assert "北澜石油大学" in told[1][1]


def mails(database: Database, template: str) -> list[Job]:
    with database.read() as session:
        jobs = session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id)).all()
        return [job for job in jobs if job.payload["template"] == template]


def test_who_began_takes_back_and_does_not_decline(database: Database, site: Site, log_in: LogIn) -> None:
    wish = owner_wished(database, site)
    owner, buyer = log_in(site.owner), log_in(site.buyer)
    assert owner.get(f"/wishes/{wish.public_id}/decline").status_code == 403
    assert buyer.post(f"/wishes/{wish.public_id}/withdraw").status_code == 403
    assert log_in(site.other).post(f"/wishes/{wish.public_id}/withdraw").status_code == 404
    assert owner.post(f"/wishes/{wish.public_id}/withdraw").status_code == 303


def test_the_organizer_proposes(database: Database, site: Site, log_in: LogIn) -> None:
    organizer = in_english(log_in(site.organizer))
    address = f"{site.address}/propose?organisation={site.seeker.public_id}&achievement={site.achievement.public_id}"
    assert "北澜钻采" in page(organizer, address)
    assert organizer.post(address, data={"note": "都在做测井"}).status_code == 303
    again = organizer.post(address, data={"note": "都在做测井"})
    assert again.status_code == 422
    assert "都在做测井" in again.text
    for account in (site.buyer, site.owner):
        assert "Proposed by the organizer" in page(in_english(log_in(account)), f"{site.address}/wishes")
    assert log_in(site.buyer).get(address).status_code == 403


def test_what_is_wrong_is_said_and_kept(database: Database, site: Site, log_in: LogIn) -> None:
    owner = in_english(log_in(site.owner))
    answer = owner.post(enterprise_address(site), data={"strength": "3", "note": "带样机"})
    assert answer.status_code == 422
    assert "Please choose at least one person who comes." in answer.text
    assert "带样机" in answer.text


def test_after_the_end_nothing_can_be_said(database: Database, site: Site, log_in: LogIn) -> None:
    wish = wished(database, site)
    close(database, site)
    owner = in_english(log_in(site.owner))
    assert "Not answered in time" in page(owner, f"{site.address}/wishes")
    assert f"/wishes/{wish.public_id}/answer" not in page(owner, f"{site.address}/wishes")
    chosen = {"strength": "2", "attendees": site.professor.public_id}
    answer = owner.post(f"/wishes/{wish.public_id}/answer", data=chosen)
    assert answer.status_code == 422
    assert "Wishes and answers were possible until" in answer.text
    assert "Wishes to meet: 1" not in page(owner, "/desk")
    assert "/wish" not in page(log_in(site.buyer), site.address).replace("/wishes", "")


def test_only_owners_see_whom_they_may_meet(database: Database, site: Site, log_in: LogIn) -> None:
    for account, status in ((site.buyer, 403), (site.organizer, 403)):
        assert log_in(account).get(f"{site.address}/enterprises").status_code == status
        assert log_in(account).get(enterprise_address(site)).status_code == status
    assert log_in(site.owner).get(f"{site.address}/enterprises/wish?seeker=nobody").status_code == 303
    assert log_in(site.owner).get(enterprise_address(site, site.provider)).status_code == 303


def test_a_masked_need_is_not_betrayed(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    """Neither the list of enterprises nor a suggestion leads from a masked need to its owner."""
    with database.write() as session:
        need = make_need(session, session.get_one(Organisation, site.seeker.id), masked=True, title="隐名的需求")
        matching.keep(session, "achievement", site.achievement.id, [Pair(need.id, site.achievement.id, 90)])
    owner = log_in(site.owner)
    listing = page(owner, f"{site.address}/enterprises")
    assert "隐名的需求" not in listing
    assert "北澜钻采" not in listing
    shown = page(owner, "/suggestions")
    assert "隐名的需求" in shown
    assert "/enterprises/wish" not in shown
    with database.write() as session:
        session.get_one(type(need), need.id).masked = False
    assert f"seeker={site.seeker.public_id}" in page(owner, "/suggestions")
    assert "隐名的需求" in page(owner, f"{site.address}/enterprises")


def test_lists_cost_the_same_with_one_and_three(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    owner, costs = log_in(site.owner), []
    owner_wished(database, site)
    with database.write() as session:
        others = [make_account(session, make_seeker(session)) for _number in range(2)]
        make_achievement(session, session.get_one(Organisation, site.provider.id))
    addresses = (f"{site.address}/enterprises", f"{site.address}/wishes", enterprise_address(site))
    for more in range(2):
        costs.append([cost(app, owner, address) for address in addresses])
        if not more:
            for other in others:
                wished(database, site, by=other)
    assert costs[0] == costs[1]


def test_the_night_reminds_of_what_has_no_job(database: Database, site: Site, app: Flask) -> None:
    wished(database, site)
    with database.write() as session:
        session.get_one(MatchSession, site.match_session.id).wishes_close_at = utcnow() + timedelta(hours=20)
        jobs.add(session, "remind_of_wishes")
    for _twice in range(2):
        perform(app, database, "remind_of_wishes")
    with database.read() as session:
        sent = [job.payload["template"] for job in session.scalars(select(Job).where(Job.name == "mail"))]
    assert sent.count("wishes_closing") == 1


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_mails_are_whole_in_both_languages(app: Flask, database: Database, site: Site, locale: str) -> None:
    owner_wished(database, site)
    wished(database, site, by=site.other)
    with database.write() as session:
        match_session = session.get_one(MatchSession, site.match_session.id)
        third = make_seeker(session)
        make_account(session, third)
        meeting_wishes.propose(
            session, match_session, by=actor_of(session, site.organizer), seeker=third,
            achievement=session.get_one(Achievement, site.achievement.id),
        )  # fmt: skip
        match_session.wishes_close_at = utcnow() + timedelta(hours=3)
    perform(app, database, "wishes_closing")
    with database.read() as session:
        sent = session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id)).all()
        payloads = {job.payload["template"]: job.payload["values"] for job in sent}
    assert {"meeting_wanted", "meeting_wished", "meeting_proposed", "wishes_closing"} <= set(payloads)
    for name, values in payloads.items():
        with app.app_context():
            subject, text, html = render(name, locale, values)
        assert subject.strip()
        for body in (text, html):
            assert f"/sessions/{site.match_session.public_id}/wishes" in body
            assert site.match_session.title in body


def test_what_is_not_offered_is_found_by_title_or_owner(database: Database, site: Site, log_in: LogIn) -> None:
    """Also for a session of no circle and no roadshow, where nothing is offered."""
    organizer, buyer = in_english(log_in(site.organizer)), in_english(log_in(site.buyer))
    start = f"{site.address}/propose?organisation={site.seeker.public_id}"
    assert "Which enterprise is it?" in page(organizer, f"{site.address}/propose")
    asked = page(organizer, start)
    assert "About which achievement?" in asked
    assert site.achievement.public_id not in asked
    found = page(organizer, f"{start}&q=示踪")
    assert f"organisation={site.seeker.public_id}&amp;achievement={site.achievement.public_id}" in found
    assert "No published achievement has this" in page(organizer, f"{start}&q=没有的")
    assert site.achievement.public_id in page(buyer, f"{site.address}/wish?q=石油大学")
    assert "With which achievement?" in page(buyer, f"{site.address}/book")
