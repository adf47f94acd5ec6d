"""Who scores a call's applications, what they gave, and with whom they have ties."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.enums import ApplicationState
from models.queries.selection import TITLE, Application, counts, to_be_scored, with_titles
from models.rules.selection import Applying, Interest, Ties, interest
from models.tables import (
    Account,
    Achievement,
    CallScorer,
    Event,
    Mandate,
    Membership,
    Organisation,
    Person,
    ProjectCall,
    ScoreSheet,
)

FOUND_AT_MOST = 20


def scorer(session: Session, call_id: int, person_public_id: str) -> CallScorer | None:
    return session.scalar(
        select(CallScorer)
        .join(Person, Person.id == CallScorer.person_id)
        .where(CallScorer.call_id == call_id, Person.public_id == person_public_id)
    )


def scorers(session: Session, call_id: int) -> Sequence[Any]:
    """Who scores a call, with how much was assigned, given and refused for a conflict of interest. One query."""
    mine = ScoreSheet.scorer_id == CallScorer.id
    live = counts() & (Application.state == ApplicationState.SUBMITTED)
    return session.execute(
        select(
            CallScorer.id,
            Person.public_id,
            Person.name,
            Person.title,
            Organisation.name.label("organisation"),
            CallScorer.reminded_at,
            func.count(ScoreSheet.id).filter(live).label("assigned"),
            func.count(ScoreSheet.id).filter(live & ScoreSheet.given_at.is_not(None)).label("given"),
            func.count(ScoreSheet.id).filter(to_be_scored()).label("open"),
            func.count(ScoreSheet.id).filter(ScoreSheet.conflict != "").label("conflicts"),
        )
        .join(Person, Person.id == CallScorer.person_id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(ScoreSheet, mine)
        .outerjoin(Application, Application.id == ScoreSheet.application_id)
        .where(CallScorer.call_id == call_id)
        .group_by(CallScorer.id, Person.id, Organisation.id)
        .order_by(CallScorer.id)
    ).all()


def open_shares(session: Session, call_id: int) -> Sequence[Any]:
    """(id, person_id, reminded_at, number) of the scorers of a call who have still to score something. One query."""
    return session.execute(
        select(CallScorer.id, CallScorer.person_id, CallScorer.reminded_at, func.count(ScoreSheet.id).label("number"))
        .join(ScoreSheet, ScoreSheet.scorer_id == CallScorer.id)
        .join(Application, Application.id == ScoreSheet.application_id)
        .where(CallScorer.call_id == call_id, to_be_scored())
        .group_by(CallScorer.id)
        .order_by(CallScorer.id)
    ).all()


def applications(session: Session, call_id: int, public_ids: Collection[str]) -> Sequence[Application]:
    """Those of them that belong to the call."""
    chosen = select(Application).where(Application.call_id == call_id, Application.public_id.in_(public_ids))
    return session.scalars(chosen.order_by(Application.id)).all()


def share_of(session: Session, scorer: CallScorer) -> Sequence[Any]:
    """Every application of the call with this scorer's sheet, if there is one. One query."""
    statement = with_titles(
        select(
            Application.id,
            Application.public_id,
            TITLE.label("title"),
            Organisation.name.label("organisation"),
            Application.is_sample,
            ScoreSheet.public_id.label("sheet"),
            ScoreSheet.given_at,
            ScoreSheet.conflict,
            ScoreSheet.taken_back_at,
        )
        .select_from(Application)
        .join(Achievement, Achievement.id == Application.achievement_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
        .outerjoin(ScoreSheet, (ScoreSheet.application_id == Application.id) & (ScoreSheet.scorer_id == scorer.id))
        .where(Application.call_id == scorer.call_id, Application.state == ApplicationState.SUBMITTED)
    )
    return list(session.execute(statement.order_by(Application.submitted_at, Application.id)))


def to_be_asked(session: Session, call_id: int, application_id: int) -> list[tuple[str, str]]:
    """(public id, name) of the call's scorers who could score an application and are not asked to. Six queries."""
    sheets = select(ScoreSheet.scorer_id).where(
        ScoreSheet.application_id == application_id,
        or_(ScoreSheet.taken_back_at.is_(None), ScoreSheet.conflict != ""),
    )
    busy, barred = set(session.scalars(sheets)), interests(session, call_id)
    return [
        (row.public_id, row.name)
        for row in scorers(session, call_id)
        if row.id not in busy and (application_id, row.id) not in barred
    ]


def people_found(session: Session, call_id: int, text: str) -> Sequence[Any]:
    """(public_id, name, title, organisation) of people who can log in and do not score this call yet, by name or
    organisation. One query; contact data are not among the columns."""
    if not text:
        return []
    already = select(CallScorer.person_id).where(CallScorer.call_id == call_id)
    return session.execute(
        select(Person.public_id, Person.name, Person.title, Organisation.name.label("organisation"))
        .join(Account, Account.person_id == Person.id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            or_(Person.name.icontains(text, autoescape=True), Organisation.name.icontains(text, autoescape=True)),
            can_log_in(),
            Person.id.not_in(already),
        )
        .order_by(Person.name, Person.id)
        .limit(FOUND_AT_MOST)
    ).all()


def can_log_in() -> Any:
    """Condition on Account joined with Person."""
    return Account.confirmed_at.is_not(None) & Account.suspended_at.is_(None) & Person.deidentified_at.is_(None)


def person(session: Session, public_id: str) -> Person | None:
    """Somebody who can log in."""
    return session.scalar(
        select(Person).join(Account, Account.person_id == Person.id).where(Person.public_id == public_id, can_log_in())
    )


def sheets_of(session: Session, person_id: int | None) -> Sequence[Any]:
    """Everything one person scores or scored, what is to be done first. One query."""
    statement = with_titles(
        select(
            ScoreSheet.public_id,
            ScoreSheet.given_at,
            ScoreSheet.conflict,
            TITLE.label("title"),
            Organisation.name.label("organisation"),
            Event.title.label("event"),
            ProjectCall.scores_due_at,
            ProjectCall.announced_at,
            Application.is_sample,
        )
        .select_from(ScoreSheet)
        .join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
        .join(Application, Application.id == ScoreSheet.application_id)
        .join(ProjectCall, ProjectCall.id == Application.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .join(Achievement, Achievement.id == Application.achievement_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
    )
    return list(
        session.execute(
            statement.where(
                CallScorer.person_id == person_id,
                Application.state == ApplicationState.SUBMITTED,
                ScoreSheet.taken_back_at.is_(None),
            ).order_by(
                (ScoreSheet.given_at.is_not(None)) | (ScoreSheet.conflict != ""),
                ProjectCall.id.desc(),
                ScoreSheet.id,
            )
        )
    )


def sheets_about(session: Session, application_id: int) -> Sequence[Any]:
    """What was asked for and given about one application, with names; for who may see it all. One query."""
    return session.execute(
        select(
            ScoreSheet.public_id,
            ScoreSheet.points,
            ScoreSheet.comments,
            ScoreSheet.note,
            ScoreSheet.given_at,
            ScoreSheet.conflict,
            ScoreSheet.taken_back_at,
            Person.name,
        )
        .join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
        .join(Person, Person.id == CallScorer.person_id)
        .where(ScoreSheet.application_id == application_id)
        .order_by(ScoreSheet.id)
    ).all()


def any_given(session: Session, call_id: int) -> bool:
    """Whether anybody has scored: from then on criteria and weights stay."""
    found = (
        select(ScoreSheet.id)
        .join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
        .where(CallScorer.call_id == call_id, ScoreSheet.given_at.is_not(None))
    )
    return session.scalar(found.limit(1)) is not None


# --- conflicts of interest --------------------------------------------------------------------------------------------


def ties(session: Session, person_ids: Collection[int]) -> dict[int, Ties]:
    """With whom people are or were, by person; two queries."""
    present: dict[int, set[int]] = {}
    ever: dict[int, set[int]] = {}
    mandates: dict[int, set[int]] = {}
    for one in session.execute(
        select(Membership.person_id, Membership.organisation_id, Membership.ended_at).where(
            Membership.person_id.in_(person_ids)
        )
    ):
        (present if one.ended_at is None else ever).setdefault(one.person_id, set()).add(one.organisation_id)
    for broker_id, organisation_id in session.execute(
        select(Mandate.broker_id, Mandate.organisation_id).where(Mandate.broker_id.in_(person_ids))
    ):
        mandates.setdefault(broker_id, set()).add(organisation_id)
    none: set[int] = set()
    return {
        one: Ties(
            person=one,
            present=frozenset(present.get(one, none)),
            ever=frozenset(ever.get(one, none)),
            mandates=frozenset(mandates.get(one, none)),
        )
        for one in person_ids
    }


def applying(session: Session, call_id: int) -> dict[int, Applying]:
    """Who stands behind each submitted application, by its id; one query."""
    rows = session.execute(
        select(
            Application.id,
            Application.organisation_id,
            Application.presenter_id,
            Application.acted_by_id,
            Membership.organisation_id.label("presenter_with"),
        )
        .outerjoin(Membership, (Membership.person_id == Application.presenter_id) & Membership.ended_at.is_(None))
        .where(Application.call_id == call_id, Application.state == ApplicationState.SUBMITTED)
        .order_by(Application.id)
    )
    return {
        row.id: Applying(
            organisation=row.organisation_id,
            presenter=row.presenter_id,
            presenter_with=frozenset([row.presenter_with] if row.presenter_with else []),
            entered_by=row.acted_by_id,
        )
        for row in rows
    }


def interests(session: Session, call_id: int) -> dict[tuple[int, int], Interest]:
    """(application, scorer) -> why the records bar this pair of a call; four queries."""
    asked = session.execute(select(CallScorer.id, CallScorer.person_id).where(CallScorer.call_id == call_id)).all()
    known = ties(session, [row.person_id for row in asked])
    return {
        (one, row.id): why
        for one, behind in applying(session, call_id).items()
        for row in asked
        if (why := interest(known[row.person_id], behind)) is not None
    }
