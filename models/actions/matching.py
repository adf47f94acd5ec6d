"""Keeping what the matching found: jobs for records that changed, rows for the pairs, runs over everything."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import JobState, Lane, ReasonCode, RecordState
from models.rules.matches import KEPT, LEAST, best
from models.rules.policy import Actor
from models.tables import Achievement, Job, Match, MatchDecision, MatchForward, MatchRun, Need, Organisation

AFTER = timedelta(seconds=2)  # the index shows a change a quarter of a second later; the job itself waits for it
RECORDS: Mapping[str, type[Any]] = {"need": Need, "achievement": Achievement}


class Found(Protocol):
    """A pair as search.matching.match() returns it; reasons as plain values with their ``code``."""

    @property
    def need_id(self) -> int: ...
    @property
    def achievement_id(self) -> int: ...
    @property
    def score(self) -> int: ...
    @property
    def reasons(self) -> Sequence[Any]: ...
    @property
    def missing(self) -> Sequence[Any]: ...


def want(session: Session, record: Any) -> None:
    """Enqueue what follows a change of a record's public face, in its transaction: matching, and saved searches that find it."""
    if record.id is None:
        session.flush()
    about = {"run_after": utcnow() + AFTER, "kind": record.kind, "record_id": record.id}
    jobs.add(session, "match_record", **about)
    if record.state is RecordState.PUBLISHED:
        jobs.add(session, "alert_record", **about)


def want_all(session: Session, organisation: Organisation) -> None:
    """As `want`, for whatever an organisation has published: it has moved, or is another one."""
    for model in RECORDS.values():
        mine = (model.organisation_id == organisation.id, model.state == RecordState.PUBLISHED)
        for record in session.scalars(select(model).where(*mine).order_by(model.id)):
            want(session, record)


def forget_words(session: Session, record: Any) -> None:
    """Take the quoted words out of a record's reasons at once; those that everybody may still read come with its match."""
    for match in session.scalars(select(Match).where(getattr(Match, f"{record.kind}_id") == record.id)):
        match.reasons = [reason for reason in match.reasons if reason["code"] != ReasonCode.WORDS]


def keep(session: Session, kind: str, record_id: int, found: Collection[Found]) -> int:
    """Make the rows of a record's pairs what a run has found; returns how many are kept for its owner.

    ``found``: all that was scored, the pairs it has already among them. A pair is kept that is among the best of either
    side; what was not found is shown to nobody any more. What people decided on stays.
    """
    record = session.get(RECORDS[kind], record_id)
    if record is None:
        return 0
    other = "achievement" if kind == "need" else "need"
    known = {
        getattr(match, f"{other}_id"): match
        for match in session.scalars(select(Match).where(getattr(Match, f"{kind}_id") == record_id))
    }
    candidates = _published(session, other, record, found) if record.state is RecordState.PUBLISHED else {}
    usable = {key: one for one in found if (key := getattr(one, f"{other}_id")) in candidates and one.score >= LEAST}
    chosen = {getattr(one, f"{other}_id") for one in best(usable.values())}
    bounds = _bounds(session, other, usable, but=record)
    for key, one in usable.items():
        match = known.get(key)
        stays = match is not None and getattr(match, f"for_{other}")
        enters = one.score >= bounds[key] if stays else one.score > bounds[key]
        if match is not None or key in chosen or enters:
            known[key] = match = _written(session, match, record, candidates[key], kind, one)
            setattr(match, f"for_{kind}", key in chosen)
            setattr(match, f"for_{other}", enters)
    for key in known.keys() - usable.keys():
        match = known[key]
        match.for_need = match.for_achievement = False
        match.reasons, match.missing = [], []  # they may quote what is not public any more
    session.flush()
    _forget(session, known.values())
    return len(chosen)


def _published(session: Session, kind: str, record: Any, found: Collection[Found]) -> dict[int, Any]:
    """Id -> record of those found that are published and not the owner's own."""
    model = RECORDS[kind]
    rows = session.scalars(
        select(model).where(
            model.id.in_([getattr(one, f"{kind}_id") for one in found]),
            model.state == RecordState.PUBLISHED,
            model.organisation_id != record.organisation_id,
        )
    )
    return {row.id: row for row in rows}


def _bounds(session: Session, kind: str, ids: Collection[int], *, but: Any) -> dict[int, int]:
    """Id -> score of the last among the best of that record, its pair with ``but`` left aside; one query."""
    scores: dict[int, list[int]] = defaultdict(list)
    key = getattr(Match, f"{kind}_id")
    for record_id, score in session.execute(
        select(key, Match.score).where(
            key.in_(ids), Match.for_need | Match.for_achievement, getattr(Match, f"{but.kind}_id") != but.id
        )
    ):
        scores[record_id].append(score)
    return {id_: sorted(scores[id_])[-KEPT] if len(scores[id_]) >= KEPT else LEAST - 1 for id_ in ids}


def _written(session: Session, match: Match | None, record: Any, other: Any, kind: str, one: Found) -> Match:
    """The row of a pair with what was found, made where there is none yet."""
    now = utcnow()
    need, achievement = (record, other) if kind == "need" else (other, record)
    versions = {"need_version_id": need.public_version_id, "achievement_version_id": achievement.public_version_id}
    if match is None:
        match = Match(
            need_id=need.id, achievement_id=achievement.id, score=one.score, computed_at=now, fresh_at=now, **versions
        )
        try:
            with session.begin_nested():
                session.add(match)
        except IntegrityError:  # a run from the other side made it at this moment
            match = session.scalars(
                select(Match).where(Match.need_id == need.id, Match.achievement_id == achievement.id)
            ).one()
    if any(getattr(match, name) != version for name, version in versions.items()):
        match.fresh_at = now
    for name, version in versions.items():
        setattr(match, name, version)
    match.score, match.computed_at = one.score, now
    match.reasons, match.missing = list(one.reasons), list(one.missing)
    return match


def _forget(session: Session, matches: Collection[Match]) -> None:
    """Delete pairs that nobody is shown and nobody has decided on or passed on."""
    idle = [match for match in matches if not (match.for_need or match.for_achievement)]
    ids = [match.id for match in idle]
    kept = set(session.scalars(select(MatchDecision.match_id).where(MatchDecision.match_id.in_(ids))))
    kept |= set(session.scalars(select(MatchForward.match_id).where(MatchForward.match_id.in_(ids))))
    for match in idle:
        if match.id not in kept:
            session.delete(match)
    session.flush()


# --- runs over everything -----------------------------------------------------------------------------------------


def ask_for_first_run(session: Session) -> None:
    """Enqueue a run where there was none yet: what was published before the program knew of matching."""
    if session.scalar(select(MatchRun.id).limit(1)) is None:
        ask_for_run(session, by=None)


def ask_for_run(session: Session, *, by: Actor | None) -> MatchRun:
    """Enqueue a re-run of everything, unless one waits or is under way; its row shows the progress."""
    open_job = select(Job).where(Job.name == "rematch", Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    if (job := session.scalars(open_job.order_by(Job.id.desc()).limit(1)).first()) is not None:
        return session.get_one(MatchRun, job.payload["run_id"])
    run = begin_run(session, by=by)
    jobs.add(session, "rematch", lane=Lane.LONG, run_id=run.id)
    return run


def begin_run(session: Session, *, by: Actor | None = None) -> MatchRun:
    run = MatchRun(asked_by_id=by.person_id if by else None)
    session.add(run)
    session.flush()
    audit.record(session, "admin.rematch", run, by=by)
    return run


def note_progress(session: Session, run_id: int, *, done: int, total: int) -> None:
    """Note how far a run is, also one that ended with an error and is tried again."""
    run = session.get_one(MatchRun, run_id)
    run.finished_at, run.error = None, ""
    run.done, run.total, run.stepped_at = done, total, utcnow()
    session.flush()


def end_run(session: Session, run_id: int, *, error: str = "") -> int:
    """Note the end; returns how many pairs somebody is shown now."""
    run = session.get_one(MatchRun, run_id)
    shown = session.scalar(select(func.count(Match.id)).where(Match.for_need | Match.for_achievement))
    run.pairs, run.finished_at, run.error = shown or 0, utcnow(), error[:2000]
    session.flush()
    return run.pairs
