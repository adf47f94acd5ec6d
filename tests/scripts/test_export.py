"""What an export and the search command show is what the site would show that reader."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.base import Database
from models.enums import Disclosure, EventState, OrgRole, RecordState
from models.queries.actors import load_actor
from models.rules.policy import VISITOR
from models.tables import AuditEntry
from scripts import migrate
from scripts.export import lines
from search.sync import rebuild
from tests.factories import make_account, make_achievement, make_event, make_need, make_provider, make_seeker
from web.backends import connect
from web.config import Settings


def test_needs_without_a_masked_owner_and_with_details_only_for_their_audience(database: Database) -> None:
    with database.write() as session:
        seeker = make_seeker(session, name="松嫩油服测试有限公司")
        provider = make_account(session, make_provider(session))
        for level in Disclosure:
            make_need(session, seeker, disclosure=level, title=f"需求{level.value}", masked=level is Disclosure.CONSENT)
    with database.read() as session:
        visitor = {row["title"]: row for row in lines(session, "needs", VISITOR)}
        engineer = {row["title"]: row for row in lines(session, "needs", load_actor(session, provider.id))}
    assert [title for title, row in visitor.items() if "tried" in row] == ["需求public"]
    assert [title for title, row in engineer.items() if "budget_min" in row] == ["需求public", "需求verified"]
    assert (visitor["需求consent"]["owner"], visitor["需求consent"]["owner_id"]) == ("", "")
    assert visitor["需求public"]["owner"] == "松嫩油服测试有限公司"


def test_details_only_for_their_audience(database: Database) -> None:
    with database.write() as session:
        owner, seeker = make_provider(session), make_seeker(session)
        mine = make_account(session, owner, role=OrgRole.MANAGER)
        theirs = make_account(session, seeker)
        for level in Disclosure:
            make_achievement(session, owner, disclosure=level, title=level.value)
        make_achievement(session, owner, state=RecordState.WITHDRAWN, title="withdrawn")
    with database.read() as session:
        readers = {"visitor": VISITOR, "owner": load_actor(session, mine.id), "seeker": load_actor(session, theirs.id)}
        shown = {
            name: {row["title"]: "details" in row for row in lines(session, "achievements", reader)}
            for name, reader in readers.items()
        }
    assert shown["visitor"] == {"public": True, "verified": False, "consent": False}
    assert shown["seeker"] == {"public": True, "verified": True, "consent": False}
    assert shown["owner"] == {"public": True, "verified": True, "consent": True}


def test_drafts_of_events_are_for_organizers_and_withdrawn_pitches_for_nobody(database: Database) -> None:
    with database.write() as session:
        owner = make_provider(session)
        public, gone = make_achievement(session, owner), make_achievement(session, owner, state=RecordState.TAKEN_DOWN)
        make_event(session, public, gone)
        make_event(session, state=EventState.DRAFT)
    with database.read() as session:
        rows = list(lines(session, "events", VISITOR))
    assert len(rows) == 1
    assert [item["achievement"] for item in rows[0]["programme"]] == [public.public_id, None]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("var")
    backends = connect(Settings(var_dir=folder))
    migrate.migrate(backends.database)
    with backends.database.write() as session:
        owner = make_provider(session, name="示范大学")
        make_account(session, owner, email="owner@example.org")
        make_achievement(session, owner, title="井下光纤测温仪", fields=["electronics"], details="镀膜参数机密值")
        make_achievement(
            session,
            owner,
            title="大豆脱皮机",
            fields=["manufacturing"],
            disclosure=Disclosure.CONSENT,
            details="镀膜参数机密值",
        )
    rebuild(backends.database, backends.engine, folder)
    backends.close()
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def found(folder: Path, *arguments: str) -> list[str]:
    answer = run(folder, "scripts.search", *arguments, "--json")
    assert answer.returncode == 0, answer.stderr
    return [hit["title"] for hit in json.loads(answer.stdout)["hits"]]


def test_the_search_command_finds_what_its_reader_may(site: Path) -> None:
    assert found(site, "光纤") == ["井下光纤测温仪"]
    assert found(site, "镀膜参数机密值") == ["井下光纤测温仪"]
    assert set(found(site, "镀膜参数机密值", "--as", "owner@example.org")) == {"井下光纤测温仪", "大豆脱皮机"}
    assert found(site, "", "--filter", "field=manufacturing") == ["大豆脱皮机"]
    assert found(site, "", "--filter", "field=manufacturing", "--filter", "field=electronics", "--sort", "newest")


@pytest.mark.parametrize("arguments", [("x", "--filter", "colour=red"), ("x", "--as", "nobody@example.org")])
def test_the_search_command_says_what_is_wrong(site: Path, arguments: tuple[str, ...]) -> None:
    answer = run(site, "scripts.search", *arguments)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert arguments[2].partition("=")[0] in answer.stderr


def test_the_export_command_writes_json_lines_and_is_audited(site: Path) -> None:
    answer = run(site, "scripts.export", "achievements", "--as", "owner@example.org")
    assert answer.returncode == 0, answer.stderr
    assert [json.loads(line)["title"] for line in answer.stdout.splitlines()] == ["井下光纤测温仪", "大豆脱皮机"]
    database = Database(f"sqlite:///{site / 'site.db'}")
    with database.read() as session:
        assert [row.action for row in session.query(AuditEntry)] == ["export.achievements"]
    database.dispose()
