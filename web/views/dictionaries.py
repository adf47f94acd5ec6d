"""Dictionary terms: what people choose from, kept by administrators."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import administration as actions
from models.queries.dictionaries import term_row
from models.tables import Term
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.admin import TermForm
from web.site import site

bp = Blueprint("dictionaries", __name__, url_prefix="/admin/dictionaries")


@bp.route("")
@allow("admin.read")
def index() -> ResponseReturnValue:
    return render_template("dictionaries/index.html", systems=site().terms)


@bp.route("/<system>")
@allow("admin.read")
def show(system: str) -> ResponseReturnValue:
    return render_template("dictionaries/show.html", system=system, terms=site().terms.get(system) or abort(404))


@bp.route("/<system>/new", methods=["GET", "POST"])
@allow("admin.edit")
def new(system: str) -> ResponseReturnValue:
    if system not in site().terms:
        abort(404)
    return _edit(system, None)


@bp.route("/<system>/<key>", methods=["GET", "POST"])
@allow("admin.edit")
def edit(system: str, key: str) -> ResponseReturnValue:
    return _edit(system, term_row(db(), system, key) or abort(404))


def _edit(system: str, term: Term | None) -> ResponseReturnValue:
    form = TermForm(obj=term) if term else TermForm(position=actions.next_position(db(), system))
    form.parent.choices = [("", _("(top)")), *((key, row.zh) for key, row in site().terms[system].items())]
    if form.validate_on_submit():
        with refusals(form):
            actions.save_term(
                db(),
                term,
                system=system,
                key=(form.key.data or "").strip(),
                parent=form.parent.data or "",
                label_zh=form.label_zh.data,
                label_en=form.label_en.data,
                position=form.position.data,
                retired=form.retired.data,
                by=actor(),
            )
            current_app.extensions["site"].forget()
            flash(_("The term is saved."), "success")
            return redirect(url_for("dictionaries.show", system=system), 303)
    return render_template("dictionaries/edit.html", form=form, system=system, term=term), 422 if form.errors else 200
