"""An organizer makes, sends and revokes the links of a roadshow: personal ones, and those of door helpers."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import event_links as actions
from models.base import utcnow
from models.enums import LinkKind
from models.queries import event_links as queries
from models.rules.registration import LINK_STAYS
from models.tables import Event, Person, Registration
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.event_links import private
from web.forms.registrations import DoorForm
from web.sharing import public_address

bp = Blueprint("event_links", __name__)
bp.after_request(private)


@bp.route("/events/<public_id>/links", methods=["GET", "POST"])
@allow("event.registrations", Event)
def index(event: Event) -> ResponseReturnValue:
    """Who speaks or meets, with the way to their day; door helpers. A new link is shown once, in the answer."""
    form = DoorForm()
    if form.validate_on_submit():
        with refusals(form):
            token = actions.for_door(db(), event, by=actor(), name=form.name.data or "")
            return _shown(event, token, LinkKind.DOOR, form.name.data or "")
    return render_template(
        "event_links/index.html",
        form=form,
        event=event,
        doors=queries.doors(db(), event.id),
        people=queries.concerned(db(), event.id),
        ends=event.ends_at + LINK_STAYS[LinkKind.DOOR],
        now=utcnow(),
    ), (422 if form.errors else 200)


@bp.route("/events/<public_id>/links/people/<person>/<way>", methods=["POST"])
@allow("event.registrations", Event)
def person(event: Event, person: str, way: str) -> ResponseReturnValue:
    """A new personal link for somebody who speaks or meets: shown once, sent, or every one revoked."""
    found = queries.concerned_person(db(), event.id, person) or abort(404)
    return _do(event, found, way, url_for("event_links.index", public_id=event.public_id))


@bp.route("/registrations/<public_id>/link/<way>", methods=["POST"])
@allow("registration.link", Registration)
def registration(registration: Registration, way: str) -> ResponseReturnValue:
    """The same for somebody who is registered."""
    back = url_for("registrations.show", public_id=registration.public_id)
    return _do(registration.event, registration, way, back)


@bp.route("/events/<public_id>/links/doors/<link>/revoke", methods=["POST"])
@allow("event.registrations", Event)
def revoke(event: Event, link: str) -> ResponseReturnValue:
    found = queries.door(db(), event.id, link) or abort(404)
    actions.revoke(db(), found, by=actor())
    flash(_("The link of %(name)s opens nothing any more.", name=found.name), "success")
    return redirect(url_for("event_links.index", public_id=event.public_id), 303)


def _do(event: Event, holder: Registration | Person, way: str, back: str) -> ResponseReturnValue:
    if way == "show":
        return _shown(event, actions.renew(db(), event, holder, by=actor()), LinkKind.DAY, holder.name)
    if way == "send":
        actions.send(db(), event, holder, by=actor())
        flash(
            _("A new link is on its way to %(name)s; earlier ones open nothing any more.", name=holder.name), "success"
        )
    elif way == "revoke":
        actions.revoke_all(db(), event, holder, by=actor())
        flash(_("The links of %(name)s open nothing any more.", name=holder.name), "success")
    else:
        abort(404)
    return redirect(back, 303)


def _shown(event: Event, token: str, kind: LinkKind, name: str) -> Any:
    address = public_address("event_day.enter", token=token)
    ends = event.ends_at + LINK_STAYS[kind]
    return render_template("event_links/shown.html", event=event, address=address, kind=kind, name=name, ends=ends)
