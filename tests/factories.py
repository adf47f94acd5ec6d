"""Rows for tests: small, valid, distinct. Each function adds and flushes; the test commits."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import (
    Capability,
    Disclosure,
    EventState,
    GrantRole,
    OrgRole,
    RecordState,
    SessionKind,
    Verification,
    VersionState,
)
from models.rules.calendar import slots
from models.tables import (
    Account,
    Achievement,
    AchievementCircle,
    AchievementVersion,
    AgendaItem,
    Circle,
    Event,
    Grant,
    IntellectualProperty,
    Mandate,
    MatchSession,
    Membership,
    Need,
    NeedCircle,
    NeedVersion,
    Organisation,
    Person,
    SessionTable,
    Slot,
)

PASSWORD = "Correct-Horse-7"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # cheap on purpose
_numbers = count(1)


def make_org(
    session: Session,
    *capabilities: Capability,
    name: str = "",
    verification: Verification = Verification.VERIFIED,
    **values: Any,
) -> Organisation:
    organisation = Organisation(
        name=name or f"测试单位{next(_numbers)}",
        kind=values.pop("kind", "university" if Capability.PROVIDER in capabilities else "enterprise"),
        is_provider=Capability.PROVIDER in capabilities,
        is_seeker=Capability.SEEKER in capabilities,
        verification=verification,
        **values,
    )
    session.add(organisation)
    session.flush()
    return organisation


def make_provider(session: Session, **values: Any) -> Organisation:
    return make_org(session, Capability.PROVIDER, **values)


def make_seeker(session: Session, **values: Any) -> Organisation:
    return make_org(session, Capability.SEEKER, **values)


def make_person(
    session: Session, organisation: Organisation | None = None, *, role: OrgRole = OrgRole.MEMBER, **values: Any
) -> Person:
    number = next(_numbers)
    person = Person(
        name=values.pop("name", f"张测试{number}"),
        email=values.pop("email", f"person{number}@example.org"),
        phone=values.pop("phone", f"000-0000-{number:04d}"),
        **values,
    )
    session.add(person)
    session.flush()
    if organisation is not None:
        session.add(Membership(person_id=person.id, organisation_id=organisation.id, role=role, started_at=utcnow()))
        session.flush()
    return person


def make_account(
    session: Session,
    organisation: Organisation | None = None,
    *grants: GrantRole,
    role: OrgRole = OrgRole.MEMBER,
    confirmed: bool = True,
    **values: Any,
) -> Account:
    """An account with its person; password is PASSWORD."""
    person = make_person(session, organisation, role=role, **values)
    account = Account(
        person_id=person.id,
        person=person,
        email=person.email.casefold(),
        password_hash=PASSWORD_HASH,
        confirmed_at=utcnow() if confirmed else None,
    )
    session.add(account)
    for grant in grants:
        session.add(Grant(person_id=person.id, role=grant, started_at=utcnow()))
    session.flush()
    return account


def make_mandate(session: Session, organisation: Organisation, broker: Account, given_by: Account) -> Mandate:
    mandate = Mandate(
        organisation_id=organisation.id,
        broker_id=broker.person_id,
        given_by_id=given_by.person_id,
        started_at=utcnow(),
    )
    session.add(mandate)
    session.flush()
    return mandate


def make_circle(session: Session, **values: Any) -> Circle:
    number = next(_numbers)
    circle = Circle(key=f"circle{number}", name=f"测试生态圈{number}", introduction="一段介绍。", **values)
    session.add(circle)
    session.flush()
    return circle


def make_achievement(
    session: Session,
    organisation: Organisation,
    *,
    state: RecordState = RecordState.PUBLISHED,
    version_state: VersionState | None = None,
    circle: Circle | None = None,
    published_at: datetime | None = None,
    **values: Any,
) -> Achievement:
    """An achievement with one complete version; published unless told otherwise."""
    number = next(_numbers)
    public = state is not RecordState.DRAFT
    achievement = Achievement(
        organisation_id=organisation.id,
        organisation=organisation,
        state=state,
        published_at=(published_at or utcnow()) if public else None,
        valid_until=date.today() + timedelta(days=700) if public else None,
        contact_id=values.pop("contact_id", None),
    )
    session.add(achievement)
    session.flush()
    texts: dict[str, Any] = {
        "title": f"面向测试的第{number}号装置",
        "summary": f"第{number}号装置把试验流程缩短到3小时，温度控制在±0.5℃以内，已在两家单位连续运行六个月。" * 3,
        "problem": "传统做法依赖人工判断，耗时长且结果波动大，现场人员难以稳定复现。",
        "advantage": "与常用的人工方法相比，耗时减少60%，重复性误差由8%降到2%。",
        "indicators": [{"name": "耗时", "unit": "h", "this": "3", "today": "8"}],
        "scenes": "适用于检测机构、化工企业中控室和高校实验室的日常测试。",
        "details": f"保密细节{number}：关键参数为催化剂配比1:7，反应温度183℃。",
        "fields": ["materials"],
        "industries": ["new_materials"],
        "discipline": "430",
        "trl": 6,
        "stage": "pilot",
        "modes": ["license"],
        "price_mode": "agreement",
        "negotiable": True,
        "keywords": ["测试", "装置"],
        "team_note": "团队长期从事测试装置研究。",
        "disclosure": Disclosure.PUBLIC,
        "non_classified": True,
        **values,
    }
    version = AchievementVersion(
        achievement_id=achievement.id,
        number=1,
        state=version_state or (VersionState.PUBLISHED if public else VersionState.DRAFT),
        published_at=utcnow() if public else None,
        updated_at=utcnow(),
        **texts,
    )
    session.add(version)
    session.flush()
    session.add(IntellectualProperty(version_id=version.id, kind="trade_secret", title="控制方法", status="granted"))
    achievement.public_version_id = version.id if public else None
    achievement.working_version_id = None if public else version.id
    if circle is not None:
        session.add(AchievementCircle(achievement_id=achievement.id, circle_id=circle.id))
    session.flush()
    return achievement


def make_need(
    session: Session,
    organisation: Organisation,
    *,
    state: RecordState = RecordState.PUBLISHED,
    version_state: VersionState | None = None,
    circle: Circle | None = None,
    masked: bool = False,
    contact_id: int | None = None,
    **values: Any,
) -> Need:
    """A need with one complete version; published unless told otherwise."""
    number = next(_numbers)
    public = state is not RecordState.DRAFT
    need = Need(
        organisation_id=organisation.id,
        organisation=organisation,
        state=state,
        masked=masked,
        published_at=utcnow() if public else None,
        valid_until=date.today() + timedelta(days=700) if public else None,
        contact_id=contact_id,
    )
    session.add(need)
    session.flush()
    said: dict[str, Any] = {
        "title": f"寻求第{number}号低温处理工艺",
        "description": f"第{number}号产线每天产生废液二百立方米，冬季低温，现有工艺处理费高，希望找到占地小、操作人员少的新办法。"
        * 3,
        "tried": f"保密细节{number}：试过膜法，十天就堵。",
        "indicators": [{"name": "处理费", "unit": "元/m³", "now": "96", "target": "≤45"}],
        "fields": ["environment"],
        "industries": ["chemicals"],
        "modes": ["cooperate"],
        "keywords": ["废液", "低温"],
        "negotiable": False,
        "budget_min": 150_000_000,
        "budget_max": 350_000_000,
        "deadline": date.today() + timedelta(days=120),
        "trl_from": 6,
        "disclosure": Disclosure.PUBLIC,
        "non_classified": True,
        **values,
    }
    version = NeedVersion(
        need_id=need.id,
        number=1,
        state=version_state or (VersionState.PUBLISHED if public else VersionState.DRAFT),
        published_at=utcnow() if public else None,
        updated_at=utcnow(),
        **said,
    )
    session.add(version)
    session.flush()
    need.public_version_id = version.id if public else None
    need.working_version_id = None if public else version.id
    if circle is not None:
        session.add(NeedCircle(need_id=need.id, circle_id=circle.id))
    session.flush()
    return need


def make_event(
    session: Session,
    *achievements: Achievement,
    state: EventState = EventState.PUBLISHED,
    starts_at: datetime | None = None,
    **values: Any,
) -> Event:
    """A roadshow of tomorrow 09:00 UTC with a pitch of fifteen minutes for each achievement."""
    starts_at = starts_at or (utcnow() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    event = Event(
        title=f"测试路演{next(_numbers)}",
        introduction="一段介绍。",
        state=state,
        published_once=state is not EventState.DRAFT,
        venue="示例会议中心",
        rooms=["一号厅"],
        hosts={"host": ["主办单位"], "organizer": ["承办单位"], "co_organizer": []},
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        **values,
    )
    session.add(event)
    session.flush()
    for position, achievement in enumerate(achievements):
        start = starts_at + timedelta(minutes=15 * position)
        session.add(
            AgendaItem(
                event_id=event.id,
                position=position,
                achievement_id=achievement.id,
                room="一号厅",
                starts_at=start,
                ends_at=start + timedelta(minutes=15),
            )
        )
    session.flush()
    return event


def make_session(
    session: Session,
    *,
    kind: SessionKind = SessionKind.ONE_TO_ONE,
    state: EventState = EventState.PUBLISHED,
    starts_at: datetime | None = None,
    hours: int = 2,
    tables: int = 2,
    slot_minutes: int = 30,
    capacity: int = 0,
    **values: Any,
) -> MatchSession:
    """A matchmaking session of the day after tomorrow with its tables and slots."""
    starts_at = starts_at or (datetime.now(UTC) + timedelta(days=2)).replace(hour=1, minute=0, second=0, microsecond=0)
    ends_at = starts_at + timedelta(hours=hours)
    match_session = MatchSession(
        title=f"测试对接会{next(_numbers)}",
        kind=kind,
        state=state,
        published_once=state is not EventState.DRAFT,
        venue="示例会议中心二楼",
        starts_at=starts_at,
        ends_at=ends_at,
        slot_minutes=slot_minutes,
        capacity=capacity,
        **values,
    )
    session.add(match_session)
    session.flush()
    if kind is SessionKind.ONE_TO_ONE:
        session.add_all(SessionTable(match_session_id=match_session.id, number=n + 1) for n in range(tables))
        session.add_all(
            Slot(match_session_id=match_session.id, starts_at=start, ends_at=end)
            for start, end in slots(starts_at, ends_at, slot_minutes)
        )
    session.flush()
    return match_session
