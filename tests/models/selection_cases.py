"""A call for projects with providers and scorers, for tests of the selection."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import applications, calls, scoring
from models.actions.applications import Said
from models.base import Database, utcnow
from models.enums import EventState, GrantRole, OrgRole
from models.queries.actors import load_actor
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    CallScorer,
    Event,
    Job,
    Membership,
    Person,
    ProjectApplication,
    ProjectCall,
    ScoreSheet,
)
from tests.factories import make_account, make_achievement, make_event, make_org, make_provider

CRITERIA = [{"name": "技术和产品", "weight": 60}, {"name": "团队", "weight": 40}]


@dataclass(frozen=True)
class Provider:
    organisation_id: int
    manager: Actor
    person: int
    achievement_id: int


@dataclass(frozen=True)
class Contest:
    """Ids of a call of a published roadshow; scorers are with an office of their own and not invited yet."""

    event_id: int
    call_id: int
    organizer: Actor
    providers: tuple[Provider, ...]
    scorers: tuple[Actor, ...] = field(default=())

    def call(self, session: Session) -> ProjectCall:
        return session.get_one(ProjectCall, self.call_id)

    def scorer_of(self, sheet: ScoreSheet) -> Actor:
        return next(who for who in self.scorers if who.person_id == sheet.person_id)


def make_contest(database: Database, *, providers: int = 3, scorers: int = 2, **values: Any) -> Contest:
    """Committed rows; ``values`` go to calls.open_call."""
    with database.write() as session:
        event = make_event(
            session, starts_at=(utcnow() + timedelta(days=30)).replace(hour=1, minute=0, second=0, microsecond=0)
        )
        organizer = load_actor(session, make_account(session, None, GrantRole.ORGANIZER, name="林组织").id)
        call = calls.open_call(
            session,
            event,
            by=organizer,
            **{
                "closes_at": utcnow() + timedelta(days=5),
                "criteria": CRITERIA,
                "places": 1,
                "reserves": 1,
                "text": "请提交可以现场演示的项目。",
                **values,
            },
        )
        made = []
        for number in range(providers):
            organisation = make_provider(session)
            account = make_account(session, organisation, role=OrgRole.MANAGER, name=f"申报人{number}")
            achievement = make_achievement(session, organisation, contact_id=account.person_id)
            made.append(Provider(organisation.id, load_actor(session, account.id), account.person_id, achievement.id))
        office = make_org(session)
        experts = [load_actor(session, make_account(session, office, name=f"评委{n}").id) for n in range(scorers)]
        return Contest(event.id, call.id, organizer, tuple(made), tuple(experts))


def said(provider: Provider, **values: Any) -> Said:
    return Said(
        **{
            "presenter_id": provider.person,
            "presenter_title": "教授",
            "minutes": 8,
            "demo_needs": "需要投影",
            "ip_disclosed": True,
            "not_secret": True,
            **values,
        }
    )


def applied(
    session: Session, contest: Contest, number: int = 0, *, submit: bool = True, **values: Any
) -> ProjectApplication:
    provider = contest.providers[number]
    achievement_id = values.pop("achievement_id", provider.achievement_id)
    return applications.apply(
        session,
        contest.call(session),
        session.get_one(Achievement, achievement_id),
        by=values.pop("by", provider.manager),
        said=said(provider, **values),
        submit=submit,
    )


def was_with(session: Session, person_id: int, provider: Provider) -> None:
    """A membership that ended more than a year ago."""
    session.add(
        Membership(
            person_id=person_id,
            organisation_id=provider.organisation_id,
            started_at=utcnow() - timedelta(days=900),
            ended_at=utcnow() - timedelta(days=400),
        )
    )


def close(session: Session, contest: Contest) -> ProjectCall:
    """As if the deadline had passed."""
    call = contest.call(session)
    call.closes_at = utcnow() - timedelta(minutes=1)
    session.flush()
    return call


def invited(session: Session, contest: Contest) -> list[CallScorer]:
    call = contest.call(session)
    return [
        scoring.invite(session, call, session.get_one(Person, who.person_id), by=contest.organizer)
        for who in contest.scorers
    ]


def assigned(session: Session, contest: Contest, *, count: int | None = None) -> list[ScoreSheet]:
    """Applications of all (or the first ``count``) providers, closed, every scorer asked; sheets in the order of ids."""
    for number in range(len(contest.providers) if count is None else count):
        applied(session, contest, number)
    invited(session, contest)
    call = close(session, contest)
    scoring.assign(session, call, by=contest.organizer)
    mine = select(ScoreSheet).join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
    return list(
        session.scalars(
            mine.where(CallScorer.call_id == call.id).order_by(ScoreSheet.application_id, ScoreSheet.scorer_id)
        )
    )


def given(
    session: Session, contest: Contest, points: list[list[int]], *, count: int | None = None
) -> list[ProjectApplication]:
    """Everybody gives each application the points of its row; returns the applications. ``count`` of them are entered here."""
    sheets = assigned(session, contest, count=len(points) if count is None else count)
    found = sorted({sheet.application_id for sheet in sheets})
    for sheet in sheets:
        scoring.give(session, sheet, by=contest.scorer_of(sheet), points=points[found.index(sheet.application_id)])
    return [session.get_one(ProjectApplication, one) for one in found]


def mails(session: Session, template: str) -> list[dict[str, Any]]:
    payloads = session.scalars(select(Job.payload).where(Job.name == "mail").order_by(Job.id))
    return [one for one in payloads if one["template"] == template]


def cancel_event(session: Session, contest: Contest) -> None:
    session.get_one(Event, contest.event_id).state = EventState.CANCELLED
    session.flush()
