"""Mails of a contact thread: who gets them, and what every one of them says."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from models.actions import jobs
from models.enums import RequestState
from models.queries.recipients import Recipient, acting, managers
from models.tables import ContactRequest


def handlers_at_receiver(session: Session, request: ContactRequest) -> list[Recipient]:
    """Who is in charge or has answered, as long as they act for the receiver; else its managers."""
    in_charge = acting(session, request.receiver_id, [request.assigned_to_id, request.answered_by_id])
    return in_charge or managers(session, request.receiver_id)


def sender_side(session: Session, request: ContactRequest) -> list[Recipient]:
    """Whose question it is and who acted, as long as they act for the sender; else its managers."""
    asking = acting(session, request.sender_id, [request.asked_by_id, request.acted_by_id])
    return asking or managers(session, request.sender_id)


def receiver_hidden(request: ContactRequest) -> bool:
    """Whether the asking side must not read who is asked: the owner of a need that is masked until it accepts."""
    return request.need is not None and request.need.masked and request.state is not RequestState.ACCEPTED


def tell(session: Session, request: ContactRequest, template: str, readers: Iterable[Recipient], **values: Any) -> None:
    """Enqueue a mail about the thread to each reader."""
    version = request.subject.public_version or request.subject.working_version
    common = {
        "public_id": request.public_id,
        "title": version.title if version else "",
        "sender": request.sender.name,
        "receiver": request.receiver.name,
        "sender_verified": request.sender.is_verified,
        "due_on": request.due_on.isoformat(),
    }
    readers = list(readers)
    inside: set[int] = set()
    if receiver_hidden(request):  # only its own people read the name; organizers have it on the thread
        inside = {one.person_id for one in acting(session, request.receiver_id, [one.person_id for one in readers])}
    for reader in readers:
        shown = {"receiver": ""} if receiver_hidden(request) and reader.person_id not in inside else {}
        said = {**common, **shown, **values}
        jobs.add_mail(session, template, to=reader.email, locale=reader.locale, name=reader.name, **said)
