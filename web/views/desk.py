"""My desk: what waits for me, what I wait for, what is new, what is coming."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.base import utcnow
from models.queries import desk as queries
from models.queries.organisations import last_reason
from models.queries.people import own_join_request
from web import begun
from web.auth import actor, allow
from web.database import db
from web.desk import AWAITED, COMING, NEWS, WAITING, first_steps, line, waiting_count
from web.display import today

bp = Blueprint("desk", __name__, url_prefix="/desk")
SHOWN = 50  # rows of a list; what is beyond is a number


@bp.route("")
@allow("desk.read")
def index() -> ResponseReturnValue:
    me, now = actor(), utcnow()
    waiting = queries.waiting(db(), me, now=now, today=today())[:SHOWN]
    organisation = None if me.verified else queries.own_organisation(db(), me)
    awaited = queries.awaited(db(), me, now=now)[:SHOWN]
    return render_template(
        "desk/index.html",
        waiting=[line(item, WAITING) for item in waiting],
        more=max(waiting_count() - len(waiting), 0),
        awaited=[line(item, AWAITED) for item in awaited],
        news=[line(item, NEWS) for item in queries.news(db(), me, now=now)[:10]],
        coming=[line(item, COMING) for item in queries.coming(db(), me, now=now)[:10]],
        steps=first_steps(),
        organisation=organisation,
        reason=last_reason(db(), organisation.id) if organisation else "",
        joining=own_join_request(db(), me.person_id) if me.organisation_id is None else None,
        begun=begun.kept("request"),
    )
