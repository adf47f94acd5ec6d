"""Applications handed out by hand, and reminders of scorers and of who has only a draft."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models.actions import applications, call_reminders, calls, scoring
from models.base import Database, utcnow
from models.enums import EventState
from models.errors import Conflict, NotNow
from models.queries.scoring import interests, open_shares, scorers, sheets_of, to_be_asked
from models.queries.selection import near_deadlines, ranking
from models.rules.policy import may
from models.tables import CallScorer, Event, Job, ProjectApplication, ScoreSheet
from tests.models.booking_cases import at_once
from tests.models.selection_cases import Contest, applied, assigned, close, invited, mails, make_contest, was_with


def ready(session: Any, contest: Contest, *, count: int = 3) -> tuple[list[ProjectApplication], list[CallScorer]]:
    """A closed call whose scorers were asked; nothing is handed out."""
    made = [applied(session, contest, number) for number in range(count)]
    invited(session, contest)
    close(session, contest)
    return made, list(session.scalars(select(CallScorer).order_by(CallScorer.id)))


def test_an_organizer_hands_out_and_takes_back(each_database: Database) -> None:
    contest = make_contest(each_database, scorers_each=1)
    with each_database.write() as session:
        made, (first, second) = ready(session, contest)
        assert scoring.hand_out(session, first, made[:2], by=contest.organizer) == 2
        assert [one["values"]["number"] for one in mails(session, "scores_asked")] == [2]
        sheet = session.scalars(select(ScoreSheet).order_by(ScoreSheet.id).limit(1)).one()
        by = contest.scorer_of(sheet)
        assert may(by, "score.give", sheet)
        scoring.take_back(session, sheet, by=contest.organizer)
        session.expire_all()
        assert not may(by, "score.read", sheet)
        assert not may(by, "application.read", made[0])
        assert len(sheets_of(session, by.person_id)) == 1
        with pytest.raises(NotNow, match="taken this application back"):
            scoring.give(session, sheet, by=by, points=[5, 5])
        with pytest.raises(NotNow, match="any more"):
            scoring.take_back(session, sheet, by=contest.organizer)
        # by rule: only the pair that was taken back is left alone; one scorer each
        assert scoring.assign(session, contest.call(session), by=contest.organizer) == 2
        pairs = {
            (one.application_id, one.scorer_id)
            for one in session.scalars(select(ScoreSheet).where(ScoreSheet.taken_back_at.is_(None)))
        }
        assert (made[0].id, first.id) not in pairs
        assert (made[0].id, second.id) in pairs
        assert [row.assigned for row in scorers(session, contest.call_id)].count(0) == 0
        scoring.hand_out(session, first, [made[0]], by=contest.organizer)
        scoring.give(session, sheet, by=by, points=[5, 5])
        with pytest.raises(NotNow, match="Give it back first"):
            scoring.take_back(session, sheet, by=contest.organizer)
        key = sheet.id
    with pytest.raises(IntegrityError, match="taken_back_or_given"), each_database.write() as session:
        session.execute(update(ScoreSheet).where(ScoreSheet.id == key).values(taken_back_at=utcnow()))


def test_what_was_taken_back_counts_nowhere(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        sheets = assigned(session, contest, count=1)
        scoring.take_back(session, sheets[0], by=contest.organizer)
        standing = ranking(session, contest.call(session))[0].standing
        assert standing is not None
        assert standing.missing == 1
        assert [row.number for row in open_shares(session, contest.call_id)] == [1]


def test_two_organizers_hand_out_the_same(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        made, (first, _second) = ready(session, contest)
        application_id, scorer_id = made[0].id, first.id

    def hand(_number: int) -> None:
        with each_database.write() as session:
            one = session.get_one(ProjectApplication, application_id)
            scoring.hand_out(session, session.get_one(CallScorer, scorer_id), [one], by=contest.organizer)

    done, refused = at_once(4, hand)
    assert len(done) == 1
    assert {type(one) for one in refused} == {Conflict}
    with each_database.read() as session:
        assert len(session.scalars(select(ScoreSheet)).all()) == 1
        assert len(mails(session, "scores_asked")) == 1


def test_a_conflict_of_interest_cannot_be_handed_out(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        made, (first, second) = ready(session, contest)
        was_with(session, first.person_id, contest.providers[0])
        session.flush()
        assert set(interests(session, contest.call_id)) == {(made[0].id, first.id)}
        with pytest.raises(NotNow, match="cannot score") as refused:
            scoring.hand_out(session, first, made[:1], by=contest.organizer)
        assert refused.value.params["why"] == "is or was with the organisation that applies"
        scoring.hand_out(session, second, made[:1], by=contest.organizer)
        sheet = session.scalars(select(ScoreSheet)).one()
        assert to_be_asked(session, contest.call_id, made[0].id) == []
        assert len(to_be_asked(session, contest.call_id, made[1].id)) == 2
        scoring.declare_conflict(session, sheet, by=contest.scorer_of(sheet), text="合作过")
        with pytest.raises(NotNow, match="conflict of interest"):
            scoring.hand_out(session, second, made[:1], by=contest.organizer)
        with pytest.raises(NotNow, match="any more"):
            scoring.take_back(session, sheet, by=contest.organizer)


def test_nothing_is_handed_out_before_the_close_nor_what_was_withdrawn(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        one = applied(session, contest)
        other = applied(session, contest, 1)
        invited(session, contest)
        first = session.scalars(select(CallScorer).limit(1)).one()
        with pytest.raises(NotNow, match="this begins after that"):
            scoring.hand_out(session, first, [one], by=contest.organizer)
        close(session, contest)
        with pytest.raises(NotNow, match="Please tick"):
            scoring.hand_out(session, first, [], by=contest.organizer)
        applications.withdraw(session, other, by=contest.providers[1].manager)
        with pytest.raises(NotNow, match="withdrawn"):
            scoring.hand_out(session, first, [other], by=contest.organizer)


# --- reminders --------------------------------------------------------------------------------------------------------


def waiting_jobs(session: Any) -> dict[str, Any]:
    rows = session.scalars(select(Job).where(Job.name.in_(("call_closing", "scores_due"))))
    return {job.name: job.run_after for job in rows}


def test_both_deadlines_have_a_job_two_days_before(database: Database) -> None:
    closes = (utcnow() + timedelta(days=5)).replace(second=0, microsecond=0)
    contest = make_contest(database, closes_at=closes, scores_due_at=closes + timedelta(days=10))
    with database.read() as session:
        assert waiting_jobs(session) == {
            "call_closing": closes - timedelta(days=2),
            "scores_due": closes + timedelta(days=8),
        }
        assert contest.call(session).drafts_reminded_at is None


def test_who_began_and_did_not_submit_is_reminded_once(each_database: Database) -> None:
    contest = make_contest(each_database, providers=3)
    with each_database.write() as session:
        applied(session, contest, 0, submit=False)
        applied(session, contest, 1)
        call = contest.call(session)
        assert call_reminders.remind_drafts(session, call) == 0, "five days before"
        call.closes_at = utcnow() + timedelta(hours=30)
        session.flush()
        assert list(near_deadlines(session, now=utcnow(), until=utcnow() + timedelta(days=2))) == [call.id]
        assert call_reminders.remind_drafts(session, call) == 1
        assert call_reminders.remind_drafts(session, call) == 0
        assert not near_deadlines(session, now=utcnow(), until=utcnow() + timedelta(days=2))
        (mail,) = mails(session, "call_closing")
        assert len(mail["values"]["titles"]) == 1


def test_a_draft_that_could_not_be_submitted_is_not_reminded_of(database: Database) -> None:
    contest = make_contest(database, most_each=1)
    with database.write() as session:
        applied(session, contest, 0)
        from tests.factories import make_achievement

        own = session.get_one(ProjectApplication, 1).organisation
        applied(session, contest, 0, submit=False, achievement_id=make_achievement(session, own).id)
        call = contest.call(session)
        call.closes_at = utcnow() + timedelta(hours=30)
        session.flush()
        assert call_reminders.remind_drafts(session, call) == 0
        assert call.drafts_reminded_at is None, "a draft begun tomorrow is reminded of"


@pytest.mark.parametrize("why", ["closed", "cancelled"])
def test_no_reminder_of_what_takes_nothing(database: Database, why: str) -> None:
    contest = make_contest(database)
    with database.write() as session:
        applied(session, contest, 0, submit=False)
        call = contest.call(session)
        call.closes_at = utcnow() + timedelta(hours=30)
        if why == "closed":
            calls.close(session, call, by=contest.organizer)
        else:
            session.get_one(Event, contest.event_id).state = EventState.CANCELLED
        session.flush()
        assert call_reminders.remind_drafts(session, call) == 0


def test_who_has_open_sheets_is_reminded_once(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        sheets = assigned(session, contest)
        done = next(who for who in contest.scorers)
        for sheet in sheets:
            if sheet.person_id == done.person_id:
                scoring.give(session, sheet, by=done, points=[5, 5])
        call = contest.call(session)
        call.scores_due_at = utcnow() + timedelta(days=4)
        session.flush()
        assert call_reminders.remind_scorers(session, call) == 0
        call.scores_due_at = utcnow() + timedelta(days=1)
        session.flush()
        assert call_reminders.remind_scorers(session, call) == 1
        assert call_reminders.remind_scorers(session, call) == 0
        (mail,) = mails(session, "scores_due")
        assert mail["values"]["number"] == 3


def test_an_organizer_reminds_once_a_day(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        assigned(session, contest)
        call = contest.call(session)
        call.scores_due_at = utcnow() + timedelta(days=5)
        session.flush()
        one = session.scalars(select(CallScorer).order_by(CallScorer.id).limit(1)).one()
        assert call_reminders.remind(session, call, by=contest.organizer, scorer=one) == 1
        with pytest.raises(NotNow, match="within a day"):
            call_reminders.remind(session, call, by=contest.organizer, scorer=one)
        assert call_reminders.remind(session, call, by=contest.organizer) == 1, "the other one"
        with pytest.raises(NotNow, match="within a day"):
            call_reminders.remind(session, call, by=contest.organizer)
        session.execute(update(CallScorer).values(reminded_at=utcnow() - timedelta(hours=25)))
        assert call_reminders.remind(session, call, by=contest.organizer) == 2
        session.execute(update(CallScorer).values(reminded_at=None))
        call.scores_due_at = utcnow() - timedelta(seconds=1)
        session.flush()
        with pytest.raises(NotNow, match="Give more time first"):
            call_reminders.remind(session, call, by=contest.organizer)


def test_nobody_is_reminded_of_nothing(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        for sheet in assigned(session, contest):
            scoring.give(session, sheet, by=contest.scorer_of(sheet), points=[5, 5])
        with pytest.raises(NotNow, match="nothing left"):
            call_reminders.remind(session, contest.call(session), by=contest.organizer)
