"""Record page, own list, and writing step by step: who sees what, nothing typed is lost, stale forms, double submits."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import drafting, standing
from models.base import utcnow
from models.enums import Capability, Disclosure, GrantRole, RecordState, Verification, VersionState
from models.queries.versions import contents
from models.tables import Achievement, AchievementVersion, AuditEntry, DisclosureGrant, TeamMember
from tests.counting import counted
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_mandate,
    make_org,
    make_provider,
    make_seeker,
    make_session,
)
from tests.models.achievement_cases import COMPLETE, Story
from tests.web.achievement_site import LogIn, page, prepared

SECRET = "催化剂配比1:7"


@pytest.fixture
def story(session: Session) -> Story:
    return prepared(session)


def begun(session: Session, story: Story, **values: Any) -> Achievement:
    """A draft of the author, committed."""
    by = story.by(session, "author")
    made, _ = drafting.create(session, story.university, by=by, title="可纺沥青的制备")
    if values:
        drafting.save(session, made, by=by, revision=None, values=values)
    session.commit()
    return made


def stored(session: Session, achievement: Achievement) -> AchievementVersion:
    """The version under way as the database has it now, read apart: no transaction stays open that a page waits for."""
    engine = session.get_bind().engine.execution_options(immediate=False)
    with Session(engine, expire_on_commit=False) as reading:
        found = reading.get_one(Achievement, achievement.id).working_version
        assert found is not None
        return found


# --- the record page -------------------------------------------------------------------------------------------------


def test_visitors_read_a_public_record(session: Session, story: Story, client: FlaskClient) -> None:
    achievement = make_achievement(session, story.university)
    achievement.is_sample = True
    session.commit()
    text = page(client.get(f"/achievements/{achievement.public_id}"))
    version = achievement.public_version
    assert version is not None
    for words in (version.title, story.university.name, "耗时减少60%", SECRET, "许可他人使用", "材料科学", "控制方法"):
        assert words in text
    assert f"/requests/new?achievement={achievement.public_id}" in text
    assert '<span class="sample">' in text
    assert "/edit" not in text


@pytest.mark.parametrize("level", [Disclosure.VERIFIED, Disclosure.CONSENT])
def test_details_are_not_in_a_visitor_s_page(
    session: Session, story: Story, client: FlaskClient, level: Disclosure
) -> None:
    achievement = make_achievement(session, story.university, disclosure=level)
    session.commit()
    text = page(client.get(f"/achievements/{achievement.public_id}"))
    assert SECRET not in text
    assert "耗时减少60%" in text  # the card's part is public
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def readers(session: Session, story: Story) -> dict[str, Any]:
    """Account by name; each could leak or miss the details in its own way."""
    unverified = make_org(session, Capability.SEEKER, verification=Verification.UNVERIFIED)
    suspended = make_org(session, Capability.SEEKER, verification=Verification.SUSPENDED)
    only_provider = make_provider(session)
    granted = make_seeker(session)
    found = {
        "verified seeker": story.buyer,
        "unverified seeker": make_account(session, unverified),
        "suspended seeker": make_account(session, suspended),
        "unconfirmed seeker": make_account(session, story.enterprise, confirmed=False),
        "other provider": make_account(session, only_provider),
        "granted seeker": make_account(session, granted),
        "owner": story.author,
        "organizer": story.organizer,
    }
    found["grant"] = granted
    return found


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        (Disclosure.VERIFIED, {"verified seeker", "granted seeker", "owner", "organizer"}),
        (Disclosure.CONSENT, {"granted seeker", "owner", "organizer"}),
        (
            Disclosure.PUBLIC,
            {
                "verified seeker", "unverified seeker", "suspended seeker", "unconfirmed seeker", "other provider",
                "granted seeker", "owner", "organizer",
            },
        ),
    ],
)  # fmt: skip
def test_who_reads_the_details(
    session: Session, story: Story, log_in: LogIn, level: Disclosure, allowed: set[str]
) -> None:
    achievement = make_achievement(session, story.university, disclosure=level)
    people = readers(session, story)
    grant = people.pop("grant")
    session.add(
        DisclosureGrant(
            achievement_id=achievement.id,
            organisation_id=grant.id,
            granted_by_id=story.author.person_id,
            granted_at=utcnow(),
        )
    )
    session.commit()
    seen = set()
    for name, account in people.items():
        text = log_in(account).get(f"/achievements/{achievement.public_id}").get_data(as_text=True)
        assert "耗时减少60%" in text, name
        if SECRET in text:
            seen.add(name)
    assert seen == allowed


def test_withdrawn_consent_closes_the_details(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university, disclosure=Disclosure.CONSENT)
    session.add(
        DisclosureGrant(
            achievement_id=achievement.id,
            organisation_id=story.enterprise.id,
            granted_by_id=story.author.person_id,
            granted_at=utcnow() - timedelta(days=2),
            withdrawn_at=utcnow(),
        )
    )
    session.commit()
    assert SECRET not in log_in(story.buyer).get(f"/achievements/{achievement.public_id}").get_data(as_text=True)


def test_tightening_closes_the_details_at_once(session: Session, story: Story, client: FlaskClient) -> None:
    achievement = make_achievement(session, story.university)
    session.commit()
    address = f"/achievements/{achievement.public_id}"
    assert SECRET in client.get(address).get_data(as_text=True)  # and the process remembers the version
    standing.tighten(session, achievement, by=story.by(session, "author"), to=Disclosure.CONSENT)
    session.commit()
    assert SECRET not in client.get(address).get_data(as_text=True)


def test_a_look_at_restricted_details_is_audited_once(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university, disclosure=Disclosure.VERIFIED)
    session.commit()
    for account in (story.buyer, story.author):
        reader = log_in(account)
        reader.get(f"/achievements/{achievement.public_id}")
        reader.get(f"/achievements/{achievement.public_id}")
    looks = session.scalars(select(AuditEntry).where(AuditEntry.action == "achievement.look")).all()
    assert [(look.person_id, look.object_id, look.ip) for look in looks] == [
        (story.buyer.person_id, achievement.id, "127.0.0.1")
    ]


@pytest.mark.parametrize(
    "state", [RecordState.DRAFT, RecordState.EXPIRED, RecordState.WITHDRAWN, RecordState.TAKEN_DOWN]
)
def test_what_is_not_published_exists_for_owner_and_organizer_only(
    session: Session, story: Story, client: FlaskClient, log_in: LogIn, state: RecordState
) -> None:
    achievement = make_achievement(session, story.university, state=state)
    session.commit()
    address = f"/achievements/{achievement.public_id}"
    assert client.get(address).status_code == 303  # a visitor is asked to log in
    assert log_in(story.buyer).get(address).status_code == 404
    assert "测试的第" in page(log_in(story.author).get(address))
    assert "测试的第" in page(log_in(story.organizer).get(address))


def test_unknown_ids_are_not_found(story: Story, client: FlaskClient, log_in: LogIn) -> None:
    member = log_in(story.author)
    for address in ("/achievements/zzzzzzzzzz", "/achievements/zzzzzzzzzz/edit", "/achievements/%F0%9F%8D%8E/qr.svg"):
        assert member.get(address).status_code == 404
    assert client.get("/achievements/zzzzzzzzzz").status_code == 404


def test_visitors_pages_cost_few_queries_however_much_hangs_on_them(
    session: Session, story: Story, app: Flask, client: FlaskClient
) -> None:
    circle = make_circle(session)
    small = make_achievement(session, story.university)
    large = make_achievement(session, story.university, circle=circle)
    assert large.public_version is not None
    large.public_version.team = [TeamMember(name=f"同事{n}", position=n) for n in range(9)]
    for _ in range(3):
        make_session(session, circle_id=circle.id)
        make_event(session, large)
    session.commit()
    client.get("/achievements/zzzzzzzzzz")  # settings and terms
    counts = []
    for achievement in (small, large, large):
        with counted(app) as statements:
            page(client.get(f"/achievements/{achievement.public_id}"))
        counts.append(len(statements))
    first, second, again = counts
    assert first == second
    assert second <= 6
    assert again <= 3  # the version is known to this process


def test_qr_code_is_a_picture_of_the_public_address(session: Session, story: Story, client: FlaskClient) -> None:
    achievement = make_achievement(session, story.university)
    session.commit()
    answer = client.get(f"/achievements/{achievement.public_id}/qr.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.data.startswith(b"<?xml")
    assert b"<script" not in answer.data


def test_meetings_lead_to_sessions_and_roadshows(session: Session, story: Story, client: FlaskClient) -> None:
    circle = make_circle(session)
    achievement = make_achievement(session, story.university, circle=circle)
    near = make_session(session, circle_id=circle.id)
    past = make_session(session, circle_id=circle.id, starts_at=utcnow() - timedelta(days=3))
    elsewhere = make_session(session)
    roadshow = make_event(session, achievement)
    session.commit()
    text = client.get(f"/achievements/{achievement.public_id}").get_data(as_text=True)
    assert near.title in text
    assert roadshow.title in text
    assert past.title not in text
    assert elsewhere.title not in text
    assert circle.name in text


# --- the own list ----------------------------------------------------------------------------------------------------


def test_own_list_shows_own_achievements_by_state(session: Session, story: Story, log_in: LogIn, app: Flask) -> None:
    mine = [
        make_achievement(session, story.university, title="已发布的甲项"),
        make_achievement(session, story.university, state=RecordState.DRAFT, title="草稿中的乙项"),
        make_achievement(
            session, story.university, state=RecordState.DRAFT, version_state=VersionState.RETURNED, title="退回的丙项"
        ),
    ]
    make_achievement(session, make_provider(session), title="别人的丁项")
    session.commit()
    author = log_in(story.author)
    text = page(author.get("/achievements/mine"))
    for words in ("已发布的甲项", "草稿中的乙项", "退回的丙项"):
        assert words in text
    assert "别人的丁项" not in text
    returned = page(author.get("/achievements/mine?state=returned"))
    assert "退回的丙项" in returned
    assert "已发布的甲项" not in returned
    assert author.get("/achievements/mine?state=nonsense").status_code == 404
    assert len(mine) == 3


def test_own_list_costs_the_same_with_one_and_with_three_rows(
    session: Session, story: Story, log_in: LogIn, app: Flask
) -> None:
    author, counts = log_in(story.author), []
    for rows in (1, 2):
        for _ in range(rows):
            make_achievement(session, story.university)
        session.commit()
        author.get("/achievements/mine")
        with counted(app) as statements:
            author.get("/achievements/mine")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_own_list_pages_by_key(session: Session, story: Story, log_in: LogIn) -> None:
    for number in range(23):
        make_achievement(session, story.university, title=f"编号{number:02d}的成果")
    session.commit()
    author = log_in(story.author)
    first = page(author.get("/achievements/mine"))
    assert "编号22的成果" in first
    assert "编号02的成果" not in first
    last_shown = session.scalar(select(Achievement.id).order_by(Achievement.id.desc()).offset(19).limit(1))
    second = page(author.get(f"/achievements/mine?before={last_shown}"))
    assert "编号02的成果" in second
    assert "编号03的成果" not in second
    assert page(author.get("/achievements/mine?before=xyz"))


def test_seekers_and_visitors_have_no_own_list(story: Story, client: FlaskClient, log_in: LogIn) -> None:
    assert client.get("/achievements/mine").status_code == 303
    assert log_in(story.buyer).get("/achievements/mine").status_code == 403


# --- begin -----------------------------------------------------------------------------------------------------------


def test_begin_with_a_title(session: Session, story: Story, log_in: LogIn) -> None:
    author = log_in(story.author)
    page(author.get("/achievements/new"))
    form = {"title": "页岩油示踪监测", "key": "abcdefghjk"}
    first = author.post("/achievements/new", data=form)
    second = author.post("/achievements/new", data=form)  # pressed twice
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location == "/achievements/abcdefghjk/edit"
    assert session.scalar(select(func.count()).select_from(Achievement)) == 1
    page(author.get(first.location))


@pytest.mark.parametrize("title", ["", "   ", "长" * 61])
def test_begin_needs_a_fitting_title_and_keeps_it(session: Session, story: Story, log_in: LogIn, title: str) -> None:
    text = page(log_in(story.author).post("/achievements/new", data={"title": title}), 422)
    assert title.strip() in text
    assert session.scalar(select(func.count()).select_from(Achievement)) == 0


def test_a_broker_chooses_for_whom(session: Session, story: Story, log_in: LogIn) -> None:
    other = make_provider(session)
    broker = make_account(session, None, GrantRole.BROKER)
    for organisation in (story.university, other):
        make_mandate(session, organisation, broker, story.manager)
    session.commit()
    agent = log_in(broker)
    assert other.name in page(agent.get("/achievements/new"))
    assert agent.post("/achievements/new", data={"title": "代写的成果"}).status_code == 403
    made = agent.post("/achievements/new", data={"title": "代写的成果", "organisation": other.id})
    assert made.status_code == 303
    assert session.scalars(select(Achievement.organisation_id)).one() == other.id
    stranger = make_provider(session)
    session.commit()
    page(agent.post("/achievements/new", data={"title": "越权的成果", "organisation": stranger.id}), 422)


# --- the steps -------------------------------------------------------------------------------------------------------

BASICS = {
    "title": "可纺沥青的制备",
    "summary": COMPLETE["summary"],
    "problem": COMPLETE["problem"],
    "fields": ["materials"],
    "industries": ["new_materials", "chemicals"],
    "discipline": "430",
    "keywords": "沥青，碳纤维、 高导热;沥青",
}


@pytest.mark.parametrize("step", ["", "/basics", "/worth", "/transfer", "/rights", "/files"])
def test_every_step_is_a_sound_page(session: Session, story: Story, log_in: LogIn, step: str) -> None:
    draft = begun(session, story, **COMPLETE)
    make_circle(session)
    session.commit()
    author = log_in(story.author)
    page(author.get(f"/achievements/{draft.public_id}/edit{step}"))
    page(author.get(f"/achievements/{draft.public_id}/edit{step}", headers={"Accept-Language": "en"}))


def test_steps_store_and_lead_on_to_submitting(session: Session, story: Story, log_in: LogIn) -> None:
    draft = begun(session, story)
    author, at = log_in(story.author), f"/achievements/{draft.public_id}"

    def send(step: str, data: dict[str, Any]) -> str:
        answer = author.post(f"{at}/edit/{step}", data={"revision": stored(session, draft).revision, **data})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return str(answer.location)

    assert send("basics", BASICS) == f"{at}/edit/worth"
    worth = {
        "advantage": COMPLETE["advantage"],
        "scenes": COMPLETE["scenes"],
        "indicators-0-name": "软化点偏差", "indicators-0-unit": "℃", "indicators-0-this": "≤5", "indicators-0-today": "12",
        "indicators-1-name": "", "indicators-1-unit": " ", "indicators-1-this": "", "indicators-1-today": "",
    }  # fmt: skip
    assert send("worth", worth) == f"{at}/edit/transfer"
    transfer = {
        "trl": "5", "stage": "pilot", "modes": ["license", "equity"], "price_mode": "agreement",
        "price_min": "５0", "price_max": "1,200.5",
    }  # fmt: skip
    assert send("transfer", transfer) == f"{at}/edit/rights"
    rights = {
        "intellectual_property-0-kind": "invention", "intellectual_property-0-number": "ZL201710601862.3",
        "intellectual_property-0-title": "一种方法", "intellectual_property-0-status": "granted",
        "team-0-name": "简修文", "team-0-title": "研究员", "team-0-role": "负责人",
        "team_note": "十年经验", "contact": str(story.manager.person_id),
    }  # fmt: skip
    assert send("rights", rights) == f"{at}/edit/files"
    circle = make_circle(session)
    session.commit()
    files = {"details": "聚合温度395℃", "disclosure": "consent", "circles": [str(circle.id)], "valid_until": ""}
    assert send("files", files) == f"{at}/submit"
    version = stored(session, draft)
    content = contents(session, [version.id])[version.id]
    assert content.keywords == ["沥青", "碳纤维", "高导热"]
    assert content.indicators == COMPLETE["indicators"]
    assert (content.trl, content.negotiable, content.price_min, content.price_max) == (
        5,
        False,
        50_000_000,
        1_200_500_000,
    )
    assert content.disclosure is Disclosure.CONSENT
    assert [right.number for right in content.intellectual_property] == ["ZL201710601862.3"]
    record = session.get_one(Achievement, draft.id, populate_existing=True)
    assert record.contact_id == story.manager.person_id
    assert [link.circle_id for link in record.circles] == [circle.id]
    session.commit()
    text = page(author.get(f"{at}/submit"))
    assert "non_classified" in text
    refused = page(author.post(f"{at}/submit", data={"revision": version.revision}), 422)
    assert "non_classified" in refused
    done = author.post(f"{at}/submit", data={"revision": version.revision, "non_classified": "y"})
    assert done.status_code == 303
    assert stored(session, draft).state is VersionState.REVIEW
    again = author.post(f"{at}/submit", data={"revision": version.revision, "non_classified": "y"})
    assert again.status_code == 303  # pressed twice: told, nothing changes
    assert author.get(f"{at}/edit").status_code == 303
    page(author.get(at))


@pytest.mark.parametrize(
    ("step", "data", "says"),
    [
        ("basics", {**BASICS, "summary": "长" * 301}, "长" * 301),
        ("basics", {**BASICS, "title": "长" * 61}, "长" * 61),
        ("basics", {**BASICS, "fields": ["materials", "nonsense"]}, "可纺沥青的制备"),
        ("basics", {**BASICS, "keywords": "一，二，三，四，五，六"}, "一，二，三，四，五，六"),
        ("basics", {**BASICS, "keywords": "长" * 21}, "长" * 21),
        ("transfer", {"trl": "12"}, "trl"),
        ("transfer", {"price_min": "面议吧"}, "面议吧"),
        ("transfer", {"price_min": "-3"}, "-3"),
        ("transfer", {"price_min": "80", "price_max": "50"}, 'value="80"'),
        ("rights", {"contact": "999999"}, "contact"),
        ("rights", {"team-0-name": "长" * 61}, "长" * 61),
        ("files", {"valid_until": "2020-01-01"}, "2020-01-01"),
        ("files", {"valid_until": "13月32日"}, "13月32日"),
        ("files", {"circles": ["999999"], "details": "已写好的细节"}, "已写好的细节"),
        ("files", {"disclosure": "everybody", "details": "已写好的细节"}, "已写好的细节"),
    ],
)
def test_wrong_input_is_refused_at_its_place_and_kept(
    session: Session, story: Story, log_in: LogIn, step: str, data: dict[str, Any], says: str
) -> None:
    make_circle(session)
    draft = begun(session, story, **COMPLETE)
    before = stored(session, draft).revision
    answer = log_in(story.author).post(
        f"/achievements/{draft.public_id}/edit/{step}", data={"revision": before, **data}
    )
    text = page(answer, 422)
    assert says in text
    assert 'class="error-summary"' in text
    assert stored(session, draft).revision == before


def test_a_stale_form_is_a_conflict_that_keeps_the_text_and_can_be_saved_then(
    session: Session, story: Story, log_in: LogIn
) -> None:
    draft = begun(session, story)
    opened_with = stored(session, draft).revision
    drafting.save(session, draft, by=story.by(session, "manager"), revision=None, values={"problem": "同事写的问题"})
    session.commit()
    author, address = log_in(story.author), f"/achievements/{draft.public_id}/edit/basics"
    text = page(author.post(address, data={**BASICS, "problem": "我写的问题", "revision": opened_with}), 409)
    assert "我写的问题" in text
    assert stored(session, draft).problem == "同事写的问题"
    present = stored(session, draft).revision
    assert f'name="revision" value="{present}"' in text
    assert author.post(address, data={**BASICS, "problem": "我写的问题", "revision": present}).status_code == 303
    assert stored(session, draft).problem == "我写的问题"


def test_rows_are_added_and_removed_without_script(session: Session, story: Story, log_in: LogIn) -> None:
    draft = begun(session, story)
    author, address = log_in(story.author), f"/achievements/{draft.public_id}/edit/rights"
    typed = {"revision": stored(session, draft).revision, "team-0-name": "甲同事", "team_note": "没存过的话"}
    text = page(author.post(address, data={**typed, "add_row": "team"}))
    assert 'name="team-1-name"' in text
    assert "甲同事" in text
    assert "没存过的话" in text
    less = page(author.post(address, data={**typed, "team-1-name": "乙同事", "remove_row": "team-0"}))
    assert "甲同事" not in less
    assert "乙同事" in less
    assert stored(session, draft).team_note == ""


def test_autosave_answers_time_and_revision(session: Session, story: Story, log_in: LogIn) -> None:
    draft = begun(session, story)
    author, address = log_in(story.author), f"/achievements/{draft.public_id}/autosave/basics"
    before = stored(session, draft).revision
    answer = author.post(address, data={**BASICS, "problem": "写到一半", "revision": before})
    assert answer.status_code == 200
    assert answer.json is not None
    assert set(answer.json) == {"time", "revision"}
    version = stored(session, draft)
    assert (version.problem, version.revision) == ("写到一半", answer.json["revision"])
    stale = author.post(address, data={**BASICS, "problem": "晚到的", "revision": before})
    assert stale.status_code == 409
    assert stale.json is not None
    assert stale.json["message"]
    assert stored(session, draft).problem == "写到一半"


def test_autosave_keeps_long_texts_and_leaves_out_what_cannot_be_read(
    session: Session, story: Story, log_in: LogIn
) -> None:
    draft = begun(session, story, **COMPLETE)
    author, at = log_in(story.author), f"/achievements/{draft.public_id}/autosave"
    answer = author.post(
        f"{at}/basics",
        data={**BASICS, "summary": "长" * 400, "discipline": "nonsense", "revision": stored(session, draft).revision},
    )
    assert answer.status_code == 200
    version = stored(session, draft)
    assert (len(version.summary), version.discipline) == (400, "430")
    answer = author.post(
        f"{at}/transfer", data={"price_min": "约三十", "modes": ["equity"], "revision": version.revision}
    )
    assert answer.status_code == 200
    version = stored(session, draft)
    assert (version.price_min, version.modes) == (50_000_000, ["equity"])


def test_autosave_of_far_too_long_a_text_says_so(session: Session, story: Story, log_in: LogIn) -> None:
    draft = begun(session, story)
    answer = log_in(story.author).post(
        f"/achievements/{draft.public_id}/autosave/basics",
        data={**BASICS, "problem": "长" * 20_001, "revision": stored(session, draft).revision},
    )
    assert answer.status_code == 422
    assert answer.json is not None
    assert "20000" in answer.json["message"]


def test_autosave_while_it_is_reviewed_stores_nothing(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(
        session, story.university, state=RecordState.DRAFT, version_state=VersionState.REVIEW
    )
    session.commit()
    answer = log_in(story.author).post(
        f"/achievements/{achievement.public_id}/autosave/basics", data={**BASICS, "revision": 1}
    )
    assert answer.status_code == 422
    assert stored(session, achievement).title != BASICS["title"]


def test_what_is_missing_is_named_with_a_way_there(session: Session, story: Story, log_in: LogIn) -> None:
    draft = begun(session, story)
    text = page(log_in(story.author).get(f"/achievements/{draft.public_id}/submit"))
    assert f'href="/achievements/{draft.public_id}/edit/basics#summary"' in text
    assert f'href="/achievements/{draft.public_id}/edit/transfer#trl-0"' in text
    assert "non_classified" not in text


def test_an_open_draft_cannot_be_submitted_by_a_hand_made_request(
    session: Session, story: Story, log_in: LogIn
) -> None:
    draft = begun(session, story)
    page(
        log_in(story.author).post(
            f"/achievements/{draft.public_id}/submit",
            data={"revision": stored(session, draft).revision, "non_classified": "y"},
        ),
        422,
    )
    assert stored(session, draft).state is VersionState.DRAFT


def test_strangers_write_nothing(session: Session, story: Story, client: FlaskClient, log_in: LogIn) -> None:
    draft = begun(session, story)
    published = make_achievement(session, story.university)
    other = make_account(session, make_provider(session))
    session.commit()
    stranger = log_in(other)
    for verb in ("edit/basics", "autosave/basics", "submit", "versions", "take-back", "discard", "withdraw", "renew"):
        assert stranger.post(f"/achievements/{draft.public_id}/{verb}", data=BASICS).status_code == 404, verb
        assert stranger.post(f"/achievements/{published.public_id}/{verb}", data=BASICS).status_code == 403, verb
        assert log_in(story.organizer).post(f"/achievements/{published.public_id}/{verb}").status_code == 403, verb
    assert client.post(f"/achievements/{published.public_id}/edit/basics", data=BASICS).status_code == 303


def test_the_published_version_is_edited_as_a_new_one(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university)
    session.commit()
    author, at = log_in(story.author), f"/achievements/{achievement.public_id}"
    assert author.get(f"{at}/edit").location == at  # nothing to edit yet: the page offers a new version
    assert author.post(f"{at}/versions").status_code == 303
    version = stored(session, achievement)
    assert author.post(f"{at}/edit/basics", data={**BASICS, "revision": version.revision}).status_code == 303
    assert stored(session, achievement).title == BASICS["title"]
    public = session.get_one(AchievementVersion, achievement.public_version_id)
    assert public.title != BASICS["title"]
    assert str(public.title) in page(author.get(at))
