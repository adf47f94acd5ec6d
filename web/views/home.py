"""The front door: search, the first step of each role, what comes next."""

from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.base import utcnow
from models.enums import Measure
from models.queries import needs
from models.queries.cards import newest
from models.queries.circles import circles
from models.queries.events import events
from models.queries.register import figures
from models.queries.sessions import announced
from models.rules.register import Period
from web.auth import public
from web.cards import achievement as card_of
from web.cards import need as need_card
from web.database import db
from web.display import today
from web.pagecache import visitors_page
from web.site import site

bp = Blueprint("home", __name__)
EXAMPLES = ("压裂返排液回用", "大豆蛋白", "低温 电池")
REGISTER_KINDS = ("enterprise", "platform", "talent")


@bp.route("/")
@public
@visitors_page
def index() -> ResponseReturnValue:
    now = utcnow()
    settings = site().settings
    period = Period(
        date.fromisoformat(settings["report_period_from"]), date.fromisoformat(settings["report_period_to"])
    )
    counted = figures(db(), period)
    return render_template(
        "home/index.html",
        examples=EXAMPLES,
        newest=[card_of(card) for card in newest(db(), limit=4)],
        needs=[need_card(card) for card in needs.newest(db(), limit=3)],
        events=events(db(), now=now, limit=3).rows,
        sessions=announced(db(), now=now, limit=3),
        circles=circles(db(), today=today()),
        period=period,
        increments=[(kind, counted[kind, None].arrivals) for kind in REGISTER_KINDS if (kind, None) in counted],
        measure=Measure.ARRIVALS,
    )
