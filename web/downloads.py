"""Answering with a file that the reader keeps."""

import io

from flask import Response, send_file


def download(body: str | bytes, *, name: str, media_type: str) -> Response:
    """The file under a name that may be Chinese; no cache keeps it."""
    content = body.encode() if isinstance(body, str) else body
    answer = send_file(io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
