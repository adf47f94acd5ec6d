"""Registering for a roadshow with or without an account, and the organizer's list with its decisions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import registrations as actions
from models.actions import seats
from models.base import utcnow
from models.enums import RegistrationState
from models.queries import registrations as queries
from models.rules.contacts import masked_email, masked_mobile, normal_email, normal_mobile
from models.tables import Event, Registration
from web.auth import actor, allow
from web.database import backends, db
from web.entering import somebody, unlimited
from web.errors import refusals
from web.excel import workbook
from web.forms.registrations import ReasonForm
from web.i18n import locale
from web.registering import TABS, can_come, chosen, form_for, head_of_file, page_of, rows_of_file
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
    if mine is not None and mine.state.open:
        return redirect(url_for("registrations.show", public_id=mine.public_id), 303)
    form = form_for(event, data=queries.own_contact(db(), actor().account_id))
    if form.validate_on_submit():
        with refusals(form):
            receipt = actions.register(
                db(), event, by=somebody(), details=form.details(), locale=locale(), consent=bool(form.consent.data)
            )
            if receipt.registration is not None:
                return redirect(url_for("registrations.show", public_id=receipt.registration.public_id), 303)
            way = "approval" if receipt.approval else "waiting" if receipt.full else ""
            by_mobile = "" if form.email.data else "y"
            return redirect(url_for("registrations.sent", public_id=event.public_id, way=way, mobile=by_mobile), 303)
    return render_template(
        "registrations/new.html",
        form=form,
        event=event,
        terms=queries.terms_of(db(), event.id),
        full=queries.is_full(db(), event),
        waiting=queries.by_state(db(), event.id)[RegistrationState.WAITING],
        now=utcnow(),
    ), (422 if form.errors else 200)


@bp.route("/events/<public_id>/registered")
@allow("event.read", Event)
def sent(event: Event) -> ResponseReturnValue:
    """What whoever registered without an account reads: the same for everybody."""
    way, mobile = request.args.get("way", ""), bool(request.args.get("mobile"))
    return render_template("registrations/sent.html", event=event, way=way, mobile=mobile)


@bp.route("/registrations/<public_id>")
@allow("registration.read", Registration)
def show(registration: Registration) -> ResponseReturnValue:
    return render_template("registrations/show.html", registration=registration, **page_of(registration))


@bp.route("/registrations/<public_id>/cancel", methods=["POST"])
@allow("registration.cancel", Registration)
def cancel(registration: Registration) -> ResponseReturnValue:
    actions.cancel(db(), registration, by=actor())
    flash(_("The registration is cancelled. The seat is free for somebody else."), "success")
    return _after(registration)


@bp.route("/registrations/<public_id>/accept", methods=["POST"])
@allow("registration.cancel", Registration)
def accept(registration: Registration) -> ResponseReturnValue:
    """Take the seat that is offered; an organizer does it for who was called."""
    seats.accept(db(), registration, by=actor())
    flash(_("%(name)s is registered.", name=registration.name), "success")
    return _after(registration)


def _after(registration: Registration) -> ResponseReturnValue:
    if registration.person_id == actor().person_id:
        return redirect(url_for("registrations.show", public_id=registration.public_id), 303)
    return redirect(url_for("registrations.index", public_id=registration.event.public_id), 303)


@bp.route("/events/<public_id>/registrations")
@allow("event.registrations", Event)
def index(event: Event) -> ResponseReturnValue:
    """Who comes, waits or does not. Contact data are masked until asked for, which is logged."""
    selection = chosen(event)
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
        counts=queries.by_state(db(), event.id),
        tabs_of=TABS,
        by_capacity=queries.by_capacity(db(), event.id),
        contacts=contacts,
        open=can_come(event),
    )


@bp.route("/events/<public_id>/registrations/decide", methods=["POST"])
@allow("event.registrations", Event)
def decide(event: Event) -> ResponseReturnValue:
    """Approve or decline the ticked ones."""
    form, ticked = ReasonForm(), request.form.getlist("registration")
    found = queries.of_event(db(), event.id, ticked)
    if not found:
        flash(_("Tick at least one registration."), "warning")
    elif request.form.get("decision") == "decline":
        actions.decline(db(), event, found, by=actor(), reason=form.reason.data or "")
        flash(_("The people are declined and told by mail."), "success")
    else:
        actions.approve(db(), event, found, by=actor())
        flash(_("The people are approved and told by mail."), "success")
    state = request.form.get("state") or None
    return redirect(url_for("registrations.index", public_id=event.public_id, state=state), 303)


@bp.route("/events/<public_id>/registrations/export", methods=["POST"])
@allow("event.registrations", Event)
def export(event: Event) -> ResponseReturnValue:
    rows, terms = queries.all_registrations(db(), chosen(event)), queries.terms_of(db(), event.id)
    actions.note_look(db(), event, len(rows), by=actor(), export=True)
    return workbook(
        _("Registrations of %(title)s", title=event.title), head_of_file(terms), rows_of_file(event, terms, rows)
    )


@bp.route("/events/<public_id>/registrations/enter", methods=["GET", "POST"])
@allow("event.registrations", Event)
def enter(event: Event) -> ResponseReturnValue:
    """An organizer enters somebody who agreed on the telephone or at the door."""
    form = form_for(event, by_organizer=True)
    if form.validate_on_submit():
        with refusals(form):
            entered = actions.enter(db(), event, by=actor(), details=form.details(), locale=locale())
            if entered.state is RegistrationState.REGISTERED:
                flash(_("%(name)s is registered.", name=entered.name), "success")
            else:
                flash(_("All seats are taken: %(name)s is on the waiting list.", name=entered.name), "warning")
            return redirect(url_for("registrations.index", public_id=event.public_id), 303)
    return render_template("registrations/enter.html", form=form, event=event), (422 if form.errors else 200)
