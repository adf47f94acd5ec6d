"""The organizers' queue and decision, the organisation's own review, versions and their differences."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import drafting
from models.base import utcnow
from models.enums import Disclosure, RecordState, VersionState
from models.tables import Achievement, AchievementVersion, AuditEntry
from tests.counting import counted
from tests.factories import make_achievement
from tests.models.achievement_cases import COMPLETE, Story
from tests.web.achievement_site import LogIn, page, prepared


@pytest.fixture
def story(session: Session) -> Story:
    return prepared(session)


def waiting(session: Session, story: Story, **changes: Any) -> Achievement:
    """A version that waits for an organizer (or for the own review), committed."""
    by = story.by(session, "author")
    made, version = drafting.create(session, story.university, by=by, title="可纺沥青的制备")
    drafting.save(session, made, by=by, revision=None, values={**COMPLETE, **changes})
    drafting.submit(session, made, by=by, revision=version.revision, pledge=True)
    session.commit()
    return made


def present(session: Session, achievement: Achievement) -> tuple[RecordState, VersionState, int]:
    """State of the record, state and revision of its newest version, as the database has them."""
    with Session(session.get_bind().engine.execution_options(immediate=False)) as reading:
        row = reading.execute(
            select(Achievement.state, AchievementVersion.state, AchievementVersion.revision)
            .join(AchievementVersion, AchievementVersion.achievement_id == Achievement.id)
            .where(Achievement.id == achievement.id)
            .order_by(AchievementVersion.number.desc())
            .limit(1)
        ).one()
        return row[0], row[1], row[2]


# --- queue -----------------------------------------------------------------------------------------------------------


def test_the_queue_is_oldest_first_and_only_the_organizers(
    session: Session, story: Story, client: FlaskClient, log_in: LogIn
) -> None:
    young, old = waiting(session, story, title="后提交的成果"), waiting(session, story, title="先提交的成果")
    assert old.working_version is not None
    old.working_version.submitted_at = utcnow() - timedelta(days=3)
    make_achievement(session, story.university, state=RecordState.DRAFT, title="还是草稿的成果")
    session.commit()
    text = page(log_in(story.organizer).get("/review"))
    assert text.index("先提交的成果") < text.index("后提交的成果")
    assert "还是草稿的成果" not in text
    assert young.id
    assert log_in(story.manager).get("/review").status_code == 403
    assert client.get("/review").status_code == 303


def test_the_queue_pages_by_key_and_costs_the_same(session: Session, story: Story, log_in: LogIn, app: Flask) -> None:
    organizer = log_in(story.organizer)
    page(organizer.get("/review"))
    counts, start = [], utcnow() - timedelta(days=2)
    for number in range(22):
        made = make_achievement(
            session,
            story.university,
            state=RecordState.DRAFT,
            version_state=VersionState.REVIEW,
            title=f"排队{number:02d}号",
        )
        assert made.working_version is not None
        made.working_version.submitted_at = start  # all at one moment: the key goes on by id
        session.commit()
        if number in (0, 2):
            organizer.get("/review")
            with counted(app) as statements:
                organizer.get("/review")
            counts.append(len(statements))
    assert counts[0] == counts[1]
    first = page(organizer.get("/review"))
    assert "排队19号" in first
    assert "排队20号" not in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = page(organizer.get(following))
    assert "排队20号" in second
    assert "排队19号" not in second
    for nonsense in ("x", "2026-01-01_x", "2026-01-01T00:00:00_1", "_"):
        assert organizer.get("/review", query_string={"after": nonsense}).status_code in (200, 404)


# --- decision --------------------------------------------------------------------------------------------------------


def test_publish_from_the_decision_page(session: Session, story: Story, client: FlaskClient, log_in: LogIn) -> None:
    achievement = waiting(session, story, disclosure=Disclosure.VERIFIED)
    organizer = log_in(story.organizer)
    text = page(organizer.get(f"/review/{achievement.public_id}"))
    assert COMPLETE["details"] in text
    revision = present(session, achievement)[2]
    assert f'name="revision" value="{revision}"' in text
    done = organizer.post(f"/review/{achievement.public_id}/publish", data={"revision": revision})
    assert (done.status_code, done.location) == (303, "/review")
    assert present(session, achievement)[:2] == (RecordState.PUBLISHED, VersionState.PUBLISHED)
    page(client.get(f"/achievements/{achievement.public_id}"))
    again = page(organizer.post(f"/review/{achievement.public_id}/publish", data={"revision": revision}), 409)
    assert f'href="/achievements/{achievement.public_id}"' in again
    page(organizer.get(f"/review/{achievement.public_id}"))


def test_the_reviewer_s_look_at_restricted_details_is_audited(session: Session, story: Story, log_in: LogIn) -> None:
    open_one, restricted = waiting(session, story), waiting(session, story, disclosure=Disclosure.CONSENT)
    organizer = log_in(story.organizer)
    for achievement in (open_one, restricted, restricted):
        organizer.get(f"/review/{achievement.public_id}")
    looks = session.scalars(select(AuditEntry.object_id).where(AuditEntry.action == "achievement.look")).all()
    assert looks == [restricted.id]


def test_return_with_reasons(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = waiting(session, story)
    organizer, at = log_in(story.organizer), f"/review/{achievement.public_id}/return"
    revision = present(session, achievement)[2]
    text = page(organizer.post(at, data={"revision": revision, "note": "写了半天的意见"}), 422)
    assert "写了半天的意见" in text
    assert present(session, achievement)[1] is VersionState.REVIEW
    page(organizer.post(at, data={"revision": revision, "codes": ["nonsense"]}), 422)
    done = organizer.post(at, data={"revision": revision, "codes": ["evidence", "unclear"], "note": "请附检测报告"})
    assert done.status_code == 303
    assert present(session, achievement)[1] is VersionState.RETURNED
    author = log_in(story.author)
    for address in (f"/achievements/{achievement.public_id}", f"/achievements/{achievement.public_id}/edit"):
        assert "请附检测报告" in page(author.get(address))


def test_a_decision_about_another_revision_is_a_conflict(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = waiting(session, story)
    organizer = log_in(story.organizer)
    seen = present(session, achievement)[2]
    by = story.by(session, "author")
    drafting.take_back(session, achievement, by=by)
    version = drafting.save(session, achievement, by=by, revision=None, values={"scenes": "悄悄改过的场景"})
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    session.commit()
    text = page(organizer.post(f"/review/{achievement.public_id}/publish", data={"revision": seen}), 422)
    assert "悄悄改过的场景" in text
    assert present(session, achievement)[0] is RecordState.DRAFT
    revision = present(session, achievement)[2]
    assert f'name="revision" value="{revision}"' in text


def test_changes_to_the_public_version_are_shown(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university, scenes="适用于检测机构。")
    by = story.by(session, "author")
    version = drafting.new_version(session, achievement, by=by)
    drafting.save(session, achievement, by=by, revision=None, values={"scenes": "适用于化工企业。", "trl": 7})
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    session.commit()
    organizer = log_in(story.organizer)
    text = page(organizer.get(f"/review/{achievement.public_id}"))
    assert "<del>检测机构</del><ins>化工企业</ins>" in text
    assert "适用于检测机构。" in page(organizer.get(f"/achievements/{achievement.public_id}"))  # still public
    at = f"/achievements/{achievement.public_id}"
    compared = page(log_in(story.author).get(f"{at}/versions/1/to/2"))
    assert "<del>检测机构</del><ins>化工企业</ins>" in compared


def test_only_organizers_decide(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = waiting(session, story)
    for name in ("author", "manager"):
        member = log_in(getattr(story, name))
        for verb in ("", "/publish", "/return"):
            method = member.get if not verb else member.post
            assert method(f"/review/{achievement.public_id}{verb}").status_code == 403
    assert log_in(story.buyer).get(f"/review/{achievement.public_id}").status_code == 404
    assert log_in(story.organizer).get("/review/zzzzzzzzzz").status_code == 404


# --- the organisation's own review -----------------------------------------------------------------------------------


def test_own_review_by_another_than_the_author(session: Session, log_in: LogIn) -> None:
    story = prepared(session, reviews_first=True)
    story.author = story.manager
    achievement = waiting(session, story)
    at = f"/achievements/{achievement.public_id}/own-review"
    revision = present(session, achievement)[2]
    author, colleague = log_in(story.manager), log_in(story.second_manager)
    text = page(author.get(at))
    assert f"{at}/approve" not in text
    page(author.post(f"{at}/approve", data={"revision": revision}), 422)
    assert present(session, achievement)[1] is VersionState.ORG_REVIEW
    assert f"{at}/approve" in page(colleague.get(at))
    page(colleague.post(f"{at}/return", data={"revision": revision}), 422)
    assert colleague.post(f"{at}/approve", data={"revision": revision}).status_code == 303
    assert present(session, achievement)[1] is VersionState.REVIEW
    page(colleague.post(f"{at}/approve", data={"revision": revision}), 409)


def test_own_review_is_the_managers(session: Session, log_in: LogIn) -> None:
    story = prepared(session, reviews_first=True)
    achievement = waiting(session, story)
    at = f"/achievements/{achievement.public_id}/own-review"
    assert log_in(story.author).get(at).status_code == 403
    assert log_in(story.organizer).get(at).status_code == 403
    revision = present(session, achievement)[2]
    returned = log_in(story.manager).post(
        f"{at}/return", data={"revision": revision, "codes": ["rights"], "note": "先确认权属"}
    )
    assert returned.status_code == 303
    assert present(session, achievement)[1] is VersionState.RETURNED


# --- versions --------------------------------------------------------------------------------------------------------


def test_history_tells_versions_and_happenings(
    session: Session, story: Story, client: FlaskClient, log_in: LogIn, app: Flask
) -> None:
    achievement = waiting(session, story)
    at = f"/achievements/{achievement.public_id}"
    author = log_in(story.author)
    text = page(author.get(f"{at}/history"))
    assert story.author.person.name in text
    page(author.get(f"{at}/versions/1"))
    assert author.get(f"{at}/versions/7").status_code == 404
    assert author.get(f"{at}/versions/99999999999999999999").status_code == 404
    for query in ("", "?old=1", "?old=1&new=9", "?old=x&new=1", "?old=99999999999&new=99999999999"):
        assert author.get(f"{at}/differences{query}").status_code == 404
    same = page(author.get(f"{at}/versions/1/to/1"))
    assert "<ins>" not in same
    assert client.get(f"{at}/history").status_code == 303
    assert log_in(story.buyer).get(f"{at}/history").status_code == 404
    published = make_achievement(session, story.university)
    session.commit()
    assert log_in(story.buyer).get(f"/achievements/{published.public_id}/history").status_code == 403


def test_take_back_discard_and_take_up_by_buttons(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university)
    session.commit()
    author, at = log_in(story.author), f"/achievements/{achievement.public_id}"
    assert author.post(f"{at}/versions").status_code == 303
    revision = present(session, achievement)[2]
    assert author.post(f"{at}/submit", data={"revision": revision, "non_classified": "y"}).status_code == 303
    assert present(session, achievement)[1] is VersionState.REVIEW
    assert author.post(f"{at}/discard").status_code == 303  # told why not
    assert present(session, achievement)[1] is VersionState.REVIEW
    assert author.post(f"{at}/take-back").status_code == 303
    assert author.post(f"{at}/discard").status_code == 303
    assert present(session, achievement)[1] is VersionState.DISCARDED
    assert f"{at}/versions/2/take-up" in page(author.get(f"{at}/history"))
    assert author.post(f"{at}/versions/2/take-up").status_code == 303
    assert present(session, achievement)[:2] == (RecordState.PUBLISHED, VersionState.DRAFT)
    assert author.post(f"{at}/versions/9/take-up").status_code == 404
