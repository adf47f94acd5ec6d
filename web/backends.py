"""The one place where URLs become backends. Unset means embedded, inside ``var_dir``."""

import logging
import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from models.base import Database
from search.engine import Engine
from search.vectors import Meaning, NoModel, load
from web.config import Misconfigured, Settings
from web.mailer import Mailer, OutboxMailer, SmtpMailer
from web.storage import DirectoryStorage, Storage

log = logging.getLogger(__name__)


@dataclass
class Backends:
    """What the site stands on, made once per process."""

    database: Database
    engine: Engine
    storage: Storage
    mailer: Mailer
    limits_url: str  # of Flask-Limiter
    embedded: frozenset[str] = field(default_factory=frozenset)  # which of them live in this one process
    semantic: tuple[str, Path] | None = None  # the model's name, and where it is noted why it could not be loaded

    @cached_property
    def meaning(self) -> Meaning | None:
        """Matching's language model, loaded by the first job that matches; none where it cannot be: words decide alone.

        What went wrong is logged once by each process, and kept for `meaning_trouble`.
        """
        if self.semantic is None:
            return None
        name, trouble = self.semantic
        try:
            model = load(name)
        except NoModel as error:
            log.error("Matching by words only: %s", error)
            trouble.write_text(str(error), encoding="utf-8")
            return None
        trouble.unlink(missing_ok=True)
        return Meaning(model, self.engine.vectors(model))

    @property
    def meaning_trouble(self) -> str:
        """Why the language model could not be loaded when a process of this VAR_DIR last tried; empty where it was."""
        try:
            return self.semantic[1].read_text(encoding="utf-8") if self.semantic else ""
        except FileNotFoundError:
            return ""

    def close(self) -> None:
        self.engine.close()
        self.database.dispose()


def connect(settings: Settings) -> Backends:
    """Make the backends; nothing is contacted before it is used."""
    var = settings.var_dir.resolve()
    var.mkdir(parents=True, exist_ok=True)
    embedded = frozenset(name for name in ("database", "search", "redis") if not getattr(settings, f"{name}_url"))
    return Backends(
        database=Database(database_url(settings)),
        engine=_engine(settings, var),
        storage=_storage(settings.storage_url, var),
        mailer=_mailer(settings, var),
        limits_url=settings.redis_url or "memory://",
        embedded=embedded,
        semantic=(settings.semantic_model, var / "semantic_trouble.txt") if settings.semantic_model else None,
    )


def database_url(settings: Settings) -> str:
    """The SQLAlchemy URL; plain postgresql:// means the psycopg 3 driver."""
    if not settings.database_url:
        path = settings.var_dir.resolve() / "site.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{path}"
    scheme, separator, rest = settings.database_url.partition("://")
    if scheme in ("postgresql", "postgres"):
        return f"postgresql+psycopg{separator}{rest}"
    return settings.database_url


def secret_key(settings: Settings) -> str:
    """SECRET_KEY, or one made once and kept in var/ readable by its owner only."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.var_dir.resolve() / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=_private) as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _engine(settings: Settings, var: Path) -> Engine:
    url = settings.search_url
    if not url:
        from search.embedded import EmbeddedEngine

        return EmbeddedEngine(var / "index")
    if url.startswith(("http://", "https://")):
        from search.elastic import ElasticEngine

        if settings.search_api_key and "@" in urlsplit(url).netloc:
            raise Misconfigured("SEARCH_API_KEY and a user in SEARCH_URL exclude each other")
        if settings.search_ca and not Path(settings.search_ca).is_file():
            raise Misconfigured(f"SEARCH_CA: there is no file {settings.search_ca}")
        ca = Path(settings.search_ca) if settings.search_ca else None
        patience = settings.search_milliseconds / 1000
        return ElasticEngine(url, api_key=settings.search_api_key, ca=ca, patience=patience)
    raise Misconfigured("SEARCH_URL is not an http(s) address")  # not shown, for a password may stand in it


def _storage(url: str, var: Path) -> Storage:
    if not url:
        return DirectoryStorage(var / "files")
    if url.startswith("file://"):
        return DirectoryStorage(Path(url.removeprefix("file://")))
    raise Misconfigured("STORAGE_URL: only file:///absolute/path is supported so far")


def _mailer(settings: Settings, var: Path) -> Mailer:
    if not settings.smtp_url:
        return OutboxMailer(var / "outbox", settings.mail_from)
    if settings.smtp_url.startswith(("smtp://", "smtps://")):
        return SmtpMailer(settings.smtp_url, settings.mail_from)
    raise Misconfigured("SMTP_URL must start with smtp:// or smtps://")
