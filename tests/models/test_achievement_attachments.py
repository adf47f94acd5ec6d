"""Files of a version: all or none, never twice, never while it is reviewed; and reports by anybody."""

import pytest
from sqlalchemy.orm import Session

from models.actions import attachments, drafting, reports
from models.actions.attachments import Change, Stored
from models.enums import AttachmentKind, RecordState
from models.errors import Conflict, Invalid, NotNow
from models.queries.achievements import used_digests
from models.tables import Achievement
from tests.factories import make_achievement
from tests.models.achievement_cases import Story, actions, mails, make_story


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def draft(session: Session, story: Story) -> Achievement:
    return make_achievement(session, story.university, state=RecordState.DRAFT)


def stored(number: int) -> Stored:
    return Stored(AttachmentKind.PICTURE, "image/png", f"图{number}.png", 1000 + number, f"{number:064d}")


def names(achievement: Achievement) -> list[str]:
    assert achievement.working_version is not None
    return [file.name for file in achievement.working_version.attachments]


def test_attach_appends_in_order_and_raises_the_revision(session: Session, story: Story, draft: Achievement) -> None:
    assert draft.working_version is not None
    before, by = draft.working_version.revision, story.by(session, "author")
    attachments.attach(session, draft, by=by, files=[stored(1), stored(2)], restricted=False)
    attachments.attach(session, draft, by=by, files=[stored(3)], restricted=True)
    assert names(draft) == ["图1.png", "图2.png", "图3.png"]
    assert [file.restricted for file in draft.working_version.attachments] == [False, False, True]
    assert draft.working_version.revision > before


def test_the_same_file_twice_is_one_file(session: Session, story: Story, draft: Achievement) -> None:
    by = story.by(session, "author")
    attachments.attach(session, draft, by=by, files=[stored(1), stored(1)], restricted=False)
    assert attachments.attach(session, draft, by=by, files=[stored(1)], restricted=False) == []
    assert names(draft) == ["图1.png"]


def test_too_many_files_are_refused_as_a_whole(session: Session, story: Story, draft: Achievement) -> None:
    by = story.by(session, "author")
    attachments.attach(session, draft, by=by, files=[stored(n) for n in range(11)], restricted=False)
    with pytest.raises(Invalid) as refused:
        attachments.attach(session, draft, by=by, files=[stored(20), stored(21)], restricted=False)
    assert refused.value.field == "uploads"
    assert len(names(draft)) == 11


def test_change_renames_restricts_and_removes(session: Session, story: Story, draft: Achievement) -> None:
    by = story.by(session, "author")
    one, two = attachments.attach(session, draft, by=by, files=[stored(1), stored(2)], restricted=False)
    attachments.change(
        session,
        draft,
        by=by,
        changes={one.public_id: Change("../../中试线外观", restricted=True)},
        remove=[two.public_id],
    )
    assert names(draft) == ["中试线外观.png"]
    assert one.restricted
    attachments.change(session, draft, by=by, changes={one.public_id: Change("  ", restricted=True)})
    assert names(draft) == ["中试线外观.png"]  # an emptied name keeps the old one
    assert used_digests(session) == {stored(1).sha256}


def test_unknown_files_are_an_old_page(session: Session, story: Story, draft: Achievement) -> None:
    other = make_achievement(session, story.university, state=RecordState.DRAFT)
    by = story.by(session, "author")
    [theirs] = attachments.attach(session, other, by=by, files=[stored(1)], restricted=False)
    with pytest.raises(Conflict):
        attachments.change(session, draft, by=by, changes={}, remove=[theirs.public_id])
    assert names(other) == ["图1.png"]


def test_files_of_what_is_reviewed_or_published_stay(session: Session, story: Story, draft: Achievement) -> None:
    by = story.by(session, "author")
    assert draft.working_version is not None
    [file] = attachments.attach(session, draft, by=by, files=[stored(1)], restricted=False)
    drafting.submit(session, draft, by=by, revision=draft.working_version.revision, pledge=True)
    with pytest.raises(NotNow):
        attachments.attach(session, draft, by=by, files=[stored(2)], restricted=False)
    with pytest.raises(NotNow):
        attachments.change(session, draft, by=by, changes={}, remove=[file.public_id])
    published = make_achievement(session, story.university)
    with pytest.raises(NotNow):
        attachments.attach(session, published, by=by, files=[stored(2)], restricted=False)


def test_anybody_can_report_and_an_organizer_answers_once(session: Session, story: Story) -> None:
    achievement = make_achievement(session, story.university)
    made = reports.report(
        session, achievement, by=story.by(session, "buyer"), reason=" 数据有误 ", email="a@example.org"
    )
    again = reports.report(
        session, achievement, by=story.by(session, "buyer"), reason="数据有误", email="a@example.org"
    )
    assert made is again
    assert (made.reason, made.object_id) == ("数据有误", achievement.id)
    assert actions(session, achievement) == ["achievement.report"]
    organizer = story.by(session, "organizer")
    with pytest.raises(Invalid):
        reports.handle(session, made, by=organizer, outcome=" ", title="标题")
    reports.handle(session, made, by=organizer, outcome="已请单位更正", title="标题")
    assert mails(session) == [("report_handled", "a@example.org")]
    with pytest.raises(NotNow):
        reports.handle(session, made, by=organizer, outcome="再来一次", title="标题")


@pytest.mark.parametrize("reason", ["", "   ", "长" * 2001])
def test_a_report_says_something(session: Session, story: Story, reason: str) -> None:
    achievement = make_achievement(session, story.university)
    with pytest.raises(Invalid):
        reports.report(session, achievement, by=story.by(session, "buyer"), reason=reason)
