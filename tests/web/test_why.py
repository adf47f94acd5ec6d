"""Why a hit was found, what is like a record, and the rule of both: what the reader may read, and nothing else."""

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.base import Database
from models.enums import Disclosure, OrgRole, RecordState
from models.tables import Account, Achievement, AchievementVersion, Organisation
from scripts.dictionaries import load as load_dictionaries
from search import ranking
from search.engine import EngineUnavailable
from search.sync import Drainer, rebuild
from tests.counting import counted
from tests.factories import make_account, make_achievement, make_need, make_provider, make_seeker

LogIn = Callable[[Account], FlaskClient]
SECRET = "氟硼酸锂添加比例"


@pytest.fixture
def site(app: Flask, database: Database) -> dict[str, str]:
    """Public ids of a few records about batteries, one with restricted details, and of one about something else."""
    with database.write() as session:
        load_dictionaries(session)
        owner = make_provider(session, name="黑土理工大学")
        seeker = make_seeker(session, name="松嫩储能公司")
        made = {
            "first": make_achievement(
                session, owner, title="低温锂电池电解液", summary="零下四十度仍能放电的锂电池电解液", keywords=["电解液", "低温锂电池"],
                scenes="高寒地区储能电站",
            ),
            "second": make_achievement(
                session, owner, title="锂电池低温电解液添加剂", summary="让锂电池电解液耐受低温", details=SECRET, keywords=["电解液"],
                disclosure=Disclosure.CONSENT,
            ),
            "third": make_achievement(
                session, owner, title="锂电池电解液回收", summary="废旧锂电池电解液的低温回收", keywords=["电解液"]
            ),
            "other": make_achievement(session, owner, title="玉米播种机排种器", summary="气吸式精量排种", keywords=["播种机"]),
            "draft": make_achievement(session, owner, title="低温锂电池电解液草稿", state=RecordState.DRAFT),
            "need": make_need(
                session, seeker, title="低温电解液", description="求零下四十度可用的电解液", tried="试过" + SECRET,
                disclosure=Disclosure.VERIFIED, keywords=["电解液"],
            ),
            "masked": make_need(
                session, seeker, title="低温电解液回收", description="求电解液回收", masked=True, keywords=["电解液"]
            ),
        }  # fmt: skip
        ids = {name: record.public_id for name, record in made.items()}
    engine, folder = app.extensions["backends"].engine, app.config["SETTINGS"].var_dir
    rebuild(database, engine, folder)
    while Drainer(database, engine, folder)():
        pass
    return ids


def reasons(client: FlaskClient, address: str) -> dict[str, str]:
    """Title of a hit -> the plain text of its "why this"."""
    page = client.get(address)
    assert page.status_code == 200
    found = {}
    for article in re.findall(r'<article class="card-line">.*?</article>', page.text, re.DOTALL):
        title = _plain(re.search(r'class="card-title">(.*?)</h2>', article, re.DOTALL))
        why = re.search(r'<details class="why">(.*?)</details>', article, re.DOTALL)
        found[title] = _plain(why) if why else ""
    return found


def _plain(found: re.Match[str] | None) -> str:
    assert found
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?mark>", "", found[1]))).split())


def test_matched_words_stand_by_field(client: FlaskClient, site: dict[str, str]) -> None:
    why = reasons(client, "/achievements?q=低温锂电池 储能")["低温锂电池电解液"]
    assert "标题 低温锂电池" in why
    assert "关键词 低温锂电池" in why
    assert "用在哪里 储能" in why
    assert "资料完整度" in why
    english = client.get("/achievements?q=低温锂电池", headers={"Accept-Language": "en"}).text
    assert "<dt>Keywords</dt>" in english


def test_pinyin_and_slips_are_shown_beside_what_was_typed(client: FlaskClient, site: dict[str, str]) -> None:
    assert "电解液 对应“dianjieye”" in reasons(client, "/achievements?q=dianjieye")["锂电池电解液回收"]


def test_without_a_question_there_is_nothing_to_explain(client: FlaskClient, site: dict[str, str]) -> None:
    assert set(reasons(client, "/achievements").values()) == {""}
    assert set(reasons(client, "/achievements?q=，。").values()) == {""}


def test_restricted_details_explain_only_to_who_may_read_them_now(
    client: FlaskClient, site: dict[str, str], database: Database, log_in: LogIn
) -> None:
    address = f"/achievements?q=电解液 {SECRET}"
    with database.write() as session:
        owner = session.scalars(select(Organisation).where(Organisation.name == "黑土理工大学")).one()
        member = make_account(session, owner, role=OrgRole.MANAGER)
        stranger = make_account(session, make_seeker(session))
    for reader in (client, log_in(stranger)):
        assert not any("添加比例" in why for why in reasons(reader, address).values())
    inside = log_in(member)
    assert f"详情 {SECRET}" in reasons(inside, address)["锂电池低温电解液添加剂"]
    # The index lags: what was opened to somebody and is not any more is not shown, though it still finds.
    with database.write() as session:
        achievement = session.scalars(select(Achievement).where(Achievement.public_id == site["second"])).one()
        other = make_provider(session)
        achievement.organisation_id = other.id
    assert not any("添加比例" in why for why in reasons(inside, address).values())


def test_of_needs_too(client: FlaskClient, site: dict[str, str], database: Database, log_in: LogIn) -> None:
    assert "标题 低温电解液" in reasons(client, "/needs?q=低温电解液")["低温电解液"]
    assert not any("添加比例" in why for why in reasons(client, f"/needs?q=电解液 {SECRET}").values())
    with database.write() as session:
        provider = make_account(session, make_provider(session))
    assert "添加比例" in reasons(log_in(provider), f"/needs?q=电解液 {SECRET}")["低温电解液"]
    assert not any("松嫩" in why for why in [reasons(client, "/needs?q=松嫩 电解液")["低温电解液回收"]])


# Similar records -----------------------------------------------------------------------------------------------------


def similar(client: FlaskClient, address: str) -> tuple[list[str], str]:
    """Titles in the section and the address of all; empty without a section."""
    text = client.get(address).text
    found = re.search(r'<section class="similar".*?</section>', text, re.DOTALL)
    if not found:
        return [], ""
    titles = re.findall(r'class="card-title"><a href="[^"]*">([^<]*)</a>', found[0])
    (address,) = re.findall(r'<p><a href="([^"]*)">全部', found[0])
    return titles, html.unescape(address)


def test_a_record_shows_those_like_it(client: FlaskClient, site: dict[str, str]) -> None:
    titles, address = similar(client, f"/achievements/{site['first']}")
    assert set(titles) == {"锂电池低温电解液添加剂", "锂电池电解液回收"}
    assert client.get(address).status_code == 200
    assert "锂电池电解液回收" in client.get(address).text.replace("<mark>", "").replace("</mark>", "")
    titles, _ = similar(client, f"/needs/{site['need']}")
    assert titles == ["低温电解液回收"]
    assert "松嫩储能公司" not in client.get(f"/needs/{site['masked']}").text.partition('class="similar"')[0]


def test_what_is_unlike_everything_has_no_section(client: FlaskClient, site: dict[str, str]) -> None:
    assert similar(client, f"/achievements/{site['other']}") == ([], "")


def test_what_was_withdrawn_a_moment_ago_is_not_similar(
    client: FlaskClient, site: dict[str, str], database: Database
) -> None:
    with database.write() as session:
        version = session.scalars(
            select(AchievementVersion).where(AchievementVersion.title == "锂电池电解液回收")
        ).one()
        session.get_one(Achievement, version.achievement_id).state = RecordState.WITHDRAWN
    assert similar(client, f"/achievements/{site['first']}")[0] == ["锂电池低温电解液添加剂"]


def test_while_the_engine_is_down_the_page_is_whole_but_for_them(
    app: Flask, client: FlaskClient, site: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/achievements/{site['first']}"

    def down(*_asked: object) -> None:
        raise EngineUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(app.extensions["backends"].engine, "_find", down)
        page = client.get(address)
        assert page.status_code == 200
        assert "零下四十度" in page.text
        assert similar(client, address) == ([], "")
    assert similar(client, f"{address}?again=1")[0]


def test_one_similar_record_costs_as_much_as_three(
    app: Flask, client: FlaskClient, site: dict[str, str], database: Database
) -> None:
    backends = app.extensions["backends"]
    drain = Drainer(database, backends.engine, app.config["SETTINGS"].var_dir)

    def cost() -> int:
        while drain():
            pass
        client.get(f"/achievements/{site['other']}")
        with counted(app) as asked:
            assert client.get(f"/achievements/{site['other']}?again=1").status_code == 200
        return len(asked)

    costs = []
    for count in (1, 2):
        with database.write() as session:
            for _ in range(count):
                owner = make_provider(session)
                make_achievement(
                    session, owner, title="玉米播种机排种器", summary="气吸式精量排种", keywords=["播种机"]
                )
        costs.append(cost())
    assert len(similar(client, f"/achievements/{site['other']}")[0]) == 3
    assert costs[0] == costs[1]


# The rule ------------------------------------------------------------------------------------------------------------


def test_the_rule_is_a_page_with_the_figures_of_the_code(
    client: FlaskClient, site: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "HALF_LIFE", 777)
    monkeypatch.setattr(ranking, "FRESH", 0.123)
    for language, words in (("zh", "每过 777 天减半"), ("en", "half of that every 777 days")):
        page = client.get("/ranking", headers={"Accept-Language": language}).text
        assert words in page
        assert "12.3%" in page
        assert str(ranking.FIRST) in page
    assert 'href="/ranking"' in client.get("/").text
    assert client.get("/achievements").text.count('href="/ranking"') == 2  # under the hits, and in the footer
    assert client.get("/achievements?q=电解液").text.count('href="/ranking"') > 2
