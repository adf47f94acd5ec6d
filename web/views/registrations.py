"""Registering for a roadshow with or without an account, the personal link, and the organizer's list."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.actions import registrations as actions
from models.base import utcnow
from models.enums import Capacity, EventState, RegistrationState
from models.queries import registrations as queries
from models.rules.contacts import masked_email, masked_mobile, normal_email, normal_mobile
from models.tables import Event, Registration
from web import links
from web.auth import actor, allow, public
from web.csvfile import csv_file
from web.database import backends, db
from web.entering import unlimited, visitor
from web.errors import refusals
from web.forms.registrations import RegisterForm
from web.i18n import label, locale
from web.security import limiter

bp = Blueprint("registrations", __name__)
bp.add_app_template_filter(masked_email)
bp.add_app_template_filter(masked_mobile)


def _typed_contact() -> str:
    """The contact in the form, as the key of a limit: nobody's mail box is filled by typing an address again."""
    typed = normal_email(request.form.get("email", "")) or normal_mobile(request.form.get("mobile", ""))
    return typed or (request.remote_addr or "")


@bp.route("/events/<public_id>/register", methods=["GET", "POST"])
@allow("event.register", Event)
@limiter.limit("60 per minute", methods=["POST"], exempt_when=unlimited)  # a whole hall may share one address
@limiter.limit("6 per hour", key_func=_typed_contact, methods=["POST"], exempt_when=unlimited)
def new(event: Event) -> ResponseReturnValue:
    """The form. Who is registered already reads the same as who is new, and gets the link by mail."""
    mine = queries.mine(db(), event.id, actor().person_id) if request.method == "GET" else None
    if mine is not None and mine.state is RegistrationState.REGISTERED:
        return redirect(url_for("registrations.show", public_id=mine.public_id), 303)
    form = RegisterForm(data=queries.own_contact(db(), actor().account_id))
    if form.validate_on_submit():
        with refusals(form):
            by = actor() if actor().signed_in else visitor()
            receipt = actions.register(
                db(), event, by=by, details=form.details(), locale=locale(), consent=bool(form.consent.data)
            )
            if receipt.registration is not None:
                flash(_("You are registered."), "success")
                return redirect(url_for("registrations.show", public_id=receipt.registration.public_id), 303)
            way = "full" if receipt.full else "mail" if form.email.data else "mobile"
            return redirect(url_for("registrations.sent", public_id=event.public_id, way=way), 303)
    return render_template(
        "registrations/new.html",
        form=form,
        event=event,
        full=queries.is_full(db(), event),
        over=event.ends_at <= utcnow(),
    ), (422 if form.errors else 200)


@bp.route("/events/<public_id>/registered")
@allow("event.read", Event)
def sent(event: Event) -> ResponseReturnValue:
    """What whoever registered without an account reads: the same for everybody."""
    return render_template("registrations/sent.html", event=event, way=request.args.get("way", "mail"))


@bp.route("/registrations/<public_id>")
@allow("registration.read", Registration)
def show(registration: Registration) -> ResponseReturnValue:
    return render_template("registrations/show.html", registration=registration, **_shown(registration))


@bp.route("/registrations/<public_id>/cancel", methods=["POST"])
@allow("registration.cancel", Registration)
def cancel(registration: Registration) -> ResponseReturnValue:
    actions.cancel(db(), registration, by=actor())
    flash(_("The registration is cancelled. The seat is free for somebody else."), "success")
    if registration.person_id == actor().person_id:
        return redirect(url_for("registrations.show", public_id=registration.public_id), 303)
    return redirect(url_for("registrations.index", public_id=registration.event.public_id), 303)


@bp.route("/registrations/link/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """The personal link out of the mail: the registration, for whoever holds the link."""
    registration = _linked(token)
    return render_template("registrations/link.html", registration=registration, token=token, **_shown(registration))


@bp.route("/registrations/link/<token>/cancel", methods=["POST"])
@public
def cancel_by_link(token: str) -> ResponseReturnValue:
    actions.cancel(db(), _linked(token), by=visitor())
    flash(_("Your registration is cancelled. Thank you for telling us."), "success")
    return redirect(url_for("registrations.link", token=token), 303)


@bp.route("/events/<public_id>/registrations")
@allow("event.registrations", Event)
def index(event: Event) -> ResponseReturnValue:
    """Who comes. Contact data are masked until asked for, which is logged."""
    selection = _selection(event)
    page = queries.registrations(db(), selection, after=max(0, min(request.args.get("after", 0, type=int), 2**31 - 1)))
    contacts = bool(request.args.get("contacts"))
    if contacts:
        with backends().database.write() as writing:  # of its own: a page that is read writes nothing else
            actions.note_look(writing, event, len(page.rows), by=actor(), export=False)
    return render_template(
        "registrations/index.html",
        event=event,
        page=page,
        total=queries.size(db(), selection),
        selection=selection,
        by_capacity=queries.by_capacity(db(), event.id),
        contacts=contacts,
        open=event.state is EventState.PUBLISHED and event.ends_at > utcnow(),
    )


@bp.route("/events/<public_id>/registrations/export", methods=["POST"])
@allow("event.registrations", Event)
def export(event: Event) -> ResponseReturnValue:
    rows = queries.all_registrations(db(), _selection(event))
    actions.note_look(db(), event, len(rows), by=actor(), export=True)
    head = [_("Full name"), _("Organisation"), _("Capacity"), _("E-mail address"), _("Mobile number"), _("Seat"), _("State"),
            _("Registered at")]  # fmt: skip
    lines = (
        (row.name, row.organisation_name, label(row.capacity), row.email, row.mobile, row.seat, label(row.state),
         row.created_at)
        for row in rows
    )  # fmt: skip
    return csv_file(_("Registrations of %(title)s", title=event.title), head, lines)


@bp.route("/events/<public_id>/registrations/enter", methods=["GET", "POST"])
@allow("event.registrations", Event)
def enter(event: Event) -> ResponseReturnValue:
    """An organizer enters somebody who agreed on the telephone or at the door."""
    form = RegisterForm()
    form.capacity.label.text = lazy_gettext("Comes as")
    form.consent.label.text = lazy_gettext("The person knows the privacy notice and agrees")
    if form.validate_on_submit():
        with refusals(form):
            entered = actions.enter(db(), event, by=actor(), details=form.details(), locale=locale())
            flash(_("%(name)s is registered.", name=entered.name), "success")
            return redirect(url_for("registrations.index", public_id=event.public_id), 303)
    return render_template("registrations/enter.html", form=form, event=event), (422 if form.errors else 200)


def _linked(token: str) -> Registration:
    values = links.read("registration", token)
    return queries.by_public_id(db(), values["public_id"]) or abort(404)


def _shown(registration: Registration) -> dict[str, object]:
    event = registration.event
    coming = event.ends_at > utcnow() and event.state is EventState.PUBLISHED
    valid = registration.state is RegistrationState.REGISTERED
    return {"event": event, "coming": coming, "valid": valid}


def _selection(event: Event) -> queries.Selection:
    values = request.values
    return queries.Selection(
        event.id,
        capacity=Capacity(values["capacity"]) if values.get("capacity") in set(Capacity) else None,
        state=RegistrationState.CANCELLED if values.get("state") == "cancelled" else RegistrationState.REGISTERED,
        text=values.get("q", "").strip()[:100],
        mobile_only=bool(values.get("mobile_only")),
    )
