"""When an organisation can be met, in one view; for its own people also who of them is where."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.base import utcnow
from models.enums import Verification
from models.queries import availability as queries
from models.queries.open_sessions import published
from models.queries.organisations import merged_into
from models.queries.own_people import stays
from models.tables import Organisation
from web.auth import actor, allow
from web.availability import begins, days_of, days_of_people
from web.database import db
from web.meetings import own_organisations

bp = Blueprint("availability", __name__)


@bp.route("/organisations/<public_id>/availability")
@allow("organisation.read", Organisation)
def show(organisation: Organisation) -> ResponseReturnValue:
    """Open times of all coming sessions, from a day on (``from``) and about one achievement (``achievement``)."""
    if organisation.verification is Verification.MERGED:
        return redirect(url_for("availability.show", public_id=merged_into(db(), organisation)), 303)
    achievements = published(db(), organisation.id) if organisation.is_verified else []
    chosen = next((row for row in achievements if row.public_id == request.args.get("achievement")), None)
    found = queries.Times((), None)
    if organisation.is_verified:
        found = queries.times(
            db(),
            organisation.id,
            achievements,
            now=utcnow(),
            begin=begins(),
            achievement_id=chosen.id if chosen else None,
            mine=own_organisations(),
        )
    return render_template(
        "availability/show.html",
        organisation=organisation,
        achievements=achievements,
        chosen=chosen,
        days=days_of(found, chosen),
        later=found.later,
    )


@bp.route("/organisations/<public_id>/availability/people")
@allow("session.own", Organisation)
def people(organisation: Organisation) -> ResponseReturnValue:
    """Who of one's own people is where: meetings, visiting hours, talks; what collides is marked."""
    now = utcnow()
    found = stays(db(), organisation.id, begin=max(begins() or now, now))
    return render_template(
        "availability/people.html",
        organisation=organisation,
        days=days_of_people(found),
        collisions=sum(stay.collides for stay in found),
        acts=actor().acts_for(organisation.id),
    )
