"""Files, by the permission of their row: never by hash, never from a static folder."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from models.queries.achievements import file_access, may_read_file
from models.tables import ApplicationFile
from web.auth import actor, allow, public
from web.database import db
from web.downloads import from_storage
from web.looks import note_look

bp = Blueprint("files", __name__)


@bp.route("/files/<public_id>")
@public
def show(public_id: str) -> ResponseReturnValue:
    """What belongs to a record; what may not be read does not exist."""
    file = file_access(db(), public_id)
    if file is None or not may_read_file(db(), file, actor().tokens):
        abort(404)
    if file.governed and f"org:{file.owner_id}" not in actor().tokens:
        note_look(file.attachment)
    return from_storage(file.attachment, keep=file.public and not file.governed)


@bp.route("/applications/files/<public_id>")
@allow("application.file", ApplicationFile)
def of_application(application_file: ApplicationFile) -> ResponseReturnValue:
    """Slides that came with an application to a call for projects."""
    return from_storage(application_file, keep=False)
