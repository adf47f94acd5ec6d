"""Organizers keep synonyms on pages; a reader sees what was searched for besides and can switch it off."""

import html

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.base import Database
from models.enums import GrantRole
from models.queries.synonyms import group_lines
from search.sync import rebuild
from tests.factories import make_account, make_achievement, make_provider
from tests.web.achievement_site import LogIn
from tests.web.reading import page, sent


@pytest.fixture
def organizer(database: Database, log_in: LogIn) -> FlaskClient:
    with database.write() as session:
        account = make_account(session, None, GrantRole.ORGANIZER)
    return log_in(account)


def lines(database: Database) -> list[tuple[str, ...]]:
    with database.read() as session:
        return [line.words for line in group_lines(session)]


def test_groups_are_added_found_and_changed(organizer: FlaskClient, database: Database) -> None:
    assert "还没有同义词" in page(organizer, "/synonyms")
    sent(organizer, "/synonyms/new", words="锂电池=锂离子电池\nMOF\t金属有机框架")
    assert lines(database) == [("MOF", "金属有机框架"), ("锂电池", "锂离子电池")]
    assert "锂离子电池" not in page(organizer, "/synonyms?q=mof")
    with database.read() as session:
        public_id = group_lines(session, containing="mof")[0].public_id
    assert "MOF = 金属有机框架" in html.unescape(page(organizer, f"/synonyms/{public_id}"))
    sent(organizer, f"/synonyms/{public_id}", words="MOF\n金属有机框架\n金属有机骨架", retired="y")
    assert "停用" in page(organizer, "/synonyms?q=骨架")


def test_an_error_names_the_word_and_keeps_what_was_typed(organizer: FlaskClient, database: Database) -> None:
    sent(organizer, "/synonyms/new", words="MOF=金属有机框架")
    text = html.unescape(
        sent(organizer, "/synonyms/new", status=422, words="新词=另一个\nmof=别的词").get_data(as_text=True)
    )
    assert "“mof”" in text.lower()
    assert "mof=别的词" in text
    assert lines(database) == [("MOF", "金属有机框架")]  # of a list with one fault nothing is added


def test_a_group_that_is_not_there(organizer: FlaskClient) -> None:
    page(organizer, "/synonyms/nothing", 404)


def test_a_search_uses_them_at_once_and_says_so(app: Flask, organizer: FlaskClient, database: Database) -> None:
    with database.write() as session:
        make_achievement(session, make_provider(session), title="金属有机框架吸附剂", keywords=["吸附"])
    rebuild(database, app.extensions["backends"].engine, app.config["SETTINGS"].var_dir)
    assert "金属有机框架吸附剂" not in page(organizer, "/achievements?q=MOF").replace("<mark>", "").replace(
        "</mark>", ""
    )
    sent(organizer, "/synonyms/new", words="MOF=金属有机框架")
    text = page(organizer, "/achievements?q=MOF")
    assert "<mark>金属有机框架</mark>吸附剂" in text
    assert "同时搜索了：金属有机框架" in text
    assert "exact=1" in text
    exact = page(organizer, "/achievements?q=MOF&exact=1")
    assert "没有找到" in exact
    assert "加上同义词和其他写法" in exact


def test_what_was_misspelled_is_said(app: Flask, organizer: FlaskClient, database: Database) -> None:
    with database.write() as session:
        make_achievement(session, make_provider(session), title="神经网络控制器")
    rebuild(database, app.extensions["backends"].engine, app.config["SETTINGS"].var_dir)
    for typed in ("shen jing wang luo", "神精网络"):
        text = html.unescape(page(organizer, f"/achievements?q={typed}"))
        assert "神经网络控制器" in text.replace("<mark>", "").replace("</mark>", "")
        assert "按“神经网络”查找" in text
        assert "搜索“神经网络”" in text
    assert "查找。" not in page(organizer, "/achievements?q=神经网络")
