"""Circles: their pages, the period's increments and the rows behind each figure."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import circles as actions
from models.base import utcnow
from models.enums import Measure
from models.errors import N_, Invalid
from models.queries import circles as queries
from models.queries import needs, register
from models.queries.cards import cards
from models.queries.events import events
from models.queries.sessions import sessions
from models.tables import Circle, Need, Organisation
from web.auth import actor, allow, public
from web.cards import achievement as card_of
from web.cards import need as need_card
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.circles import CircleForm, LeaveForm, MemberForm
from web.pagecache import visitors_page
from web.periods import chosen_period, period_links
from web.site import site

bp = Blueprint("circles", __name__)
SHOWN = 12  # members, platforms and talents on the page; the rest is one click away
KINDS = "register_kind"


@bp.route("/circles")
@public
@visitors_page
def index() -> ResponseReturnValue:
    """All circles, and the increments of each and of the sum over the chosen period."""
    period, problem = chosen_period()
    return render_template(
        "circles/index.html",
        circles=queries.circles(db(), today=today()),
        figures=register.figures(db(), period),
        kinds=list(site().terms.get(KINDS, {})),
        period=period,
        problem=problem,
        periods=period_links(period),
        measures=list(Measure),
    )


@bp.route("/circles/<public_id>")
@allow("circle.read", Circle)
@visitors_page
def show(circle: Circle) -> ResponseReturnValue:
    """A circle with all that belongs to it."""
    period, problem = chosen_period()
    now, day = utcnow(), today()
    coming = sessions(db(), now=now, circle_id=circle.id, limit=6)
    return render_template(
        "circles/show.html",
        circle=circle,
        anchor=queries.organisation(db(), circle.anchor_id),
        members=queries.members(db(), circle.id, today=day),
        figures=register.figures(db(), period, circle_ids=[circle.id]),
        kinds=list(site().terms.get(KINDS, {})),
        period=period,
        problem=problem,
        periods=period_links(period),
        measures=list(Measure),
        platforms=register.present(db(), circle.id, "platform", day, limit=SHOWN),
        talents=register.present(db(), circle.id, "talent", day, limit=SHOWN),
        achievements=[card_of(card) for card in cards(db(), queries.newest(db(), circle.id, limit=6))],
        needs=[need_card(card) for card in needs.cards(db(), queries.newest(db(), circle.id, kind=Need, limit=6))],
        events=events(db(), now=now, circle_id=circle.id, limit=4).rows,
        past_events=events(db(), now=now, past=True, circle_id=circle.id, limit=3).rows,
        sessions=coming.rows,
        more_sessions=bool(coming.next_key),
        shown=SHOWN,
        today=day,
    )


@bp.route("/circles/figures/<measure>/<kind>")
@public
def figure(measure: str, kind: str) -> ResponseReturnValue:
    """The entries behind one figure: of one circle, or of all."""
    if measure not in set(Measure) or kind not in site().terms.get(KINDS, {}):
        abort(404)
    circle = None
    if request.args.get("circle"):
        circle = queries.by_public_id(db(), request.args["circle"]) or abort(404)
    period, problem = chosen_period()
    selection = register.Selection(
        kind=kind, circle_id=circle.id if circle else None, measure=Measure(measure), period=period
    )
    page = register.entries(db(), selection, after=request.args.get("after", ""))
    subjects, total = register.sizes(db(), selection)
    return render_template(
        "circles/figure.html",
        measure=Measure(measure),
        kind=kind,
        circle=circle,
        period=period,
        problem=problem,
        page=page,
        subjects=subjects,
        total=total,
        repeated=register.repeated(db(), selection, {row.subject_key for row in page.rows}),
    )


@bp.route("/circles/new", methods=["GET", "POST"])
@allow("circle.edit")
def new() -> ResponseReturnValue:
    form = CircleForm()
    if form.validate_on_submit():
        with refusals(form):
            circle = actions.create(
                db(),
                by=actor(),
                name=form.name.data,
                anchor=_organisation(form.anchor.data, "anchor") if form.anchor.data else None,
                introduction=form.introduction.data or "",
                services=form.services.data or [],
            )
            return redirect(url_for("circles.show", public_id=circle.public_id), 303)
    return render_template("circles/edit.html", form=form, circle=None), (422 if form.errors else 200)


@bp.route("/circles/<public_id>/edit", methods=["GET", "POST"])
@allow("circle.edit", Circle)
def edit(circle: Circle) -> ResponseReturnValue:
    anchor = queries.organisation(db(), circle.anchor_id)
    form = CircleForm(
        data={
            "revision": circle.revision,
            "name": circle.name,
            "anchor": anchor.name if anchor else "",
            "introduction": circle.introduction,
            "services": circle.services,
        }
    )
    if form.validate_on_submit():
        with refusals(form):
            actions.edit(
                db(),
                circle,
                by=actor(),
                revision=form.revision.data or 0,
                name=form.name.data,
                anchor=_organisation(form.anchor.data, "anchor") if form.anchor.data else None,
                introduction=form.introduction.data or "",
                services=form.services.data or [],
            )
            return redirect(url_for("circles.show", public_id=circle.public_id), 303)
    return render_template("circles/edit.html", form=form, circle=circle), (422 if form.errors else 200)


@bp.route("/circles/<public_id>/members", methods=["GET", "POST"])
@allow("circle.edit", Circle)
def members(circle: Circle) -> ResponseReturnValue:
    """Who belongs to the circle and since when; organisations join here."""
    form = MemberForm(data={"since": today()})
    if form.validate_on_submit():
        with refusals(form):
            organisation = _organisation(form.organisation.data, "organisation")
            actions.join(db(), circle, by=actor(), organisation=organisation, since=form.since.data, today=today())
            flash(_("“%(name)s” is a member now.", name=organisation.name), "success")
            return redirect(url_for("circles.members", public_id=circle.public_id), 303)
    rows = queries.memberships(db(), circle.id)
    return render_template("circles/members.html", form=form, circle=circle, members=rows), (
        422 if form.errors else 200
    )


@bp.route("/circles/<public_id>/members/<int(max=2147483647):member_id>/leave", methods=["GET", "POST"])
@allow("circle.edit", Circle)
def leave(circle: Circle, member_id: int) -> ResponseReturnValue:
    member = queries.membership(db(), circle.id, member_id) or abort(404)
    form = LeaveForm(data={"until": today()})
    if form.validate_on_submit():
        with refusals(form):
            actions.leave(db(), circle, member, by=actor(), until=form.until.data, today=today())
            return redirect(url_for("circles.members", public_id=circle.public_id), 303)
    name = queries.organisation(db(), member.organisation_id).name
    return render_template("circles/leave.html", form=form, circle=circle, name=name), (422 if form.errors else 200)


def _organisation(text: str, field: str) -> Organisation:
    found = queries.organisation_named(db(), text)
    if found is None:
        raise Invalid(
            N_("We know no organisation of this name or code. Type the full name, or its 18-character code."),
            field=field,
        )
    return found
