"""Organisations: find one's own, found it, its public page, edit it."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import joining
from models.actions import organisations as actions
from models.enums import Verification
from models.queries import needs
from models.queries import organisations as queries
from models.queries import people as people_queries
from models.queries.accounts import log_in_row
from models.queries.cards import cards
from models.rules.contacts import masked_email
from models.tables import Need, Organisation
from web.auth import actor, allow
from web.cards import achievement as card_of
from web.cards import need as need_card
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.organisations import OrganisationForm
from web.i18n import locale
from web.links import local_path
from web.site import site

bp = Blueprint("organisations", __name__, url_prefix="/organisations")
bp.add_app_template_filter(masked_email, "masked")


def _filled(form: OrganisationForm) -> OrganisationForm:
    kinds = site().choices("organisation_kind", locale(), keep=(form.kind.data or "",))
    form.choices(kinds, site().terms.get("industry", {}), locale())
    return form


@bp.route("/choose")
@allow("organisation.join")
def choose() -> ResponseReturnValue:
    """The second step of signing up: find the organisation, or see what one waits for."""
    question = request.args.get("q", "")
    account = log_in_row(db(), account_id=actor().account_id)
    return render_template(
        "organisations/choose.html",
        question=question,
        found=queries.search(db(), question),
        waiting=people_queries.own_join_request(db(), actor().person_id),
        invitations=people_queries.invitations_to(db(), account.email if account else ""),
        onwards=local_path(session.get("next")),
    )


@bp.route("/<public_id>/join", methods=["POST"])
@allow("organisation.join", Organisation)
def join(organisation: Organisation) -> ResponseReturnValue:
    joining.ask(db(), organisation, today=today(), by=actor())
    flash(
        _("You have asked to join %(name)s. We tell you by mail what was decided.", name=organisation.name), "success"
    )
    return redirect(url_for("organisations.choose"), 303)


@bp.route("/withdraw-join", methods=["POST"])
@allow("organisation.join")
def withdraw_join() -> ResponseReturnValue:
    waiting = people_queries.own_join_request(db(), actor().person_id)
    if waiting is not None:
        joining.withdraw(db(), waiting, by=actor())
        flash(_("Your request to join %(name)s is withdrawn.", name=waiting.organisation.name), "success")
    return redirect(url_for("organisations.choose"), 303)


@bp.route("/new", methods=["GET", "POST"])
@allow("organisation.found")
def new() -> ResponseReturnValue:
    form = _filled(OrganisationForm(name=request.args.get("q", "")))
    known = ""
    if form.validate_on_submit():
        with refusals(form):
            try:
                organisation = actions.found(db(), form.particulars, by=actor())
            except actions.Known as error:
                known = error.public_id
                raise
            flash(_("%(name)s is entered. The organizer checks it next.", name=organisation.name), "success")
            there = url_for("organisations.show", public_id=organisation.public_id)
            return redirect(local_path(session.pop("next", "")) or there, 303)
    return render_template("organisations/new.html", form=form, known=known), (422 if form.errors else 200)


@bp.route("/mine")
@allow("organisation.own")
def mine() -> ResponseReturnValue:
    """The reader's own organisation, for the navigation."""
    return redirect(url_for("organisations.show", public_id=queries.public_id_of(db(), actor().organisation_id)), 303)


@bp.route("/<public_id>")
@allow("organisation.read", Organisation)
def show(organisation: Organisation) -> ResponseReturnValue:
    """The public page; its own people see the state of verification and what to do."""
    if organisation.verification is Verification.MERGED:
        successor = queries.merged_into(db(), organisation)
        return redirect(url_for("organisations.show", public_id=successor), 303)
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        achievements=[card_of(card) for card in cards(db(), queries.newest_published(db(), organisation.id))],
        count=queries.published_count(db(), organisation.id),
        needs=[
            need_card(card) for card in needs.cards(db(), queries.newest_published(db(), organisation.id, kind=Need))
        ],
        needs_count=queries.published_count(db(), organisation.id, kind=Need),
        own=actor().organisation_id == organisation.id,
        reason=queries.last_reason(db(), organisation.id) if actor().organisation_id == organisation.id else "",
    )


@bp.route("/<public_id>/people")
@allow("organisation.people", Organisation)
def people(organisation: Organisation) -> ResponseReturnValue:
    """Who is there, who wants in, who is invited."""
    manages = actor().manages(organisation.id)
    return render_template(
        "organisations/people.html",
        organisation=organisation,
        people=people_queries.people(db(), organisation.id),
        waiting=people_queries.join_requests(db(), organisation.id) if manages else [],
        invitations=people_queries.invitations(db(), organisation.id) if manages else [],
    )


@bp.route("/<public_id>/edit", methods=["GET", "POST"])
@allow("organisation.edit", Organisation)
def edit(organisation: Organisation) -> ResponseReturnValue:
    form = _filled(OrganisationForm(obj=organisation))
    known = ""
    if form.validate_on_submit():
        with refusals(form):
            try:
                actions.edit(
                    db(),
                    organisation,
                    form.particulars,
                    reviews_first=form.reviews_first.data,
                    revision=form.revision.data or 0,
                    by=actor(),
                )
            except actions.Known as error:
                known = error.public_id
                raise
            flash(_("Saved."), "success")
            return redirect(url_for("organisations.show", public_id=organisation.public_id), 303)
    return (
        render_template("organisations/edit.html", form=form, organisation=organisation, known=known),
        (422 if form.errors else 200),
    )


@bp.route("/<public_id>/ask-for-verification", methods=["POST"])
@allow("organisation.edit", Organisation)
def ask_for_verification(organisation: Organisation) -> ResponseReturnValue:
    actions.ask_for_verification(db(), organisation, by=actor())
    flash(_("The organizer checks your organisation again. We tell you by mail."), "success")
    return redirect(url_for("organisations.show", public_id=organisation.public_id), 303)
