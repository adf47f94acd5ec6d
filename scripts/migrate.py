"""`python -m scripts.migrate [--make "message"]`: bring the database to the newest revision, or write a new one."""

import argparse
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from models.base import Database
from web.backends import database_url
from web.config import Settings

FOLDER = Path(__file__).resolve().parent.parent / "models" / "migrations"


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    found.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return found


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest revision."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head()


def head() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade in one transaction. Foreign keys are off on SQLite meanwhile: a rebuilt parent table would take its
    children with it (GROUND), and are checked before the commit."""
    made = config()
    with database.engine.connect() as connection:
        if database.is_sqlite:
            # The pragma does nothing inside a transaction, so it goes to the driver's connection before BEGIN.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                made.attributes["connection"] = connection
                command.upgrade(made, revision)
                if database.is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
                    raise RuntimeError(f"migration breaks foreign keys: {broken[:5]}")
        finally:
            if database.is_sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", metavar="MESSAGE", help="write a new revision from the difference to the models")
    arguments = parser.parse_args()
    database = Database(database_url(Settings.from_env()))
    if not arguments.make:
        migrate(database)
        return
    number = f"{len(list((FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with database.engine.connect() as connection, connection.begin():
        made = config()
        made.attributes["connection"] = connection
        command.revision(made, message=arguments.make, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main()
