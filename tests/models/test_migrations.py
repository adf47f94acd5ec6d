"""The migrations make exactly what the models say, on an empty and on a filled database."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection, Engine

from models.base import Base, Database
from models.tables import Organisation
from scripts import migrate
from tests.factories import make_achievement, make_provider


def migrated(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'migrated.db'}")
    migrate.migrate(database)
    return database


def ddl(engine: Engine) -> dict[str, str]:
    """Name -> statement of every table and index; Alembic's comparison sees neither a CHECK nor an index condition."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return {name: normal(sql) for name, sql in rows if name != "alembic_version"}


def normal(sql: str) -> str:
    """A statement without layout, and with the columns and constraints of a table in one order."""
    sql = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    head, _bracket, rest = sql.partition("(")
    if not head.upper().startswith("CREATE TABLE"):
        return sql
    parts, depth = [""], 0
    for letter in rest.rstrip()[:-1]:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return f"{head}({', '.join(sorted(part.strip() for part in parts))})"


def test_migrations_equal_models(tmp_path: Path, database: Database) -> None:
    other = migrated(tmp_path)
    with other.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert ddl(other.engine) == ddl(database.engine)
    other.dispose()


def test_migrations_equal_models_on_postgresql(postgresql_url: str) -> None:
    other = Database(postgresql_url)
    Base.metadata.drop_all(other.engine)
    with other.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    migrate.migrate(other)
    with other.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        checks = {name for table in inspect(connection).get_table_names() for name in _checks(connection, table)}
    Base.metadata.drop_all(other.engine)
    Base.metadata.create_all(other.engine)
    with other.engine.connect() as connection:
        wanted = {name for table in inspect(connection).get_table_names() for name in _checks(connection, table)}
        connection.execute(text("DROP TABLE alembic_version"))
        connection.commit()
    assert checks == wanted
    other.dispose()


def _checks(connection: Connection, table: str) -> set[tuple[str, str, str]]:
    return {(table, check["name"], check["sqltext"]) for check in inspect(connection).get_check_constraints(table)}


def counts(connection: Connection) -> dict[str, int]:
    return {t.name: connection.scalar(select(func.count()).select_from(t)) for t in Base.metadata.sorted_tables}


def test_migrating_a_filled_database_keeps_every_row(tmp_path: Path) -> None:
    database = migrated(tmp_path)
    with database.write() as session:
        make_achievement(session, make_provider(session, name="迁移前的单位"))
    with database.engine.begin() as connection:
        before = counts(connection)
    migrate.migrate(database)
    with database.engine.begin() as connection:
        after = counts(connection)
    assert after == before
    assert before[Organisation.__tablename__] == 1
    database.dispose()
