"""Organisations, people, accounts, grants and mandates."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import ConsentKind, GrantRole, OrgRole, Verification
from models.rules.identifiers import uscc_check_digit
from models.rules.settings import PRIVACY_VERSION
from models.tables import Account, Consent, Grant, Mandate, Membership, Organisation, Person
from scripts.sample import lines, sample_id

# Codes have the right form and check digit and cannot be real: the district 230699 is not in use.
REGISTRATION = {"enterprise": "91", "spinoff": "91", "bank": "91", "vc": "91", "media": "91", "transfer_agency": "91"}


def sample_code(kind: str, number: int) -> str:
    first = f"{REGISTRATION.get(kind, '12')}230699MA{number:07d}"
    return first + uscc_check_digit(first)


def load(session: Session, first_loaded: datetime, password_hash: str) -> dict[str, int]:
    """Insert what is missing; returns how many rows of which kind."""
    since = first_loaded - timedelta(days=400)
    known = set(session.scalars(select(Organisation.public_id).where(Organisation.is_sample)))
    added = {"organisations": 0, "people": 0}
    for number, row in enumerate(lines("organisations.jsonl"), start=1):
        public_id = sample_id("organisation", row["key"])
        if public_id in known:
            continue
        added["organisations"] += 1
        state = Verification(row["verification"])
        session.add(
            Organisation(
                public_id=public_id,
                name=row["name"],
                kind=row["kind"],
                uscc=sample_code(row["kind"], number),
                uscc_conforms=True,
                region=row["region"],
                industries=row["industries"],
                introduction=row["intro"],
                is_provider="provider" in row["capabilities"],
                is_seeker="seeker" in row["capabilities"],
                verification=state,
                verified_at=since if state is Verification.VERIFIED else None,
                reviews_first=row["org_review"],
                created_at=since,
                is_sample=True,
            )
        )
    session.flush()
    added["people"] = _people(session, since, password_hash)
    _mandates(session, since)
    return added


def organisation_ids(session: Session) -> dict[str, int]:
    """key -> id of the sample organisations."""
    found = dict(session.execute(select(Organisation.public_id, Organisation.id)).all())
    return {row["key"]: found[sample_id("organisation", row["key"])] for row in lines("organisations.jsonl")}


def person_ids(session: Session) -> dict[str, int]:
    """key -> id of the sample people."""
    found = dict(session.execute(select(Person.public_id, Person.id)).all())
    return {row["key"]: found[sample_id("person", row["key"])] for row in lines("people.jsonl")}


def managers_of(session: Session) -> dict[int, int]:
    """organisation id -> person id of a manager of today."""
    managing = select(Membership.organisation_id, Membership.person_id).where(
        Membership.role == "manager", Membership.ended_at.is_(None)
    )
    return dict(session.execute(managing).all())


def _people(session: Session, since: datetime, password_hash: str) -> int:
    organisations = organisation_ids(session)
    known = set(session.scalars(select(Person.public_id).where(Person.is_sample)))
    rows = [row for row in lines("people.jsonl") if sample_id("person", row["key"]) not in known]
    for row in rows:
        person = Person(
            public_id=sample_id("person", row["key"]),
            name=row["name"],
            title=row["title"],
            email=row["email"],
            phone=row["phone"],
            created_at=since,
            declared_at=None if row["account"] else since,
            is_sample=True,
        )
        session.add(person)
        session.flush()
        session.add(
            Membership(
                person_id=person.id,
                organisation_id=organisations[row["org"]],
                role=OrgRole(row["role"]),
                started_at=since,
            )
        )
        if row["account"]:
            _account(session, person, since, password_hash)
        for grant in row["grants"]:
            session.add(Grant(person_id=person.id, role=GrantRole(grant), started_at=since))
    session.flush()
    return len(rows)


def _account(session: Session, person: Person, since: datetime, password_hash: str) -> None:
    session.add(
        Account(
            person_id=person.id,
            email=person.email.casefold(),
            password_hash=password_hash,
            confirmed_at=since,
            created_at=since,
            is_sample=True,
        )
    )
    for kind in ConsentKind:
        session.add(Consent(person_id=person.id, kind=kind, version=PRIVACY_VERSION, given_at=since))


def _mandates(session: Session, since: datetime) -> None:
    """The demo broker acts for a provider and an enterprise; a third mandate has ended."""
    people, organisations = person_ids(session), organisation_ids(session)
    if session.scalar(select(Mandate.id).limit(1)) is not None:
        return
    for key, giver, ended in (("blpu", "provider", None), ("e02", "seeker2", None), ("e01", "seeker", 60)):
        session.add(
            Mandate(
                organisation_id=organisations[key],
                broker_id=people["broker"],
                given_by_id=people[giver],
                started_at=since + timedelta(days=100),
                ended_at=since + timedelta(days=100 + ended) if ended else None,
                ended_by_id=people[giver] if ended else None,
            )
        )
    session.flush()
