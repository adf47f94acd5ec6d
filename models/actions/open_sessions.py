"""Open sessions: a provider publishes visiting hours of its own around a circle it belongs to.

Published, moved and cancelled they are as the organizer's sessions (sessions.py); what is checked here is whose they are.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import sessions
from models.actions.booking_checks import MOST_PEOPLE, people_of
from models.actions.session_plan import Plan
from models.base import new_public_id
from models.enums import RecordState
from models.errors import N_, Invalid, NotNow
from models.queries.circles import of_organisation
from models.rules.calendar import weekly
from models.rules.policy import Actor
from models.tables import Achievement, MatchSession, Organisation

MOST_WEEKS = 26


def open_session(
    session: Session,
    owner: Organisation,
    *,
    by: Actor,
    plan: Plan,
    today: date,
    zone: tzinfo,
    weeks: int = 1,
    without: Collection[date] = (),
) -> list[MatchSession]:
    """Plan an own session as a draft, or one a week for ``weeks`` weeks but on the days ``without``; all are drafts.

    A repetition keeps the time of the clock on the wall. Raises Invalid at a field, NotNow where the owner may not.
    """
    plan = _checked(session, owner, by=by, plan=plan, today=today)
    if not 1 <= weeks <= MOST_WEEKS:
        raise Invalid(N_("Please choose a number from %(low)s to %(high)s."), field="weeks", low=1, high=MOST_WEEKS)
    times = weekly(plan.starts_at, plan.ends_at, weeks, zone)
    days = {starts_at.astimezone(zone).date() for starts_at, _ends_at in times}
    if wrong := sorted(set(without) - days):
        raise Invalid(N_("%(day)s is not a day of this repetition."), field="without", day=wrong[0].isoformat())
    kept = [pair for pair in times if pair[0].astimezone(zone).date() not in without]
    if not kept:
        raise Invalid(N_("No day is left. Take an exception away, or add weeks."), field="without")
    series = new_public_id() if len(kept) > 1 else None
    return [
        sessions.create(session, by=by, plan=replace(plan, starts_at=starts_at, ends_at=ends_at, series=series))
        for starts_at, ends_at in kept
    ]


def edit(session: Session, match_session: MatchSession, *, by: Actor, revision: int, plan: Plan, today: date) -> None:
    """Change an own session as its owner, or an organizer, may; raises as ``sessions.edit`` and ``open_session``."""
    assert match_session.owner is not None
    plan = replace(
        _checked(session, match_session.owner, by=by, plan=plan, today=today, before=match_session.circle_id),
        series=match_session.series,
    )
    sessions.edit(session, match_session, by=by, revision=revision, plan=plan)


def _checked(
    session: Session, owner: Organisation, *, by: Actor, plan: Plan, today: date, before: int | None = None
) -> Plan:
    """The plan with its owner, one table for each who receives. ``before``: the circle it has already."""
    if not (owner.is_verified and owner.is_provider):
        raise NotNow(N_("“%(name)s” can publish sessions of its own as soon as it is verified."), name=owner.name)
    if not (by.acts_for(owner.id) or by.organizer):
        raise NotNow(N_("You cannot publish sessions for “%(name)s”."), name=owner.name)
    circles = {row.id for row in of_organisation(session, owner.id, today=today)} | {before}
    if plan.circle_id is None or plan.circle_id not in circles:
        raise Invalid(N_("Please choose a circle to which your organisation belongs."), field="circle")
    hosts = tuple(dict.fromkeys(plan.hosts))
    if not hosts:
        raise Invalid(N_("Please choose at least one person who receives."), field="hosts")
    if len(hosts) > MOST_PEOPLE:
        raise Invalid(N_("At most %(most)s people receive in one session."), field="hosts", most=MOST_PEOPLE)
    people_of(session, owner.id, hosts, "hosts")
    own = set(
        session.scalars(
            select(Achievement.id).where(
                Achievement.id.in_(plan.achievements),
                Achievement.organisation_id == owner.id,
                Achievement.state == RecordState.PUBLISHED,
            )
        )
    )
    if own != set(plan.achievements):
        raise Invalid(N_("Please choose among the published achievements of the organisation."), field="achievements")
    return replace(plan, owner_id=owner.id, event_id=None, hosts=hosts, tables=len(hosts))
