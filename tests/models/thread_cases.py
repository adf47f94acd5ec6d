"""What the tests of contact threads share: a university, an enterprise, and who acts for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import requests
from models.enums import AmountSaid, Disclosure, GrantRole, OrgRole, Place
from models.queries.actors import load_actor
from models.rules.deals import Contract, Implementation
from models.rules.policy import Actor
from models.tables import Account, Achievement, AuditEntry, ContactRequest, Job, Organisation, Term
from tests.factories import make_account, make_achievement, make_mandate, make_provider, make_seeker

PURPOSE = "我们想在北部平台试用三个月，先看零下30℃能否连续运行。"
SECRET_PHONE, SECRET_EMAIL = "138-1111-2222", "private.asker@example.org"
ANSWER_PHONE, ANSWER_EMAIL = "139-3333-4444", "private.answerer@example.org"
TODAY = date(2026, 11, 29)
CONTRACT = Contract("patent_licence", AmountSaid.STATED, 80_0000_00, date(2026, 11, 20), registered=False)
IMPLEMENTATION = Implementation(Place.CITY, "北岸区", investment=300_0000_00, jobs=11)


@dataclass
class World:
    university: Organisation
    professor: Account  # member
    dean: Account  # manager
    enterprise: Organisation
    buyer: Account  # member
    boss: Account  # manager
    broker: Account  # with a mandate of the enterprise
    organizer: Account
    outsider: Account  # of another enterprise
    achievement: Achievement

    def by(self, session: Session, name: str) -> Actor:
        return load_actor(session, getattr(self, name).id, ip="192.0.2.7")


def make_world(session: Session, **achievement: Any) -> World:
    university, enterprise = make_provider(session), make_seeker(session)
    boss = make_account(session, enterprise, role=OrgRole.MANAGER)
    broker = make_account(session, None, GrantRole.BROKER)
    make_mandate(session, enterprise, broker, boss)
    session.add_all(
        Term(system="stop_reason", key=key, label_zh=zh, label_en=en)
        for key, zh, en in (("price", "价格分歧", "No agreement on the price"), ("other", "其他", "Other"))
    )
    session.add_all(
        Term(system="contract_type", key=key, parent=parent, label_zh=zh, label_en=en)
        for key, parent, zh, en in (
            ("licence", "", "技术许可", "Technology licence"), ("patent_licence", "licence", "专利实施许可", "Patent licence")
        )
    )  # fmt: skip
    session.flush()
    return World(
        university=university,
        professor=make_account(session, university, phone=ANSWER_PHONE, email=ANSWER_EMAIL),
        dean=make_account(session, university, role=OrgRole.MANAGER),
        enterprise=enterprise,
        buyer=make_account(session, enterprise, phone=SECRET_PHONE, email=SECRET_EMAIL),
        boss=boss,
        broker=broker,
        organizer=make_account(session, None, GrantRole.ORGANIZER),
        outsider=make_account(session, make_seeker(session)),
        achievement=make_achievement(session, university, **{"disclosure": Disclosure.CONSENT, **achievement}),
    )


def ask(session: Session, world: World, name: str = "buyer", **values: Any) -> ContactRequest:
    return requests.ask(
        session,
        values.pop("achievement", world.achievement),
        by=world.by(session, name),
        sender_id=values.pop("sender_id", world.enterprise.id),
        purpose=values.pop("purpose", PURPOSE),
        **values,
    )


def mails(session: Session, template: str) -> list[dict[str, Any]]:
    """Payloads of the enqueued mails of a template."""
    session.flush()
    found = session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id))
    return [job.payload for job in found if job.payload["template"] == template]


def receivers(session: Session, template: str) -> set[str]:
    return {mail["to"] for mail in mails(session, template)}


def audited(session: Session, action: str) -> list[AuditEntry]:
    session.flush()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def queued(session: Session, name: str) -> list[Job]:
    session.flush()
    return list(session.scalars(select(Job).where(Job.name == name).order_by(Job.id)))
