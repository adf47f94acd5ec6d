"""Questions about needs: the page, cards, and what the index is made of. A masked owner is in none of the answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import Disclosure, RecordState, Verification
from models.queries.indexing import effective_disclosure, grouped
from models.queries.versions import NeedContent, need_contents
from models.rules.policy import ORGANIZERS, PROVIDERS, details_audience
from models.tables import Circle, Engagement, Need, NeedCircle, NeedVersion, Organisation


@dataclass(frozen=True)
class NeedOwner:
    id: int
    public_id: str
    name: str
    kind: str  # dictionary key
    region: str
    verification: Verification
    is_sample: bool


@dataclass(frozen=True)
class NeedPage:
    """What one reader sees of a need. What the reader may not read is not in it."""

    content: NeedContent
    owner: NeedOwner | None  # none where it is masked for this reader
    disclosure: Disclosure  # the stricter of the version's and what it was tightened to
    open: bool  # whether what was tried and the budget are in ``content``
    outside: bool  # open, restricted, and read by somebody who does not act for the owner: such a look is audited
    circles: tuple[tuple[str, str], ...]  # public id, name; none where the owner is not shown, few are in a circle


def accepted(session: Session, need_ids: Collection[int]) -> dict[int, list[int]]:
    """Need id -> the organisations whose request its owner accepted: they see the owner and the details."""
    return grouped(
        session,
        select(Engagement.need_id, Engagement.provider_id)
        .where(Engagement.need_id.in_(need_ids))
        .order_by(Engagement.provider_id),
    )


def audience(need: Any, disclosure: Disclosure, granted: Collection[int]) -> frozenset[str]:
    """Who may read the details of a published need."""
    return details_audience(disclosure, need.organisation_id, granted, verified=PROVIDERS)


def may_see_owner(need: Any, granted: Collection[int], tokens: Collection[str]) -> bool:
    """Whether the owner is named to these tokens: itself, organizers, and whom it accepted; everybody where not masked."""
    inner = {f"org:{need.organisation_id}", ORGANIZERS, *(f"org:{id_}" for id_ in granted)}
    return not need.masked or bool(inner & set(tokens))


def page(session: Session, need: Need, tokens: Collection[str], *, content: NeedContent | None = None) -> NeedPage:
    """The page of a reader with these audience tokens; ``content``: another version than the public one. Four queries."""
    version_id = need.public_version_id or need.working_version_id or 0
    shown = content or need_contents(session, [version_id])[version_id]
    granted = accepted(session, [need.id])[need.id]
    disclosure = effective_disclosure(shown.disclosure, need.tightened_to)
    inner = {f"org:{need.organisation_id}", ORGANIZERS} & set(tokens)
    opened = bool(inner) or bool(audience(need, disclosure, granted) & set(tokens))
    if not opened:
        shown = replace(shown, tried="", budget_min=None, budget_max=None, negotiable=False)
    owner = None
    if may_see_owner(need, granted, tokens):
        columns = tuple(getattr(Organisation, name) for name in NeedOwner.__annotations__)
        owner = NeedOwner(*session.execute(select(*columns).where(Organisation.id == need.organisation_id)).one())
    circles = session.execute(
        select(Circle.public_id, Circle.name)
        .join(NeedCircle, NeedCircle.circle_id == Circle.id)
        .where(NeedCircle.need_id == need.id)
        .order_by(Circle.id)
    )
    return NeedPage(
        content=shown,
        owner=owner,
        disclosure=disclosure,
        open=opened,
        outside=opened and disclosure is not Disclosure.PUBLIC and f"org:{need.organisation_id}" not in tokens,
        circles=tuple((row.public_id, row.name) for row in circles) if owner else (),
    )


# --- cards --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NeedCard:
    """What a list shows of a published need; codes are dictionary keys. Nothing that disclosure governs."""

    id: int
    public_id: str
    title: str
    description: str
    keywords: Sequence[str]
    indicators: Sequence[str]  # names
    fields: Sequence[str]
    modes: Sequence[str]
    trl_from: int | None
    trl_to: int | None
    deadline: date | None
    negotiable: bool | None  # none: the budget is not for everybody
    budget_min: int | None
    budget_max: int | None
    owner: str  # empty where masked
    owner_public_id: str
    is_sample: bool
    published_at: datetime | None


def cards(session: Session, public_ids: Sequence[str]) -> list[NeedCard]:
    """The cards of those that are published now, in the order given; one query."""
    wanted = list(dict.fromkeys(public_ids))
    rows = session.execute(
        select(
            Need.id,
            Need.public_id,
            Need.state,
            Need.masked,
            Need.tightened_to,
            Need.is_sample,
            Need.published_at,
            Organisation.name.label("owner"),
            Organisation.public_id.label("owner_public_id"),
            NeedVersion.title,
            NeedVersion.description,
            NeedVersion.keywords,
            NeedVersion.indicators,
            NeedVersion.fields,
            NeedVersion.modes,
            NeedVersion.trl_from,
            NeedVersion.trl_to,
            NeedVersion.deadline,
            NeedVersion.negotiable,
            NeedVersion.budget_min,
            NeedVersion.budget_max,
            NeedVersion.disclosure,
        )
        .join(NeedVersion, NeedVersion.id == Need.public_version_id)
        .join(Organisation, Organisation.id == Need.organisation_id)
        .where(Need.public_id.in_(wanted))
    ).all()
    found = {row.public_id: _card(row) for row in rows if row.state is RecordState.PUBLISHED}
    return [found[public_id] for public_id in wanted if public_id in found]


def _card(row: Any) -> NeedCard:
    everybody = effective_disclosure(row.disclosure, row.tightened_to) is Disclosure.PUBLIC
    return NeedCard(
        id=row.id,
        public_id=row.public_id,
        title=row.title,
        description=row.description,
        keywords=row.keywords,
        indicators=[str(indicator.get("name", "")) for indicator in row.indicators],
        fields=row.fields,
        modes=row.modes,
        trl_from=row.trl_from,
        trl_to=row.trl_to,
        deadline=row.deadline,
        negotiable=row.negotiable if everybody else None,
        budget_min=row.budget_min if everybody else None,
        budget_max=row.budget_max if everybody else None,
        owner="" if row.masked else row.owner,
        owner_public_id="" if row.masked else row.owner_public_id,
        is_sample=row.is_sample,
        published_at=row.published_at,
    )


def newest(session: Session, *, limit: int) -> list[NeedCard]:
    """The cards published last."""
    ids = session.scalars(
        select(Need.public_id)
        .where(Need.state == RecordState.PUBLISHED)
        .order_by(Need.published_at.desc(), Need.id.desc())
        .limit(limit)
    ).all()
    return cards(session, ids)


# --- the index and exports ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublishedNeed:
    """A published need with everything its documents say; a masked owner's name and id are not in it."""

    id: int
    public_id: str
    revision: int
    published_at: datetime
    organisation_id: int  # for the audience only, never shown
    owner_public_id: str
    owner_name: str
    disclosure: Disclosure
    version: NeedContent
    circles: Sequence[str]  # keys
    granted: Sequence[int]  # organisations whose request was accepted
    is_sample: bool


def published_needs(session: Session, ids: Collection[int]) -> list[PublishedNeed]:
    """Those of ``ids`` that are published, in ascending order of id; four queries."""
    rows = session.execute(
        select(Need, Organisation.public_id, Organisation.name)
        .join(Organisation, Organisation.id == Need.organisation_id)
        .where(Need.id.in_(ids))
        .order_by(Need.id)
    ).all()
    shown = [row for row in rows if row.Need.state is RecordState.PUBLISHED]
    versions = need_contents(session, [row.Need.public_version_id for row in shown])
    circles = grouped(
        session,
        select(NeedCircle.need_id, Circle.key)
        .join(Circle, Circle.id == NeedCircle.circle_id)
        .where(NeedCircle.need_id.in_(ids))
        .order_by(Circle.key),
    )
    granted = accepted(session, ids)
    return [_published(row, versions[row.Need.public_version_id], circles, granted) for row in shown]


def _published(
    row: Any, version: NeedContent, circles: dict[int, list[str]], granted: dict[int, list[int]]
) -> PublishedNeed:
    need = row.Need
    return PublishedNeed(
        id=need.id,
        public_id=need.public_id,
        revision=need.revision,
        published_at=need.published_at,
        organisation_id=need.organisation_id,
        owner_public_id="" if need.masked else row.public_id,
        owner_name="" if need.masked else row.name,
        disclosure=effective_disclosure(version.disclosure, need.tightened_to),
        version=version,
        circles=() if need.masked else circles[need.id],
        granted=granted[need.id],
        is_sample=need.is_sample,
    )
