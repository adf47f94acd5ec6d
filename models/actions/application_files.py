"""Slides and other files of an application. The bytes are in storage before the row is made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from models.actions.attachments import Stored, by_public_id, new_columns
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
    present = by_public_id(application.files, named=files.remove)
    kept = [file for public_id, file in present.items() if public_id not in files.remove]
    fresh = new_columns(kept, files.add, most=MOST_FILES)
    for public_id in set(files.remove):
        application.files.remove(present[public_id])
    session.flush()  # a file that is removed and added anew is one key
    application.files.extend(ApplicationFile(**columns) for columns in fresh)
