"""The register, kept by organizers: a filtered list, entering, correcting, departures, checking, export."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import register as actions
from models.enums import Measure
from models.errors import N_, Invalid
from models.queries import circles, register
from models.rules.identifiers import normal_code, uscc_conforms
from models.tables import Organisation, RegisterEntry
from web.auth import actor, allow
from web.csvfile import csv_file
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.register import EndForm, EntryForm, RemoveForm, RevisionForm
from web.i18n import locale, term
from web.periods import chosen_period, period_links, selection_of
from web.site import site

bp = Blueprint("register", __name__)
KINDS = "register_kind"


@bp.route("/register")
@allow("register.edit")
def index() -> ResponseReturnValue:
    """Entries, filtered by what stands in the address."""
    selection, problem = selection_of(request.args)
    page = register.entries(db(), selection, after=request.args.get("after", ""))
    period, _problem = chosen_period()
    return render_template(
        "register/index.html",
        page=page,
        total=register.sizes(db(), selection)[1],
        selection=selection,
        circles=circles.circles(db(), today=today()),
        kinds=site().choices(KINDS, locale()),
        measures=list(Measure),
        period=period,
        periods=period_links(period),
        problem=problem,
    )


@bp.route("/register/export", methods=["POST"])
@allow("register.edit")
def export() -> ResponseReturnValue:
    """The filtered entries as a CSV file; the export is audited."""
    selection, _problem = selection_of(request.form)
    rows = register.all_entries(db(), selection)
    actions.note_export(db(), selection, len(rows), by=actor())
    head = [
        _("Kind"), _("Name"), _("Grade"), _("Circle"), _("Arrived"), _("Left"), _("Evidence"), _("Note"),
        _("Entered by"), _("Checked by"),
    ]  # fmt: skip
    lines = [
        (
            term(row.kind, KINDS), row.subject, row.grade, row.circle, row.arrived_on, row.left_on, row.evidence,
            row.note, row.entered_by, row.checked_by,
        )
        for row in rows
    ]  # fmt: skip
    return csv_file(_("Register of %(day)s", day=today().isoformat()), head, lines)


@bp.route("/register/new", methods=["GET", "POST"])
@allow("register.edit")
def new() -> ResponseReturnValue:
    form = EntryForm(data={"arrived_on": today()})
    _offer(form)
    if form.validate_on_submit():
        with refusals(form):
            entry = actions.enter(
                db(),
                by=actor(),
                organisation=_organisation(form),
                code=form.code.data or "",
                same_as=form.same_as.data or "",
                today=today(),
                **form.values(),
            )
            _warn_of_code(form)
            flash(_("“%(subject)s” is entered. Another person has to check it.", subject=entry.subject), "success")
            return redirect(url_for("register.index", circle=request.args.get("circle")), 303)
    return render_template("register/new.html", form=form), (422 if form.errors else 200)


@bp.route("/register/<public_id>/edit", methods=["GET", "POST"])
@allow("register.edit", RegisterEntry)
def edit(register_entry: RegisterEntry) -> ResponseReturnValue:
    """Correct an entry; beside it stand checking, departure and removal."""
    entry = register_entry
    organisation = circles.organisation(db(), entry.organisation_id)
    names = ("revision", "kind", "subject", "grade", "arrived_on", "left_on", "evidence", "note")
    data = {name: getattr(entry, name) for name in names}
    form = EntryForm(
        data={**data, "circle": entry.circle_id, "organisation": organisation.name if organisation else ""}
    )
    _offer(form, own_key=entry.subject_key)
    if form.validate_on_submit():
        with refusals(form):
            actions.correct(
                db(),
                entry,
                by=actor(),
                revision=form.revision.data or 0,
                today=today(),
                organisation=_organisation(form),
                same_as=form.same_as.data or "",
                **form.values(),
            )
            flash(_("The entry is corrected. Another person has to check it."), "success")
            return redirect(url_for("register.index"), 303)
    return render_template(
        "register/edit.html", form=form, entry=entry, people=register.people(db(), entry), remove=RemoveForm()
    ), (422 if form.errors else 200)


@bp.route("/register/<public_id>/end", methods=["GET", "POST"])
@allow("register.edit", RegisterEntry)
def end(register_entry: RegisterEntry) -> ResponseReturnValue:
    form = EndForm(data={"revision": register_entry.revision, "left_on": today()})
    if form.validate_on_submit():
        with refusals(form):
            actions.end(
                db(),
                register_entry,
                by=actor(),
                revision=form.revision.data or 0,
                left_on=form.left_on.data,
                reason=form.reason.data.strip(),
                today=today(),
            )
            flash(_("The departure is noted. Another person has to check it."), "success")
            return redirect(url_for("register.index"), 303)
    return render_template("register/end.html", form=form, entry=register_entry), (422 if form.errors else 200)


@bp.route("/register/<public_id>/check", methods=["POST"])
@allow("register.edit", RegisterEntry)
def check(register_entry: RegisterEntry) -> ResponseReturnValue:
    actions.check(db(), register_entry, by=actor(), revision=RevisionForm().revision.data or 0)
    flash(_("“%(subject)s” is checked.", subject=register_entry.subject), "success")
    return redirect(url_for("register.index", unchecked="y"), 303)


@bp.route("/register/<public_id>/remove", methods=["POST"])
@allow("register.edit", RegisterEntry)
def remove(register_entry: RegisterEntry) -> ResponseReturnValue:
    form, subject = RemoveForm(), register_entry.subject
    if not form.validate_on_submit():
        raise Invalid(N_("Say why the entry is wrong before you remove it."))
    actions.remove(db(), register_entry, by=actor(), revision=form.revision.data or 0, reason=form.reason.data.strip())
    flash(_("“%(subject)s” is removed. The audit log keeps it.", subject=subject), "success")
    return redirect(url_for("register.index"), 303)


def _offer(form: EntryForm, *, own_key: str = "") -> None:
    known: list[register.Subject] = []
    if form.subject.data and form.kind.data:
        name, named = (
            " ".join(form.subject.data.split()),
            circles.organisation_named(db(), form.organisation.data or ""),
        )
        known = register.subjects_like(
            db(), kind=form.kind.data, name=name, organisation_id=named.id if named else None
        )
    form.offer(circles.choices(db()), known, own_key=own_key)


def _organisation(form: EntryForm) -> Organisation | None:
    text = form.organisation.data or ""
    found = circles.organisation_named(db(), text)
    if found is None and text.strip():
        raise Invalid(
            N_("We know no organisation of this name or code. Leave the field empty if it is not on this site."),
            field="organisation",
        )
    return found


def _warn_of_code(form: EntryForm) -> None:
    code = normal_code(form.code.data or "")
    if code and not uscc_conforms(code):
        flash(
            _("The check digit of the code %(code)s is not right. Please compare it with the licence.", code=code),
            "warning",
        )
