"""Questions about contact requests: lists, one thread, its timeline, whose contact data is shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import (
    ConsentKind,
    RequestState,
)
from models.queries.hanging import OPEN_REQUESTS
from models.queries.paging import PAGE, KeyPage, key_page
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    Consent,
    ContactRequest,
    Engagement,
    Event,
    Mandate,
    Membership,
    Message,
    Need,
    NeedVersion,
    Organisation,
    Person,
    Transition,
)

Sender, Receiver = aliased(Organisation, name="sender"), aliased(Organisation, name="receiver")
InCharge = aliased(Person, name="in_charge")
# Of the version the public sees, else of the one under way: a thread outlives the publication of its subject.
VERSION = AchievementVersion.id == func.coalesce(Achievement.public_version_id, Achievement.working_version_id)

NEED_VERSION = NeedVersion.id == func.coalesce(Need.public_version_id, Need.working_version_id)
TITLE = func.coalesce(NeedVersion.title, AchievementVersion.title, "")  # the need's where there is one


def with_subject(statement: Any, thread: Any) -> Any:
    """Join what a request or an engagement is about."""
    return (
        statement.outerjoin(Achievement, Achievement.id == thread.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .outerjoin(Need, Need.id == thread.need_id)
        .outerjoin(NeedVersion, NEED_VERSION)
    )


def receiver_shown(column: Any, inside: Collection[int] | None = ()) -> Any:
    """A column about the receiver; "" where it is the masked owner of a need that has not accepted.

    ``inside``: the organisations for which the reader acts; none: an organizer, who sees everything.
    """
    if inside is None:
        return column
    hidden = and_(Need.masked, ContactRequest.state != RequestState.ACCEPTED, ContactRequest.receiver_id.not_in(inside))
    return case((hidden, ""), else_=column)


# --- lists ------------------------------------------------------------------------------------------------------------


def threads(
    session: Session,
    box: ColumnElement[bool],
    *,
    states: Collection[RequestState] = (),
    after: str = "",
    before: str = "",
    limit: int = PAGE,
    inside: Collection[int] | None = (),
) -> KeyPage:
    """A page of the threads of a ``box``; at most two queries. ``inside``: as for ``receiver_shown``."""
    statement = with_subject(
        select(
            ContactRequest.public_id,
            ContactRequest.state,
            ContactRequest.due_on,
            ContactRequest.created_at,
            ContactRequest.answered_at,
            ContactRequest.is_sample,
            TITLE.label("title"),
            Sender.name.label("sender"),
            Sender.verification.label("sender_verification"),
            receiver_shown(Receiver.name, inside).label("receiver"),
        )
        .select_from(ContactRequest)
        .join(Sender, Sender.id == ContactRequest.sender_id)
        .join(Receiver, Receiver.id == ContactRequest.receiver_id),
        ContactRequest,
    ).where(box)
    if states:
        statement = statement.where(ContactRequest.state.in_(states))
    return key_page(session, statement, ContactRequest, after=after, before=before, limit=limit)


def received(organisation_ids: Collection[int]) -> ColumnElement[bool]:
    return ContactRequest.receiver_id.in_(organisation_ids)


def sent(organisation_ids: Collection[int]) -> ColumnElement[bool]:
    return ContactRequest.sender_id.in_(organisation_ids)


def everything() -> ColumnElement[bool]:
    """For organizers."""
    return literal(True)


def by_state(session: Session, box: ColumnElement[bool]) -> Mapping[RequestState, int]:
    """How many threads of a box are in which state."""
    rows = session.execute(select(ContactRequest.state, func.count()).where(box).group_by(ContactRequest.state))
    return dict(rows.all())


def boxes(session: Session, organisation_ids: Collection[int]) -> tuple[int, int]:
    """How many open threads the organisations have received and sent."""
    mine = tuple(organisation_ids)
    row = session.execute(
        select(
            func.count(case((ContactRequest.receiver_id.in_(mine), 1))),
            func.count(case((ContactRequest.sender_id.in_(mine), 1))),
        ).where(ContactRequest.state.in_(OPEN_REQUESTS), or_(received(mine), sent(mine)))
    ).one()
    return row[0], row[1]


# --- one thread -------------------------------------------------------------------------------------------------------


def head(session: Session, request_id: int, inside: Collection[int] | None = ()) -> Any:
    """What stands above and beside a thread; one query. No contact data. ``inside``: as for ``receiver_shown``."""
    asked, acted = aliased(Person), aliased(Person)
    return session.execute(
        with_subject(
            select(
                TITLE.label("title"),
                NeedVersion.title.label("need_title"),
                Need.public_id.label("need"),
                Need.state.label("need_state"),
                AchievementVersion.title.label("achievement_title"),
                Achievement.public_id.label("achievement"),
                Achievement.state.label("achievement_state"),
                Achievement.tightened_to,
                AchievementVersion.disclosure,
                Sender.public_id.label("sender_public_id"),
                Sender.name.label("sender"),
                Sender.verification.label("sender_verification"),
                receiver_shown(Receiver.public_id, inside).label("receiver_public_id"),
                receiver_shown(Receiver.name, inside).label("receiver"),
                Receiver.verification.label("receiver_verification"),
                asked.name.label("asked_by"),
                asked.title.label("asked_by_title"),
                acted.name.label("acted_by"),
                InCharge.name.label("in_charge"),
                Event.public_id.label("event_public_id"),
                Event.title.label("event"),
                Engagement.public_id.label("engagement"),
                Engagement.stage,
            )
            .select_from(ContactRequest)
            .join(Sender, Sender.id == ContactRequest.sender_id)
            .join(Receiver, Receiver.id == ContactRequest.receiver_id)
            .join(asked, asked.id == ContactRequest.asked_by_id)
            .outerjoin(acted, acted.id == ContactRequest.acted_by_id)
            .outerjoin(InCharge, InCharge.id == ContactRequest.assigned_to_id)
            .outerjoin(Event, Event.id == ContactRequest.origin_event_id)
            .outerjoin(Engagement, Engagement.id == ContactRequest.engagement_id)
            .where(ContactRequest.id == request_id),
            ContactRequest,
        )
    ).one()


@dataclass(frozen=True)
class Entry:
    """One line of a timeline: a change of state, a message, or a change with its message."""

    at: datetime
    person_id: int | None
    who: str
    side_id: int | None  # the organisation for which a message was written
    on_behalf: str  # name of the organisation somebody else than a member acted for
    state: RequestState | None  # none: a message only
    text: str = ""


def timeline(session: Session, request: ContactRequest) -> list[Entry]:
    """Changes of state and messages, oldest first; two queries. A question asked back and its answer are one entry each."""
    behalf = aliased(Organisation)
    moves = session.execute(
        select(Transition.at, Transition.person_id, Person.name, behalf.name, Transition.to_state, Transition.reason)
        .outerjoin(Person, Person.id == Transition.person_id)
        .outerjoin(behalf, behalf.id == Transition.on_behalf_of_id)
        .where(Transition.object_type == ContactRequest.__tablename__, Transition.object_id == request.id)
        .order_by(Transition.at, Transition.id)
    )
    entries = [
        Entry(at, who_id, who or "", None, org or "", RequestState(to), text)
        for at, who_id, who, org, to, text in moves
    ]
    was_member = exists().where(
        Membership.person_id == Message.person_id, Membership.organisation_id == Message.organisation_id
    )
    messages = session.execute(
        select(
            Message.created_at,
            Message.person_id,
            Person.name,
            Message.organisation_id,
            case((was_member, literal("")), else_=Organisation.name),
            Message.text,
        )
        .join(Person, Person.id == Message.person_id)
        .outerjoin(Organisation, Organisation.id == Message.organisation_id)
        .where(Message.contact_request_id == request.id)
        .order_by(Message.id)
    )
    entries += [Entry(at, who_id, who, side, org or "", None, text) for at, who_id, who, side, org, text in messages]
    return _joined(sorted(entries, key=lambda entry: entry.at))


def _joined(entries: Sequence[Entry]) -> list[Entry]:
    """A message written with a change of state (asked back, answered) stands in that change's entry."""
    joined: list[Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if (
            last is not None
            and entry.state is None
            and len(joined) > 1
            and last.state in OPEN_REQUESTS
            and not last.text
            and last.person_id == entry.person_id
        ):
            joined[-1] = Entry(last.at, last.person_id, last.who, entry.side_id, last.on_behalf, last.state, entry.text)
        else:
            joined.append(entry)
    return joined


# --- contact data -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contact:
    """Somebody's contact data on an accepted thread; empty where they did not agree or do not any more."""

    side_id: int
    person_id: int
    name: str
    title: str
    shared: bool
    phone: str = ""
    email: str = ""


def contacts(session: Session, request: ContactRequest) -> list[Contact]:
    """Who asked and who accepted; phone and e-mail only of those who agreed; one query. Nobody before acceptance.

    Agreed means: the flag of this thread, and the person's consent where there is an account or the organisation's
    declaration of it where there is none, and that the person still acts for that side.
    """
    if request.state is not RequestState.ACCEPTED:
        return []
    side = case((Person.id == request.asked_by_id, request.sender_id), else_=request.receiver_id)
    acts = or_(
        exists().where(
            Membership.person_id == Person.id, Membership.organisation_id == side, Membership.ended_at.is_(None)
        ),
        exists().where(Mandate.broker_id == Person.id, Mandate.organisation_id == side, Mandate.ended_at.is_(None)),
    )
    consented = exists().where(
        Consent.person_id == Person.id, Consent.kind == ConsentKind.CONTACT, Consent.withdrawn_at.is_(None)
    )
    agrees = case(
        (Account.id.is_not(None), and_(consented, Account.suspended_at.is_(None))),
        else_=Person.declared_at.is_not(None),
    )
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            Person.title,
            Person.phone,
            func.coalesce(func.nullif(Person.email, ""), Account.email).label("email"),
            and_(agrees, acts, Person.deidentified_at.is_(None)).label("agrees"),
        )
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id.in_([request.asked_by_id, request.answered_by_id]))
    ).all()
    found = {row.id: row for row in rows}
    parties = (
        (request.sender_id, request.asked_by_id, request.shares_sender_contact),
        (request.receiver_id, request.answered_by_id, request.shares_receiver_contact),
    )
    return [_contact(found[person], side_id, flag) for side_id, person, flag in parties if person in found]


def _contact(row: Any, side_id: int, flag: bool) -> Contact:
    shared = bool(flag and row.agrees)
    return Contact(
        side_id=side_id,
        person_id=row.id,
        name=row.name,
        title=row.title,
        shared=shared,
        phone=row.phone if shared else "",
        email=(row.email or "") if shared else "",
    )
