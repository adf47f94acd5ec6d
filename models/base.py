"""Declarative base, column types, sessions, and the few things that differ between SQLite and PostgreSQL."""

import enum
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_SIZE = 64  # at least as many as the server has threads (GROUND: the default pool timed out 20 of 50)
PUBLIC_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is misread aloud or in print


def utcnow() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """Ten random characters: what addresses, exports and QR codes show instead of the primary key."""
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(10))


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, stored as UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: every time in this program is aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
        list[dict[str, Any]]: JSON,
    }

    id: Mapped[int] = mapped_column(Integer, primary_key=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


def code(kind: type[enum.Enum]) -> Enum:
    """A StrEnum as its value in a VARCHAR with a CHECK, the same on both databases."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=24,
        name=kind.__name__.lower(),
    )


class PublicId:
    """A short random id that people see."""

    # Known before the row is written, so many rows are inserted by one statement and told apart by it, on SQLite too.
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id, insert_sentinel=True)


class Created:
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Sample:
    """Rows of the sample data carry a mark, so that a database with real data is never loaded over."""

    is_sample: Mapped[bool] = mapped_column(default=False)


Money = BigInteger  # fen (a hundredth of a yuan)


class Database:
    """One database: its engine and the two kinds of session.

    ``read()`` sees a snapshot, ``write()`` takes the write lock at once (SQLite: BEGIN IMMEDIATE under a lock of the
    process, since SQLite's own waiting is unfair), commits at the end and rolls back on any exception.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else create_engine(url, pool_size=16, max_overflow=240)
        self._version_lock = threading.Lock()
        self._version_connection: Any = None
        self._version_question = (
            "PRAGMA data_version" if self.is_sqlite else "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(self.engine.execution_options(immediate=True), expire_on_commit=False)

    def session(self, *, write: bool = False) -> Session:
        """A session the caller closes."""
        return self._writing() if write else self._sessions()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._writing() as session, session.begin():
            yield session

    def version(self) -> int:
        """A number that differs after anybody's commit; costs microseconds (SQLite) or one round trip.

        It may also change without one. Asked on a connection of its own: SQLite counts the commits of others only.
        """
        with self._version_lock:
            if self._version_connection is None:
                self._version_connection = self._watching()
            try:
                cursor = self._version_connection.cursor()
                cursor.execute(self._version_question)
                return int(cursor.fetchone()[0])
            except self.engine.dialect.loaded_dbapi.Error:
                self._close_version_connection()
                raise

    def _watching(self) -> Any:
        """A driver's connection that never begins a transaction and never goes back to the pool."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if not self.is_sqlite:
            connection.autocommit = True
        return connection

    def _close_version_connection(self) -> None:
        if self._version_connection is not None:
            self._version_connection.close()
            self._version_connection = None

    def dispose(self) -> None:
        with self._version_lock:
            self._close_version_connection()
        self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    # check_same_thread=False: the pool hands a connection to one thread at a time.
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        connect_args={"timeout": 30, "check_same_thread": False},
    )
    lock = threading.Lock()

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves (GROUND: the driver's mode loses updates)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("immediate"):
            connection.exec_driver_sql("BEGIN")
            return
        if "writing" not in connection.info:
            lock.acquire()
            connection.info["writing"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def _checkin(_connection: sqlite3.Connection | None, record: ConnectionPoolEntry) -> None:
        # Here and not on "commit", which SQLAlchemy announces before it happens.
        if record.info.pop("writing", False):
            lock.release()

    return engine
