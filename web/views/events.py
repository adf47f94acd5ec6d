"""Roadshows: lists, the page with its programme, and what an organizer does with one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import event_clone
from models.actions import events as actions
from models.base import utcnow
from models.enums import EventState
from models.queries import circles
from models.queries import events as queries
from models.queries.agenda import programme
from models.queries.registrations import mine, seats_left
from models.queries.sessions import announced
from models.tables import Event
from web.agenda_board import grids_of
from web.auth import actor, allow, public
from web.calendars import calendar_file, download_calendar
from web.calls import on_page_of
from web.database import db
from web.errors import refusals
from web.forms.events import CancelForm, CloneForm, EventForm, PostponeForm, data_of
from web.pagecache import visitors_page
from web.programmes import days_of, entry_of, zone_name
from web.sharing import public_address, qr_code
from web.site import site
from web.stations import organizing

bp = Blueprint("events", __name__)
bp.add_app_template_global(zone_name)


@bp.route("/events")
@public
@visitors_page
def index() -> ResponseReturnValue:
    """Coming roadshows, or past ones; of one circle where the address says so."""
    past = bool(request.args.get("past"))
    circle = circles.by_public_id(db(), request.args["circle"]) if request.args.get("circle") else None
    page = queries.events(
        db(),
        now=utcnow(),
        past=past,
        circle_id=circle.id if circle else None,
        drafts=actor().organizer,
        after=request.args.get("after", ""),
    )
    return render_template("events/index.html", page=page, past=past, circle=circle)


@bp.route("/events/<public_id>")
@allow("event.read", Event)
@visitors_page
def show(event: Event) -> ResponseReturnValue:
    """A roadshow with its programme, and the reader's own registration."""
    now, rows, found = utcnow(), programme(db(), event.id), on_page_of(event)
    return render_template(
        "events/show.html",
        event=event,
        circle=circles.by_id(db(), event.circle_id),
        days=grids_of(days_of(rows, now=now, person_id=actor().person_id), rows),
        speaks=actor().person_id is not None and any(row.speaker_id == actor().person_id for row in rows),
        **organizing(event, found["call"] if found else None, talks=len(rows)),
        sessions=announced(db(), event_id=event.id),
        seats_left=seats_left(db(), event),
        mine=mine(db(), event.id, actor().person_id),
        over=event.ends_at <= now,
        begun=event.starts_at <= now,
        now=now,
        found=found,
        address=public_address("events.show", public_id=event.public_id),
    )


@bp.route("/events/<public_id>/calendar.ics")
@allow("event.read", Event)
def calendar(event: Event) -> ResponseReturnValue:
    text = calendar_file([entry_of(event)], organiser=site().settings["organiser_name"])
    return download_calendar(f"{event.title}.ics", text)


@bp.route("/events/<public_id>/qr.svg")
@allow("event.read", Event)
def qr(event: Event) -> ResponseReturnValue:
    return qr_code(public_address("events.show", public_id=event.public_id))


@bp.route("/events/new", methods=["GET", "POST"])
@allow("event.edit")
def new() -> ResponseReturnValue:
    form = EventForm(data={"pitch_minutes": 8, "questions_minutes": 7})
    form.offer(circles.choices(db()), _("None"))
    if form.validate_on_submit():
        with refusals(form):
            event = actions.create(db(), by=actor(), starts_at=form.starts_at.data, **form.values())
            flash(_("The draft is saved. Arrange the programme, then publish it."), "success")
            return redirect(url_for("agenda.edit", public_id=event.public_id), 303)
    return render_template("events/edit.html", form=form, event=None), (422 if form.errors else 200)


@bp.route("/events/<public_id>/edit", methods=["GET", "POST"])
@allow("event.edit", Event)
def edit(event: Event) -> ResponseReturnValue:
    form = EventForm(data=data_of(event))
    form.offer(circles.choices(db()), _("None"))
    if event.state is not EventState.DRAFT:
        del form.starts_at  # moved by "Postpone", so that people are told
    if form.validate_on_submit():
        with refusals(form):
            begin = form.starts_at.data if "starts_at" in form else None
            actions.edit(db(), event, by=actor(), revision=form.revision.data or 0, starts_at=begin, **form.values())
            flash(_("Saved."), "success")
            return redirect(url_for("events.show", public_id=event.public_id), 303)
    return render_template("events/edit.html", form=form, event=event), (422 if form.errors else 200)


@bp.route("/events/<public_id>/clone", methods=["GET", "POST"])
@allow("event.edit", Event)
def clone(event: Event) -> ResponseReturnValue:
    """A draft with the structure of this roadshow, at another date."""
    form = CloneForm(data={"title": event.title, "pitches": True})
    if form.validate_on_submit():
        with refusals(form):
            made = event_clone.clone(
                db(),
                event,
                by=actor(),
                title=form.title.data.strip(),
                starts_at=form.starts_at.data,
                pitches=bool(form.pitches.data),
            )
            flash(_("The draft is made. Nobody is registered or booked in it."), "success")
            return redirect(url_for("agenda.edit", public_id=made.public_id), 303)
    return render_template("events/clone.html", form=form, event=event), (422 if form.errors else 200)


@bp.route("/events/<public_id>/publish", methods=["POST"])
@allow("event.edit", Event)
def publish(event: Event) -> ResponseReturnValue:
    actions.publish(db(), event, by=actor())
    flash(_("The roadshow is announced. People can register now."), "success")
    return redirect(url_for("events.show", public_id=event.public_id), 303)


@bp.route("/events/<public_id>/postpone", methods=["GET", "POST"])
@allow("event.edit", Event)
def postpone(event: Event) -> ResponseReturnValue:
    """Shows what hangs on the roadshow, then moves all of it by the same time."""
    form = PostponeForm(data={"revision": event.revision, "starts_at": event.starts_at})
    if form.validate_on_submit():
        with refusals(form):
            actions.postpone(
                db(),
                event,
                by=actor(),
                revision=form.revision.data or 0,
                starts_at=form.starts_at.data,
                reason=form.reason.data.strip(),
            )
            flash(_("The roadshow is moved with its sessions. Everybody concerned is told by mail."), "success")
            return redirect(url_for("events.show", public_id=event.public_id), 303)
    hanging = queries.hanging(db(), event.id, now=utcnow())
    return render_template("events/postpone.html", form=form, event=event, hanging=hanging), (
        422 if form.errors else 200
    )


@bp.route("/events/<public_id>/cancel", methods=["GET", "POST"])
@allow("event.edit", Event)
def cancel(event: Event) -> ResponseReturnValue:
    """Shows what hangs on the roadshow, then calls all of it off."""
    form = CancelForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.cancel(db(), event, by=actor(), reason=form.reason.data.strip())
            flash(_("The roadshow is cancelled. Everybody concerned is told by mail."), "success")
            return redirect(url_for("events.show", public_id=event.public_id), 303)
    hanging = queries.hanging(db(), event.id, now=utcnow())
    return render_template("events/cancel.html", form=form, event=event, hanging=hanging), (422 if form.errors else 200)
