"""Files, by the permission of their row: never by hash, never from a static folder."""

import logging

from flask import Blueprint, abort, request, send_file
from flask.typing import ResponseReturnValue

from models.queries.achievements import file_access, may_read_file
from models.rules.uploads import ENDINGS
from web.auth import actor, public
from web.database import backends, db
from web.looks import note_look

bp = Blueprint("files", __name__)
log = logging.getLogger("files")

NOTHING = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
# Browsers show a PDF in a viewer of their own, which a sandbox would switch off; the file itself may load nothing.
VIEWER = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types application/pdf; frame-ancestors 'none'"


@bp.route("/files/<public_id>")
@public
def show(public_id: str) -> ResponseReturnValue:
    """A picture or PDF in the page's place, anything else as a download; what may not be read does not exist."""
    file = file_access(db(), public_id)
    if file is None or not may_read_file(db(), file, actor().tokens):
        abort(404)
    row = file.attachment
    if file.governed and f"org:{file.owner_id}" not in actor().tokens:
        note_look(row)
    try:
        stream = backends().storage.open(row.sha256)
    except FileNotFoundError:
        log.error("attachment %s: %s is not in storage", row.public_id, row.sha256)
        abort(404)
    shown = row.media_type in ENDINGS
    response = send_file(
        stream,
        mimetype=row.media_type if shown else "application/octet-stream",
        as_attachment=not shown or "download" in request.args,
        download_name=row.name,
        conditional=True,
        etag=row.sha256,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = VIEWER if row.media_type == "application/pdf" else NOTHING
    if response.status_code == 200:
        response.content_length = row.size
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = (
        "private, no-cache" if file.public and not file.governed else "private, no-store"
    )
    return response
