"""What the tests of achievements share: the people of one story."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import GrantRole, OrgRole
from models.queries.actors import load_actor
from models.rules.policy import Actor
from models.tables import Account, Achievement, AchievementVersion, AuditEntry, Job, Organisation
from tests.factories import make_account, make_provider, make_seeker


@dataclass
class Story:
    """A university with a member and two managers, an enterprise, an organizer."""

    university: Organisation
    author: Account
    manager: Account
    second_manager: Account
    enterprise: Organisation
    buyer: Account
    organizer: Account

    def by(self, session: Session, name: str) -> Actor:
        return load_actor(session, getattr(self, name).id, ip="192.0.2.7")


def make_story(session: Session, *, reviews_first: bool = False) -> Story:
    university = make_provider(session, reviews_first=reviews_first)
    enterprise = make_seeker(session)
    return Story(
        university=university,
        author=make_account(session, university),
        manager=make_account(session, university, role=OrgRole.MANAGER),
        second_manager=make_account(session, university, role=OrgRole.MANAGER),
        enterprise=enterprise,
        buyer=make_account(session, enterprise),
        organizer=make_account(session, None, GrantRole.ORGANIZER),
    )


COMPLETE = {
    "summary": "把油浆经溶剂切割和催化聚合两步做成可纺沥青，软化点272℃，单釜25公斤，二十批之间偏差不大于5℃，已送两家企业试用三个月。",
    "problem": "国产沥青批次差别大，纺丝一会儿就断头。",
    "advantage": "与进口沥青相比成本下降六成，断头间隔延长4倍。",
    "indicators": [{"name": "软化点偏差", "unit": "℃", "this": "≤5", "today": "12"}],
    "scenes": "导热垫片、卫星热控板。",
    "details": "聚合温度395℃，催化剂加量0.9%。",
    "fields": ["materials"],
    "industries": ["new_materials"],
    "discipline": "430",
    "trl": 5,
    "stage": "pilot",
    "modes": ["license"],
    "price_mode": "agreement",
    "negotiable": False,
    "price_min": 50_000_000,
    "price_max": 80_000_000,
    "keywords": ["沥青", "碳纤维"],
    "team_note": "团队做了十年沥青。",
    "intellectual_property": [
        {"kind": "invention", "number": "ZL201710601862.3", "title": "一种沥青的制备方法", "status": "granted"}
    ],
    "team": [{"name": "简修文", "title": "研究员", "role": "负责人"}],
}


def mails(session: Session) -> list[tuple[str, str]]:
    """(template, receiver) of every mail that was enqueued, in order."""
    session.flush()
    payloads = session.scalars(select(Job.payload).where(Job.name == "mail").order_by(Job.id))
    return [(payload["template"], payload["to"]) for payload in payloads]


def actions(session: Session, subject: Achievement | AchievementVersion) -> list[str]:
    """The audited actions on a record, in order."""
    session.flush()
    return list(
        session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.object_type == subject.__tablename__, AuditEntry.object_id == subject.id)
            .order_by(AuditEntry.id)
        )
    )
