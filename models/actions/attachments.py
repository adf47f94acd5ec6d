"""Pictures and files of a version that is being written. The bytes are in storage before the row is made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.actions.drafting import editable, touch
from models.enums import AttachmentKind
from models.errors import N_, Conflict, Invalid
from models.rules.policy import Actor
from models.rules.uploads import MOST_FILES, clean_name, with_ending
from models.tables import Achievement, Attachment


@dataclass(frozen=True)
class Stored:
    """A checked file that is in storage."""

    kind: AttachmentKind
    media_type: str
    name: str
    size: int  # bytes
    sha256: str

    def columns(self, position: int) -> dict[str, Any]:
        """For a row about it."""
        return asdict(self) | {"position": position}


@dataclass(frozen=True)
class Change:
    """What the form says about a file that is there."""

    name: str
    restricted: bool


def attach(
    session: Session, achievement: Achievement, *, by: Actor, files: Sequence[Stored], restricted: bool
) -> list[Attachment]:
    """Add files to the working version, all or none; one that is there already is left as it is.

    Raises NotNow while the version is reviewed, Invalid (uploads) for too many.
    """
    version = editable(achievement)
    known = {file.sha256 for file in version.attachments}
    fresh = list({file.sha256: file for file in files if file.sha256 not in known}.values())
    if len(version.attachments) + len(fresh) > MOST_FILES:
        raise Invalid(
            N_("At most %(most)s files are possible. Please remove some first."), field="uploads", most=MOST_FILES
        )
    start = max((file.position for file in version.attachments), default=-1) + 1
    added = [Attachment(**file.columns(start + place), restricted=restricted) for place, file in enumerate(fresh)]
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
    """Rename files, restrict or open them, remove some; keys are public ids. Unknown ones are somebody's old page.

    The bytes stay in storage until no version refers to them. Raises NotNow, Conflict.
    """
    version = editable(achievement, revision=revision)
    present = {file.public_id: file for file in version.attachments}
    if unknown := (set(changes) | set(remove)) - present.keys():
        raise Conflict(
            N_("%(count)s files are not there any more. Reload the page to see the present ones."), count=len(unknown)
        )
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
