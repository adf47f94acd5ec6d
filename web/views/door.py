"""The door of a roadshow on a phone: scan or search, check in with one tap, walk-ins, counts. For organizers and helpers."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import checking_in as actions
from models.base import utcnow
from models.enums import LinkKind
from models.queries import door as queries
from models.rules.policy import Actor
from models.tables import Event, Registration
from web.auth import actor, public
from web.database import db
from web.display import moment
from web.entering import visitor
from web.errors import refusals
from web.event_links import announced, opened, private
from web.i18n import locale
from web.registering import form_for
from web.security import limiter

bp = Blueprint("door", __name__)
bp.after_request(private)


def _who(event: Event) -> tuple[Actor, str] | None:
    """Who stands at the door: an organizer, or a helper by link with the name of the link; None: nobody of ours."""
    if actor().organizer:
        return actor(), ""
    link = opened(event, LinkKind.DOOR)
    return (replace(visitor(), name=link.name), link.name) if link is not None else None


def _sure(event: Event) -> tuple[Actor, str]:
    return _who(event) or abort(404)


@bp.route("/events/<public_id>/door")
@public
def show(public_id: str) -> ResponseReturnValue:
    event = announced(public_id)
    by, helper = _sure(event)
    text, now = request.args.get("q", "")[:60], utcnow()
    return render_template(
        "door/show.html",
        event=event,
        text=text,
        found=queries.search(db(), event.id, text),
        latest=queries.latest(db(), event.id),
        counts=queries.counts(db(), event, now=now),
        over=event.ends_at <= now,
        organizer=by.organizer,
        helper=helper,
    )


@bp.route("/check-in/<public_id>")
@public
@limiter.limit("120 per minute")
def person(public_id: str) -> ResponseReturnValue:
    """What the code of a registration opens: for who stands at the door the person, for everybody else nothing."""
    registration = queries.by_public_id(db(), public_id)
    by = _who(registration.event) if registration is not None else None
    if registration is None or by is None:
        return render_template("door/person.html", registration=None)
    return render_template(
        "door/person.html", registration=registration, event=registration.event, organizer=by[0].organizer
    )


@bp.route("/check-in/<public_id>/<answer>", methods=["POST"])
@public
def answer(public_id: str, answer: str) -> ResponseReturnValue:
    """Check in (in), let in who has no place (anyway), or take it back (undo)."""
    registration = queries.by_public_id(db(), public_id) or abort(404)
    by, helper = _sure(registration.event)
    if answer == "undo":
        actions.undo(db(), registration, by=by, door=helper)
        flash(_("%(name)s is checked in no more.", name=registration.name), "info")
    elif answer in ("in", "anyway"):
        came = actions.check_in(db(), registration, by=by, door=helper, anyway=answer == "anyway")
        _say(registration, came)
    else:
        abort(404)
    return redirect(url_for("door.person", public_id=public_id), 303)


def _say(registration: Registration, came: bool) -> None:
    if came:
        flash(_("%(name)s is checked in.", name=registration.name), "success")
    elif registration.checked_in_at is not None:
        when = moment(registration.checked_in_at)
        flash(_("%(name)s was checked in already, at %(when)s.", name=registration.name, when=when), "warning")


@bp.route("/events/<public_id>/door/walk-in", methods=["GET", "POST"])
@public
def walk_in(public_id: str) -> ResponseReturnValue:
    """Somebody comes without having registered."""
    event = announced(public_id)
    by, helper = _sure(event)
    form = form_for(event, by_organizer=True)
    if form.validate_on_submit():
        with refusals(form):
            anyway = bool(request.form.get("anyway"))
            details = form.details()
            came = actions.walk_in(db(), event, by=by, details=details, locale=locale(), door=helper, anyway=anyway)
            _say(came, True)
            return redirect(url_for("door.show", public_id=public_id), 303)
    return render_template("door/walk_in.html", form=form, event=event, organizer=by.organizer), (
        422 if form.errors else 200
    )
