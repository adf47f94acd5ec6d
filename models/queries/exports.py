"""Records as an export shows them to a reader: the same rule as the pages, in batches by key."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import EventState, RecordState, Verification
from models.queries.indexing import published_achievements, published_ids
from models.queries.needs import published_needs
from models.rules.policy import PROVIDERS, Actor, details_audience
from models.tables import Achievement, AchievementVersion, AgendaItem, Event, Need, Organisation

BATCH = 500
MORE = ("discipline", "price_mode", "negotiable", "price_min", "price_max", "currency", "indicators", "team_note")


def achievements(session: Session, reader: Actor) -> Iterator[dict[str, Any]]:
    """Published achievements; ``details`` only where the reader belongs to their audience."""
    for ids in published_ids(session, batch=BATCH):
        more = _more(session, ids)
        for record in published_achievements(session, ids):
            version = record.version
            row: dict[str, Any] = {
                "id": record.public_id,
                "title": version.title,
                "summary": version.summary,
                "problem": version.problem,
                "advantage": version.advantage,
                "scenes": version.scenes,
                "keywords": version.keywords,
                "fields": version.fields,
                "industries": version.industries,
                "stage": version.stage,
                "trl": version.trl,
                "modes": version.modes,
                **more[record.id],
                "owner": record.owner_name,
                "owner_id": record.owner_public_id,
                "circles": list(record.circles),
                "roadshows": list(record.roadshows),
                "disclosure": record.disclosure.value,
                "published_at": record.published_at.isoformat(),
            }
            if details_audience(record.disclosure, record.owner_id, record.granted) & reader.tokens:
                row["details"] = version.details
            yield row


def needs(session: Session, reader: Actor) -> Iterator[dict[str, Any]]:
    """Published needs; what was tried and the budget only where the reader belongs to their audience.

    A masked owner is in no export: who may see it sees it on the page.
    """
    for ids in published_ids(session, batch=BATCH, kind=Need):
        for record in published_needs(session, ids):
            version = record.version
            row: dict[str, Any] = {
                "id": record.public_id,
                "title": version.title,
                "description": version.description,
                "indicators": version.indicators,
                "keywords": version.keywords,
                "fields": version.fields,
                "industries": version.industries,
                "modes": version.modes,
                "trl_from": version.trl_from,
                "trl_to": version.trl_to,
                "deadline": version.deadline.isoformat() if version.deadline else None,
                "owner": record.owner_name,
                "owner_id": record.owner_public_id,
                "circles": list(record.circles),
                "disclosure": record.disclosure.value,
                "published_at": record.published_at.isoformat(),
                **({"sample": True} if record.is_sample else {}),
            }
            audience = details_audience(record.disclosure, record.organisation_id, record.granted, verified=PROVIDERS)
            if audience & reader.tokens:
                row |= {
                    "tried": version.tried,
                    "negotiable": version.negotiable,
                    "budget_min": version.budget_min,
                    "budget_max": version.budget_max,
                }
            yield row


def _more(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    columns = [getattr(AchievementVersion, name) for name in MORE]
    rows = session.execute(
        select(Achievement.id, Achievement.is_sample, *columns)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .where(Achievement.id.in_(ids))
    )
    return {
        row.id: {**{name: getattr(row, name) for name in MORE}, **({"sample": True} if row.is_sample else {})}
        for row in rows
    }


def organisations(session: Session, reader: Actor) -> Iterator[dict[str, Any]]:
    """Every organisation with what its public page says; merged ones have moved on."""
    last = 0
    statement = select(Organisation).where(Organisation.verification != Verification.MERGED).order_by(Organisation.id)
    while rows := session.scalars(statement.where(Organisation.id > last).limit(BATCH)).all():
        for row in rows:
            yield {
                "id": row.public_id,
                "name": row.name,
                "kind": row.kind,
                "region": row.region,
                "industries": row.industries,
                "introduction": row.introduction,
                "provider": row.is_provider,
                "seeker": row.is_seeker,
                "verification": row.verification.value,
                **({"sample": True} if row.is_sample else {}),
            }
        last = rows[-1].id
        session.expunge_all()


def events(session: Session, reader: Actor) -> Iterator[dict[str, Any]]:
    """Announced roadshows with their programme; drafts only for organizers."""
    statement = select(Event).order_by(Event.id)
    if not reader.organizer:
        statement = statement.where(Event.state != EventState.DRAFT, Event.published_once.is_(True))
    last = 0
    while rows := session.scalars(statement.where(Event.id > last).limit(BATCH)).all():
        programme = _programme(session, [row.id for row in rows])
        for row in rows:
            yield {
                "id": row.public_id,
                "title": row.title,
                "introduction": row.introduction,
                "state": row.state.value,
                "venue": row.venue,
                "address": row.address,
                "hosts": row.hosts,
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
                "programme": programme.get(row.id, []),
                **({"sample": True} if row.is_sample else {}),
            }
        last = rows[-1].id
        session.expunge_all()


def _programme(session: Session, event_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = session.execute(
        select(
            AgendaItem.event_id,
            AgendaItem.kind,
            AgendaItem.title,
            AgendaItem.room,
            AgendaItem.starts_at,
            AgendaItem.ends_at,
            Achievement.public_id,
        )
        .outerjoin(
            Achievement, (Achievement.id == AgendaItem.achievement_id) & (Achievement.state == RecordState.PUBLISHED)
        )
        .where(AgendaItem.event_id.in_(event_ids))
        .order_by(AgendaItem.event_id, AgendaItem.position)
    )
    for row in rows:
        found.setdefault(row.event_id, []).append(
            {
                "kind": row.kind.value,
                "title": row.title,
                "room": row.room,
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
                "achievement": row.public_id,
            }
        )
    return found
