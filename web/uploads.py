"""Uploaded files on their way into storage: judged and stored before the transaction that refers to them."""

from collections.abc import Sequence

from werkzeug.datastructures import FileStorage

from models.actions.attachments import Stored
from models.errors import N_, Invalid
from models.rules.uploads import Checked, check
from web.database import backends, db
from web.i18n import sentence
from web.site import site

MEGABYTE = 1_000_000


def chosen(files: Sequence[FileStorage] | None) -> list[FileStorage]:
    """The files that somebody chose; an empty file field sends one without a name."""
    return [file for file in files or () if file.filename]


def most_bytes() -> int:
    """How large one file may be; a setting of the site."""
    return int(site().settings["upload_megabytes"]) * MEGABYTE


def receive(files: Sequence[FileStorage]) -> list[Stored]:
    """Check all files, then store them. Raises Invalid (uploads) that names every file that cannot be taken: then none is.

    The transaction begun by looking up the reader is given back first, since on SQLite it holds the write lock.
    """
    db().rollback()
    checked: list[Checked] = []
    refused: list[str] = []
    for file in files:
        try:
            checked.append(check(file.stream, file.filename or "", most_bytes=most_bytes()))  # type: ignore[arg-type]
        except Invalid as error:
            refused.append(sentence(error))
    if refused:
        rest = sentence(Invalid(N_("Nothing was attached. Please choose the files again."))) if checked else ""
        raise Invalid("%(reasons)s", field="uploads", reasons=" ".join([*refused, rest]).strip())
    stored = []
    for file, found in zip(files, checked, strict=True):
        digest, size = backends().storage.put(file.stream)  # type: ignore[arg-type]
        stored.append(Stored(found.kind, found.media_type, found.name, size, digest))
    return stored
