"""Matchmaking sessions: lists, the page with what is free, and what an organizer does with one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import sessions as actions
from models.base import utcnow
from models.enums import EventState
from models.queries import bookings, circles, open_sessions
from models.queries import sessions as queries
from models.queries.hanging import OPEN_BOOKINGS
from models.rules.policy import may
from models.tables import MatchSession
from web.auth import actor, allow, public
from web.calendars import calendar_file, download_calendar
from web.database import db
from web.errors import refusals
from web.forms.open_sessions import CancelSeriesForm
from web.forms.sessions import CancelForm, PostponeForm, SessionForm, data_around, data_of
from web.grids import columns_of, rows_of
from web.meetings import entry_of_session, is_in_force, own_organisations, places_of, slot_groups
from web.pagecache import visitors_page
from web.sharing import public_address
from web.site import site

bp = Blueprint("sessions", __name__)


@bp.route("/sessions")
@public
def index() -> ResponseReturnValue:
    """Coming sessions with what is free, or past ones; of one circle where the address says so."""
    past = bool(request.args.get("past"))
    circle = circles.by_public_id(db(), request.args["circle"]) if request.args.get("circle") else None
    page = queries.sessions(
        db(), now=utcnow(), past=past, circle_id=circle.id if circle else None, after=request.args.get("after", "")
    )
    drafts = queries.sessions(db(), now=utcnow(), drafts=True).rows if actor().organizer and not past else []
    mine = queries.mine(db(), [row.id for row in page.rows], own_organisations())
    return render_template("sessions/index.html", page=page, drafts=drafts, mine=mine, past=past, circle=circle)


@bp.route("/sessions/<public_id>")
@allow("session.read", MatchSession)
@visitors_page
def show(match_session: MatchSession) -> ResponseReturnValue:
    """A session with its slots: a grid on a desktop, a list on a phone."""
    now, places = utcnow(), places_of(match_session)
    achievement = request.args.get("achievement") or None
    over = match_session.ends_at <= now
    open_now = match_session.state is EventState.PUBLISHED and not over and is_in_force(match_session)
    bookable = open_now and (may(actor(), "booking.create", match_session) or not actor().signed_in)
    return render_template(
        "sessions/show.html",
        match_session=match_session,
        around=queries.surroundings(db(), match_session),
        places=places,
        groups=slot_groups(places),
        columns=columns_of(places),
        rows=rows_of(match_session, places, achievement=achievement, bookable=bookable),
        open_now=open_now,
        bookable=bookable,
        dates=open_sessions.other_dates(db(), match_session, now=now),
        over=over,
        begun=match_session.starts_at <= now,
        taking_wishes=match_session.wishes_close_at > now and match_session.starts_at > now,
        achievement=achievement,
        address=public_address("sessions.show", public_id=match_session.public_id),
    )


@bp.route("/sessions/<public_id>/calendar.ics")
@allow("session.read", MatchSession)
def calendar(match_session: MatchSession) -> ResponseReturnValue:
    organiser = match_session.owner.name if match_session.owner else site().settings["organiser_name"]
    text = calendar_file([entry_of_session(match_session)], organiser=organiser)
    return download_calendar(f"{match_session.title}.ics", text)


@bp.route("/sessions/<public_id>/bookings")
@allow("session.edit", MatchSession)
def bookings_of(match_session: MatchSession) -> ResponseReturnValue:
    """Every booking of a session with its state, and the waiting list in its order."""
    return render_template(
        "sessions/bookings_of.html",
        match_session=match_session,
        rows=bookings.of_session(db(), match_session.id),
        positions=bookings.waiting_positions(db(), match_session.id),
    )


@bp.route("/sessions/new", methods=["GET", "POST"])
@allow("session.plan")
def new() -> ResponseReturnValue:
    roadshows = queries.roadshows(db(), now=utcnow())
    around = next((one for one in roadshows if one.public_id == request.args.get("event")), None)
    form = SessionForm(data=data_around(around))
    form.offer(queries.circles(db()), roadshows, _("None"))
    if form.validate_on_submit():
        with refusals(form):
            made = actions.create(db(), by=actor(), plan=form.plan())
            flash(_("The draft is saved. Look at it, then publish it."), "success")
            return redirect(url_for("sessions.show", public_id=made.public_id), 303)
    return render_template("sessions/edit.html", form=form, match_session=None), (422 if form.errors else 200)


@bp.route("/sessions/<public_id>/edit", methods=["GET", "POST"])
@allow("session.edit", MatchSession)
def edit(match_session: MatchSession) -> ResponseReturnValue:
    if match_session.owner_id is not None:
        return redirect(url_for("open_sessions.edit", public_id=match_session.public_id), 303)
    form = SessionForm(data=data_of(match_session))
    form.offer(queries.circles(db()), queries.roadshows(db(), now=utcnow(), keep=match_session.event_id), _("None"))
    form.only_what_may_change(match_session)
    if form.validate_on_submit():
        with refusals(form):
            revision = form.revision.data or 0
            actions.edit(db(), match_session, by=actor(), revision=revision, plan=form.plan(match_session))
            flash(_("Saved."), "success")
            return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    return render_template("sessions/edit.html", form=form, match_session=match_session), (422 if form.errors else 200)


@bp.route("/sessions/<public_id>/publish", methods=["POST"])
@allow("session.edit", MatchSession)
def publish(match_session: MatchSession) -> ResponseReturnValue:
    count = actions.publish(db(), match_session, by=actor())
    many = _("%(count)s sessions are announced. They can be booked now.", count=count)
    flash(many if count > 1 else _("The session is announced. It can be booked now."), "success")
    return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)


@bp.route("/sessions/<public_id>/postpone", methods=["GET", "POST"])
@allow("session.edit", MatchSession)
def postpone(match_session: MatchSession) -> ResponseReturnValue:
    """Shows what hangs on the session, then moves all of it by the same time."""
    form = PostponeForm(data=data_of(match_session))
    if form.validate_on_submit():
        with refusals(form):
            done = actions.postpone(
                db(),
                match_session,
                by=actor(),
                shift=form.starts_at.data - match_session.starts_at,
                venue=form.venue.data.strip(),
                reason=form.reason.data,
                revision=form.revision.data or 0,
            )
            flash(
                _(
                    "The session is moved. Bookings moved: %(moved)s; closed, since somebody is elsewhere then: %(closed)s. The people are told by mail.",
                    moved=done.moved,
                    closed=done.closed,
                ),
                "success",
            )
            return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    return _before("sessions/postpone.html", match_session, form)


@bp.route("/sessions/<public_id>/cancel", methods=["GET", "POST"])
@allow("session.edit", MatchSession)
def cancel(match_session: MatchSession) -> ResponseReturnValue:
    """Shows what hangs on the session, then calls all of it off."""
    kind = CancelForm if match_session.series is None else CancelSeriesForm
    form = kind(data={"revision": match_session.revision})
    if form.validate_on_submit():
        with refusals(form):
            revision, later = form.revision.data or 0, "later" in form and bool(form.later.data)
            actions.cancel(db(), match_session, by=actor(), reason=form.reason.data, revision=revision, later=later)
            flash(_("The session is cancelled. Everybody concerned is told by mail."), "success")
            return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    return _before("sessions/cancel.html", match_session, form)


def _before(template: str, match_session: MatchSession, form: PostponeForm | CancelForm) -> ResponseReturnValue:
    hanging = [row for row in bookings.of_session(db(), match_session.id) if row.state in OPEN_BOOKINGS]
    page = render_template(template, form=form, match_session=match_session, hanging=hanging)
    return page, (422 if form.errors else 200)
