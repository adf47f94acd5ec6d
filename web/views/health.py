"""What a load balancer asks."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from web.auth import public
from web.database import backends, db

bp = Blueprint("health", __name__)


@bp.route("/health")
@public
def index() -> ResponseReturnValue:
    """200 while the database answers; a missing engine is told, but the site works without it."""
    db().execute(text("SELECT 1"))
    engine = backends().engine.health()
    search = "unavailable" if not engine.ready else "ok" if engine.trouble is None else engine.trouble.value
    return jsonify(database="ok", search=search)
