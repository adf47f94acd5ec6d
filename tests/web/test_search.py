"""The search page: one address, the whole question; every reader's own answer; nothing typed breaks it."""

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.base import Database
from models.enums import Disclosure, OrgRole, RecordState
from models.tables import Achievement, AchievementVersion, Need, Organisation
from scripts.dictionaries import load as load_dictionaries
from search.after import After
from search.engine import EngineUnavailable
from search.query import Page, Query, Sort
from search.sync import Drainer, rebuild, verify
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_need,
    make_provider,
    make_seeker,
)
from tests.web.achievement_site import LogIn


@pytest.fixture
def indexed(app: Flask, database: Database) -> Callable[[], None]:
    """Bring the index up to what is committed."""
    engine = app.extensions["backends"].engine
    folder = app.config["SETTINGS"].var_dir
    rebuild(database, engine, folder)
    drainer = Drainer(database, engine, folder)

    def run() -> None:
        while drainer():
            pass

    return run


@pytest.fixture
def filled(database: Database, indexed: Callable[[], None]) -> dict[str, str]:
    """A handful of achievements; returns public ids of owner, roadshow."""
    with database.write() as session:
        load_dictionaries(session)
        owner, other = make_provider(session, name="示范理工大学"), make_provider(session, name="示范农学院")
        circle = make_circle(session)
        first = make_achievement(
            session, owner, title="大豆蛋白膜", fields=["materials"], trl=8, stage="small_batch", circle=circle
        )
        make_achievement(session, owner, title="大豆根瘤菌剂", fields=["biomedicine"], trl=3, stage="lab")
        make_achievement(session, other, title="玉米脱粒机", fields=["manufacturing"], trl=5, modes=["transfer"])
        make_achievement(
            session,
            other,
            title="大豆秘方",
            fields=["materials"],
            details="机密配方甲乙丙",
            disclosure=Disclosure.CONSENT,
        )
        make_achievement(session, owner, title="大豆草稿机", state=RecordState.DRAFT)
        make_achievement(session, owner, title="大豆撤回机", state=RecordState.WITHDRAWN)
        event = make_event(session, first)
        ids = {"owner": owner.public_id, "other": other.public_id, "event": event.public_id, "circle": circle.key}
    indexed()
    return ids


def shown(client: FlaskClient, address: str) -> set[str]:
    """Titles of the hits on a page."""
    page = client.get(address)
    assert page.status_code == 200
    text = page.text.replace("<mark>", "").replace("</mark>", "")
    return {title for title in ALL if f">{title}</a>" in text}


ALL = ("大豆蛋白膜", "大豆根瘤菌剂", "玉米脱粒机", "大豆秘方", "大豆草稿机", "大豆撤回机")


def test_words_find_and_are_marked(client: FlaskClient, filled: dict[str, str]) -> None:
    assert shown(client, "/achievements?q=大豆") == {"大豆蛋白膜", "大豆根瘤菌剂", "大豆秘方"}
    assert "<mark>大豆</mark>蛋白膜" in client.get("/achievements?q=大豆").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("field=materials", {"大豆蛋白膜", "大豆秘方"}),
        ("field=materials&field=biomedicine", {"大豆蛋白膜", "大豆根瘤菌剂", "大豆秘方"}),
        ("field=materials&trl=8", {"大豆蛋白膜"}),
        ("stage=lab", {"大豆根瘤菌剂"}),
        ("mode=transfer", {"玉米脱粒机"}),
        ("owner={owner}", {"大豆蛋白膜", "大豆根瘤菌剂"}),
        ("circle={circle}", {"大豆蛋白膜"}),
        ("roadshow={event}", {"大豆蛋白膜"}),
        ("industry=new_materials&q=玉米", {"玉米脱粒机"}),
    ],
)
def test_filters_widen_within_a_facet_and_narrow_across(
    client: FlaskClient, filled: dict[str, str], query: str, expected: set[str]
) -> None:
    assert shown(client, "/achievements?" + query.format(**filled)) == expected


def test_chips_remove_one_filter_and_keep_the_rest(client: FlaskClient, filled: dict[str, str]) -> None:
    page = client.get("/achievements?q=大豆&field=materials&trl=8&sort=newest").text
    assert "field=materials&amp;sort=newest" in page
    assert "trl=8&amp;sort=newest" in page


def test_sorting(client: FlaskClient, filled: dict[str, str]) -> None:
    page = client.get("/achievements?sort=trl").text
    assert page.index("大豆蛋白膜") < page.index("玉米脱粒机") < page.index("大豆根瘤菌剂")


def test_restricted_details_are_searched_by_their_audience_only(
    client: FlaskClient, filled: dict[str, str], database: Database, log_in, indexed
) -> None:
    with database.write() as session:
        owner = session.scalars(select(Organisation).where(Organisation.name == "示范农学院")).one()
        owners = make_account(session, owner, role=OrgRole.MANAGER)
        stranger = make_account(session, make_seeker(session))
    indexed()
    for reader in (client, log_in(stranger)):
        page = reader.get("/achievements?q=机密配方甲乙丙").text
        assert "机密配方" not in page.replace('value="机密配方甲乙丙"', "").replace("搜索“机密配方甲乙丙”", "")
    assert "大豆秘方" in shown(log_in(owners), "/achievements?q=机密配方甲乙丙")


def test_an_empty_result_says_what_to_loosen(client: FlaskClient, filled: dict[str, str]) -> None:
    page = client.get("/achievements?q=大豆&field=manufacturing").text
    assert "没有找到" in page
    assert 'href="/achievements?q=%E5%A4%A7%E8%B1%86"' in page


@pytest.mark.parametrize(
    "query",
    [
        "q=", "q=%20%20", "q=的", "q=" + "长" * 9_999, "q=%00%01%1f", "q=AND OR NOT ( \" * ~ ^ : \\ /", "q={\"match_all\":{}}",
        "q=1&page=0", "q=1&page=-5", "page=99999999999999999999", "page=abc", "page=10000", "sort=rank()", "field=nothing",
        "colour=red", "owner='; DROP TABLE achievement; --", "trl=99", "trl=x", "field=" + "x" * 5000, "q=%ff%fe", "q=𠮷野家",
        "&".join(f"field=f{n}" for n in range(300)), "page=0", "page=-1", "page=99999", "page=1e9", "page=1.5", "page=", "page=٣",
        "after=x", "after=%00", "after=" + "A" * 5000, "after=WyJyZWxldmFuY2UiLDAsMCwiayIsMF0&page=7", "after=bnVsbA", "q=的 了 和",
        "q=大", "q=" + "%F0%9F%91%A9" * 300, "q=" + "大豆 " * 3000, "q=a:b OR *", "q=\"", "q=(((((", "q=${7*7}{{7*7}}", "kind=user",
        "audience=org:1", "q=x&q=y&page=1&page=2", "size=100000", "sort=relevance&sort=", "exact=", "exact=%00x", "exact=1&q=大豆",
        "q=<script>alert(1)</script>", "q=%E5%A4", "q[]=1", "=", "&&&", "q=" + "a" * 64 + "-" * 9_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/achievements", "/needs"])
def test_whatever_is_typed_gets_a_sensible_page(
    client: FlaskClient, filled: dict[str, str], path: str, query: str
) -> None:
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200
    assert "<h1>" in page.text
    assert "大豆草稿机" not in page.text
    assert "机密配方" not in page.text
    assert "<script>alert" not in page.text
    assert 'class="card-line"' in page.text or 'class="empty' in page.text  # hits, or a sentence that there are none


def test_beyond_the_last_number_pages_follow_a_key(
    app: Flask, client: FlaskClient, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = app.extensions["backends"].engine
    find = engine.search
    asked = []

    def many(query: Query) -> Page:
        """As if there were more than can be numbered."""
        asked.append(query)
        page = find(replace(query, page=1, after=None))
        last = page.hits[-1]
        return replace(
            page,
            total=30_000,
            next=After(query.sort, 1, 2, last.key, query.after.place + 20 if query.after else 10_000),
        )

    monkeypatch.setattr(engine, "search", many)
    page = client.get("/achievements?q=大豆&sort=newest&page=500").text
    address = re.search(r'rel="next" href="([^"]*after=[^"]*)"', page)
    assert address
    following = client.get(html.unescape(address[1]))
    assert asked[-1].after.place == 10_000
    assert (asked[-1].text, asked[-1].sort) == ("大豆", Sort.NEWEST)
    assert 'rel="next"' in following.text
    assert "大豆蛋白膜" in following.text.replace("<mark>", "").replace("</mark>", "")
    assert "after=" not in "".join(re.findall(r'class="sort[^>]*href="([^"]*)"', following.text))
    client.get(html.unescape(address[1]).replace("newest", "trl"))
    assert asked[-1].after is None  # a key of another order


def test_after_the_last_hit_there_is_a_way_back(client: FlaskClient, filled: dict[str, str]) -> None:
    token = After("newest", 0, 0, "z", 9).token()
    page = client.get(f"/achievements?sort=newest&after={token}").text
    assert "没有更多了" in page
    assert 'href="/achievements?sort=newest">回到第一页' in page


def test_while_the_engine_is_down_the_newest_are_shown(app: Flask, client: FlaskClient, filled, monkeypatch) -> None:
    def down(*_arguments: object) -> None:
        raise EngineUnavailable("gone")

    monkeypatch.setattr(app.extensions["backends"].engine, "_find", down)
    page = client.get("/achievements?q=大豆&field=materials")
    assert page.status_code == 200
    assert "搜索暂时不可用" in page.text
    assert "玉米脱粒机" in page.text
    assert "大豆撤回机" not in page.text


def test_what_was_withdrawn_a_moment_ago_is_not_shown(client: FlaskClient, filled, database: Database) -> None:
    with database.write() as session:
        version = session.scalars(select(AchievementVersion).where(AchievementVersion.title == "大豆蛋白膜")).one()
        session.get_one(Achievement, version.achievement_id).state = RecordState.WITHDRAWN
    assert "大豆蛋白膜" not in shown(client, "/achievements?q=大豆")  # the index was not drained


def test_english(client: FlaskClient, filled: dict[str, str]) -> None:
    page = client.get("/achievements?field=materials", headers={"Accept-Language": "en"}).text
    assert "New materials" in page
    assert "Best match" in page


# --- needs ------------------------------------------------------------------------------------------------------------


def test_needs_are_found_beside_achievements_and_never_among_them(
    client: FlaskClient, database: Database, filled: dict[str, str], indexed: Callable[[], None], log_in: LogIn
) -> None:
    with database.write() as session:
        seeker = make_seeker(session, name="松嫩豆业测试有限公司")
        make_need(session, seeker, title="大豆蛋白脱腥", fields=["biomedicine"])
        make_need(session, seeker, title="大豆低温压榨", masked=True)
        make_need(session, seeker, title="大豆秘密需求", tried="试过旋转闪蒸", disclosure=Disclosure.VERIFIED)
        make_need(session, seeker, title="大豆草稿需求", state=RecordState.DRAFT)
        provider = make_account(session, make_provider(session))
    indexed()
    text = client.get("/needs?q=大豆").text.replace("<mark>", "").replace("</mark>", "")
    for title in ("大豆蛋白脱腥", "大豆低温压榨", "大豆秘密需求"):
        assert f">{title}</a>" in text
    assert "大豆草稿需求" not in text
    assert "大豆蛋白膜" not in text
    assert "大豆蛋白脱腥" not in client.get("/achievements?q=大豆").text
    only = client.get("/needs?q=大豆&field=biomedicine").text
    assert "大豆低温压榨" not in only
    assert "大豆低温压榨" not in client.get("/needs?q=松嫩豆业").text.replace("<mark>", "").replace("</mark>", "")
    assert "大豆秘密需求" not in client.get("/needs?q=旋转闪蒸").text
    assert "秘密需求" in log_in(provider).get("/needs?q=旋转闪蒸").text.replace("<mark>", "").replace("</mark>", "")


def test_a_changed_need_is_found_anew_and_a_withdrawn_one_not_at_all(
    app: Flask, client: FlaskClient, database: Database, filled: dict[str, str], indexed: Callable[[], None]
) -> None:
    with database.write() as session:
        need = make_need(session, make_seeker(session), title="玉米芯制糠醛")
        number = need.id
    indexed()
    assert "玉米芯制<mark>糠醛</mark></a>" in client.get("/needs?q=糠醛").text
    assert verify(database, app.extensions["backends"].engine) == 0
    with database.write() as session:
        session.get_one(Need, number).state = RecordState.WITHDRAWN
    indexed()
    assert verify(database, app.extensions["backends"].engine) == 0
    assert "玉米芯制" not in client.get("/needs?q=糠醛").text


def test_while_the_engine_is_down_the_newest_needs_are_shown(
    app: Flask, client: FlaskClient, database: Database, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        make_need(session, make_seeker(session), title="高寒装卸臂密封")

    def refuse(_query: object) -> None:
        raise EngineUnavailable("gone")

    monkeypatch.setattr(app.extensions["backends"].engine, "search", refuse)
    assert "高寒装卸臂密封" in client.get("/needs").text
