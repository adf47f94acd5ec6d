"""Server-sent events for the pages of an event's day."""

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from models.tables import MatchSession
from web.auth import allow
from web.live import Live

bp = Blueprint("live", __name__)


@bp.route("/sessions/<public_id>/live")
@allow("session.follow", MatchSession)
def stream(match_session: MatchSession) -> ResponseReturnValue:
    """The number of the session's newest news, whenever it is newer than ``seen``; 503 where too many listen."""
    live: Live = current_app.extensions["live"]
    lines = live.listen(match_session.id, request.args.get("seen", 0, type=int)) if request.method == "GET" else None
    if lines is None:
        abort(503)
    return Response(
        lines, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
