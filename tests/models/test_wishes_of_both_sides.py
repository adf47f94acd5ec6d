"""Wishes to meet from the owner and the organizer, answers of both sides, the end of answering, and who may be met."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import matching, meeting_wishes, wish_mails
from models.base import Database, utcnow
from models.enums import Capacity, Side, WishOrigin
from models.errors import Conflict, Invalid, NotNow
from models.queries import meeting_wishes as queries
from models.queries.planning import day_of
from models.tables import Achievement, Job, MatchSession, MeetingWish, Organisation, Person, Registration
from tests.factories import make_event, make_need
from tests.models.booking_cases import Fair, at_once, make_fair
from tests.models.match_cases import Pair
from tests.models.test_meeting_wishes import day, said


def owner_said(session: Session, fair: Fair, seeker: int = 0, **values: Any) -> MeetingWish:
    """The owner wants to meet an enterprise."""
    return meeting_wishes.wish_enterprise(
        session,
        session.get_one(MatchSession, fair.session_id),
        by=values.pop("by", fair.owner),
        seeker=session.get_one(Organisation, fair.seekers[seeker].organisation_id),
        achievement=session.get_one(Achievement, fair.achievement_id),
        **{"strength": 2, "attendees": [fair.professor], **values},
    )


def proposed(session: Session, fair: Fair, seeker: int = 0) -> MeetingWish:
    return meeting_wishes.propose(
        session,
        session.get_one(MatchSession, fair.session_id),
        by=fair.organizer,
        seeker=session.get_one(Organisation, fair.seekers[seeker].organisation_id),
        achievement=session.get_one(Achievement, fair.achievement_id),
    )


def mails(session: Session) -> list[tuple[str, str]]:
    jobs = session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id))
    return [(job.payload["template"], job.payload["to"]) for job in jobs]


def address(session: Session, person: int | None) -> str:
    return session.get_one(Person, person).email.casefold()


def close(session: Session, fair: Fair) -> None:
    session.get_one(MatchSession, fair.session_id).wishes_close_at = utcnow() - timedelta(minutes=1)
    session.flush()


def test_the_owner_wishes_and_the_enterprise_answers(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        one = owner_said(session, fair, strength=3, note="测井数据")
        assert (one.origin, one.seeker_strength, one.provider_strength) == (WishOrigin.PROVIDER, None, 3)
        assert mails(session) == [("meeting_wanted", address(session, fair.seekers[0].person))]
        (party,) = day(session, fair).parties
        assert (list(party.seekers), party.provider) == ([fair.seekers[0].person], fair.professor)
        assert day(session, fair).problem.wishes[0].weight == 30, "no answer counts nothing"
        assert day(session, fair, accepted_only=True).parties == []
        answer = said(session, fair, strength=2, attendees=[fair.seekers[0].colleague], note="愿意谈")
        assert answer.id == one.id
        assert (answer.origin, answer.seeker_strength, answer.note, answer.answer_note) == (
            WishOrigin.PROVIDER,
            2,
            "测井数据",
            "愿意谈",
        )
        assert day(session, fair).problem.wishes[0].weight == 70
        assert list(day(session, fair, accepted_only=True).parties[0].seekers) == [fair.seekers[0].colleague]
        assert len(mails(session)) == 1, "an answer is no new wish"


def test_both_say_it_at_once(each_database: Database) -> None:
    fair = make_fair(each_database)

    def say(number: int) -> int:
        with each_database.write() as session:
            return (said(session, fair, strength=3) if number % 2 else owner_said(session, fair, strength=1)).id

    made, refused = at_once(6, say)
    assert (len(set(made)), refused) == (1, [])
    with each_database.read() as session:
        one = session.scalars(select(MeetingWish)).one()
        assert (one.seeker_strength, one.provider_strength) == (3, 1)
        assert len(mails(session)) == 1, "who was second has answered"


def test_the_organizer_proposes_and_both_answer(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        one = proposed(session, fair)
        assert mails(session) == [
            ("meeting_proposed", address(session, fair.owner.person_id)),
            ("meeting_proposed", address(session, fair.seekers[0].person)),
        ]
        assert day(session, fair).problem.wishes[0].weight == 0, "may be placed, but counts nothing yet"
        with pytest.raises(Conflict):
            proposed(session, fair)
        meeting_wishes.accept(session, one, by=fair.owner, strength=3, attendees=[fair.professor])
        said(session, fair, strength=3)
        assert day(session, fair).problem.wishes[0].weight == 80


def test_an_enterprise_declines(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        one = owner_said(session, fair)
        meeting_wishes.decline(session, one, by=fair.seekers[0].actor, side=Side.SEEKER, reason="changed")
        assert (one.declined_side, one.provider_strength) == (Side.SEEKER, 2)
        assert day(session, fair).parties == []
        with pytest.raises(NotNow):
            meeting_wishes.decline(session, one, by=fair.owner, reason="changed")
        said(session, fair)
        assert (one.declined_side, one.declined_reason, one.seeker_strength) == (None, None, 2), "it thought again"


def test_who_declined_is_not_answered(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        one = proposed(session, fair)
        meeting_wishes.decline(session, one, by=fair.owner, reason="changed")
        with pytest.raises(NotNow):
            said(session, fair)


def test_only_the_owner_speaks_for_it(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        with pytest.raises(NotNow):
            owner_said(session, fair, by=fair.seekers[1].actor)
        with pytest.raises(Invalid) as told:
            owner_said(session, fair, attendees=[fair.seekers[0].person])
        assert told.value.field == "attendees"


def test_after_the_end_nothing_is_said_nor_answered(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        one = said(session, fair, 0, strength=3)
        match_session = session.get_one(MatchSession, fair.session_id)
        assert match_session.wishes_close_at == match_session.starts_at - timedelta(days=1)
        close(session, fair)
        for refused in (
            lambda: said(session, fair, 1),
            lambda: owner_said(session, fair, 1),
            lambda: proposed(session, fair, 1),
            lambda: meeting_wishes.accept(session, one, by=fair.owner, strength=1, attendees=[fair.professor]),
            lambda: meeting_wishes.decline(session, one, by=fair.owner, reason="changed"),
        ):
            with pytest.raises(NotNow, match="possible until"):
                refused()
        assert day(session, fair).problem.wishes[0].weight == 30
        meeting_wishes.withdraw(session, one, by=fair.seekers[0].actor)


def test_whoever_has_not_answered_is_reminded_once(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        said(session, fair, 0)
        owner_said(session, fair, 1)
        said(session, fair, 1)
        before = mails(session)
        job = session.scalars(select(Job).where(Job.name == "wishes_closing")).one()
        assert job.run_after == match_session.wishes_close_at - wish_mails.REMIND
        assert wish_mails.remind(session, match_session) == 0, "not due"
        match_session.wishes_close_at = utcnow() + timedelta(hours=3)
        assert wish_mails.remind(session, match_session) == 1
        assert wish_mails.remind(session, match_session) == 0, "once"
        assert mails(session)[len(before) :] == [("wishes_closing", address(session, fair.owner.person_id))]
        job = session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id.desc())).first()
        assert job is not None
        assert job.payload["values"]["number"] == 1


def test_a_session_planned_late_takes_wishes_until_it_begins(database: Database) -> None:
    fair = make_fair(database, starts_at=utcnow().replace(second=0, microsecond=0, minute=0) + timedelta(hours=5))
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        assert match_session.wishes_close_at == match_session.starts_at
        said(session, fair)
        assert session.scalar(select(func.count(Job.id)).where(Job.name == "wishes_closing")) == 0


def test_who_may_be_met(database: Database) -> None:
    """Who registered or takes part, and whose needs fit; of a masked need nothing shows."""
    fair = make_fair(database, seekers=5)
    open_one, masked, registered, wishing, _only_wished_for = fair.seekers
    with database.write() as session:
        achievement = session.get_one(Achievement, fair.achievement_id)
        match_session = session.get_one(MatchSession, fair.session_id)
        event = make_event(session)
        match_session.event_id = event.id
        session.add(
            Registration(
                event_id=event.id, organisation_id=registered.organisation_id, name="李工", capacity=Capacity.SEEKER,
                email="li@example.org", contact="li@example.org", consent_version="1", consent_at=utcnow(),
            )
        )  # fmt: skip
        said(session, fair, 3)
        owner_said(session, fair, 4)
        needs = [
            make_need(session, session.get_one(Organisation, seeker.organisation_id), masked=hidden)
            for seeker, hidden in ((open_one, False), (masked, True), (wishing, True))
        ]
        found = [Pair(need.id, achievement.id, score) for need, score in zip(needs, (60, 95, 99), strict=True)]
        matching.keep(session, "achievement", achievement.id, found)
        rows = queries.enterprises(session, match_session, provider_ids=[fair.provider_id])
        names = {one: session.get_one(Organisation, one.organisation_id).public_id for one in fair.seekers}
        shown = {row.public_id: (bool(row.takes_part), row.score, row.need is not None) for row in rows}
        assert shown == {
            names[open_one]: (False, 60, True),
            names[registered]: (True, None, False),
            names[wishing]: (True, None, False),
        }, "the masked needs' owners are not told, nor how well they fit"


def test_manager_comes_where_nobody_is_named(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        one = proposed(session, fair)
        assert one.seeker_people == []
        made = day_of(session, one.match_session, accepted_only=False, now=utcnow())
        assert list(made.parties[0].seekers) == [fair.seekers[0].person]
