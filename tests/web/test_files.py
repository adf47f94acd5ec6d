"""Uploads by content, and files by the permission of their row."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.actions import attachments, drafting, publication
from models.actions.attachments import Stored
from models.enums import AttachmentKind, Disclosure, RecordState
from models.tables import Achievement, Attachment, AuditEntry, Setting
from tests.factories import make_achievement
from tests.models.achievement_cases import Story
from tests.models.test_achievement_rules import HTML, bomb, pdf, picture
from tests.web.achievement_site import LogIn, page, prepared
from web.handlers.records import sweep_files


@pytest.fixture
def story(session: Session) -> Story:
    return prepared(session)


@pytest.fixture
def draft(session: Session, story: Story) -> Achievement:
    made = make_achievement(session, story.university, state=RecordState.DRAFT)
    session.commit()
    return made


def upload(client: FlaskClient, achievement: Achievement, *files: tuple[bytes, str], **data: Any) -> TestResponse:
    return client.post(
        f"/achievements/{achievement.public_id}/edit/files",
        data={
            "revision": "1",
            "details": "写好的细节",
            "disclosure": "public",
            "uploads": [(io.BytesIO(content), name) for content, name in files],
            **data,
        },
        content_type="multipart/form-data",
    )


def kept(session: Session) -> list[Attachment]:
    with Session(session.get_bind().engine.execution_options(immediate=False), expire_on_commit=False) as reading:
        return list(reading.scalars(select(Attachment).order_by(Attachment.position, Attachment.id)))


def placed(
    session: Session,
    app: Flask,
    achievement: Achievement,
    *,
    content: bytes = b"",
    media_type: str = "image/png",
    name: str = "中试线.png",
    restricted: bool = False,
) -> Attachment:
    """A file of the achievement's only version, in storage, committed."""
    digest, size = app.extensions["backends"].storage.put(io.BytesIO(content or picture()))
    file = Attachment(
        version_id=achievement.public_version_id or achievement.working_version_id,
        kind=AttachmentKind.PICTURE if media_type.startswith("image/") else AttachmentKind.DOCUMENT,
        name=name,
        media_type=media_type,
        size=size,
        sha256=digest,
        restricted=restricted,
    )
    session.add(file)
    session.commit()
    return file


# --- uploading -------------------------------------------------------------------------------------------------------


def test_pictures_and_pdfs_are_attached(session: Session, story: Story, draft: Achievement, log_in: LogIn) -> None:
    author = log_in(story.author)
    answer = upload(author, draft, (picture(), "外观"), (pdf(), "检测报告.pdf"), restrict_uploads="y")
    assert (answer.status_code, answer.location) == (303, f"/achievements/{draft.public_id}/edit/files")
    assert [(file.name, file.media_type, file.restricted) for file in kept(session)] == [
        ("外观.png", "image/png", True),
        ("检测报告.pdf", "application/pdf", True),
    ]
    text = page(author.get(answer.location))
    assert "检测报告.pdf" in text
    assert "写好的细节" in text
    first = kept(session)[0]
    shown = author.get(f"/files/{first.public_id}")
    assert shown.data == picture()
    shown.close()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (HTML, "介绍书.pdf"),
        (b"", "空.pdf"),
        (picture()[:60], "断.png"),
        (bomb(6_000), "炸弹.png"),
        (pdf(password="x"), "密.pdf"),
        (b"MZ" + b"\0" * 500, "程序.png"),
    ],
)
def test_what_is_refused_is_named_and_the_rest_is_kept(
    session: Session, story: Story, draft: Achievement, log_in: LogIn, content: bytes, name: str
) -> None:
    text = page(upload(log_in(story.author), draft, (picture(), "好的.png"), (content, name)), 422)
    assert name in text
    assert "写好的细节" in text  # what was typed
    assert kept(session) == []  # nothing half done


def test_too_big_by_the_setting(session: Session, story: Story, draft: Achievement, log_in: LogIn) -> None:
    session.add(Setting(key="upload_megabytes", value=0.3))
    session.commit()
    noise = io.BytesIO()
    Image.effect_noise((380, 380), 90).convert("RGB").save(noise, "PNG")
    assert 300_000 < noise.tell() < 500_000
    text = page(upload(log_in(story.author), draft, (noise.getvalue(), "太大.png")), 422)
    assert "太大.png" in text
    assert kept(session) == []


def test_the_same_upload_twice_is_one_file(session: Session, story: Story, draft: Achievement, log_in: LogIn) -> None:
    author = log_in(story.author)
    assert upload(author, draft, (picture(), "外观.png")).status_code == 303
    upload(author, draft, (picture(), "外观.png"), revision="2")
    assert len(kept(session)) <= 1


def test_files_are_described_restricted_and_removed(
    session: Session, story: Story, draft: Achievement, log_in: LogIn, app: Flask
) -> None:
    one = placed(session, app, draft)
    two = placed(session, app, draft, content=pdf(), media_type="application/pdf", name="旧报告.pdf")
    author = log_in(story.author)
    answer = upload(
        author,
        draft,
        **{
            "files-0-public_id": one.public_id, "files-0-name": "新中试线全景", "files-0-restricted": "y",
            "files-1-public_id": two.public_id, "files-1-name": "旧报告.pdf", "files-1-remove": "y",
        },
    )  # fmt: skip
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert [(file.name, file.restricted) for file in kept(session)] == [("新中试线全景.png", True)]


def test_files_of_another_achievement_cannot_be_removed_from_here(
    session: Session, story: Story, draft: Achievement, log_in: LogIn, app: Flask
) -> None:
    other = make_achievement(session, story.university, state=RecordState.DRAFT)
    theirs = placed(session, app, other)
    answer = upload(log_in(story.author), draft, **{"files-0-public_id": theirs.public_id, "files-0-remove": "y"})
    assert answer.status_code == 422
    assert len(kept(session)) == 1


def test_autosave_takes_no_files_away(
    session: Session, story: Story, draft: Achievement, log_in: LogIn, app: Flask
) -> None:
    one = placed(session, app, draft)
    answer = log_in(story.author).post(
        f"/achievements/{draft.public_id}/autosave/files",
        data={
            "revision": "1", "details": "自动保存的细节", "disclosure": "consent",
            "files-0-public_id": one.public_id, "files-0-name": "改了名", "files-0-remove": "y",
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert [file.name for file in kept(session)] == ["改了名.png"]


# --- serving ---------------------------------------------------------------------------------------------------------


def test_public_files_are_shown_in_place_with_their_checked_type(
    session: Session, story: Story, client: FlaskClient, app: Flask
) -> None:
    achievement = make_achievement(session, story.university)
    shown = placed(session, app, achievement)
    answer = client.get(f"/files/{shown.public_id}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", picture())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    etag = answer.headers["ETag"]
    answer.close()
    again = client.get(f"/files/{shown.public_id}", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    again.close()
    document = placed(session, app, achievement, content=pdf(), media_type="application/pdf", name="报告.pdf")
    answer = client.get(f"/files/{document.public_id}")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_anything_else_is_a_download_without_its_own_type(
    session: Session, story: Story, client: FlaskClient, app: Flask
) -> None:
    achievement = make_achievement(session, story.university)
    page_file = placed(session, app, achievement, content=HTML, media_type="text/html", name="x.html")
    answer = client.get(f"/files/{page_file.public_id}")
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


@pytest.mark.parametrize(
    ("level", "restricted", "allowed"),
    [
        (Disclosure.PUBLIC, True, {"visitor", "buyer", "author", "organizer"}),
        (Disclosure.CONSENT, False, {"visitor", "buyer", "author", "organizer"}),
        (Disclosure.VERIFIED, True, {"buyer", "author", "organizer"}),
        (Disclosure.CONSENT, True, {"author", "organizer"}),
    ],
)
def test_restricted_files_follow_the_details(
    session: Session, story: Story, app: Flask, log_in: LogIn, level: Disclosure, restricted: bool, allowed: set[str]
) -> None:
    achievement = make_achievement(session, story.university, disclosure=level)
    file = placed(session, app, achievement, restricted=restricted)
    clients = {name: log_in(getattr(story, name)) for name in ("buyer", "author", "organizer")}
    clients["visitor"] = app.test_client()
    seen = set()
    for name, reader in clients.items():
        answer = reader.get(f"/files/{file.public_id}")
        assert answer.status_code in (200, 404), name
        if answer.status_code == 200:
            seen.add(name)
            governed = restricted and level is not Disclosure.PUBLIC
            assert answer.headers["Cache-Control"] == ("private, no-store" if governed else "private, no-cache")
        answer.close()
    assert seen == allowed
    text = app.test_client().get(f"/achievements/{achievement.public_id}").get_data(as_text=True)
    assert (file.public_id in text) == ("visitor" in allowed)


@pytest.mark.parametrize(
    "state", [RecordState.DRAFT, RecordState.EXPIRED, RecordState.WITHDRAWN, RecordState.TAKEN_DOWN]
)
def test_files_of_what_is_not_published_are_the_owner_s(
    session: Session, story: Story, app: Flask, client: FlaskClient, log_in: LogIn, state: RecordState
) -> None:
    file = placed(session, app, make_achievement(session, story.university, state=state))
    assert client.get(f"/files/{file.public_id}").status_code == 404
    assert log_in(story.buyer).get(f"/files/{file.public_id}").status_code == 404
    for name in ("author", "organizer"):
        answer = log_in(getattr(story, name)).get(f"/files/{file.public_id}")
        assert answer.status_code == 200
        answer.close()


def test_files_of_an_earlier_version_and_of_a_draft_are_not_public(
    session: Session, story: Story, app: Flask, client: FlaskClient
) -> None:
    achievement = make_achievement(session, story.university)
    old = placed(session, app, achievement)
    by = story.by(session, "author")
    version = drafting.new_version(session, achievement, by=by)
    attachments.attach(
        session,
        achievement,
        by=by,
        files=[Stored(AttachmentKind.PICTURE, "image/png", "新.png", old.size, "f" * 64)],
        restricted=False,
    )
    copied, added = version.attachments
    session.commit()
    assert client.get(f"/files/{copied.public_id}").status_code == 404
    assert client.get(f"/files/{added.public_id}").status_code == 404
    drafting.submit(session, achievement, by=by, revision=version.revision, pledge=True)
    publication.publish(session, achievement, by=story.by(session, "organizer"), revision=version.revision)
    session.commit()
    assert client.get(f"/files/{old.public_id}").status_code == 404  # of what is an earlier version now
    answer = client.get(f"/files/{copied.public_id}")
    assert answer.status_code == 200
    answer.close()


def test_taking_down_closes_files_at_once(session: Session, story: Story, app: Flask, client: FlaskClient) -> None:
    achievement = make_achievement(session, story.university)
    file = placed(session, app, achievement)
    first = client.get(f"/files/{file.public_id}")
    etag = first.headers["ETag"]
    first.close()
    publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="疑似涉密")
    session.commit()
    assert client.get(f"/files/{file.public_id}", headers={"If-None-Match": etag}).status_code == 404


def test_a_look_at_a_restricted_file_is_audited_once(session: Session, story: Story, app: Flask, log_in: LogIn) -> None:
    file = placed(
        session, app, make_achievement(session, story.university, disclosure=Disclosure.VERIFIED), restricted=True
    )
    for name in ("buyer", "buyer", "author"):
        log_in(getattr(story, name)).get(f"/files/{file.public_id}").close()
    looks = session.scalars(select(AuditEntry).where(AuditEntry.action == "achievement.look")).all()
    assert [(look.object_type, look.object_id, look.person_id) for look in looks] == [
        ("attachment", file.id, story.buyer.person_id)
    ]


def test_unknown_files_and_files_lost_from_storage_are_not_found(
    session: Session, story: Story, app: Flask, client: FlaskClient
) -> None:
    assert client.get("/files/zzzzzzzzzz").status_code == 404
    file = placed(session, app, make_achievement(session, story.university))
    file.sha256 = "0" * 64
    session.commit()
    assert client.get(f"/files/{file.public_id}").status_code == 404


def test_files_do_not_lie_in_the_static_tree(app: Flask, client: FlaskClient, story: Story) -> None:
    digest, _size = app.extensions["backends"].storage.put(io.BytesIO(picture()))
    for address in (
        f"/static/{digest}",
        f"/static/files/{digest[:2]}/{digest}",
        f"/files/{digest}",
        f"/var/files/{digest}",
    ):
        assert client.get(address).status_code == 404


def test_the_sweep_keeps_what_a_version_refers_to(
    session: Session, story: Story, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = placed(session, app, make_achievement(session, story.university))
    storage = app.extensions["backends"].storage
    orphan, _size = storage.put(io.BytesIO(b"nobody refers to this"))
    with app.app_context():
        sweep_files({})
        assert set(storage.digests()) == {used.sha256, orphan}  # younger than a day: a form may be under way
        monkeypatch.setattr("web.handlers.records.KEEP_ORPHANS", -1.0)
        sweep_files({})
    assert set(storage.digests()) == {used.sha256}
    assert session.scalar(select(func.count()).select_from(Attachment)) == 1
