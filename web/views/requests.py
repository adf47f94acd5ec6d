"""Contact requests: ask, the lists, one thread and what each side can do on it."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import request_clocks
from models.actions import requests as actions
from models.queries import asking
from models.queries import requests as queries
from models.queries.people import colleagues
from models.rules.policy import may
from models.tables import ContactRequest
from web import begun, suggestions, threads
from web.auth import actor, allow, public
from web.database import db
from web.errors import refusals
from web.forms.requests import AcceptForm, AskBackForm, AskForm, AssignForm, DeclineForm, TextForm
from web.i18n import locale, zone
from web.site import site

bp = Blueprint("requests", __name__, url_prefix="/requests")
bp.add_app_template_filter(date.fromisoformat, "as_day")  # mails carry plain values


@bp.route("")
@allow("request.list")
def index() -> ResponseReturnValue:
    """Threads received, sent or (organizers) all; the box, the states and the place stand in the address."""
    chosen = threads.chosen_box()
    page = queries.threads(
        db(),
        chosen.condition,
        states=chosen.states,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        inside=threads.inside(),
    )
    return render_template("requests/index.html", page=page, chosen=chosen, unnamed=threads.unnamed())


@bp.route("/new", methods=["GET", "POST"])
@public
def new() -> ResponseReturnValue:
    """Ask for contact. Who may not ask yet can write already: it is kept until they can."""
    subject = threads.chosen_subject()
    if subject is None:
        flash(_("Choose an achievement first; on its page you can ask for contact."), "info")
        return redirect(url_for("search.index"), 303)
    if not may(actor(), "need.answer" if subject.kind == "need" else "request.create"):
        return threads.begin(subject)
    sender, candidates = threads.chosen_sender(subject)
    if sender is None:
        return render_template("requests/new.html", subject=subject, candidates=candidates)
    taken = suggestions.opened(subject)
    form = AskForm(data=begun.kept("request", subject.public_id) or suggestions.beginning(taken))
    form.offer(asking.persons(db(), sender.id), actor().person_id)
    form.bring(asking.offers(db(), sender.id) if subject.kind == "need" else None)
    origin, event_id = threads.told_origin(subject)
    form.of_roadshow(event_id)
    page = {"subject": subject, "sender": sender, "candidates": candidates, "form": form, "taken": taken}
    if form.validate_on_submit():
        with refusals(form):
            asked = actions.ask(
                db(),
                asking.record(db(), subject),
                by=actor(),
                sender_id=sender.id,
                achievement_id=form.brought,
                asked_by_id=form.asked_by.data,
                purpose=form.purpose.data,
                meet_when=form.meet_when.data or "",
                origin=origin,
                origin_event_id=event_id,
                **form.budget,
                share_contact=form.share_contact.data,
                suggestion=taken[0] if taken else None,
                zone=zone(),
            )
            begun.forget()
            flash(
                _("Your request is on its way to %(receiver)s.", receiver=subject.receiver or threads.unnamed()),
                "success",
            )
            return redirect(url_for("requests.show", public_id=asked.public_id), 303)
    page["waiting"] = asking.open_between(db(), sender.id, subject)
    return render_template("requests/new.html", **page), (422 if form.is_submitted() else 200)


@bp.route("/<public_id>")
@allow("request.read", ContactRequest)
def show(contact_request: ContactRequest) -> ResponseReturnValue:
    """The thread. Contact data is in the page only right after "show" was pressed, which left its audit row."""
    revealed = session.pop("contact_of", "") == contact_request.public_id
    return threads.page(contact_request, TextForm(), revealed=revealed)


@bp.route("/<public_id>/message", methods=["POST"])
@allow("request.write", ContactRequest)
def message(contact_request: ContactRequest) -> ResponseReturnValue:
    form = TextForm()
    if form.validate_on_submit():
        with refusals(form):
            side = threads.chosen_side(contact_request, form.side.data)
            actions.write(db(), contact_request, by=actor(), text=form.text.data, side_id=side, zone=zone())
            return threads.back(contact_request, _("Your message is sent."))
    return threads.page(contact_request, form), 422


@bp.route("/<public_id>/accept", methods=["GET", "POST"])
@allow("request.answer", ContactRequest)
def accept(contact_request: ContactRequest) -> ResponseReturnValue:
    form = AcceptForm(open_details=True)
    if form.validate_on_submit():
        with refusals(form):
            engagement = actions.accept(
                db(),
                contact_request,
                by=actor(),
                share_contact=form.share_contact.data,
                open_details=form.open_details.data,
            )
            flash(_("Accepted. From here on you follow the engagement together."), "success")
            return redirect(url_for("engagements.show", public_id=engagement.public_id), 303)
    return threads.step("requests/accept.html", contact_request, form)


@bp.route("/<public_id>/decline", methods=["GET", "POST"])
@allow("request.answer", ContactRequest)
def decline(contact_request: ContactRequest) -> ResponseReturnValue:
    form = DeclineForm()
    form.reason.choices = site().choices("stop_reason", locale())
    if form.validate_on_submit():
        with refusals(form):
            actions.decline(db(), contact_request, by=actor(), reason=form.reason.data, note=form.note.data or "")
            return threads.back(contact_request, _("Declined. They are told why."))
    return threads.step("requests/decline.html", contact_request, form)


@bp.route("/<public_id>/ask-back", methods=["GET", "POST"])
@allow("request.answer", ContactRequest)
def ask_back(contact_request: ContactRequest) -> ResponseReturnValue:
    form = AskBackForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.ask_back(db(), contact_request, by=actor(), text=form.text.data, zone=zone())
            return threads.back(contact_request, _("Your question is sent. Now it is their turn."))
    return threads.step("requests/ask_back.html", contact_request, form)


@bp.route("/<public_id>/assign", methods=["GET", "POST"])
@allow("request.answer", ContactRequest)
def assign(contact_request: ContactRequest) -> ResponseReturnValue:
    form = AssignForm(person=contact_request.assigned_to_id)
    form.person.choices = [(one.id, one.name) for one in colleagues(db(), contact_request.receiver_id, without=None)]
    if form.validate_on_submit():
        with refusals(form):
            actions.assign(db(), contact_request, by=actor(), person_id=form.person.data)
            return threads.back(contact_request, _("Your colleague is in charge now and is told."))
    return threads.step("requests/assign.html", contact_request, form)


@bp.route("/<public_id>/withdraw", methods=["POST"])
@allow("request.withdraw", ContactRequest)
def withdraw(contact_request: ContactRequest) -> ResponseReturnValue:
    actions.withdraw(db(), contact_request, by=actor())
    return threads.back(contact_request, _("The request is withdrawn; they are told."))


@bp.route("/<public_id>/contact", methods=["POST"])
@allow("request.write", ContactRequest)
def contact(contact_request: ContactRequest) -> ResponseReturnValue:
    """Show the contact data once: the look is in the audit log before it happens."""
    actions.look_at_contact(db(), contact_request, by=actor())
    session["contact_of"] = contact_request.public_id
    return redirect(url_for("requests.show", public_id=contact_request.public_id, _anchor="contact"), 303)


@bp.route("/<public_id>/stop-sharing", methods=["POST"])
@allow("request.write", ContactRequest)
def stop_sharing(contact_request: ContactRequest) -> ResponseReturnValue:
    side = threads.chosen_side(contact_request, request.form.get("side"))
    actions.stop_sharing(db(), contact_request, by=actor(), side_id=side)
    return threads.back(contact_request, _("The other side does not see the contact details any more."))


@bp.route("/<public_id>/remind", methods=["POST"])
@allow("request.remind", ContactRequest)
def remind(contact_request: ContactRequest) -> ResponseReturnValue:
    request_clocks.remind_again(db(), contact_request, by=actor())
    return threads.back(contact_request, _("They are reminded by mail."))
