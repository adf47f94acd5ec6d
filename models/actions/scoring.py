"""Who scores a call's applications: invited, assigned, excluded for a conflict of interest, and what they give."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.calls import closed, lock, not_announced
from models.base import utcnow
from models.enums import ApplicationState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.recipients import recipients
from models.queries.scoring import applying, interests, scorers
from models.rules.policy import Actor
from models.rules.selection import ABOUT, LEAST, MOST, Interest
from models.rules.selection import assign as shares
from models.tables import CallScorer, Person, ProjectApplication, ProjectCall, ScoreSheet

LONGEST_COMMENT = 500
LONGEST_NOTE = 1000


def invite(session: Session, call: ProjectCall, person: Person, *, by: Actor) -> CallScorer:
    """Ask somebody to score this call; they are told. Raises Conflict where they were asked, NotNow once announced."""
    lock(session, call)
    not_announced(call)
    made = CallScorer(call_id=call.id, call=call, person=person, invited_by_id=by.person_id)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(N_("%(name)s scores this call already."), name=person.name) from None
    audit.record(session, "call.invite_scorer", call.event, by=by, person=person.public_id)
    for one in recipients(session, [person.id]):
        jobs.add_mail(
            session,
            "scorer_invited",
            to=one.email,
            locale=one.locale,
            event=call.event.title,
            public_id=call.event.public_id,
            closes_at=call.closes_at.isoformat(),
            due_at=call.scores_due_at.isoformat() if call.scores_due_at else "",
        )
    session.flush()
    return made


def remove(session: Session, scorer: CallScorer, *, by: Actor) -> None:
    """Ask somebody no more. Raises NotNow where they have scored."""
    lock(session, scorer.call)
    not_announced(scorer.call)
    given = select(ScoreSheet.id).where(ScoreSheet.scorer_id == scorer.id, ScoreSheet.given_at.is_not(None))
    if session.scalar(given.limit(1)) is not None:
        raise NotNow(N_("%(name)s has scored already and stays."), name=scorer.person.name)
    audit.record(session, "call.remove_scorer", scorer.call.event, by=by, person=scorer.person.public_id)
    session.execute(delete(ScoreSheet).where(ScoreSheet.scorer_id == scorer.id))
    session.delete(scorer)
    session.flush()


def assign(session: Session, call: ProjectCall, *, by: Actor) -> int:
    """Give the scorers their applications; again: only what is missing. Returns how many were added; those are told.

    What a rule or the scorer says is a conflict of interest is never assigned, and taken away where it is not scored yet.
    What an organizer took back stays so until an organizer hands it out.
    Raises NotNow before the call has closed, without scorers or applications, and once announced.
    """
    lock(session, call)
    not_announced(call)
    closed(call)
    people = {row.id: row.public_id for row in scorers(session, call.id)}
    behind = applying(session, call.id)
    if not people:
        raise NotNow(N_("Please invite scorers first."))
    if not behind:
        raise NotNow(N_("There is no application to score."))
    barred = set(interests(session, call.id))
    sheets = session.scalars(
        select(ScoreSheet).where(ScoreSheet.application_id.in_(behind), ScoreSheet.scorer_id.in_(people))
    ).all()
    present = set()
    for sheet in sheets:
        pair = (sheet.application_id, sheet.scorer_id)
        if sheet.conflict or sheet.taken_back_at:
            barred.add(pair)
        elif pair in barred and sheet.given_at is None:
            session.delete(sheet)
        else:
            present.add(pair)
    added = shares(sorted(behind), sorted(people), barred=barred, present=present, each=call.scorers_each)
    session.flush()
    session.add_all(ScoreSheet(application_id=one, scorer_id=who) for one, who in added)
    session.flush()
    audit.record(session, "call.assign", call.event, by=by, added=len(added))
    _tell_assigned(session, call, [who for _one, who in added])
    session.flush()
    return len(added)


def hand_out(session: Session, scorer: CallScorer, applications: Sequence[ProjectApplication], *, by: Actor) -> int:
    """Give one scorer these applications, whatever shares the rule would make; they are told. Returns how many.

    Raises NotNow where there is a conflict of interest, as ``assign`` otherwise, Conflict where the scorer has one already.
    """
    call = scorer.call
    lock(session, call)
    not_announced(call)
    closed(call)
    if not applications:
        raise NotNow(N_("Please tick the applications to hand out."))
    if session.scalar(select(CallScorer.id).where(CallScorer.id == scorer.id)) is None:
        raise Conflict(N_("Somebody else has removed this scorer in the meantime."))
    behind, barred = applying(session, call.id), interests(session, call.id)
    mine = select(ScoreSheet).where(ScoreSheet.scorer_id == scorer.id).execution_options(populate_existing=True)
    present = {sheet.application_id: sheet for sheet in session.scalars(mine)}
    for one in applications:
        if one.id not in behind:
            raise NotNow(N_("This application was withdrawn."))
        _free_for(scorer, present.get(one.id), barred.get((one.id, scorer.id)))
        if one.id in present:
            present[one.id].taken_back_at = None
        else:
            session.add(ScoreSheet(application_id=one.id, scorer_id=scorer.id))
        audit.record(session, "call.hand_out", one, by=by, scorer=scorer.person.public_id)
    session.flush()
    _tell_assigned(session, call, [scorer.id] * len(applications))
    session.flush()
    return len(applications)


def _free_for(scorer: CallScorer, sheet: ScoreSheet | None, why: Interest | None) -> None:
    name = scorer.person.name
    if why is not None:
        raise NotNow(N_("%(name)s cannot score this application: %(name)s %(why)s."), name=name, why=ABOUT[why])
    if sheet is not None and sheet.conflict:
        raise NotNow(N_("%(name)s has declared a conflict of interest: %(text)s"), name=name, text=sheet.conflict)
    if sheet is not None and sheet.taken_back_at is None:
        raise Conflict(N_("%(name)s has this application already."), name=name)


def take_back(session: Session, sheet: ScoreSheet, *, by: Actor) -> None:
    """The scorer does not score this application after all. Raises NotNow where it is scored, or was taken back."""
    call, name = sheet.application.call, sheet.scorer.person.name
    lock(session, call)
    not_announced(call)
    session.refresh(sheet)
    if sheet.given_at is not None:
        raise NotNow(N_("%(name)s has scored this application already. Give it back first."), name=name)
    if sheet.conflict or sheet.taken_back_at is not None:
        raise NotNow(N_("%(name)s does not score this application any more."), name=name)
    sheet.taken_back_at = utcnow()
    audit.record(session, "call.take_back", sheet.application, by=by, scorer=sheet.scorer.person.public_id)
    session.flush()


def give(
    session: Session,
    sheet: ScoreSheet,
    *,
    by: Actor,
    points: Sequence[int],
    comments: Sequence[str] = (),
    note: str = "",
) -> None:
    """Score one application, once. Raises Invalid (points), NotNow where it is too late or there is a conflict of interest."""
    call = _open(session, sheet)
    if sheet.given_at is not None:
        raise NotNow(N_("You have scored this application already. The organizer can give it back to you."))
    if len(points) != len(call.criteria) or any(not LEAST <= point <= MOST for point in points):
        raise Invalid(
            N_("Please give %(least)s to %(most)s points for each criterion."), field="points", least=LEAST, most=MOST
        )
    if any(len(text) > LONGEST_COMMENT for text in comments) or len(note) > LONGEST_NOTE:
        raise Invalid(N_("At most %(most)s characters, please."), field="note", most=LONGEST_NOTE)
    if sheet.scorer.person_id != by.person_id:
        raise NotNow(N_("Only the scorer gives this score."))
    sheet.points, sheet.comments, sheet.note, sheet.given_at = list(points), list(comments), note, utcnow()
    audit.record(session, "score.give", sheet.application, by=by)
    session.flush()


def declare_conflict(session: Session, sheet: ScoreSheet, *, by: Actor, text: str) -> None:
    """The scorer has a conflict of interest: they neither read nor score this application any more."""
    _open(session, sheet)
    if sheet.given_at is not None:
        raise NotNow(N_("You have scored this application already. The organizer can give it back to you."))
    if not text.strip():
        raise Invalid(N_("Please say in a few words what connects you."), field="conflict")
    sheet.conflict = text.strip()
    audit.record(session, "score.declare_conflict", sheet.application, by=by)
    session.flush()


def give_back(session: Session, sheet: ScoreSheet, *, by: Actor) -> None:
    """The organizer lets the scorer score anew; the points stay in the form. Raises NotNow once announced."""
    lock(session, sheet.application.call)
    not_announced(sheet.application.call)
    session.refresh(sheet)
    if sheet.given_at is None:
        raise NotNow(N_("This score has not been given yet."))
    sheet.given_at = None
    audit.record(session, "score.give_back", sheet.application, by=by, scorer=sheet.scorer.person.public_id)
    _tell_assigned(session, sheet.application.call, [sheet.scorer_id])
    session.flush()


def known_interest(session: Session, sheet: ScoreSheet) -> Interest | None:
    """The conflict of interest that the records show for a sheet, now."""
    return interests(session, sheet.application.call_id).get((sheet.application_id, sheet.scorer_id))


def _open(session: Session, sheet: ScoreSheet) -> ProjectCall:
    call = sheet.application.call
    lock(session, call)
    session.refresh(sheet)
    not_announced(call)
    closed(call)
    if call.scores_due_at is not None and call.scores_due_at < utcnow():
        raise NotNow(
            N_("Scores were due at %(due)s. Please ask the organizer for more time."), due=[call.scores_due_at]
        )
    if sheet.application.state is not ApplicationState.SUBMITTED:
        raise NotNow(N_("This application was withdrawn."))
    if sheet.taken_back_at is not None:
        raise NotNow(N_("The organizer has taken this application back; you need not score it."))
    if sheet.conflict:
        raise NotNow(N_("You have declared a conflict of interest."))
    why = known_interest(session, sheet)
    if why is not None:
        raise NotNow(N_("You cannot score this application: %(why)s."), why=why.value)
    return call


def _tell_assigned(session: Session, call: ProjectCall, scorer_ids: Sequence[int]) -> None:
    """One mail to each scorer with how much there is to do."""
    asked = session.execute(select(CallScorer.person_id, CallScorer.id).where(CallScorer.id.in_(scorer_ids)))
    tell(session, call, "scores_asked", {person_id: scorer_ids.count(scorer_id) for person_id, scorer_id in asked})


def tell(session: Session, call: ProjectCall, mail: str, number_of: Mapping[int, int]) -> int:
    """Mail to scorers: person -> how many applications; returns how many of them have an address."""
    reached = recipients(session, number_of)
    for one in reached:
        jobs.add_mail(
            session,
            mail,
            to=one.email,
            locale=one.locale,
            event=call.event.title,
            number=number_of[one.person_id],
            due_at=call.scores_due_at.isoformat() if call.scores_due_at else "",
        )
    return len(reached)
