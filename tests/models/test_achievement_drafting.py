"""Drafting: create, save, submit, take back, new version, discard; two editors at once; what is published stays."""

import threading
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models.actions import drafting, publication
from models.actions.kinds import KINDS
from models.base import Database
from models.enums import Disclosure, OrgRole, RecordState, Verification, VersionState
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries.versions import contents, history
from models.rules.policy import Actor
from models.tables import Achievement, AchievementVersion, Attachment, AuditEntry, Job, Transition
from tests.factories import make_account, make_achievement, make_mandate, make_provider, make_seeker
from tests.models.achievement_cases import COMPLETE, Story, actions, mails, make_story


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def draft(session: Session, story: Story) -> Achievement:
    made, _version = drafting.create(session, story.university, by=story.by(session, "author"), title="可纺沥青的制备")
    return made


def revision(achievement: Achievement) -> int:
    assert achievement.working_version is not None
    return achievement.working_version.revision


def complete(session: Session, story: Story, draft: Achievement, **changes: Any) -> None:
    drafting.save(
        session, draft, by=story.by(session, "author"), revision=revision(draft), values={**COMPLETE, **changes}
    )


def submitted(session: Session, story: Story, draft: Achievement) -> AchievementVersion:
    complete(session, story, draft)
    return drafting.submit(session, draft, by=story.by(session, "author"), revision=revision(draft), pledge=True)


def published(session: Session, story: Story, draft: Achievement) -> Achievement:
    version = submitted(session, story, draft)
    publication.publish(session, draft, by=story.by(session, "organizer"), revision=version.revision)
    return draft


def test_create_begins_a_draft_with_history(session: Session, story: Story, draft: Achievement) -> None:
    version = draft.working_version
    assert version is not None
    assert (draft.state, version.state, version.number) == (RecordState.DRAFT, VersionState.DRAFT, 1)
    assert (version.title, version.author_id) == ("可纺沥青的制备", story.author.person_id)
    assert actions(session, draft) == ["achievement.create"]
    assert draft.public_version_id is None


def test_create_twice_with_one_form_gives_one_draft(session: Session, story: Story) -> None:
    by = story.by(session, "author")
    first, _ = drafting.create(session, story.university, by=by, title="甲乙丙丁", public_id="abcdefghjk")
    second, _ = drafting.create(session, story.university, by=by, title="甲乙丙丁", public_id="abcdefghjk")
    assert first is second
    assert len(session.scalars(select(Achievement)).all()) == 1


def test_create_cannot_take_over_the_id_of_another_organisation(session: Session, story: Story) -> None:
    drafting.create(session, story.university, by=story.by(session, "author"), title="甲乙丙丁", public_id="abcdefghjk")
    other = make_provider(session)
    with pytest.raises(Conflict):
        drafting.create(session, other, by=story.by(session, "author"), title="别人的", public_id="abcdefghjk")


def test_create_needs_a_provider_that_is_not_suspended(session: Session, story: Story) -> None:
    by = story.by(session, "author")
    with pytest.raises(NotNow):
        drafting.create(session, make_seeker(session), by=by, title="甲乙丙丁")
    story.university.verification = Verification.SUSPENDED
    with pytest.raises(NotNow):
        drafting.create(session, story.university, by=by, title="甲乙丙丁")


def test_broker_is_noted_beside_the_organisation(session: Session, story: Story) -> None:
    make_mandate(session, story.university, story.buyer, story.manager)
    drafting.create(session, story.university, by=story.by(session, "buyer"), title="代填的成果")
    session.flush()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "achievement.create")).one()
    assert (entry.person_id, entry.on_behalf_of_id) == (story.buyer.person_id, story.university.id)


def test_save_stores_columns_and_rows_and_raises_the_revision(
    session: Session, story: Story, draft: Achievement
) -> None:
    before = revision(draft)
    complete(session, story, draft)
    assert draft.working_version is not None
    content = contents(session, [draft.working_version.id])[draft.working_version.id]
    assert (content.trl, content.price_min, content.negotiable) == (5, 50_000_000, False)
    assert content.indicators == COMPLETE["indicators"]
    assert [right.number for right in content.intellectual_property] == ["ZL201710601862.3"]
    assert [colleague.name for colleague in content.team] == ["简修文"]
    assert revision(draft) > before


def test_save_of_the_same_values_changes_nothing(session: Session, story: Story, draft: Achievement) -> None:
    complete(session, story, draft)
    before = revision(draft)
    complete(session, story, draft)
    assert revision(draft) == before


def test_changing_only_a_row_raises_the_revision(session: Session, story: Story, draft: Achievement) -> None:
    complete(session, story, draft)
    before = revision(draft)
    complete(session, story, draft, team=[{"name": "冉青禾", "title": "博士", "role": ""}])
    assert revision(draft) > before
    assert draft.working_version is not None
    assert [member.name for member in draft.working_version.team] == ["冉青禾"]


def test_autosaves_of_a_day_leave_one_audit_row(session: Session, story: Story, draft: Achievement) -> None:
    for text in ("一", "一二", "一二三"):
        complete(session, story, draft, scenes=text)
    assert actions(session, draft) == ["achievement.create", "achievement.edit"]


def test_stale_revision_is_a_conflict_and_stores_nothing(session: Session, story: Story, draft: Achievement) -> None:
    opened_with = revision(draft)
    complete(session, story, draft)
    with pytest.raises(Conflict) as refused:
        drafting.save(
            session, draft, by=story.by(session, "manager"), revision=opened_with, values={"title": "别的标题"}
        )
    assert refused.value.status == 409
    assert draft.working_version is not None
    assert draft.working_version.title == "可纺沥青的制备"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "长" * 121}, "title"),
        ({"summary": "长" * 20_001}, "summary"),
        ({"team": [{"name": "长" * 61, "title": "", "role": ""}]}, "team"),
        ({"intellectual_property": [{"kind": "other", "number": "1" * 41, "title": "", "status": ""}]},
         "intellectual_property"),
        ({"team": [{"name": "人", "title": "", "role": ""}] * 31}, "team"),
        ({"price_min": 200, "price_max": 100}, "price_max"),
    ],
)  # fmt: skip
def test_save_refuses_what_the_table_cannot_hold(
    session: Session, story: Story, draft: Achievement, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        drafting.save(session, draft, by=story.by(session, "author"), revision=None, values=values)
    assert refused.value.field == field


def test_save_keeps_texts_that_are_too_long_to_publish(session: Session, story: Story, draft: Achievement) -> None:
    complete(session, story, draft, summary="长" * 400)
    with pytest.raises(NotNow):
        drafting.submit(session, draft, by=story.by(session, "author"), revision=revision(draft), pledge=True)
    assert draft.working_version is not None
    assert len(draft.working_version.summary) == 400


def test_submit_goes_to_the_organizers(session: Session, story: Story, draft: Achievement) -> None:
    version = submitted(session, story, draft)
    assert version.state is VersionState.REVIEW
    assert version.non_classified
    assert (version.submitted_by_id, version.submitted_at is not None) == (story.author.person_id, True)
    assert mails(session) == []
    assert "achievement.submit" in actions(session, version)


def test_submit_goes_to_the_own_review_where_wanted(session: Session) -> None:
    story = make_story(session, reviews_first=True)
    draft, _ = drafting.create(session, story.university, by=story.by(session, "author"), title="可纺沥青")
    version = submitted(session, story, draft)
    assert version.state is VersionState.ORG_REVIEW
    assert mails(session) == [
        ("record_org_review", story.manager.email),
        ("record_org_review", story.second_manager.email),
    ]


def test_submit_with_own_review_needs_another_manager(session: Session) -> None:
    story = make_story(session, reviews_first=True)
    lonely = make_provider(session, reviews_first=True)
    only = make_account(session, lonely, role=OrgRole.MANAGER)
    story.author = only
    draft, _ = drafting.create(session, lonely, by=story.by(session, "author"), title="可纺沥青")
    complete(session, story, draft)
    with pytest.raises(NotNow):
        drafting.submit(session, draft, by=story.by(session, "author"), revision=revision(draft), pledge=True)


def test_submit_refusals(session: Session, story: Story, draft: Achievement) -> None:
    by = story.by(session, "author")
    with pytest.raises(NotNow):  # incomplete
        drafting.submit(session, draft, by=by, revision=revision(draft), pledge=True)
    complete(session, story, draft)
    with pytest.raises(Invalid) as refused:
        drafting.submit(session, draft, by=by, revision=revision(draft), pledge=False)
    assert refused.value.field == "non_classified"
    with pytest.raises(Conflict):
        drafting.submit(session, draft, by=by, revision=revision(draft) - 1, pledge=True)
    story.university.verification = Verification.SUSPENDED
    with pytest.raises(NotNow):
        drafting.submit(session, draft, by=by, revision=revision(draft), pledge=True)


def test_double_submit_is_refused_in_words(session: Session, story: Story, draft: Achievement) -> None:
    submitted(session, story, draft)
    with pytest.raises(NotNow):
        drafting.submit(session, draft, by=story.by(session, "author"), revision=revision(draft), pledge=True)


def test_what_is_under_review_cannot_be_changed_until_taken_back(
    session: Session, story: Story, draft: Achievement
) -> None:
    submitted(session, story, draft)
    with pytest.raises(NotNow):
        complete(session, story, draft, title="改一改标题")
    drafting.take_back(session, draft, by=story.by(session, "author"))
    complete(session, story, draft, title="改一改标题")
    with pytest.raises(NotNow):
        drafting.take_back(session, draft, by=story.by(session, "author"))


def test_new_version_copies_everything_but_the_pledge(session: Session, story: Story, draft: Achievement) -> None:
    published(session, story, draft)
    public = draft.public_version
    assert public is not None
    public.attachments.append(
        Attachment(kind="picture", name="a.png", media_type="image/png", size=3, sha256="ab" * 32, restricted=True)
    )
    session.flush()
    version = drafting.new_version(session, draft, by=story.by(session, "author"))
    old, new = contents(session, [public.id, version.id])[public.id], contents(session, [version.id])[version.id]
    assert (new.number, new.state, new.non_classified) == (2, VersionState.DRAFT, False)
    for name in KINDS[Achievement].plain:
        if name != "currency":
            assert getattr(new, name) == getattr(old, name), name
    assert new.intellectual_property == old.intellectual_property
    assert new.team == old.team
    assert [(f.name, f.sha256, f.restricted) for f in new.attachments] == [("a.png", "ab" * 32, True)]
    assert new.attachments[0].public_id != old.attachments[0].public_id
    assert drafting.new_version(session, draft, by=story.by(session, "manager")) is version  # pressed twice


def test_new_version_needs_something_published(session: Session, story: Story, draft: Achievement) -> None:
    draft.working_version = None
    with pytest.raises(NotNow):
        drafting.new_version(session, draft, by=story.by(session, "author"))


def test_published_version_stays_as_it_is_while_a_new_one_is_written(
    session: Session, story: Story, draft: Achievement
) -> None:
    published(session, story, draft)
    assert draft.public_version_id is not None
    before = contents(session, [draft.public_version_id])[draft.public_version_id]
    drafting.new_version(session, draft, by=story.by(session, "author"))
    complete(session, story, draft, title="全新的标题", team=[], intellectual_property=[])
    assert contents(session, [before.id])[before.id] == before
    assert draft.public_version_id == before.id
    assert draft.state is RecordState.PUBLISHED


def test_nothing_can_be_saved_without_a_working_version(session: Session, story: Story, draft: Achievement) -> None:
    published(session, story, draft)
    with pytest.raises(NotNow):
        drafting.save(session, draft, by=story.by(session, "author"), revision=None, values={"title": "改公开版"})


def test_save_knows_no_other_columns(session: Session, story: Story, draft: Achievement) -> None:
    with pytest.raises(KeyError):
        drafting.save(session, draft, by=story.by(session, "author"), revision=None, values={"state": "published"})


def test_discard_and_take_up_again(session: Session, story: Story, draft: Achievement) -> None:
    published(session, story, draft)
    by = story.by(session, "author")
    version = drafting.new_version(session, draft, by=by)
    drafting.discard(session, draft, by=by)
    assert (version.state, draft.working_version) == (VersionState.DISCARDED, None)
    drafting.take_up(session, draft, version, by=by)
    assert (version.state, draft.working_version) == (VersionState.DRAFT, version)
    with pytest.raises(NotNow):
        drafting.take_up(session, draft, version, by=by)


def test_a_discarded_version_is_not_taken_up_over_a_newer_one(
    session: Session, story: Story, draft: Achievement
) -> None:
    published(session, story, draft)
    by = story.by(session, "author")
    old = drafting.new_version(session, draft, by=by)
    drafting.discard(session, draft, by=by)
    newer = drafting.new_version(session, draft, by=by)
    assert newer.number == 3
    drafting.submit(session, draft, by=by, revision=newer.revision, pledge=True)
    publication.publish(session, draft, by=story.by(session, "organizer"), revision=newer.revision)
    with pytest.raises(NotNow):
        drafting.take_up(session, draft, old, by=by)


def test_the_only_version_is_not_discarded(session: Session, story: Story, draft: Achievement) -> None:
    with pytest.raises(NotNow):
        drafting.discard(session, draft, by=story.by(session, "author"))


def test_history_lists_versions_newest_first(session: Session, story: Story, draft: Achievement) -> None:
    published(session, story, draft)
    drafting.new_version(session, draft, by=story.by(session, "manager"))
    assert [(line.number, line.state, line.author) for line in history(session, draft)] == [
        (2, VersionState.DRAFT, story.manager.person.name),
        (1, VersionState.PUBLISHED, story.author.person.name),
    ]


def test_every_change_reaches_the_index_queue(session: Session, story: Story, draft: Achievement) -> None:
    published(session, story, draft)
    session.flush()
    keys = [payload["key"] for payload in session.scalars(select(Job.payload).where(Job.name == "index"))]
    assert f"achievement:{draft.id}" in keys


def test_two_editors_at_once_one_wins_the_other_is_told(each_database: Database) -> None:
    """Both opened the same revision and save at the same moment, in two transactions."""
    with each_database.write() as session:
        story = make_story(session)
        draft, version = drafting.create(
            session, story.university, by=story.by(session, "author"), title="可纺沥青的制备"
        )
        actors = [story.by(session, "author"), story.by(session, "manager")]
        achievement_id, opened_with = draft.id, version.revision
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def edit(actor: Actor, title: str) -> None:
        start.wait()
        try:
            with each_database.write() as mine:
                achievement = mine.get_one(Achievement, achievement_id)
                drafting.save(mine, achievement, by=actor, revision=opened_with, values={"title": title})
            outcomes.append(title)
        except (Conflict, StaleDataError, OperationalError) as error:
            outcomes.append(type(error).__name__)

    threads = [
        threading.Thread(target=edit, args=(actor, title))
        for actor, title in zip(actors, ("甲改的", "乙改的"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(outcome) > 3 for outcome in outcomes) == [False, True], outcomes
    with each_database.read() as session:
        title = session.scalars(select(AchievementVersion.title)).one()
    assert title in outcomes


def test_two_colleagues_begin_a_new_version_at_once(each_database: Database) -> None:
    with each_database.write() as session:
        story = make_story(session)
        achievement = make_achievement(session, story.university)
        actors = [story.by(session, "author"), story.by(session, "manager")]
        achievement_id = achievement.id
    start = threading.Barrier(2)
    refusals: list[Exception] = []

    def begin(actor: Actor) -> None:
        start.wait()
        try:
            with each_database.write() as mine:
                drafting.new_version(mine, mine.get_one(Achievement, achievement_id), by=actor)
        except (DomainError, StaleDataError) as error:
            refusals.append(error)

    threads = [threading.Thread(target=begin, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with each_database.read() as session:
        assert sorted(session.scalars(select(AchievementVersion.number))) == [1, 2]


def test_new_version_begins_with_the_tightened_disclosure(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university, disclosure=Disclosure.PUBLIC)
    achievement.tightened_to = Disclosure.CONSENT
    session.flush()
    version = drafting.new_version(session, achievement, by=story.by(session, "author"))
    assert version.disclosure is Disclosure.CONSENT


def test_transitions_tell_the_story(session: Session, story: Story, draft: Achievement) -> None:
    version = submitted(session, story, draft)
    session.flush()
    moves = session.execute(
        select(Transition.from_state, Transition.to_state)
        .where(Transition.object_type == "achievement_version", Transition.object_id == version.id)
        .order_by(Transition.id)
    ).all()
    assert [tuple(move) for move in moves] == [("", "draft"), ("draft", "review")]
