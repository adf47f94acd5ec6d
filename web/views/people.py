"""The people of an organisation: enter, correct, roles, hand-over, leaving, deciding who joins."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import audit, handover, joining
from models.actions import people as actions
from models.enums import OrgRole
from models.queries import people as queries
from models.tables import Membership, Organisation, Person
from web.auth import actor, allow
from web.database import backends, db
from web.errors import refusals
from web.forms.people import PersonForm, SuccessorForm

bp = Blueprint("people", __name__, url_prefix="/organisations/<public_id>")


def membership_or_404(organisation: Organisation, person_id: str) -> Membership:
    found = queries.membership_of(db(), organisation.id, person_id)
    return found if found is not None else abort(404)


def back_to(organisation: Organisation) -> ResponseReturnValue:
    return redirect(url_for("organisations.people", public_id=organisation.public_id), 303)


def successor_form(organisation: Organisation, person: Person) -> SuccessorForm:
    """Colleagues who could take over; nobody is chosen beforehand."""
    form = SuccessorForm()
    rows = queries.colleagues(db(), organisation.id, without=person.id)
    named = [(row.public_id, f"{row.name} · {row.title}" if row.title else row.name) for row in rows]
    form.successor.choices = [("", _("Please choose")), *named]
    return form


def chosen(organisation: Organisation, form: SuccessorForm) -> Person | None:
    if not form.successor.data:
        return None
    return membership_or_404(organisation, form.successor.data).person


@bp.route("/people/add", methods=["GET", "POST"])
@allow("organisation.people", Organisation)
def add(organisation: Organisation) -> ResponseReturnValue:
    form = PersonForm()
    if form.validate_on_submit():
        with refusals(form):
            person = actions.add(
                db(),
                organisation,
                name=form.name.data,
                title=form.title.data or "",
                email=form.email.data or "",
                phone=form.phone.data or "",
                declared=form.declared.data,
                by=actor(),
            )
            flash(_("%(name)s is entered.", name=person.name), "success")
            return back_to(organisation)
    return render_template("people/add.html", form=form, organisation=organisation), (422 if form.errors else 200)


@bp.route("/people/<person_id>/edit", methods=["GET", "POST"])
@allow("organisation.people", Organisation)
def edit(organisation: Organisation, person_id: str) -> ResponseReturnValue:
    """Correct the data of somebody without a log-in; opening it is a look at contact data."""
    person = membership_or_404(organisation, person_id).person
    if queries.has_account(db(), person.id):
        abort(404)
    if request.method == "GET":
        with backends().database.write() as writing:
            audit.record(writing, "person.look", person, by=actor())
    form = PersonForm(obj=person)
    del form.declared
    if form.validate_on_submit():
        with refusals(form):
            actions.edit(
                db(),
                person,
                name=form.name.data,
                title=form.title.data or "",
                email=form.email.data or "",
                phone=form.phone.data or "",
                by=actor(),
            )
            flash(_("Saved."), "success")
            return back_to(organisation)
    return (
        render_template("people/edit.html", form=form, organisation=organisation, person=person),
        (422 if form.errors else 200),
    )


@bp.route("/people/<person_id>/role", methods=["POST"])
@allow("organisation.manage", Organisation)
def role(organisation: Organisation, person_id: str) -> ResponseReturnValue:
    membership = membership_or_404(organisation, person_id)
    if request.form.get("role") not in list(OrgRole):
        abort(400)
    actions.set_role(db(), membership, OrgRole(request.form["role"]), by=actor())
    flash(_("Saved."), "success")
    return back_to(organisation)


@bp.route("/people/<person_id>/hand-over", methods=["GET", "POST"])
@allow("organisation.manage", Organisation)
def hand_over(organisation: Organisation, person_id: str) -> ResponseReturnValue:
    person = membership_or_404(organisation, person_id).person
    form = successor_form(organisation, person)
    if form.validate_on_submit():
        with refusals(form):
            to = chosen(organisation, form) or person  # nobody chosen: refused by the action
            handover.hand_over(db(), organisation, person, to, by=actor())
            flash(_("%(to)s takes over from %(name)s.", to=to.name, name=person.name), "success")
            return back_to(organisation)
    work = queries.work_of(db(), organisation.id, person.id)
    return (
        render_template("people/hand_over.html", form=form, organisation=organisation, person=person, work=work),
        (422 if form.errors else 200),
    )


def _ending(organisation: Organisation, membership: Membership, template: str) -> ResponseReturnValue:
    person = membership.person
    form = successor_form(organisation, person)
    work = queries.work_of(db(), organisation.id, person.id)
    if form.validate_on_submit():
        with refusals(form):
            actions.end_membership(db(), membership, by=actor(), successor=chosen(organisation, form))
            own = person.id == actor().person_id
            flash(_("You have left.") if own else _("%(name)s has left.", name=person.name), "success")
            return redirect(url_for("desk.index"), 303) if own else back_to(organisation)
    return (
        render_template(
            template,
            form=form,
            organisation=organisation,
            person=person,
            work=work,
            account=queries.has_account(db(), person.id),
        ),
        (422 if form.errors else 200),
    )


@bp.route("/people/<person_id>/end", methods=["GET", "POST"])
@allow("organisation.manage", Organisation)
def end(organisation: Organisation, person_id: str) -> ResponseReturnValue:
    return _ending(organisation, membership_or_404(organisation, person_id), "people/end.html")


@bp.route("/leave", methods=["GET", "POST"])
@allow("organisation.people", Organisation)
def leave(organisation: Organisation) -> ResponseReturnValue:
    membership = queries.present_membership(db(), actor().person_id)
    if membership is None or membership.organisation_id != organisation.id:
        abort(404)
    return _ending(organisation, membership, "people/leave.html")


@bp.route("/joining/<person_id>", methods=["GET", "POST"])
@allow("organisation.decide_join", Organisation)
def decide(organisation: Organisation, person_id: str) -> ResponseReturnValue:
    """A manager, or after the due date an organizer, takes somebody in or not."""
    asked = queries.open_join_request(db(), organisation.id, person_id)
    if asked is None:
        abort(404)
    if request.method == "POST":
        accept = request.form.get("decision") == "accept"
        joining.decide(db(), asked, accept=accept, by=actor())
        name = asked.person.name
        flash(_("%(name)s is taken in.", name=name) if accept else _("%(name)s is not taken in.", name=name), "success")
        return back_to(organisation) if actor().manages(organisation.id) else redirect(url_for("desk.index"), 303)
    row = next(row for row in queries.join_requests(db(), organisation.id) if row.person_public_id == person_id)
    return render_template("people/decide.html", organisation=organisation, asked=row)
