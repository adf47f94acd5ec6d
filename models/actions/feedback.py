"""Somebody found an error on a page: who runs the site is told."""

from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.errors import N_, Invalid
from models.queries.settings import setting
from models.rules.policy import Actor

LONGEST = 2000


def report_page(session: Session, *, by: Actor, page: str, text: str, email: str = "") -> None:
    """Send what somebody found to the contact of who runs the site. Raises Invalid (text)."""
    text = text.strip()
    if not text:
        raise Invalid(N_("Please say what is wrong."), field="text")
    if len(text) > LONGEST:
        raise Invalid(N_("Please keep it under %(most)s characters."), field="text", most=LONGEST)
    jobs.add_mail(
        session,
        "page_error",
        to=setting(session, "organiser_contact"),
        locale="zh_CN",
        page=page[:300],
        text=text,
        email=email,
    )
    audit.record(session, "page.report", by=by, page=page[:300])
