"""House rules as tests: each a few lines, each with a sentence that says why."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from models.rules.policy import PERMISSIONS
from scripts.migrate import config
from web.config import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("models", "search", "web", "scripts")  # each may import those before it, never those after it
TEMPLATES = ROOT / "templates"


def modules(package: str) -> Iterator[Path]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if "versions" not in path.parts:
            yield path


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    """scripts -> web -> search -> models: who stands inside must not know who stands outside."""
    outer = PACKAGES[PACKAGES.index(package) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.split(".")[0] in (*outer, "tests")
    ]
    assert not wrong


def test_models_know_no_web() -> None:
    """The business can be understood, tested and moved without a web framework or a search engine."""
    foreign = {"flask", "werkzeug", "jinja2", "elasticsearch", "tantivy", "redis", "wtforms", "flask_babel"}
    wrong = [str(path) for path in modules("models") if foreign & {name.split(".")[0] for name in imported(path)}]
    assert not wrong


def test_rules_are_pure() -> None:
    """Rules decide on plain values: no session, no tables, no clock hidden in a query."""
    wrong = [
        f"{path.name} imports {name}"
        for path in (ROOT / "models" / "rules").glob("*.py")
        for name in imported(path)
        if name.startswith(("sqlalchemy", "models.tables", "models.actions", "models.queries", "models.base"))
    ]
    assert not wrong


def test_views_do_not_write() -> None:
    """Only actions write: a view that adds, deletes or executes hides a rule where nobody looks for it."""
    pattern = re.compile(
        r"\bdb\(\)\.(add|add_all|delete|execute|merge|flush|commit)\b|from sqlalchemy\b(?! import text$)"
    )
    wrong = [
        f"{path.name}:{number} {line.strip()}"
        for path in modules("web/views")
        if path.name != "health.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong


def test_actions_do_not_commit() -> None:
    """The transaction belongs to the request (or the job): an action that commits splits data from its consequences."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in modules("models")
        if path.name != "base.py" and re.search(r"\.commit\(\)", path.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_backends_are_chosen_in_one_place() -> None:
    """A URL's scheme is looked at where backends are made and in the engine modules, nowhere else."""
    allowed = {"web/backends.py", "web/config.py", "models/base.py", "search/elastic.py", "search/embedded.py"}
    pattern = re.compile(r"startswith\(\(?[\"'](sqlite|postgres|redis|elastic)|[\"'](sqlite|postgresql|redis)://")
    wrong = [
        str(path.relative_to(ROOT))
        for package in ("models", "search", "web")
        for path in modules(package)
        if str(path.relative_to(ROOT)) not in allowed and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_modules_stay_small() -> None:
    """A file is one room: 400 lines at most, a view module 200."""
    wrong = []
    for package in PACKAGES:
        for path in modules(package):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > (200 if path.parent.name == "views" else 400):
                wrong.append(f"{path.relative_to(ROOT)}: {lines}")
    assert not wrong


def test_every_route_states_who_may(app: Flask) -> None:
    """Missing = denied: each route has exactly one of @public and @allow, of a permission that the table knows."""
    wrong = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if permission != "public" and permission not in PERMISSIONS:
            wrong.append(f"{rule.endpoint}: {permission}")
    assert not wrong


def rendered_templates() -> dict[str, set[str]]:
    """View module -> templates it names."""
    return {
        path.stem: set(re.findall(r"[\"']([\w/]+\.html)[\"']", path.read_text(encoding="utf-8")))
        for path in modules("web/views")
    }


def test_templates_mirror_views() -> None:
    """From an endpoint the template can be guessed: a view module renders templates of the folder of its name."""
    wrong = [
        f"web/views/{area}.py renders {name}"
        for area, names in rendered_templates().items()
        for name in names
        if name.split("/")[0] not in (area, "errors")
    ]
    assert not wrong


def test_no_template_is_unused() -> None:
    """What nobody renders, extends, includes or imports is gone."""
    text = "".join(
        path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.*") if path.suffix in (".html", ".txt")
    )
    code = "".join(path.read_text(encoding="utf-8") for path in modules("web"))
    unused = [
        name
        for path in TEMPLATES.rglob("*.html")
        if (name := str(path.relative_to(TEMPLATES)))
        and name not in text
        and name not in code
        and not name.startswith(("errors/", "emails/", "pages/texts/"))  # chosen by status, template name, language
    ]
    assert not unused


def test_templates_take_no_macro_they_do_not_use() -> None:
    """A macro that a template takes is used by it or by what it includes (which sees what it takes)."""
    taking = re.compile(r"\{%-?\s*from\s+\"[^\"]+\"\s+import\s+(.*?)(?:\s+with context)?\s*-?%\}", re.DOTALL)

    def whole(path: Path, *seen: Path) -> str:
        text = path.read_text(encoding="utf-8")
        included = [TEMPLATES / name for name in re.findall(r"\{%-?\s*include\s+\"([^\"]+)\"", text)]
        return text + "".join(whole(one, path, *seen) for one in included if one.exists() and one not in seen)

    unused = [
        f"{path.relative_to(TEMPLATES)} takes {name}"
        for path in TEMPLATES.rglob("*.*")
        if path.suffix in (".html", ".txt")
        for names in taking.findall(path.read_text(encoding="utf-8"))
        for name in (one.split(" as ")[-1].strip() for one in names.split(","))
        if not re.search(rf"\b{re.escape(name)}\b", taking.sub("", whole(path)))
    ]
    assert not unused


def test_mails_are_whole() -> None:
    """Every mail that is sent has a subject, a text and an HTML form; every folder of mails is sent."""
    code = "".join(path.read_text(encoding="utf-8") for path in (*modules("models"), *modules("web")))
    folders = {path.name for path in (TEMPLATES / "emails").iterdir() if path.is_dir()}
    wrong = [
        f"{folder}/{part}"
        for folder in folders
        for part in ("subject.txt", "body.txt", "body.html")
        if not (TEMPLATES / "emails" / folder / part).exists()
    ]
    unsent = [folder for folder in folders if f'"{folder}"' not in code]
    assert (wrong, unsent) == ([], [])


def test_every_job_has_a_handler_and_the_reverse() -> None:
    """A job row whose name nobody knows would wait for ever; a handler whose job nobody adds is dead."""
    import web.handlers  # noqa: F401 - registers them
    from web.jobs import HANDLERS

    code = "".join(
        path.read_text(encoding="utf-8") for path in (*modules("models"), *modules("web"), *modules("search"))
    )
    added = set(re.findall(r"jobs\.add\(\s*(?:session|db\(\)),\s*\"([\w.]+)\"", code))
    added |= set(re.findall(r"\badd\(session, \"([\w.]+)\"", code)) | {"index"}
    assert added == set(HANDLERS)


def test_environment_example_names_every_setting() -> None:
    """.env.example is the list of what can be set."""
    named = re.findall(r"^#?\s?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.__dataclass_fields__ if name != "testing")


def test_one_migration_head() -> None:
    """Two heads would be two databases."""
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1
