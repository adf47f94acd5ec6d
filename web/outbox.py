"""The outbox as administrators read it: without a mail server mails are files; links that grant access are masked."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Any

NAME = re.compile(r"\d{20}-[0-9a-f]{8}\.eml")
# Addresses whose last part is a signed token; whoever reads it could act for the receiver.
SECRET = re.compile(r"(https?://\S+?/)([\w.~-]{40,})")


@dataclass(frozen=True)
class Mail:
    name: str
    at: datetime
    to: str
    subject: str
    text: str = ""


def listing(folder: Path, *, before: str = "", limit: int = 50) -> list[Mail]:
    """Mails newest first; ``before`` is the name of the last one of the page before."""
    names = sorted((path.name for path in folder.glob("*.eml") if not before or path.name < before), reverse=True)
    return [_mail(folder / name, BytesHeaderParser(policy=policy.default)) for name in names[:limit]]


def read(folder: Path, name: str) -> Mail | None:
    """One mail with its text; None where there is none of that name."""
    path = folder / name
    return _mail(path, BytesParser(policy=policy.default)) if NAME.fullmatch(name) and path.exists() else None


def _mail(path: Path, parser: Any) -> Mail:
    with path.open("rb") as file:
        message = parser.parse(file)
    body = (
        message.get_body(("plain",)) if isinstance(message, EmailMessage) and isinstance(parser, BytesParser) else None
    )
    return Mail(
        name=path.name,
        at=datetime.fromtimestamp(int(path.name[:20]) / 1e9, UTC),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=SECRET.sub(r"\1••••••", body.get_content()) if body else "",
    )
