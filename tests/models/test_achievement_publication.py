"""Reviewing, publishing, returning, withdrawing, renewing, expiring, taking down, restoring."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import drafting, publication
from models.base import utcnow
from models.enums import (
    BookingState,
    Disclosure,
    OccupancyKind,
    Origin,
    RecordState,
    RequestState,
    ReturnReason,
    Side,
    Verification,
    VersionState,
)
from models.errors import Conflict, Invalid, NotNow
from models.queries.hanging import hanging
from models.rules.calendar import months_later, today
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    Booking,
    BookingAttendee,
    ContactRequest,
    Job,
    Occupancy,
)
from tests.factories import make_achievement, make_event, make_session
from tests.models.achievement_cases import COMPLETE, Story, actions, mails, make_story


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def under_review(session: Session, story: Story) -> tuple[Achievement, AchievementVersion]:
    by = story.by(session, "author")
    achievement, _ = drafting.create(session, story.university, by=by, title="可纺沥青的制备")
    version = drafting.save(session, achievement, by=by, revision=None, values=COMPLETE)
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    return achievement, version


def publish(session: Session, story: Story, achievement: Achievement) -> None:
    assert achievement.working_version is not None
    publication.publish(
        session, achievement, by=story.by(session, "organizer"), revision=achievement.working_version.revision
    )


def revised(session: Session, story: Story, achievement: Achievement, **changes: Any) -> AchievementVersion:
    by = story.by(session, "author")
    version = drafting.new_version(session, achievement, by=by)
    if changes:
        drafting.save(session, achievement, by=by, revision=None, values=changes)
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    return version


def with_everything(session: Session, story: Story) -> tuple[Achievement, ContactRequest, Booking]:
    """A published achievement with an open request, a confirmed meeting and a pitch to come."""
    achievement = make_achievement(session, story.university)
    request = ContactRequest(
        sender_id=story.enterprise.id,
        receiver_id=story.university.id,
        achievement_id=achievement.id,
        asked_by_id=story.buyer.person_id,
        purpose="想了解中试条件",
        origin=Origin.SEARCH,
        due_on=today() + timedelta(days=5),
        expires_at=utcnow() + timedelta(days=15),
    )
    meeting = make_session(session)
    booking = Booking(
        match_session_id=meeting.id,
        slot_id=meeting.slots[0].id,
        table_id=meeting.tables[0].id,
        achievement_id=achievement.id,
        seeker_id=story.enterprise.id,
        provider_id=story.university.id,
        state=BookingState.CONFIRMED,
        attendees=[
            BookingAttendee(person_id=story.buyer.person_id, side=Side.SEEKER),
            BookingAttendee(person_id=story.author.person_id, side=Side.PROVIDER),
        ],
    )
    session.add_all([request, booking])
    session.flush()
    session.add(
        Occupancy(
            kind=OccupancyKind.PERSON,
            holder_id=story.buyer.person_id,
            cell=5_900_000 + booking.id,
            booking_id=booking.id,
        )
    )
    make_event(session, achievement, created_by_id=story.organizer.person_id)
    past = make_event(session, achievement, starts_at=utcnow() - timedelta(days=9))
    assert past.agenda
    session.flush()
    return achievement, request, booking


# --- publish --------------------------------------------------------------------------------------------------------


def test_publish_makes_the_version_what_the_public_sees(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    publish(session, story, achievement)
    assert (achievement.state, version.state) == (RecordState.PUBLISHED, VersionState.PUBLISHED)
    assert (achievement.public_version_id, achievement.working_version_id) == (version.id, None)
    assert achievement.published_at == version.published_at
    assert achievement.valid_until == months_later(today(), 24)
    assert mails(session) == [("record_published", story.author.email)]
    assert "achievement.publish" in actions(session, achievement)
    assert "achievement.publish" in actions(session, version)


def test_publishing_a_new_version_supersedes_the_old_one(session: Session, story: Story) -> None:
    achievement, first = under_review(session, story)
    publish(session, story, achievement)
    before = achievement.published_at
    second = revised(session, story, achievement, title="更好的标题")
    assert achievement.public_version_id == first.id  # the old one stays public meanwhile
    publish(session, story, achievement)
    assert (first.state, second.state) == (VersionState.SUPERSEDED, VersionState.PUBLISHED)
    assert achievement.public_version_id == second.id
    assert achievement.published_at == before  # "newest" means first published


def test_publish_refusals(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    by = story.by(session, "organizer")
    with pytest.raises(Conflict):
        publication.publish(session, achievement, by=by, revision=version.revision - 1)
    story.university.verification = Verification.SUSPENDED
    with pytest.raises(NotNow):
        publication.publish(session, achievement, by=by, revision=version.revision)
    story.university.verification = Verification.VERIFIED
    version.team_note, version.team = "", []
    session.flush()
    with pytest.raises(NotNow):
        publication.publish(session, achievement, by=by, revision=version.revision)
    assert achievement.state is RecordState.DRAFT


def test_publish_twice_is_refused(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    publish(session, story, achievement)
    with pytest.raises(NotNow):
        publication.publish(session, achievement, by=story.by(session, "organizer"), revision=version.revision)


def test_drafts_and_returned_versions_are_not_published(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    drafting.take_back(session, achievement, by=story.by(session, "author"))
    with pytest.raises(NotNow):
        publication.publish(session, achievement, by=story.by(session, "organizer"), revision=version.revision)


def test_a_chosen_last_day_is_kept(session: Session, story: Story) -> None:
    achievement, _version = under_review(session, story)
    achievement.valid_until = today() + timedelta(days=90)
    session.flush()
    publish(session, story, achievement)
    assert achievement.valid_until == today() + timedelta(days=90)


def test_publishing_loosens_only_what_the_version_says(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    achievement.tightened_to = Disclosure.CONSENT
    session.flush()
    revised(session, story, achievement)
    publish(session, story, achievement)
    assert achievement.tightened_to is None
    assert achievement.public_version is not None
    assert achievement.public_version.disclosure is Disclosure.CONSENT


# --- the organisation's own review ---------------------------------------------------------------------------------


def test_own_review_is_by_another_than_the_author(session: Session) -> None:
    story = make_story(session, reviews_first=True)
    story.author = story.manager
    achievement, version = under_review(session, story)
    assert version.state is VersionState.ORG_REVIEW
    with pytest.raises(NotNow):
        publication.approve(session, achievement, by=story.by(session, "manager"), revision=version.revision)
    with pytest.raises(NotNow):
        publication.return_own(
            session, achievement, by=story.by(session, "manager"), revision=version.revision, codes=["other"], note="x"
        )
    publication.approve(session, achievement, by=story.by(session, "second_manager"), revision=version.revision)
    assert version.state is VersionState.REVIEW


def test_own_review_returns_with_reasons(session: Session) -> None:
    story = make_story(session, reviews_first=True)
    achievement, version = under_review(session, story)
    publication.return_own(
        session,
        achievement,
        by=story.by(session, "manager"),
        revision=version.revision,
        codes=["rights", "evidence"],
        note="请补充检测报告",
    )
    assert version.state is VersionState.RETURNED
    assert version.return_codes == [ReturnReason.EVIDENCE, ReturnReason.RIGHTS]
    assert mails(session)[-1] == ("record_returned", story.author.email)


def test_own_review_decides_nothing_that_is_with_the_organizers(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    by = story.by(session, "manager")
    with pytest.raises(NotNow):
        publication.approve(session, achievement, by=by, revision=version.revision)
    with pytest.raises(NotNow):
        publication.return_own(session, achievement, by=by, revision=version.revision, codes=["other"], note="x")


# --- return ----------------------------------------------------------------------------------------------------------


def test_returned_version_is_mended_and_submitted_again(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    publication.send_back(
        session,
        achievement,
        by=story.by(session, "organizer"),
        revision=version.revision,
        codes=["unclear"],
        note=" 摘要请写给企业看 ",
    )
    assert (version.state, version.return_reason) == (VersionState.RETURNED, "摘要请写给企业看")
    by = story.by(session, "author")
    drafting.save(session, achievement, by=by, revision=version.revision, values={"scenes": "导热垫片。"})
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    assert version.state is VersionState.REVIEW
    publish(session, story, achievement)
    assert version.return_codes == []


@pytest.mark.parametrize(
    ("codes", "note", "field"), [([], "有问题", "codes"), (["nonsense"], "", "codes"), (["other"], " ", "note")]
)
def test_return_needs_a_reason(session: Session, story: Story, codes: list[str], note: str, field: str) -> None:
    achievement, version = under_review(session, story)
    with pytest.raises(Invalid) as refused:
        publication.send_back(
            session, achievement, by=story.by(session, "organizer"), revision=version.revision, codes=codes, note=note
        )
    assert refused.value.field == field


def test_returning_a_new_version_leaves_the_old_one_public(session: Session, story: Story) -> None:
    achievement, first = under_review(session, story)
    publish(session, story, achievement)
    second = revised(session, story, achievement)
    publication.send_back(
        session, achievement, by=story.by(session, "organizer"), revision=second.revision, codes=["files"], note=""
    )
    assert (achievement.state, achievement.public_version_id) == (RecordState.PUBLISHED, first.id)


def test_who_left_the_organisation_gets_no_mails_about_it(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    session.flush()
    story.author.person.memberships[0].ended_at = utcnow()
    session.flush()
    publication.send_back(
        session, achievement, by=story.by(session, "organizer"), revision=version.revision, codes=["files"], note=""
    )
    assert mails(session) == [
        ("record_returned", story.manager.email),
        ("record_returned", story.second_manager.email),
    ]


# --- withdraw, take down, what hangs on it ---------------------------------------------------------------------------


def test_hanging_names_what_is_open_and_nothing_else(session: Session, story: Story) -> None:
    achievement, request, booking = with_everything(session, story)
    other, *_ = with_everything(session, story)
    request_done = ContactRequest(
        sender_id=story.university.id,
        receiver_id=story.enterprise.id,
        achievement_id=achievement.id,
        asked_by_id=story.author.person_id,
        purpose="已办结",
        state=RequestState.DECLINED,
        due_on=today(),
        expires_at=utcnow(),
    )
    session.add(request_done)
    session.flush()
    found = hanging(session, achievement)
    assert [one.public_id for one in found.requests] == [request.public_id]
    assert [one.public_id for one in found.bookings] == [booking.public_id]
    assert len(found.agenda) == 1
    assert found.count == 3
    assert other.id != achievement.id


@pytest.mark.parametrize("verb", ["withdraw", "take_down"])
def test_leaving_closes_what_hangs_and_tells_the_people(session: Session, story: Story, verb: str) -> None:
    achievement, request, booking = with_everything(session, story)
    if verb == "withdraw":
        publication.withdraw(session, achievement, by=story.by(session, "author"), reason="已独家转让")
    else:
        publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="疑似涉密")
    assert request.state is RequestState.CLOSED
    assert booking.state is BookingState.CANCELLED
    assert booking.sequence == 1
    assert session.scalar(select(func.count()).select_from(Occupancy)) == 0
    assert hanging(session, achievement).count == 0
    assert session.scalar(select(func.count()).select_from(AgendaItem)) == 1  # the past roadshow keeps its programme
    session.flush()
    told = {payload.get("to") for payload in session.scalars(select(Job.payload))}
    assert {story.buyer.email, story.organizer.email} <= told


def test_withdraw_takes_a_version_back_from_review(session: Session, story: Story) -> None:
    achievement, _first = under_review(session, story)
    publish(session, story, achievement)
    second = revised(session, story, achievement)
    publication.withdraw(session, achievement, by=story.by(session, "author"), reason="暂缓")
    assert (achievement.state, second.state) == (RecordState.WITHDRAWN, VersionState.DRAFT)
    assert achievement.state_reason == "暂缓"


def test_withdraw_needs_a_reason_and_happens_once(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    by = story.by(session, "author")
    with pytest.raises(Invalid):
        publication.withdraw(session, achievement, by=by, reason="  ")
    publication.withdraw(session, achievement, by=by, reason="暂缓")
    with pytest.raises(NotNow):
        publication.withdraw(session, achievement, by=by, reason="暂缓")


def test_a_withdrawn_draft_can_still_be_finished(session: Session, story: Story) -> None:
    achievement, version = under_review(session, story)
    publication.withdraw(session, achievement, by=story.by(session, "author"), reason="先不发")
    by = story.by(session, "author")
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    publish(session, story, achievement)
    assert (achievement.state, achievement.state_reason) == (RecordState.PUBLISHED, "")


def test_take_down_tells_author_and_managers(session: Session, story: Story) -> None:
    achievement, _ = under_review(session, story)
    publish(session, story, achievement)
    publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="有人举报")
    assert [to for template, to in mails(session) if template == "record_taken_down"] == [
        story.author.email,
        story.manager.email,
        story.second_manager.email,
    ]
    assert "achievement.take_down" in actions(session, achievement)


def test_drafts_are_not_taken_down(session: Session, story: Story) -> None:
    achievement, _ = under_review(session, story)
    with pytest.raises(NotNow):
        publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="?")


@pytest.mark.parametrize("state", [RecordState.PUBLISHED, RecordState.EXPIRED, RecordState.WITHDRAWN])
def test_restore_goes_back_to_where_it_was(session: Session, story: Story, state: RecordState) -> None:
    achievement = make_achievement(session, story.university)
    organizer = story.by(session, "organizer")
    if state is RecordState.WITHDRAWN:
        publication.withdraw(session, achievement, by=story.by(session, "author"), reason="自己撤回")
    if state is RecordState.EXPIRED:
        achievement.valid_until = today() - timedelta(days=1)
        assert publication.expire(session, achievement)
    session.flush()
    publication.take_down(session, achievement, by=organizer, reason="核查")
    session.flush()
    assert publication.restore(session, achievement, by=organizer) is state
    assert achievement.state_reason == ("自己撤回" if state is RecordState.WITHDRAWN else "")


def test_restore_of_what_outlived_its_last_day_is_expired(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    organizer = story.by(session, "organizer")
    publication.take_down(session, achievement, by=organizer, reason="核查")
    achievement.valid_until = today() - timedelta(days=1)
    session.flush()
    assert publication.restore(session, achievement, by=organizer) is RecordState.EXPIRED


def test_restore_only_what_is_taken_down(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    with pytest.raises(NotNow):
        publication.restore(session, achievement, by=story.by(session, "organizer"))


def test_the_owner_cannot_renew_what_was_taken_down(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="核查")
    with pytest.raises(NotNow):
        publication.renew(session, achievement, by=story.by(session, "author"))


def test_a_corrected_version_brings_back_what_was_taken_down(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="含联系方式")
    revised(session, story, achievement, scenes="改正后的应用场景")
    assert achievement.state is RecordState.TAKEN_DOWN  # only the organizer's decision changes that
    publish(session, story, achievement)
    assert achievement.state is RecordState.PUBLISHED


# --- validity --------------------------------------------------------------------------------------------------------


def jobs_named(session: Session, name: str) -> list[Job]:
    session.flush()
    return list(session.scalars(select(Job).where(Job.name == name).order_by(Job.id)))


def test_publishing_writes_the_deadlines_as_jobs(session: Session, story: Story) -> None:
    achievement, _ = under_review(session, story)
    publish(session, story, achievement)
    assert achievement.valid_until is not None
    zone = ZoneInfo("Asia/Shanghai")
    end = jobs_named(session, "record_expiry")[0].run_after.astimezone(zone)
    assert (end.date(), end.hour, end.minute) == (achievement.valid_until + timedelta(days=1), 0, 0)
    reminder = jobs_named(session, "record_reminder")[0].run_after.astimezone(zone)
    assert reminder.date() == achievement.valid_until - timedelta(days=30)


def test_expire_only_after_the_last_day_in_the_site_s_zone(session: Session, story: Story) -> None:
    """At 23:30 and 00:30 around the year's end it is already, or still, another day elsewhere."""
    achievement = make_achievement(session, story.university)
    ahead, behind = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Niue")  # 25 hours apart: never the same day
    achievement.valid_until = today(behind)
    session.flush()
    assert not publication.expire(session, achievement, zone=behind)
    assert publication.expire(session, achievement, zone=ahead)
    assert achievement.state is RecordState.EXPIRED


def test_expire_twice_or_after_a_renewal_does_nothing(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    achievement.valid_until = today() - timedelta(days=1)
    session.flush()
    assert publication.expire(session, achievement)
    assert not publication.expire(session, achievement)
    publication.renew(session, achievement, by=story.by(session, "author"))
    assert not publication.expire(session, achievement)
    assert achievement.state is RecordState.PUBLISHED


def test_open_requests_survive_expiry(session: Session, story: Story) -> None:
    achievement, request, _booking = with_everything(session, story)
    achievement.valid_until = today() - timedelta(days=1)
    session.flush()
    publication.expire(session, achievement)
    assert request.state is RequestState.PENDING


def test_reminder_only_for_the_day_it_was_written_for(session: Session, story: Story) -> None:
    achievement, _ = under_review(session, story)
    publish(session, story, achievement)
    last = achievement.valid_until
    assert last is not None
    publication.remind(session, achievement, last=last - timedelta(days=1))
    assert ("record_expiring", story.author.email) not in mails(session)
    publication.remind(session, achievement, last=last)
    assert ("record_expiring", story.author.email) in mails(session)


def test_renew_needs_something_published(session: Session, story: Story) -> None:
    achievement, _ = under_review(session, story)
    with pytest.raises(NotNow):
        publication.renew(session, achievement, by=story.by(session, "author"))


def test_renew_a_withdrawn_one_publishes_what_was_reviewed(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    publication.withdraw(session, achievement, by=story.by(session, "author"), reason="暂缓")
    last = publication.renew(session, achievement, by=story.by(session, "author"))
    assert (achievement.state, achievement.valid_until, achievement.state_reason) == (RecordState.PUBLISHED, last, "")


def test_months_later_keeps_to_the_calendar() -> None:
    assert months_later(datetime(2026, 12, 31, tzinfo=UTC).date(), 2).isoformat() == "2027-02-28"
    assert months_later(datetime(2027, 10, 31, tzinfo=UTC).date(), 4).isoformat() == "2028-02-29"
    assert months_later(datetime(2026, 12, 31, tzinfo=UTC).date(), 24).isoformat() == "2028-12-31"
