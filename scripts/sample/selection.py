"""Two calls for projects: one still open, one closed with applications and most of its scores."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import ApplicationState
from models.queries.scoring import applying, ties
from models.rules.selection import interest
from models.tables import Achievement, CallScorer, Event, ProjectApplication, ProjectCall, ScoreSheet
from scripts.sample import Clock, pick, sample_id
from scripts.sample.achievements import achievement_ids
from scripts.sample.organisations import managers_of, person_ids

CRITERIA = [
    {"name": "技术和产品", "weight": 30},
    {"name": "商业模式及实施方案", "weight": 25},
    {"name": "行业及市场", "weight": 25},
    {"name": "团队", "weight": 20},
]
OPEN, SCORED = "ice-snow", "aerospace"  # of events.jsonl
APPLYING = {
    OPEN: ("polymers-02", "new-energy-02"),
    SCORED: ("equipment-01", "digital-02", "polymers-01", "environment-01", "new-energy-01", "shale-oil-03"),
}
SCORERS = ("seeker", "vc01-p1", "bank-p1")
LEFT = ("seeker", 2)  # who has still to score how many
TEXTS = {
    OPEN: "征集冰雪装备、寒区运动康养和冬季城市运行方面可以现场演示的成果。入选项目在主会场发布，会后安排一对一对接。",
    SCORED: "征集可用于空天信息、低空应用及相关制造环节的成果，跨行业技术同样欢迎。",
}
COMMENTS = (  # in the order of the criteria
    "指标清楚，有第三方检测",
    "成本测算还需细化",
    "市场定位明确，首批用户已落实",
    "团队稳定，分工合理",
)


def load(session: Session, clock: Clock) -> int:
    """Insert them where there are none yet; returns how many applications."""
    if session.scalar(select(ProjectCall.id).where(ProjectCall.is_sample).limit(1)) is not None:
        return 0
    events = {event.key: event for event in session.scalars(select(Event).where(Event.key.in_(APPLYING)))}
    people = person_ids(session)
    made = 0
    for key, closes, due in ((OPEN, clock.at(30, "17:00"), 37), (SCORED, clock.at(-3, "17:00"), 12)):
        call = ProjectCall(
            event=events[key], text=TEXTS[key], questions=["现场演示需要多大场地？"], closes_at=closes, most_each=2,
            places=2, reserves=1, criteria=CRITERIA, scores_due_at=clock.at(due, "17:00"),
            created_by_id=people["organizer"], created_at=clock.first, is_sample=True,
        )  # fmt: skip
        session.add(call)
        session.flush()
        made += _applications(session, call, key, clock)
        if key == SCORED:
            _scores(session, call, people, clock)
    session.flush()
    return made


def _applications(session: Session, call: ProjectCall, event: str, clock: Clock) -> int:
    ids, managers = achievement_ids(session), managers_of(session)
    for number, key in enumerate(APPLYING[event]):
        achievement = session.get_one(Achievement, ids[key])
        manager = managers[achievement.organisation_id]
        session.add(
            ProjectApplication(
                public_id=sample_id("application", f"{event}:{key}"), call_id=call.id, achievement_id=achievement.id,
                organisation_id=achievement.organisation_id, state=ApplicationState.SUBMITTED,
                presenter_id=achievement.contact_id or manager, minutes=8, demo_needs="投影，220 V 电源两路",
                may_record=number % 2 == 0, ip_disclosed=True, not_secret=True, answers=["两张展台，约 6 平方米"],
                submitted_at=clock.first - timedelta(days=8 - number), acted_by_id=manager, is_sample=True,
                created_at=clock.first - timedelta(days=9),
            )
        )  # fmt: skip
    session.flush()
    return len(APPLYING[event])


def _scores(session: Session, call: ProjectCall, people: dict[str, int], clock: Clock) -> None:
    """Everybody without ties scores; one has something left to do."""
    behind = applying(session, call.id)
    for name in SCORERS:
        scorer = CallScorer(call_id=call.id, person_id=people[name], invited_by_id=people["organizer"])
        session.add(scorer)
        session.flush()
        known = ties(session, [scorer.person_id])[scorer.person_id]
        free = [one for one in behind if interest(known, behind[one]) is None]
        for number, one in enumerate(free):
            left = name == LEFT[0] and number < LEFT[1]
            points = [6 + pick(f"{name}:{number}:{place}", 4) for place in range(len(CRITERIA))]
            session.add(
                ScoreSheet(
                    application_id=one, scorer_id=scorer.id, points=[] if left else points,
                    comments=[] if left else [text if place == number % 4 else "" for place, text in enumerate(COMMENTS)],
                    given_at=None if left else clock.first - timedelta(days=1), created_at=clock.first,
                )
            )  # fmt: skip
    session.flush()
