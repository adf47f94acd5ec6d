"""What happens to a contact request on which nobody acts: reminded, escalated, expired. Every step looks again first."""

from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.request_mails import handlers_at_receiver, sender_side, tell
from models.base import utcnow
from models.enums import RequestState
from models.errors import N_, NotNow
from models.queries.accounts import organizers
from models.queries.hanging import OPEN_REQUESTS
from models.queries.recipients import managers
from models.queries.settings import all_settings
from models.rules.calendar import DEFAULT_ZONE
from models.rules.policy import Actor
from models.rules.threads import MANAGER, ORGANIZER, REMINDED, clock
from models.tables import ContactRequest


def start_clock(session: Session, request: ContactRequest, *, now: datetime, zone: tzinfo = DEFAULT_ZONE) -> None:
    """The thread waits from ``now`` on, for the receiver or, asked back, for the sender; jobs keep its dates."""
    times = clock(now, zone, all_settings(session))
    request.due_on, request.expires_at, request.escalation = times.due_on, times.expires_at, 0
    key = f"{request.id}:{times.due_on}"
    due: dict[str, Any] = {"request_id": request.id, "due_on": times.due_on.isoformat()}
    if times.remind_at is not None:
        jobs.add(session, "request_remind", run_after=times.remind_at, unique_key=f"request_remind:{key}", **due)
    if request.state is RequestState.PENDING:
        for level, at in ((MANAGER, times.manager_at), (ORGANIZER, times.organizer_at)):
            unique_key = f"request_escalate:{key}:{level}"
            jobs.add(session, "request_escalate", run_after=at, unique_key=unique_key, level=level, **due)
    jobs.add(
        session,
        "request_expire",
        run_after=times.expires_at,
        unique_key=f"request_expire:{request.id}:{times.expires_at:%Y-%m-%dT%H:%M:%S}",
        request_id=request.id,
    )


def remind(session: Session, request_id: int, due_on: date) -> None:
    """Remind whose turn it is, once for a due date; nothing where that has changed or the thread went on."""
    request = session.get(ContactRequest, request_id)
    if request is None or request.state not in OPEN_REQUESTS:
        return
    if request.due_on != due_on or request.escalation >= REMINDED:
        return
    request.escalation = REMINDED
    audit.record(session, "request.remind", request, by=None, due_on=due_on.isoformat())
    asked_back = request.state is RequestState.ASKED_BACK
    readers = sender_side(session, request) if asked_back else handlers_at_receiver(session, request)
    tell(session, request, "request_reminder", readers, asked_back=asked_back)
    session.flush()


def escalate(session: Session, request_id: int, due_on: date, level: int) -> None:
    """Tell the receiver's managers, later the organizers, that an answer is overdue; nothing where it is not any more."""
    request = session.get(ContactRequest, request_id)
    if request is None or request.state is not RequestState.PENDING:
        return
    if request.due_on != due_on or request.escalation >= level:
        return
    request.escalation = level
    audit.record(session, "request.escalate", request, by=None, level=level)
    to_organizer = level == ORGANIZER
    readers = organizers(session) if to_organizer else managers(session, request.receiver_id)
    tell(session, request, "request_escalated", readers, to_organizer=to_organizer)
    session.flush()


def expire(session: Session, request_id: int, *, now: datetime | None = None) -> None:
    """End a request that nobody answered in time; both sides are told. Nothing where it may still be answered."""
    request = session.get(ContactRequest, request_id)
    if request is None or request.state not in OPEN_REQUESTS or request.expires_at > (now or utcnow()):
        return
    asked_back = request.state is RequestState.ASKED_BACK
    audit.move(session, request, RequestState.EXPIRED, "request.expire", by=None)
    tell(session, request, "request_expired", sender_side(session, request), asked_back=asked_back, to_sender=True)
    readers = handlers_at_receiver(session, request)
    tell(session, request, "request_expired", readers, asked_back=asked_back, to_sender=False)
    session.flush()


def remind_again(session: Session, request: ContactRequest, *, by: Actor) -> None:
    """An organizer reminds the receiver's managers and who is in charge. Raises NotNow a second time on one day."""
    if request.state is not RequestState.PENDING:
        raise NotNow(N_("This request does not wait for the receiver any more."))
    if audit.recorded_today(session, "request.remind_again", request, by=by):
        raise NotNow(N_("You have reminded them today already."))
    audit.record(session, "request.remind_again", request, by=by)
    in_charge = handlers_at_receiver(session, request)
    readers = in_charge + managers(session, request.receiver_id, without=[one.person_id for one in in_charge])
    tell(session, request, "request_reminder", readers, asked_back=False)
    session.flush()
