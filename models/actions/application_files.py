"""Slides and other files of an application. The bytes are in storage before the row is made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from models.actions.attachments import Stored
from models.errors import N_, Conflict, Invalid
from models.tables import ApplicationFile, ProjectApplication

MOST_FILES = 5


@dataclass(frozen=True)
class FileChange:
    """What the form says about files: new ones, and the public ids of those to be removed."""

    add: Sequence[Stored] = ()
    remove: Collection[str] = ()


def change(session: Session, application: ProjectApplication, files: FileChange) -> None:
    """Remove, then add, all or none; one that is there already is left as it is. The caller has locked the call.

    The bytes stay in storage until nothing refers to them. Raises Conflict for a file that is gone, Invalid (uploads) for
    too many.
    """
    present = {file.public_id: file for file in application.files}
    if unknown := set(files.remove) - present.keys():
        raise Conflict(
            N_("%(count)s files are not there any more. Reload the page to see the present ones."), count=len(unknown)
        )
    kept = [file for public_id, file in present.items() if public_id not in files.remove]
    known = {file.sha256 for file in kept}
    fresh = list({file.sha256: file for file in files.add if file.sha256 not in known}.values())
    if len(kept) + len(fresh) > MOST_FILES:
        raise Invalid(
            N_("At most %(most)s files are possible. Please remove some first."), field="uploads", most=MOST_FILES
        )
    for public_id in set(files.remove):
        application.files.remove(present[public_id])
    session.flush()  # a file that is removed and added anew is one key
    start = max((file.position for file in kept), default=-1) + 1
    application.files.extend(ApplicationFile(**file.columns(start + place)) for place, file in enumerate(fresh))
