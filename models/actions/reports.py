"""Anybody may report a published item; an organizer looks at it and answers."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import Base, utcnow
from models.errors import N_, Invalid, NotNow
from models.rules.policy import Actor
from models.tables import Report

LONGEST = 2000
TWICE = timedelta(minutes=10)  # the same words about the same item within this time are one report


def report(
    session: Session, subject: Base, *, by: Actor, reason: str, email: str = "", locale: str = "zh_CN"
) -> Report:
    """Report an item. A second submit of the same words gives the first report. Raises Invalid (reason)."""
    reason = reason.strip()
    if not reason:
        raise Invalid(N_("Please say what is wrong."), field="reason")
    if len(reason) > LONGEST:
        raise Invalid(N_("Please keep it under %(most)s characters."), field="reason", most=LONGEST)
    before = session.scalar(
        select(Report).where(
            Report.object_type == subject.__tablename__,
            Report.object_id == subject.id,
            Report.reason == reason,
            Report.email == email,
            Report.created_at > utcnow() - TWICE,
        )
    )
    if before is not None:
        return before
    made = Report(
        object_type=subject.__tablename__, object_id=subject.id, reason=reason, email=email, person_id=by.person_id
    )
    session.add(made)
    session.flush()
    audit.record(session, f"{subject.__tablename__}.report", subject, by=by, report=made.public_id)
    session.flush()
    return made


def handle(session: Session, reported: Report, *, by: Actor, outcome: str, title: str, locale: str = "zh_CN") -> None:
    """Close a report with what was done; who left an address is told. Raises NotNow when it was closed, Invalid."""
    session.refresh(reported, with_for_update=True)
    if reported.handled_at is not None:
        raise NotNow(N_("This report has been handled already."))
    if not outcome.strip():
        raise Invalid(N_("Please say what you found or did."), field="outcome")
    reported.handled_at = utcnow()
    reported.handled_by_id = by.person_id
    reported.outcome = outcome.strip()
    audit.record(session, "report.handle", reported, by=by)
    jobs.add_mail(session, "report_handled", to=reported.email, locale=locale, title=title, outcome=reported.outcome)
    session.flush()
