"""Wishes to meet in a session: lists for each side and for organizers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from models.enums import EventState, RecordState, RegistrationState, SessionKind, Side, Verification
from models.queries.hanging import OPEN_BOOKINGS
from models.tables import (
    Achievement,
    AchievementVersion,
    Booking,
    Match,
    MatchSession,
    MeetingWish,
    Need,
    NeedVersion,
    Organisation,
    Person,
    Registration,
)

MOST_ENTERPRISES = 200  # of a list
Seeking, Providing = aliased(Organisation), aliased(Organisation)


# How much a wish is wanted: both strengths together before what one side alone says.
RANK: Any = 10 * func.coalesce(MeetingWish.seeker_strength + MeetingWish.provider_strength, 0) + func.coalesce(
    MeetingWish.seeker_strength, MeetingWish.provider_strength, 0
)


def wishes(session: Session, match_session_id: int, *, organisation_ids: Collection[int] | None) -> Sequence[Any]:
    """The wishes of a session that concern these organisations (None: all), the strongest first. One query.

    ``booked`` is the public id of the meeting that came of it, if it stands.
    """
    return session.execute(wishes_of(match_session_id, organisation_ids=organisation_ids)).all()


def booked() -> Any:
    """The public id of the meeting that came of a wish, if it stands."""
    return (
        select(Booking.public_id)
        .where(
            Booking.match_session_id == MeetingWish.match_session_id,
            Booking.seeker_id == MeetingWish.seeker_id,
            Booking.achievement_id == MeetingWish.achievement_id,
            Booking.state.in_(OPEN_BOOKINGS),
        )
        .order_by(Booking.id)
        .limit(1)
        .correlate(MeetingWish)
        .scalar_subquery()
    )


def wishes_of(match_session_id: int, *, organisation_ids: Collection[int] | None) -> Select[Any]:
    """The statement of ``wishes``."""
    statement: Select[Any] = (
        select(
            MeetingWish.id,
            MeetingWish.public_id,
            RANK.label("rank"),
            MeetingWish.seeker_id,
            MeetingWish.origin,
            MeetingWish.seeker_strength,
            MeetingWish.provider_strength,
            MeetingWish.declined_reason,
            MeetingWish.declined_side,
            MeetingWish.note,
            MeetingWish.answer_note,
            MeetingWish.is_sample,
            Achievement.organisation_id.label("provider_id"),
            Achievement.public_id.label("achievement_public_id"),
            AchievementVersion.title.label("achievement"),
            Seeking.name.label("seeker"),
            Seeking.public_id.label("seeker_public_id"),
            Providing.name.label("provider"),
            MeetingWish.seeker_people,
            MeetingWish.provider_person_id,
            MeetingWish.provider_beside,
            Achievement.contact_id,
            booked().label("booked"),
        )
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Seeking, Seeking.id == MeetingWish.seeker_id)
        .join(Providing, Providing.id == Achievement.organisation_id)
        .where(MeetingWish.match_session_id == match_session_id)
        .order_by(RANK.desc(), MeetingWish.id)
    )
    if organisation_ids is not None:
        own = list(organisation_ids)
        statement = statement.where(or_(MeetingWish.seeker_id.in_(own), Achievement.organisation_id.in_(own)))
    return statement


def people_of_owner(one: Any, contact_id: int | None) -> list[int]:
    """Ids of who comes of the owner of a wish (or a row with its columns): whom it has named, else the contact of the
    achievement."""
    return [person for person in (one.provider_person_id or contact_id, *one.provider_beside) if person is not None]


def coming(session: Session, rows: Collection[Any]) -> dict[int, dict[Side, list[str]]]:
    """Wish id -> names of who comes of each side, of rows of ``wishes``; one query."""
    of_owner = {one.id: people_of_owner(one, one.contact_id) for one in rows}
    people = {person for one in rows for person in (*one.seeker_people, *of_owner[one.id])}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    return {
        one.id: {
            Side.SEEKER: [names[person] for person in one.seeker_people if person in names],
            Side.PROVIDER: [names[person] for person in of_owner[one.id] if person in names],
        }
        for one in rows
    }


def of_pair(
    session: Session, match_session_id: int, seeker_id: int, achievement_id: int, *, lock: bool = False
) -> MeetingWish | None:
    """The wish of an enterprise for an achievement; with ``lock`` as it is now, and nobody else changes it meanwhile."""
    statement = select(MeetingWish).where(
        MeetingWish.match_session_id == match_session_id,
        MeetingWish.seeker_id == seeker_id,
        MeetingWish.achievement_id == achievement_id,
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def of_session(session: Session, match_session_id: int, public_id: str) -> MeetingWish | None:
    """The wish of a public id, where it is one of this session."""
    return session.scalar(
        select(MeetingWish).where(MeetingWish.match_session_id == match_session_id, MeetingWish.public_id == public_id)
    )


def waits_for(side: Side) -> ColumnElement[bool]:
    """Condition: a wish that this side has not answered."""
    strength = MeetingWish.seeker_strength if side is Side.SEEKER else MeetingWish.provider_strength
    return and_(strength.is_(None), MeetingWish.declined_reason.is_(None))


def unanswered(session: Session, match_session_id: int) -> Sequence[Any]:
    """(organisation id, name, number) of those whose answer wishes of a session wait for; one query."""
    both = union_all(*(_waiting(side, match_session_id) for side in Side)).subquery()
    return session.execute(
        select(Organisation.id, Organisation.name, func.count())
        .join(both, both.c.organisation_id == Organisation.id)
        .group_by(Organisation.id, Organisation.name)
        .order_by(Organisation.id)
    ).all()


def _waiting(side: Side, match_session_id: int) -> Select[Any]:
    organisation = MeetingWish.seeker_id if side is Side.SEEKER else Achievement.organisation_id
    return (
        select(organisation.label("organisation_id"))
        .select_from(MeetingWish)
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .where(MeetingWish.match_session_id == match_session_id, waits_for(side))
    )


# --- who may be met ---------------------------------------------------------------------------------------------------


def taking_part(match_session: MatchSession) -> ColumnElement[bool]:
    """Condition on Organisation: registered for the session's roadshow, or with a wish or a booking in the session.

    A wish of somebody else that it has not answered does not count: it has not said that it comes.
    """
    here = match_session.id
    wishing = exists().where(
        MeetingWish.match_session_id == here,
        MeetingWish.seeker_id == Organisation.id,
        MeetingWish.seeker_strength.is_not(None),
    )
    booking = exists().where(
        Booking.match_session_id == here, Booking.seeker_id == Organisation.id, Booking.state.in_(OPEN_BOOKINGS)
    )
    registered = exists().where(
        Registration.event_id == match_session.event_id,
        Registration.organisation_id == Organisation.id,
        Registration.state == RegistrationState.REGISTERED,
    )
    return or_(wishing, booking, registered)


def enterprises(
    session: Session, match_session: MatchSession, *, provider_ids: Collection[int], limit: int = MOST_ENTERPRISES
) -> Sequence[Any]:
    """Enterprises that owners may wish to meet: who takes part, and whose needs fit one of their achievements.

    ``score`` is of the best fit, ``achievement`` its public id, ``need`` its title. A masked need is in none of it: whose
    it is, or that somebody has one like it, must not be seen. One query.
    """
    fitting = (
        select(
            Need.organisation_id,
            Match.score,
            Achievement.public_id.label("achievement"),
            NeedVersion.title.label("need"),
            Need.public_id.label("need_public_id"),
            func.row_number()
            .over(partition_by=Need.organisation_id, order_by=(Match.score.desc(), Match.id))
            .label("place"),
        )
        .join(Need, Need.id == Match.need_id)
        .join(NeedVersion, NeedVersion.id == Need.public_version_id)
        .join(Achievement, Achievement.id == Match.achievement_id)
        .where(
            Achievement.organisation_id.in_(provider_ids),
            Achievement.state == RecordState.PUBLISHED,
            Need.state == RecordState.PUBLISHED,
            Need.masked.is_(False),
            Match.for_achievement,
        )
        .subquery()
    )
    best = select(fitting).where(fitting.c.place == 1).subquery()
    wished = exists().where(
        MeetingWish.match_session_id == match_session.id,
        MeetingWish.seeker_id == Organisation.id,
        MeetingWish.achievement_id.in_(select(Achievement.id).where(Achievement.organisation_id.in_(provider_ids))),
    )
    part = taking_part(match_session)
    return session.execute(
        select(
            Organisation.public_id,
            Organisation.name,
            Organisation.is_sample,
            part.label("takes_part"),
            wished.label("wished"),
            best.c.score,
            best.c.achievement,
            best.c.need,
            best.c.need_public_id,
        )
        .outerjoin(best, best.c.organisation_id == Organisation.id)
        .where(
            Organisation.is_seeker,
            Organisation.verification == Verification.VERIFIED,
            Organisation.id.not_in(provider_ids),
            or_(part, best.c.score.is_not(None)),
        )
        .order_by(part.desc(), best.c.score.desc().nulls_last(), Organisation.name, Organisation.id)
        .limit(limit)
    ).all()


def own_achievements(session: Session, provider_ids: Collection[int]) -> Sequence[Any]:
    """(id, public_id, title, organisation_id, contact_id) of the published achievements of verified organisations."""
    return session.execute(
        select(
            Achievement.id,
            Achievement.public_id,
            AchievementVersion.title,
            Achievement.organisation_id,
            Achievement.contact_id,
        )
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(
            Achievement.organisation_id.in_(provider_ids),
            Achievement.state == RecordState.PUBLISHED,
            Organisation.verification == Verification.VERIFIED,
        )
        .order_by(AchievementVersion.title, Achievement.id)
    ).all()


def enterprise(session: Session, public_id: str) -> Organisation | None:
    """A verified enterprise by public id."""
    return session.scalar(
        select(Organisation).where(
            Organisation.public_id == public_id,
            Organisation.is_seeker,
            Organisation.verification == Verification.VERIFIED,
        )
    )


def next_open(session: Session, *, now: datetime) -> Any:
    """(public_id, title, starts_at) of the next 1:1 session that takes wishes, or None."""
    return session.execute(
        select(MatchSession.public_id, MatchSession.title, MatchSession.starts_at)
        .where(
            MatchSession.state == EventState.PUBLISHED,
            MatchSession.kind == SessionKind.ONE_TO_ONE,
            MatchSession.starts_at > now,
            MatchSession.wishes_close_at > now,
        )
        .order_by(MatchSession.starts_at, MatchSession.id)
        .limit(1)
    ).first()


def without_wishes(session: Session, match_session: MatchSession, *, limit: int = 50) -> Sequence[str]:
    """Names of the enterprises that take part and that nobody wishes for, nor they for anybody."""
    wishing = exists().where(MeetingWish.match_session_id == match_session.id, MeetingWish.seeker_id == Organisation.id)
    return session.scalars(
        select(Organisation.name)
        .where(
            Organisation.is_seeker,
            Organisation.verification == Verification.VERIFIED,
            taking_part(match_session),
            not_(wishing),
        )
        .order_by(Organisation.name)
        .limit(limit)
    ).all()


def closing(session: Session, *, now: datetime, until: datetime) -> Sequence[int]:
    """Ids of the announced sessions whose wishes close until then and of which nobody was reminded yet."""
    return session.scalars(
        select(MatchSession.id)
        .where(
            MatchSession.state == EventState.PUBLISHED,
            MatchSession.kind == SessionKind.ONE_TO_ONE,
            MatchSession.wishes_reminded_at.is_(None),
            MatchSession.wishes_close_at > now,
            MatchSession.wishes_close_at <= until,
        )
        .order_by(MatchSession.id)
    ).all()
