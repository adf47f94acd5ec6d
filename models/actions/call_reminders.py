"""Before a call's deadlines: who has a draft is reminded to submit, who has open sheets to score.

Each once by itself; scorers also when an organizer says so.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.calls import BEFORE, closed, lock, not_announced
from models.actions.scoring import tell
from models.base import utcnow
from models.enums import EventState
from models.errors import N_, NotNow
from models.queries.recipients import acting, managers
from models.queries.scoring import open_shares
from models.queries.selection import drafts
from models.rules.policy import Actor
from models.tables import CallScorer, ProjectCall

AGAIN = timedelta(days=1)  # an organizer reminds a scorer once in that time


def remind_drafts(session: Session, call: ProjectCall) -> int:
    """Tell organisations that began and did not submit; returns how many mails. Once for a call.

    To who wrote the drafts, else the managers. Nothing happens where the deadline was moved meanwhile.
    """
    lock(session, call)
    now = utcnow()
    if call.drafts_reminded_at is not None or not call.takes(now) or now < call.closes_at - BEFORE:
        return 0
    told = 0
    for organisation_id, found in groupby(drafts(session, call.id), key=lambda row: row.organisation_id):
        rows = list(found)
        writers = acting(session, organisation_id, [row.acted_by_id for row in rows])
        for person in writers or managers(session, organisation_id):
            jobs.add_mail(
                session, "call_closing", to=person.email, locale=person.locale, event=call.event.title,
                public_id=call.event.public_id, organisation=rows[0].name, titles=[row.title for row in rows],
                closes_at=call.closes_at.isoformat(),
            )  # fmt: skip
            told += 1
    if told:
        call.drafts_reminded_at = now
    session.flush()
    return told


def remind_scorers(session: Session, call: ProjectCall) -> int:
    """Tell who has still to score before scores are due; returns how many mails. Once for a call."""
    lock(session, call)
    now, due = utcnow(), call.scores_due_at
    if due is None or call.scores_reminded_at is not None or call.announced_at is not None:
        return 0
    if call.event.state is EventState.CANCELLED or not due - BEFORE <= now < due:
        return 0
    told = _tell(session, call, _not_lately(open_shares(session, call.id)))
    if told:
        call.scores_reminded_at = now
    session.flush()
    return told


def remind(session: Session, call: ProjectCall, *, by: Actor, scorer: CallScorer | None = None) -> int:
    """An organizer reminds who has still to score, or one of them; returns how many mails.

    Raises NotNow where there is nobody, where scores were due already, or where everybody was reminded within a day.
    """
    lock(session, call)
    not_announced(call)
    closed(call)
    if call.scores_due_at is not None and call.scores_due_at <= utcnow():
        raise NotNow(N_("Scores were due at %(due)s. Give more time first."), due=[call.scores_due_at])
    rows = [row for row in open_shares(session, call.id) if scorer is None or row.id == scorer.id]
    if not rows:
        raise NotNow(N_("There is nothing left to score."))
    fresh = _not_lately(rows)
    if not fresh:
        raise NotNow(N_("They were reminded within a day already."))
    audit.record(session, "call.remind_scorers", call.event, by=by, scorers=len(fresh))
    told = _tell(session, call, fresh)
    session.flush()
    return told


def _not_lately(rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if row.reminded_at is None or row.reminded_at <= utcnow() - AGAIN]


def _tell(session: Session, call: ProjectCall, rows: Sequence[Any]) -> int:
    told = tell(session, call, "scores_due", {row.person_id: row.number for row in rows})
    theirs = update(CallScorer).where(CallScorer.id.in_([row.id for row in rows]))
    session.execute(theirs.values(reminded_at=utcnow()))
    return told
