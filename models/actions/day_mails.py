"""One mail to each person about all that a plan means for them. The worker renders it (web/handlers/replanning.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.actions import jobs
from models.actions.booking_mails import consented, plain_of, times
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.tables import Booking, MatchSession

MOVED, LOST, ADDED = "moved", "lost", "added"
CHANGED, PUBLISHED = "day_changed", "day_published"  # templates: of a new plan of the day, of a timetable


@dataclass(frozen=True)
class Told:
    """What becomes of a meeting, whom it concerns, and where it was."""

    what: str
    booking: Booking
    people: Collection[int | None]
    was_at: str = ""  # ISO
    was_table: int | None = None


def tell_day(
    session: Session, match_session: MatchSession, told: Sequence[Told], *, by: Actor, template: str = CHANGED
) -> int:
    """Enqueue the mails; returns how many people are told. Whoever did it is told too: it is their day as well."""
    session.flush()
    concerned: dict[int, list[Mapping[str, Any]]] = {}
    for one in sorted(told, key=lambda each: times(each.booking)):
        values = {"what": one.what, "was_at": one.was_at, "was_table": one.was_table, **plain_of(one.booking)}
        for person in {person for person in one.people if person is not None}:
            concerned.setdefault(person, []).append(values)
    found = recipients(session, consented(session, concerned))
    common = {
        "session": match_session.title,
        "session_public_id": match_session.public_id,
        "venue": match_session.venue,
    }
    mails = [
        {
            "template": template,
            "to": one.email,
            "receiver": one.name,
            "locale": one.locale,
            "values": {**common, "changes": concerned[one.person_id], "day_of": [one.person_id, match_session.id]},
        }
        for one in found
    ]
    jobs.add_all(session, "day_mail", mails)
    return len(found)
