"""What the pages of intentions share: who records one, and how it reads to the owner."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from models.enums import IntentionKind, Verification
from models.queries import asking
from models.rules.threads import PURPOSE_LENGTH
from models.tables import Event, Intention, Registration
from web.auth import actor
from web.database import db
from web.display import budget
from web.event_links import holder
from web.i18n import label


@dataclass(frozen=True)
class Recorder:
    """Who records: an organisation's member (``senders``), else somebody by their registration."""

    senders: list[Any]
    registration: Registration | None

    def __bool__(self) -> bool:
        return bool(self.senders) or self.registration is not None


def recorder(event: Event) -> Recorder:
    """A member of a verified seeker speaks for it; everybody else by the registration that is theirs or their link's."""
    if actor().confirmed:
        verified = [one for one in asking.senders(db(), actor()) if one.verification is Verification.VERIFIED]
        if verified:
            return Recorder(verified, None)
    found = holder(event)
    registration = db().get(Registration, found.registration_id) if found and found.registration_id else None
    return Recorder([], registration if registration is not None and registration.state.open else None)


def purpose_of(event: Event, kind: IntentionKind, note: str, wanted: Any, who: str = "") -> str:
    """The request's text; ``wanted``: budget and time, of a form or an intention. ``who`` (name, organisation, contact) only
    where the visitor agreed to pass it on."""
    text = _("Intention at “%(event)s”: %(kind)s.", event=event.title, kind=label(kind))
    sum_of, within = budget(wanted), label(wanted.wanted_within)
    parts = (
        text,
        note,
        _("Budget: %(budget)s.", budget=sum_of) if sum_of else "",
        _("Wanted: %(within)s.", within=within) if within else "",
        _("Recorded by: %(who)s", who=who) if who else "",
    )
    return " ".join(part for part in parts if part)[:PURPOSE_LENGTH]


def visitor_of(intention: Intention) -> str:
    """The visitor's name and contact, where they agreed that these are passed on."""
    one = intention.registration
    if one is None or not intention.shares_contact:
        return ""
    return " · ".join(part for part in (one.name, one.organisation_name, one.mobile, one.email) if part)
