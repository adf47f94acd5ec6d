"""Pictures and files of a version that is being written. The bytes are in storage before the row is made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models.actions.drafting import editable, touch
from models.enums import AttachmentKind
from models.errors import N_, Conflict, Invalid
from models.rules.policy import Actor
from models.rules.uploads import MOST_FILES, clean_name, with_ending
from models.tables import Achievement, Attachment
from models.tables.file import StoredFile

File = TypeVar("File", bound=StoredFile)


@dataclass(frozen=True)
class Stored:
    """A checked file that is in storage."""

    kind: AttachmentKind
    media_type: str
    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Change:
    """What the form says about a file that is there."""

    name: str
    restricted: bool


def new_columns(present: Sequence[StoredFile], files: Sequence[Stored], *, most: int) -> list[dict[str, Any]]:
    """Of the rows to add after those present; what is there already is left out. Raises Invalid (uploads) for too many."""
    known = {file.sha256 for file in present}
    fresh = list({file.sha256: file for file in files if file.sha256 not in known}.values())
    if len(present) + len(fresh) > most:
        raise Invalid(N_("At most %(most)s files are possible. Please remove some first."), field="uploads", most=most)
    start = max((file.position for file in present), default=-1) + 1
    return [asdict(file) | {"position": place} for place, file in enumerate(fresh, start)]


def by_public_id(files: Sequence[File], *, named: Collection[str]) -> dict[str, File]:
    """All of them. Raises Conflict where one that is named is gone: somebody's old page."""
    present = {file.public_id: file for file in files}
    if unknown := set(named) - present.keys():
        raise Conflict(
            N_("%(count)s files are not there any more. Reload the page to see the present ones."), count=len(unknown)
        )
    return present


def attach(
    session: Session, achievement: Achievement, *, by: Actor, files: Sequence[Stored], restricted: bool
) -> list[Attachment]:
    """Add files to the working version, all or none; one that is there already is left as it is.

    Raises NotNow while the version is reviewed, Invalid (uploads) for too many.
    """
    version = editable(achievement)
    fresh = new_columns(version.attachments, files, most=MOST_FILES)
    added = [Attachment(**columns, restricted=restricted) for columns in fresh]
    version.attachments.extend(added)
    if added:
        touch(session, achievement, version, by=by)
    return added


def change(
    session: Session,
    achievement: Achievement,
    *,
    by: Actor,
    changes: Mapping[str, Change],
    remove: Collection[str] = (),
    revision: int | None = None,
) -> None:
    """Rename files, restrict or open them, remove some; keys are public ids.

    The bytes stay in storage until no version refers to them. Raises NotNow, Conflict.
    """
    version = editable(achievement, revision=revision)
    present = by_public_id(version.attachments, named=set(changes) | set(remove))
    changed = False
    for public_id, wanted in changes.items():
        file = present[public_id]
        name = with_ending(clean_name(wanted.name), file.media_type) if wanted.name.strip() else file.name
        if (file.name, file.restricted) != (name, wanted.restricted):
            file.name, file.restricted, changed = name, wanted.restricted, True
    for public_id in set(remove):
        version.attachments.remove(present[public_id])
        changed = True
    if changed:
        touch(session, achievement, version, by=by)
