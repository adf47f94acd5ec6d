"""What acts at once outside the versions: contact, circles, last day, tighter disclosure; looks at restricted details."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import drafting, publication, standing
from models.base import utcnow
from models.enums import Disclosure, RecordState
from models.errors import Invalid, NotNow
from models.queries.achievements import circle_choices, contact_choices, linked_circles, owner_choices
from models.rules.calendar import today
from models.tables import AuditEntry, Job
from tests.factories import make_achievement, make_circle, make_person, make_seeker
from tests.models.achievement_cases import Story, actions, make_story


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def test_contact_is_somebody_of_the_organisation_today(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    by = story.by(session, "author")
    colleague, stranger = make_person(session, story.university), make_person(session, story.enterprise)
    gone = make_person(session, story.university)
    session.flush()
    gone.memberships[0].ended_at = utcnow()
    standing.set_contact(session, achievement, by=by, person_id=colleague.id)
    for nobody in (stranger.id, gone.id, 999_999):
        with pytest.raises(Invalid) as refused:
            standing.set_contact(session, achievement, by=by, person_id=nobody)
        assert refused.value.field == "contact"
    assert achievement.contact_id == colleague.id
    names = [name for _id, name, _title in contact_choices(session, story.university.id)]
    assert colleague.name in names
    assert gone.name not in names
    assert stranger.name not in names


def test_circles_are_added_and_taken_away(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    by = story.by(session, "author")
    first, second = make_circle(session), make_circle(session)
    standing.set_circles(session, achievement, by=by, circle_ids=[first.id, second.id])
    standing.set_circles(session, achievement, by=by, circle_ids=[second.id])
    standing.set_circles(session, achievement, by=by, circle_ids=[second.id])  # pressed twice
    assert linked_circles(session, achievement) == [second.id]
    assert actions(session, achievement) == ["achievement.circles", "achievement.circles"]
    with pytest.raises(Invalid):
        standing.set_circles(session, achievement, by=by, circle_ids=[second.id, 999_999])
    assert [name for _id, name in circle_choices(session)] == [first.name, second.name]


def test_a_last_day_lies_ahead_and_within_the_usual_term(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    by = story.by(session, "author")
    for wrong in (today(), today() - timedelta(days=400), today() + timedelta(days=4000), None):
        with pytest.raises(Invalid) as refused:
            standing.set_valid_until(session, achievement, by=by, valid_until=wrong)
        assert refused.value.field == "valid_until"
    wanted = today() + timedelta(days=100)
    standing.set_valid_until(session, achievement, by=by, valid_until=wanted)
    session.flush()
    ends = session.scalars(select(Job.unique_key).where(Job.name == "record_expiry")).all()
    assert ends == [f"record_expiry:achievement:{achievement.id}:{wanted}"]


def test_a_draft_may_leave_its_last_day_open(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university, state=RecordState.DRAFT)
    by = story.by(session, "author")
    standing.set_valid_until(session, achievement, by=by, valid_until=today() + timedelta(days=3))
    standing.set_valid_until(session, achievement, by=by, valid_until=None)
    assert achievement.valid_until is None
    assert session.scalar(select(func.count()).select_from(Job).where(Job.name == "record_expiry")) == 0


@pytest.mark.parametrize("state", [RecordState.EXPIRED, RecordState.WITHDRAWN, RecordState.TAKEN_DOWN])
def test_the_last_day_of_what_is_gone_is_set_by_renewing(session: Session, story: Story, state: RecordState) -> None:
    achievement = make_achievement(session, story.university, state=state)
    with pytest.raises(NotNow):
        standing.set_valid_until(
            session, achievement, by=story.by(session, "author"), valid_until=today() + timedelta(days=3)
        )


def test_tightening_acts_at_once_and_only_tightens(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university, disclosure=Disclosure.VERIFIED)
    by = story.by(session, "author")
    with pytest.raises(Invalid) as refused:
        standing.tighten(session, achievement, by=by, to=Disclosure.PUBLIC)
    assert refused.value.field == "disclosure"
    standing.tighten(session, achievement, by=by, to=Disclosure.VERIFIED)
    assert achievement.tightened_to is None
    standing.tighten(session, achievement, by=by, to=Disclosure.CONSENT)
    assert achievement.tightened_to is Disclosure.CONSENT
    assert achievement.public_version is not None
    assert achievement.public_version.disclosure is Disclosure.VERIFIED  # the version itself is immutable
    with pytest.raises(Invalid):
        standing.tighten(session, achievement, by=by, to=Disclosure.VERIFIED)


def test_a_version_under_way_cannot_loosen_by_mistake(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university, disclosure=Disclosure.PUBLIC)
    by = story.by(session, "author")
    version = drafting.new_version(session, achievement, by=by)
    standing.tighten(session, achievement, by=by, to=Disclosure.CONSENT)
    assert version.disclosure is Disclosure.CONSENT
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    publication.publish(session, achievement, by=story.by(session, "organizer"), revision=version.revision)
    assert (achievement.tightened_to, version.disclosure) == (None, Disclosure.CONSENT)


def test_tightening_needs_something_public(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university, state=RecordState.DRAFT)
    with pytest.raises(NotNow):
        standing.tighten(session, achievement, by=story.by(session, "author"), to=Disclosure.CONSENT)


def test_a_look_is_noted_once_a_day_per_person_and_item(session: Session, story: Story) -> None:
    one, other = make_achievement(session, story.university), make_achievement(session, story.university)
    buyer, organizer = story.by(session, "buyer"), story.by(session, "organizer")
    for subject, reader in ((one, buyer), (one, buyer), (one, organizer), (other, buyer)):
        standing.note_look(session, subject, by=reader)
    looks = session.execute(
        select(AuditEntry.object_id, AuditEntry.person_id, AuditEntry.ip).where(AuditEntry.action == "achievement.look")
    ).all()
    assert [tuple(look) for look in looks] == [
        (one.id, buyer.person_id, "192.0.2.7"),
        (one.id, organizer.person_id, "192.0.2.7"),
        (other.id, buyer.person_id, "192.0.2.7"),
    ]
    earlier = session.scalars(select(AuditEntry).where(AuditEntry.action == "achievement.look")).first()
    assert earlier is not None
    earlier.at = utcnow() - timedelta(days=1)
    session.flush()
    standing.note_look(session, one, by=buyer)
    assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "achievement.look")).all()) == 4


def test_only_providers_are_offered(session: Session, story: Story) -> None:
    seeker = make_seeker(session)
    offered = owner_choices(session, [story.university.id, seeker.id], "is_provider")
    assert offered == [(story.university.id, story.university.name)]
