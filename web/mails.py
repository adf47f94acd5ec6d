"""Mails: three templates each (subject, text, HTML), in the receiver's language, links under PUBLIC_URL."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from jinja2 import TemplateNotFound

from models.actions import event_links
from models.queries import event_links as queries
from models.tables import Event, Person
from web.database import backends
from web.sharing import public_address


def render(template: str, locale: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, plain text and HTML of templates/emails/<template>/."""
    with (
        current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url),
        force_locale(locale),
    ):
        values = {"day_url": "", **values}
        subject = " ".join(render_template(f"emails/{template}/subject.txt", **values).split())
        text = render_template(f"emails/{template}/body.txt", **values).strip() + "\n"
        return subject, text, render_template(f"emails/{template}/body.html", **values)


def unsubscribe_address(template: str, values: Mapping[str, Any]) -> str:
    """What templates/emails/<template>/unsubscribe.txt says, for the mail's header; empty for mails that have none."""
    name = f"emails/{template}/unsubscribe.txt"
    with current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url):
        try:
            return render_template(name, **values).strip()
        except TemplateNotFound:
            return ""


def day_url(person_id: int, match_session_id: int) -> str:
    """A fresh personal link to the day of the session's roadshow, for who cannot log in; "" for everybody else.

    It is made here, so that its token stands in the mail only.
    """
    with backends().database.read() as session:
        event_id = queries.needs_link(session, person_id, match_session_id)
    if event_id is None:
        return ""
    with backends().database.write() as session:
        event, person = session.get_one(Event, event_id), session.get_one(Person, person_id)
        return public_address("event_day.enter", token=event_links.for_person(session, event, person, by=None))


def send(payload: Mapping[str, Any]) -> None:
    """Perform a mail job. Raises OSError where the server cannot be reached: the job is tried again.

    ``day_of`` among the values (person, session): who has no account gets a personal link where others log in.
    """
    values = payload["values"]
    if "day_of" in values:
        with current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url):
            values = {**values, "day_url": day_url(*values["day_of"])}
    subject, text, html = render(payload["template"], payload["locale"], values)
    backends().mailer.send(
        to=payload["to"],
        subject=subject,
        text=text,
        html=html,
        unsubscribe=unsubscribe_address(payload["template"], payload["values"]),
        attachments=tuple(
            (item["name"], item["media_type"], item["text"].encode()) for item in payload["values"].get("files", ())
        ),
    )
