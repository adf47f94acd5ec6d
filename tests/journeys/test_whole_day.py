"""One roadshow walks its whole day: call, selection, programme, registration, wishes, timetable, cancellation, new plan, check-in, outcome.

Three people are logged in (organizer; a provider's transfer officer and an enterprise's R&D lead, who scores and then
meets), a professor and a guest come by personal link, a helper at the door by link. All but the organizer are on a phone.
"""

import re
import uuid
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.whole_day import (
    AFTERNOON,
    CLOSES,
    COLLEAGUE,
    ENTERPRISE,
    EVENING,
    FIRST,
    GUEST,
    HELPER,
    LEAD,
    MORNING,
    NOON,
    PROFESSOR,
    PROVIDER,
    SECOND,
    SLOT,
    STEP,
    Day,
    begin_of,
    comes,
    meeting,
    only,
)  # fmt: skip

COMPUTED = 120_000  # milliseconds: the worker may be busy with the first run of matching


def call(day: Day) -> None:
    """The organizer plans a roadshow, announces it and calls for projects."""
    organizer, page = day.organizer, day.organizer.page
    organizer.goto("/events")
    organizer.link_to("/events/new").click()
    organizer.fill(
        title=day.name, starts_at=MORNING, ends_at=NOON, venue="示例会展中心", rooms="一号厅", capacity="60",
        introduction="面向石化企业的在线监测与安全成果推介，下午一对一洽谈。",
    )  # fmt: skip
    organizer.main_button().click()
    page.wait_for_url("**/agenda")
    day.event = page.url.removesuffix("/agenda").removeprefix(day.site.url)
    organizer.goto(day.event)
    organizer.button_to("/publish").click()
    organizer.link_to("/call/edit").click()
    organizer.fill(closes_at=CLOSES, text="征集可用于高温装置与罐区的传感、遥测成果。", places="1", reserves="1")
    organizer.main_button().click()
    page.wait_for_url("**/call/selection")
    organizer.sees("还没有申报")
    organizer.shot("day-call")


def applications(day: Day) -> None:
    """The transfer officer reads of it on the desk and applies with two projects."""
    provider = day.provider
    provider.goto("/desk")
    provider.page.locator(f"main a[href^='{day.event}/call']").first.click()
    for project, presenter in ((FIRST, PROFESSOR), (SECOND, COLLEAGUE)):
        provider.goto(day.event)
        provider.link_to("/call/apply").click()
        provider.page.locator("main .tasks li", has_text=project).locator("a").click()
        provider.page.get_by_label(presenter).check()
        provider.fill(presenter_title="教授", minutes="8", demo_needs="一张展台，220 V 电源")
        for promise in ("ip_disclosed", "not_secret"):
            provider.tick(promise, "y")
        provider.shot("day-application")
        provider.main_button().click()
        provider.page.wait_for_url(re.compile(r"/applications/\w+$"))
        expect(provider.page.locator("main .state-on").first).to_be_visible()


def selection(day: Day) -> None:
    """The call is closed, the R&D lead scores on the phone, the organizer announces, the provider confirms the place."""
    organizer, scorer, provider = day.organizer, day.enterprise, day.provider
    organizer.goto(f"{day.event}/call/edit")
    organizer.confirm("/call/close")
    organizer.page.wait_for_url("**/call/selection")
    organizer.link_to("/call/scorers").click()
    organizer.fill(q=LEAD)
    organizer.page.keyboard.press("Enter")
    organizer.button_to("/call/scorers").click()
    organizer.button_to("/assign").click()
    expect(organizer.page.locator("main tbody tr")).to_have_count(1)

    for project, points in ((FIRST, "9"), (SECOND, "6")):
        scorer.goto("/scoring")
        scorer.page.locator("main tr:has(.state-wait)", has_text=project).locator("a").first.click()
        scorer.fill(**{f"points_{number}": points for number in range(4)}, comment_0="有第三方检测")
        scorer.shot("day-scores")
        scorer.main_button().click()
        scorer.page.wait_for_url("**/scoring")

    organizer.goto(f"{day.event}/call/selection")
    organizer.button_to("/proposal").click()
    organizer.confirm("/announce")
    expect(organizer.page.locator("main tbody tr").first).to_contain_text(FIRST)
    organizer.shot("day-selection")

    provider.goto("/desk")
    provider.page.locator("main a[href^='/applications/']", has_text=FIRST).first.click()
    provider.button_to("/accept").click()
    provider.sees("您已确认参加")
    provider.shot("day-place")


def programme(day: Day) -> None:
    """The selected project stands in the draft; the organizer publishes it; a visitor reads it."""
    organizer, guest = day.organizer, day.guest
    guest.goto(day.event)
    expect(guest.page.locator("main")).not_to_contain_text(FIRST)
    organizer.goto(day.event)
    organizer.link_to("/agenda/versions/changes").click()
    organizer.sees(FIRST)
    organizer.shot("day-changes")
    organizer.main_button().click()
    organizer.page.wait_for_url(f"**{day.event}")
    guest.goto(day.event)
    guest.sees(FIRST)
    guest.sees(f"{PROFESSOR} 教授")
    expect(guest.page.locator("main")).not_to_contain_text(SECOND)
    guest.shot("day-programme")


def registration(day: Day) -> None:
    """A guest without an account registers on the phone and opens the personal link of the mail."""
    guest = day.guest
    guest.goto(day.event)
    guest.link_to("/register").click()
    mail = f"{uuid.uuid4().hex[:8]}@example.org"
    guest.fill(name=GUEST, organisation_name="澜东资本（示例）", email=mail)
    guest.tick("capacity", "investor")
    guest.tick("consent")
    guest.main_button().click()
    guest.page.wait_for_url("**/registered**")
    guest.page.goto(guest.linked(guest.mail(mail, "/day/"), "/day/"))
    guest.sees(GUEST)
    expect(guest.page.locator("main img[src$='/ticket.svg']")).to_be_visible()
    guest.shot("day-guest")


def wishes(day: Day) -> None:
    """Of the 1:1 session: the enterprise wants the first project, the provider wants the enterprise for the second."""
    organizer, provider, enterprise = day.organizer, day.provider, day.enterprise
    organizer.goto(day.event)
    organizer.link_to("/sessions/new").click()
    organizer.fill(
        title=f"{day.name}一对一洽谈", starts_at=AFTERNOON, ends_at=EVENING, slot_minutes=f"{SLOT.seconds // 60}", tables="2",
    )  # fmt: skip
    organizer.main_button().click()
    organizer.button_to("/publish").click()
    day.session = organizer.page.url.removeprefix(day.site.url)
    organizer.shot("day-session")

    enterprise.goto(day.event)
    enterprise.link_to(day.session).click()
    enterprise.link_to("/wish").click()
    enterprise.page.locator("main .card-line", has_text=FIRST).locator("a[href*='achievement=']").first.click()
    enterprise.tick("strength", "3")
    enterprise.fill(note="想看 300 ℃ 下的漂移数据。")
    enterprise.main_button().click()
    enterprise.page.wait_for_url("**/wishes")

    provider.goto("/desk")
    provider.page.locator(f"main a[href^='{day.session}/wishes']").first.click()
    provider.page.locator("main a[href$='/answer']").first.click()
    provider.tick("strength", "3")
    only(provider, PROFESSOR)
    provider.main_button().click()
    provider.page.wait_for_url("**/wishes")
    provider.link_to("/enterprises").click()
    provider.page.locator("main tr", has_text=ENTERPRISE).locator("a").last.click()
    provider.page.locator("main select[name=achievement]").select_option(label=SECOND)
    provider.tick("strength", "2")
    only(provider, COLLEAGUE)
    provider.main_button().click()
    provider.page.wait_for_url("**/wishes")

    enterprise.goto("/desk")
    enterprise.page.locator(f"main a[href^='{day.session}/wishes']").first.click()
    enterprise.page.locator("main tr:has(.state-wait) a[href*='/wish?']").first.click()
    enterprise.tick("strength", "2")
    enterprise.main_button().click()
    enterprise.page.wait_for_url("**/wishes")
    expect(enterprise.page.locator("main .state-wait")).to_have_count(0)
    enterprise.shot("day-wishes")


def timetable(day: Day) -> None:
    """Computed, looked at, published: both meetings stand on the enterprise's phone, at different times."""
    organizer, enterprise = day.organizer, day.enterprise
    organizer.goto(f"{day.session}/wishes")
    organizer.link_to("/timetable").click()
    organizer.button_to("/timetable").click()
    expect(organizer.asking("/publish")).to_be_visible(timeout=COMPUTED)
    expect(organizer.page.locator("#timetable tbody tr")).to_have_count(2)
    organizer.shot("day-timetable")
    organizer.confirm("/publish")
    expect(organizer.page.locator("#timetable h2 .state-on")).to_be_visible()

    enterprise.goto(day.session)
    enterprise.link_to("/mine").click()
    expect(meeting(enterprise, FIRST)).to_be_visible()
    expect(meeting(enterprise, SECOND)).to_be_visible()
    enterprise.shot("day-meetings")


def cancellation(day: Day) -> None:
    """The day has come. The professor cannot stay and cancels by the personal link; the enterprise's open phone says so."""
    organizer, professor, enterprise = day.organizer, day.professor, day.enterprise
    comes(day, hours=0.5)
    enterprise.goto(f"{day.session}/mine")
    expect(meeting(enterprise, FIRST).locator(".state-off")).to_have_count(0)

    organizer.goto(day.event)
    organizer.link_to("/registrations").click()
    organizer.link_to("/links").click()
    organizer.page.locator("main tr", has_text=PROFESSOR).locator("form[action$='/send'] button").click()
    professor.page.goto(professor.linked(professor.mail("xu.qingyue@blit.example", "旧链接随之失效"), "/day/"))
    professor.sees(FIRST)
    professor.confirm("/cancel", reason="下午临时有课，来不了。")
    professor.sees("已取消")
    professor.shot("day-professor")

    enterprise.page.bring_to_front()
    expect(meeting(enterprise, FIRST)).to_contain_text("已取消")
    enterprise.sees("已取消的洽谈")
    enterprise.shot("day-cancelled")


def replan(day: Day) -> None:
    """A colleague cannot be there when the other meeting is: a new plan moves it, and the phone follows by itself."""
    organizer, enterprise = day.organizer, day.enterprise
    begins = begin_of(enterprise, SECOND)
    organizer.goto(f"{day.session}/timetable")
    organizer.link_to("/day").click()
    organizer.tick("kind", "person")
    page = organizer.page
    person = page.locator("select[name=person] option", has_text=COLLEAGUE).inner_text()
    page.locator("select[name=person]").select_option(label=person)
    page.locator("select[name=from_at]").select_option(begins.isoformat())
    page.locator("select[name=until_at]").select_option((begins + SLOT).isoformat())
    organizer.main_button().click()
    organizer.button_to("/replan").click()
    page.wait_for_url("**/replans/*")
    expect(page.locator("main")).to_contain_text(SECOND)
    organizer.shot("day-new-plan")
    organizer.confirm("/apply")
    page.wait_for_url("**/timetable")

    enterprise.page.bring_to_front()
    expect(meeting(enterprise, SECOND)).to_contain_text("有调整")
    assert begin_of(enterprise, SECOND) != begins
    expect(meeting(enterprise, FIRST)).to_have_count(1)  # cancelled, and not planned again
    enterprise.shot("day-moved")


def check_in(day: Day) -> None:
    """A helper opens the link of the door on a phone and checks the guest in, who then intends something at the talk."""
    organizer, helper, guest = day.organizer, day.helper, day.guest
    organizer.goto(f"{day.event}/registrations")
    organizer.link_to("/links").click()
    organizer.fill(name=HELPER)
    organizer.main_button().click()
    helper.page.goto(organizer.page.locator("#address").input_value())
    helper.fill(q=GUEST)
    helper.main_button().click()
    helper.page.locator("main a[href^='/check-in/']").first.click()
    helper.button_to("/in").click()
    helper.sees("已签到")
    helper.shot("day-door")

    guest.goto(f"{day.event}/my-day")
    guest.sees("已签到")
    expect(guest.page.locator("main img[src$='/ticket.svg']")).to_have_count(0)
    guest.shot("day-checked-in")
    organizer.goto(f"{day.event}/door")
    organizer.sees(GUEST)


def intention(day: Day) -> None:
    """At the talk the enterprise says in two taps what it intends; the owner has the request on the desk."""
    enterprise, provider = day.enterprise, day.provider
    enterprise.goto(day.event)
    project = str(enterprise.page.locator("main a[href^='/achievements/']", has_text=FIRST).first.get_attribute("href"))
    enterprise.goto(f"{day.event}/talks/{project.rpartition('/')[2]}/intend")  # what the code at the door opens
    enterprise.page.get_by_label("技术咨询").check()
    enterprise.main_button().click()
    enterprise.sees("意向已登记")
    enterprise.shot("day-intention")
    provider.goto("/desk")
    provider.sees(f"联系申请：{FIRST}")


def outcome(day: Day) -> None:
    """In the evening each side says with a tap how it was; what comes next has a person and a day on both desks."""
    enterprise, provider = day.enterprise, day.provider
    comes(day, hours=10)
    enterprise.goto("/desk")
    enterprise.page.locator("main a", has_text=f"与{PROVIDER}谈得怎么样").first.click()
    enterprise.page.locator("main form[action$='/outcome']:has(input[value='useful'])").first.locator("button").click()
    expect(enterprise.page.locator("main .facts").filter(has_text=ENTERPRISE)).to_contain_text("有收获")
    enterprise.shot("day-outcome")

    provider.goto("/desk")
    provider.page.locator("main a", has_text=f"与{ENTERPRISE}谈得怎么样").first.click()
    provider.page.locator("main form[action$='/outcome']:has(input[value='next_step'])").first.locator("button").click()
    provider.page.wait_for_url("**/next-step")
    provider.fill(text=STEP, due_on=(date.today() + timedelta(days=7)).isoformat())
    provider.main_button().click()
    provider.page.wait_for_url("**/engagements/*")
    provider.shot("day-next-step")
    for side in (provider, enterprise):
        side.goto("/desk")
        side.sees(STEP)
        side.shot("day-desk")


def results(day: Day) -> None:
    """What the organizer reports: who applied, came, met and intended, each figure with its rows."""
    organizer = day.organizer
    organizer.goto(day.event)
    organizer.link_to("/results").click()
    figures = {
        name: organizer.page.locator(f"main table a[href$='/results/{name}']") for name in ("held", "intentions")
    }
    for figure in figures.values():
        expect(figure).to_have_text(re.compile("^1"))
    figures["held"].click()
    row = organizer.page.locator("main tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(SECOND)
    expect(row).to_contain_text(ENTERPRISE)
    organizer.shot("day-results")
    row.locator("a").first.click()
    for side in (ENTERPRISE, PROVIDER):
        expect(organizer.page.locator(".facts > div", has_text=side).filter(has_text="很有收获")).to_have_count(1)


STATIONS = (
    call, applications, selection, programme, registration, wishes, timetable, cancellation, replan, check_in,
    intention, outcome, results,
)  # fmt: skip


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_one_roadshow_walks_its_whole_day(site: SiteProcess, reader_of: OpenReader) -> None:
    day = Day(
        site=site,
        organizer=reader_of(site, "organizer@example.org"),
        provider=reader_of(site, "he.wenlan@blit.example", phone=True),
        enterprise=reader_of(site, "seeker2@example.org", phone=True),
        professor=reader_of(site, phone=True),
        guest=reader_of(site, phone=True),
        helper=reader_of(site, phone=True),
        name=f"示例：石化感知与安全成果路演{uuid.uuid4().hex[:6].upper()}",
    )
    for station in STATIONS:
        station(day)
