"""Mails: three templates each (subject, text, HTML), in the receiver's language, links under PUBLIC_URL."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from jinja2 import TemplateNotFound

from web.database import backends


def render(template: str, locale: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, plain text and HTML of templates/emails/<template>/."""
    with (
        current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url),
        force_locale(locale),
    ):
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


def send(payload: Mapping[str, Any]) -> None:
    """Perform a mail job. Raises OSError where the server cannot be reached: the job is tried again."""
    subject, text, html = render(payload["template"], payload["locale"], payload["values"])
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
