"""What the search field offers: titles, keywords and owners under the reader's rights; nothing while the engine is away."""

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.base import Database
from models.enums import RecordState
from search.engine import EngineUnavailable
from search.sync import rebuild
from tests.factories import make_achievement, make_need, make_provider, make_seeker
from tests.web.reading import page


@pytest.fixture
def filled(app: Flask, database: Database) -> dict[str, str]:
    with database.write() as session:
        owner = make_provider(session, name="示范神经研究院")
        shown = make_achievement(session, owner, title="神经网络控制器", keywords=["神经控制"])
        make_achievement(session, owner, title="神经草稿", state=RecordState.DRAFT)
        make_need(
            session, make_seeker(session, name="神秘买家有限公司"), title="神经接口需求", masked=True, keywords=["接口"]
        )
        ids = {"achievement": shown.public_id, "owner": owner.public_id}
    rebuild(database, app.extensions["backends"].engine, app.config["SETTINGS"].var_dir)
    return ids


def test_titles_keywords_and_owners(client: FlaskClient, filled: dict[str, str]) -> None:
    answer = client.get("/suggest?q=神经")
    assert answer.json == {
        "groups": [
            {"title": "关键词", "items": [{"text": "神经控制", "url": f"/achievements?q={quote('神经控制')}"}]},
            {"title": "成果", "items": [{"text": "神经网络控制器", "url": f"/achievements/{filled['achievement']}"}]},
            {"title": "单位", "items": [{"text": "示范神经研究院", "url": f"/organisations/{filled['owner']}"}]},
        ]
    }
    assert "public" not in answer.headers["Cache-Control"]


def test_a_masked_owner_is_offered_nowhere(client: FlaskClient, filled: dict[str, str]) -> None:
    needs = client.get("/suggest?kind=need&q=神").json["groups"]
    assert [group["title"] for group in needs] == ["需求"]
    for kind in ("need", "achievement"):
        assert client.get(f"/suggest?kind={kind}&q=神秘买家").json == {"groups": []}
        assert client.get(f"/suggest?kind={kind}&q=smmj").json == {"groups": []}


def test_nothing_while_the_engine_is_away(
    app: Flask, client: FlaskClient, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_asked: object) -> list[str]:
        raise EngineUnavailable("away")

    monkeypatch.setattr(app.extensions["backends"].engine, "suggest", away)
    assert client.get("/suggest?q=神经").json == {"groups": []}


def test_the_field_says_where_to_ask(client: FlaskClient, filled: dict[str, str]) -> None:
    assert 'data-suggest="/suggest?kind=achievement"' in page(client, "/")
    assert 'data-suggest="/suggest?kind=need"' in page(client, "/needs")


@pytest.mark.parametrize("typed", ["", "%00", "a" * 10_000, "*:*", "%F0%9F%91%A9", "..", "kind=x"])
def test_strange_input(client: FlaskClient, filled: dict[str, str], typed: str) -> None:
    assert client.get(f"/suggest?q={typed}&kind=nothing").json == {"groups": []}
