"""Rules of contact threads: their clocks, who may ask for whom, how long a text may be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from models.enums import Origin
from models.errors import N_, Invalid
from models.rules.calendar import add_working_days, at_local
from models.rules.policy import Actor

PURPOSE_LENGTH = 500  # characters; what a visitor typed must fit into a session cookie
MEET_LENGTH = 200
MESSAGE_LENGTH = 2000
MORNING = 9  # hour of the site's zone at which reminders go out

REMINDED, MANAGER, ORGANIZER = 1, 2, 3  # of ContactRequest.escalation


@dataclass(frozen=True)
class Clock:
    """When what happens to a thread on which nobody acts. ``remind_at`` None: too close to be of use."""

    due_on: date
    remind_at: datetime | None
    manager_at: datetime
    organizer_at: datetime
    expires_at: datetime


def working_day_before(day: date, days: int, holidays: Collection[date] = ()) -> date:
    """The date ``days`` working days before ``day``."""
    while days > 0:
        day -= timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            days -= 1
    return day


def holidays(settings: Mapping[str, Any]) -> frozenset[date]:
    """The setting's dates, which are kept as text."""
    return frozenset(date.fromisoformat(str(day)) for day in settings["holidays"])


def clock(now: datetime, zone: tzinfo, settings: Mapping[str, Any]) -> Clock:
    """The clock of a thread that waits from ``now`` on (aware); days are those of ``zone``."""
    free = holidays(settings)
    due_on = add_working_days(now.astimezone(zone).date(), settings["request_due_days"], free)
    remind_at = at_local(working_day_before(due_on, settings["request_remind_days"], free), MORNING, zone)
    return Clock(
        due_on=due_on,
        remind_at=remind_at if remind_at > now else None,
        manager_at=at_local(add_working_days(due_on, settings["request_manager_days"], free), MORNING, zone),
        organizer_at=at_local(add_working_days(due_on, settings["request_organizer_days"], free), MORNING, zone),
        expires_at=now + timedelta(days=settings["request_expiry_days"]),
    )


def check_budget(low: int | None, high: int | None) -> None:
    """Raises Invalid where the ends of a budget are exchanged; one end is enough, and none is no budget."""
    if low is not None and high is not None and high < low:
        raise Invalid(N_("The highest budget is below the lowest."), field="budget_max")


def may_ask_for(actor: Actor, organisation: Any, *, capability: str = "is_seeker") -> bool:
    """Whether the actor may ask in the name of an organisation: a member, its broker, an organizer.

    ``capability``: it seeks, to ask about an achievement; it provides, to answer a need.
    """
    if not getattr(organisation, capability):
        return False
    return actor.acts_for(organisation.id) or actor.organizer


def origin_of(actor: Actor, organisation_id: int, told: Origin) -> Origin:
    """Where a request comes from; what a broker began comes from the broker unless a meeting led to it."""
    if told in (Origin.ROADSHOW, Origin.ONE_TO_ONE):
        return told
    by_mandate = any(m.organisation_id == organisation_id for m in actor.mandated)
    return Origin.BROKER if by_mandate and not actor.member_of(organisation_id) else told


def sides_of(actor: Actor, *organisation_ids: int) -> tuple[int, ...]:
    """Those of the organisations for which the actor acts, in the order given."""
    return tuple(found for found in organisation_ids if actor.acts_for(found))
