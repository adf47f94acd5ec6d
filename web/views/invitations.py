"""Invitations: send one, and what the invited person sees behind the link."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import invitations as actions
from models.enums import OrgRole
from models.errors import DomainError, NotNow
from models.queries import people as queries
from models.queries.accounts import log_in_row
from models.rules.passwords import check_password
from models.rules.settings import PRIVACY_VERSION
from models.tables import Invitation, Organisation, Person
from web import entering, links
from web.auth import actor, allow, public
from web.database import db
from web.entering import unlimited
from web.errors import refusals
from web.forms.people import InviteForm, JoinByInvitationForm
from web.i18n import locale, sentence
from web.security import limiter

bp = Blueprint("invitations", __name__)


@bp.route("/organisations/<public_id>/invitations/new", methods=["GET", "POST"])
@allow("organisation.manage", Organisation)
@limiter.limit("60 per hour", methods=["POST"], exempt_when=unlimited)
def new(organisation: Organisation) -> ResponseReturnValue:
    """Invite an address, or give a log-in to somebody whom the organisation keeps."""
    person = _kept(organisation, request.args.get("person", ""))
    form = InviteForm(email=person.email if person else "")
    if form.validate_on_submit():
        with refusals(form):
            role = OrgRole(form.role.data)
            invitation = actions.invite(db(), organisation, email=form.email.data, role=role, by=actor(), person=person)
            flash(_("An invitation is on its way to %(email)s.", email=invitation.email), "success")
            return redirect(url_for("organisations.people", public_id=organisation.public_id), 303)
    return (
        render_template("invitations/new.html", form=form, organisation=organisation, person=person),
        (422 if form.errors else 200),
    )


def _kept(organisation: Organisation, person_id: str) -> Person | None:
    if not person_id:
        return None
    membership = queries.membership_of(db(), organisation.id, person_id)
    return membership.person if membership is not None else abort(404)


@bp.route("/organisations/<public_id>/invitations/<invitation_id>/withdraw", methods=["POST"])
@allow("organisation.manage", Organisation)
def withdraw(organisation: Organisation, invitation_id: str) -> ResponseReturnValue:
    invitation = queries.invitation(db(), invitation_id)
    if invitation is None or invitation.organisation_id != organisation.id:
        abort(404)
    actions.withdraw(db(), invitation, by=actor())
    flash(_("The invitation is withdrawn."), "success")
    return redirect(url_for("organisations.people", public_id=organisation.public_id), 303)


def _behind(token: str) -> Invitation:
    """The invitation of a link. Raises NotNow where it cannot be used (any more)."""
    invitation = queries.invitation(db(), links.read("invitation", token)["id"])
    if invitation is None:
        abort(404)
    actions.check_open(invitation)
    return invitation


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@public
@limiter.limit("20 per minute", methods=["POST"], exempt_when=unlimited)
def show(token: str) -> ResponseReturnValue:
    """Accept with the account of the address, or open one: the link proves the address."""
    try:
        invitation = _behind(token)
    except NotNow as error:
        return render_template("errors/link.html", error=sentence(error)), 410
    known = log_in_row(db(), email=invitation.email)
    mine = known is not None and known.account_id == actor().account_id
    form = JoinByInvitationForm(name=invitation.person.name if invitation.person else "")
    if known is None and not actor().signed_in and form.validate_on_submit():
        with refusals(form):
            check_password(form.password.data, name=form.name.data, email=invitation.email)
            password_hash = entering.hash_of(form.password.data)
            account = actions.sign_up(
                db(),
                _behind(token),  # read again: hashing let the transaction go
                name=form.name.data,
                password_hash=password_hash,
                locale=locale(),
                by=entering.visitor(),
            )
            answer = entering.enter(account.id)
            flash(_("Welcome to %(name)s.", name=invitation.organisation.name), "success")
            return answer
    return (
        render_template(
            "invitations/show.html",
            form=form,
            invitation=invitation,
            token=token,
            known=known is not None,
            mine=mine,
            version=PRIVACY_VERSION,
        ),
        (422 if form.errors else 200),
    )


@bp.route("/invitations/<token>/answer", methods=["POST"])
@allow("account.own")
def answer(token: str) -> ResponseReturnValue:
    """Accept or decline as the holder of the invited address."""
    try:
        invitation = _behind(token)
        name = invitation.organisation.name
        if request.form.get("answer") != "accept":
            actions.decline(db(), invitation, by=actor())
            flash(_("You have declined the invitation of %(name)s.", name=name), "success")
            return redirect(url_for("desk.index"), 303)
        actions.accept(db(), invitation, by=actor())
    except DomainError as error:
        return render_template("errors/link.html", error=sentence(error)), error.status
    flash(_("Welcome to %(name)s.", name=name), "success")
    return redirect(links.local_path(session.pop("next", "")) or url_for("desk.index"), 303)
