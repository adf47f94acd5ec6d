"""Answering with a file that the reader keeps, or with one from storage."""

import io
import logging

from flask import Response, abort, request, send_file

from models.rules.uploads import ENDINGS
from models.tables.file import StoredFile
from web.database import backends

log = logging.getLogger("files")
NOTHING = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
# Browsers show a PDF in a viewer of their own, which a sandbox would switch off; the file itself may load nothing.
VIEWER = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types application/pdf; frame-ancestors 'none'"


def download(body: str | bytes, *, name: str, media_type: str) -> Response:
    """The file under a name that may be Chinese; no cache keeps it."""
    content = body.encode() if isinstance(body, str) else body
    answer = send_file(io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def from_storage(row: StoredFile, *, keep: bool) -> Response:
    """A picture or PDF in the page's place, anything else as a download; 404 for what storage has lost.

    ``keep``: whether the browser may, and asks only whether it has changed. Who may read it is the caller's to ask.
    """
    try:
        stream = backends().storage.open(row.sha256)
    except FileNotFoundError:
        log.error("file %s: %s is not in storage", row.public_id, row.sha256)
        abort(404)
    shown = row.media_type in ENDINGS
    answer = send_file(
        stream,
        mimetype=row.media_type if shown else "application/octet-stream",
        as_attachment=not shown or "download" in request.args,
        download_name=row.name,
        conditional=True,
        etag=row.sha256,
        max_age=0,
    )
    answer.headers["Content-Security-Policy"] = VIEWER if row.media_type == "application/pdf" else NOTHING
    if answer.status_code == 200:
        answer.content_length = row.size
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-cache" if keep else "private, no-store"
    return answer
