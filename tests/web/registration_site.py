"""What tests of registering share: the form as it is typed, the rows, and the mails with their links."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from models.base import Database
from models.tables import Job, Registration
from web.jobs import HANDLERS


def typed(**values: str) -> dict[str, str]:
    return {
        "name": "赵来宾",
        "organisation_name": "某公司",
        "capacity": "seeker",
        "email": "guest@example.org",
        "consent": "y",
        **values,
    }


def rows(database: Database) -> list[Registration]:
    with database.read() as reading:
        return list(reading.scalars(select(Registration).order_by(Registration.id)))


def sent_mails(app: Flask, database: Database, *names: str) -> list[EmailMessage]:
    """Perform every job that waits of these names (else the mails about roadshows), and read what went out."""
    with database.read() as reading:
        jobs = list(reading.scalars(select(Job).where(Job.name.in_(names or ["event_mail"])).order_by(Job.id)))
    outbox: Path = app.config["SETTINGS"].var_dir / "outbox"
    for old in outbox.glob("*.eml") if outbox.exists() else []:
        old.unlink()
    with app.app_context():
        for job in jobs:
            HANDLERS[job.name](job.payload)
    files = sorted(outbox.glob("*.eml")) if outbox.exists() else []
    return [BytesParser(policy=policy.default).parsebytes(file.read_bytes()) for file in files]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def calendar_of(mail: EmailMessage) -> str:
    """The text of the calendar file, the only attachment."""
    [file] = list(mail.iter_attachments())
    assert file.get_content_type() == "text/calendar"
    assert isinstance(file, EmailMessage)
    return str(file.get_content())


def link_in(mail: EmailMessage) -> str:
    address = next(line for line in text_of(mail).split() if "/day/" in line)
    return "/" + address.split("/", 3)[3]
