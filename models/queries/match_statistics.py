"""What decisions on suggestions say: to an owner, to who runs the site, to a script that learns. Never who decided."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.enums import Choice, Side, Unsuitable
from models.rules.matches import FEWEST, band_of
from models.rules.policy import Actor, may
from models.tables import Achievement, Match, MatchDecision, MatchRun, Need

BATCH = 1000
DECIDED = (Choice.ACCEPTED, Choice.DECLINED)


def declined_reasons(session: Session, record: Any) -> list[tuple[Unsuitable, int]]:
    """Why how many organisations of the other side declined a record, most frequent first.

    Nothing while fewer than FEWEST did, and a reason that fewer gave counts as OTHER: who watches the numbers would see
    what the last one said.
    """
    other = Side.PROVIDER if record.kind == "need" else Side.SEEKER
    rows = session.execute(
        select(MatchDecision.reason, MatchDecision.organisation_id)
        .join(Match, Match.id == MatchDecision.match_id)
        .where(
            getattr(Match, f"{record.kind}_id") == record.id,
            MatchDecision.side == other,
            MatchDecision.choice == Choice.DECLINED,
            MatchDecision.ended_at.is_(None),
        )
    )
    by_reason: dict[Unsuitable, set[int]] = defaultdict(set)
    for reason, organisation in rows:
        by_reason[reason or Unsuitable.OTHER].add(organisation)
    if len(set().union(*by_reason.values())) < FEWEST:
        return []
    told: dict[Unsuitable, set[int]] = defaultdict(set)
    for reason, organisations in by_reason.items():
        told[reason if len(organisations) >= FEWEST else Unsuitable.OTHER] |= organisations
    order = list(Unsuitable)
    numbers = [(reason, len(organisations)) for reason, organisations in told.items()]
    return sorted(numbers, key=lambda row: (-row[1], order.index(row[0])))


@dataclass
class Rate:
    """How many were taken up and how many declined."""

    accepted: int = 0
    declined: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.declined

    @property
    def percent(self) -> int | None:
        """Taken up of 100 decided; none where nothing was decided."""
        return round(100 * self.accepted / self.decided) if self.decided else None


@dataclass
class Statistics:
    all: Rate = field(default_factory=Rate)
    bands: dict[tuple[int, int], Rate] = field(default_factory=dict)
    sides: dict[Side, Rate] = field(default_factory=dict)
    reasons: dict[str, Rate] = field(
        default_factory=dict
    )  # by code of rules/scoring.py, where it was among the reasons
    missing: dict[str, Rate] = field(default_factory=dict)  # where it was among what is missing
    declined: Mapping[Unsuitable, int] = field(default_factory=dict)
    open: int = 0  # pairs that somebody is shown
    put_off: int = 0


def statistics(session: Session) -> Statistics:
    """Of all present decisions; decisions taken back do not count. Three queries."""
    found, declined = Statistics(), Counter[Unsuitable]()
    rows = session.execute(
        select(
            MatchDecision.choice,
            MatchDecision.side,
            MatchDecision.score,
            MatchDecision.reasons,
            MatchDecision.missing,
            MatchDecision.reason,
        ).where(MatchDecision.ended_at.is_(None), MatchDecision.choice.in_(DECIDED))
    )
    for row in rows:
        rates = [
            found.all,
            found.bands.setdefault(band_of(row.score), Rate()),
            found.sides.setdefault(row.side, Rate()),
            *(found.reasons.setdefault(code, Rate()) for code in row.reasons),
            *(found.missing.setdefault(code, Rate()) for code in row.missing),
        ]
        for rate in rates:
            if row.choice is Choice.ACCEPTED:
                rate.accepted += 1
            else:
                rate.declined += 1
        if row.reason is not None:
            declined[row.reason] += 1
    found.declined = dict(declined.most_common())
    found.open = session.scalar(select(func.count(Match.id)).where(Match.for_need | Match.for_achievement)) or 0
    found.put_off = (
        session.scalar(
            select(func.count(MatchDecision.id)).where(
                MatchDecision.ended_at.is_(None), MatchDecision.choice == Choice.PUT_OFF
            )
        )
        or 0
    )
    return found


def decisions(session: Session, reader: Actor) -> Iterator[dict[str, Any]]:
    """Every present decision as plain values to learn from: which pair, how it was scored, what one side made of it.

    For who may read the statistics; nobody else gets a row. No organisation, person or note is in it.
    """
    if not may(reader, "match.statistics"):
        return
    last = 0
    statement = (
        select(MatchDecision, Need.public_id, Achievement.public_id)
        .join(Match, Match.id == MatchDecision.match_id)
        .join(Need, Need.id == Match.need_id)
        .join(Achievement, Achievement.id == Match.achievement_id)
        .where(MatchDecision.ended_at.is_(None), MatchDecision.choice.in_(DECIDED))
        .order_by(MatchDecision.id)
        .limit(BATCH)
    )
    while rows := session.execute(statement.where(MatchDecision.id > last)).all():
        for decision, need, achievement in rows:
            yield {
                "need": need,
                "achievement": achievement,
                "side": decision.side.value,
                "score": decision.score,
                "reasons": decision.reasons,
                "missing": decision.missing,
                "choice": decision.choice.value,
                "reason": decision.reason.value if decision.reason else None,
                "day": decision.created_at.date().isoformat(),
                **({"sample": True} if decision.is_sample else {}),
            }
        last = rows[-1][0].id
        session.expunge_all()


def last_run(session: Session) -> MatchRun | None:
    """The newest re-run of everything, under way or ended."""
    return session.scalar(select(MatchRun).order_by(MatchRun.id.desc()).limit(1))
