"""Everything kept about a person, as plain values for an export: a constant number of queries."""

from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import RequestState
from models.queries import my_days
from models.tables import (
    Account,
    Achievement,
    AuditEntry,
    Consent,
    ContactRequest,
    Grant,
    JoinRequest,
    Mandate,
    Match,
    MatchDecision,
    MatchForward,
    Membership,
    Message,
    Need,
    Organisation,
    Person,
    Question,
    Report,
    SavedSearch,
    SavedSearchHit,
)


def everything(session: Session, person_id: int) -> dict[str, Any]:
    """Section -> rows (dicts of text, numbers, true/false, null; times as ISO 8601 in UTC). No secret is among them."""
    return {
        "person": _rows(
            session,
            select(Person.public_id, Person.name, Person.title, Person.email, Person.phone, Person.created_at).where(
                Person.id == person_id
            ),
        ),
        "account": _rows(
            session,
            select(
                Account.email,
                Account.created_at,
                Account.confirmed_at,
                Account.last_login_at,
                Account.locale,
                Account.suggestions_off_at,
            ).where(Account.person_id == person_id),
        ),
        "consents": _rows(
            session,
            select(Consent.kind, Consent.version, Consent.given_at, Consent.withdrawn_at, Consent.ip)
            .where(Consent.person_id == person_id)
            .order_by(Consent.id),
        ),
        "roles": _rows(
            session,
            select(Grant.role, Grant.started_at, Grant.ended_at).where(Grant.person_id == person_id).order_by(Grant.id),
        ),
        "memberships": _rows(session, _memberships(person_id)),
        "requests_to_join": _rows(session, _joins(person_id)),
        "mandates": _rows(session, _mandates(person_id)),
        "achievements": _rows(session, _records(person_id, Achievement)),
        "needs": _rows(session, _records(person_id, Need)),
        "questions": _rows(session, _questions(person_id)),
        "contact_requests": _rows(session, _requests(person_id)),
        "messages": _rows(
            session,
            select(ContactRequest.public_id.label("contact_request"), Message.created_at, Message.text)
            .join(ContactRequest, ContactRequest.id == Message.contact_request_id)
            .where(Message.person_id == person_id)
            .order_by(Message.id),
        ),
        **{name: _rows(session, rows) for name, rows in my_days.sections(person_id).items()},
        "suggestions_decided": _rows(session, _decisions(person_id)),
        "suggestions_passed_on": _rows(session, _forwards(person_id)),
        "saved_searches": _rows(session, _saved(person_id)),
        "reports": _rows(
            session,
            select(Report.created_at, Report.object_type, Report.reason, Report.email)
            .where(Report.person_id == person_id)
            .order_by(Report.id),
        ),
        "log": _rows(
            session,
            select(AuditEntry.at, AuditEntry.action, AuditEntry.object_type, AuditEntry.ip)
            .where(AuditEntry.person_id == person_id)
            .order_by(AuditEntry.id),
        ),
    }


def _saved(person_id: int) -> Select[*tuple[Any, ...]]:
    """Saved searches; ``found``: how many records each has found so far."""
    one = SavedSearch
    found = select(func.count(SavedSearchHit.id)).where(SavedSearchHit.saved_search_id == one.id).scalar_subquery()
    return (
        select(
            one.name, one.kind, one.text, one.filters, one.sort, one.exact, one.frequency, one.created_at,
            one.last_run_at, found.label("found"),
        )
        .join(Account, Account.id == one.account_id)
        .where(Account.person_id == person_id)
        .order_by(one.id)
    )  # fmt: skip


def _decisions(person_id: int) -> Select[*tuple[Any, ...]]:
    decision = MatchDecision
    return (
        select(
            Match.public_id.label("suggestion"),
            decision.side,
            decision.choice,
            decision.reason,
            decision.note,
            decision.until,
            decision.created_at,
            decision.ended_at,
        )
        .join(Match, Match.id == decision.match_id)
        .where(decision.person_id == person_id)
        .order_by(decision.id)
    )


def _forwards(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Match.public_id.label("suggestion"), MatchForward.side, MatchForward.note, MatchForward.created_at)
        .join(Match, Match.id == MatchForward.match_id)
        .where(MatchForward.person_id == person_id)
        .order_by(MatchForward.id)
    )


def _memberships(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Organisation.name.label("organisation"), Membership.role, Membership.started_at, Membership.ended_at)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.id)
    )


def _joins(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Organisation.name.label("organisation"), JoinRequest.state, JoinRequest.created_at, JoinRequest.decided_at
        )
        .join(Organisation, Organisation.id == JoinRequest.organisation_id)
        .where(JoinRequest.person_id == person_id)
        .order_by(JoinRequest.id)
    )


def _mandates(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Organisation.name.label("organisation"), Mandate.started_at, Mandate.ended_at)
        .join(Organisation, Organisation.id == Mandate.organisation_id)
        .where(Mandate.broker_id == person_id)
        .order_by(Mandate.id)
    )


def _records(person_id: int, kind: type[Any]) -> Select[*tuple[Any, ...]]:
    """Those of a kind whose contact the person is, and versions the person wrote."""
    version = kind.version_class
    return (
        select(
            kind.public_id,
            version.number.label("version"),
            version.title,
            (kind.contact_id == person_id).label("is_contact"),
            (version.author_id == person_id).label("is_author"),
        )
        .join(version, version.record_id == kind.id)
        .where(
            or_(
                version.author_id == person_id,
                and_(
                    kind.contact_id == person_id,
                    version.id.in_([kind.public_version_id, kind.working_version_id]),
                ),
            )
        )
        .order_by(kind.id, version.number)
    )


def _questions(person_id: int) -> Select[*tuple[Any, ...]]:
    """Public questions the person asked."""
    return (
        select(Need.public_id.label("need"), Question.text, Question.created_at, Question.answer)
        .join(Need, Need.id == Question.need_id)
        .where(Question.person_id == person_id)
        .order_by(Question.id)
    )


def _requests(person_id: int) -> Select[*tuple[Any, ...]]:
    sender, receiver = aliased(Organisation), aliased(Organisation)
    return (
        select(
            ContactRequest.public_id,
            sender.name.label("sender"),
            _receiver_of_mine(receiver, person_id).label("receiver"),
            ContactRequest.state,
            ContactRequest.created_at,
            ContactRequest.purpose,
            ContactRequest.budget_min,
            ContactRequest.budget_max,
            (ContactRequest.asked_by_id == person_id).label("asked_by_me"),
            (ContactRequest.answered_by_id == person_id).label("answered_by_me"),
            ContactRequest.shares_sender_contact,
            ContactRequest.shares_receiver_contact,
        )
        .join(sender, sender.id == ContactRequest.sender_id)
        .join(receiver, receiver.id == ContactRequest.receiver_id)
        .outerjoin(Need, Need.id == ContactRequest.need_id)
        .where(
            or_(
                ContactRequest.asked_by_id == person_id,
                ContactRequest.acted_by_id == person_id,
                ContactRequest.answered_by_id == person_id,
                ContactRequest.assigned_to_id == person_id,
            )
        )
        .order_by(ContactRequest.id)
    )


def _receiver_of_mine(receiver: Any, person_id: int) -> Any:
    """Empty for who asked, where the receiver is the masked owner of a need that has not accepted."""
    answers = or_(ContactRequest.answered_by_id == person_id, ContactRequest.assigned_to_id == person_id)
    hidden = and_(Need.masked, ContactRequest.state != RequestState.ACCEPTED, not_(func.coalesce(answers, False)))
    return case((hidden, ""), else_=receiver.name)


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [_plain(row) for row in session.execute(statement)]


def _plain(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row._mapping.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
