"""What an engagement came to: its contract and where the result is put to use, stated later or corrected."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import engagements as actions
from models.queries.engagements import head
from models.rules.deals import correctable
from models.tables import Engagement
from web.auth import actor, allow
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.deals import ContractForm, ImplementationForm

bp = Blueprint("deals", __name__, url_prefix="/engagements")


@bp.route("/<public_id>/contract", methods=["GET", "POST"])
@allow("engagement.advance", Engagement)
def contract(engagement: Engagement) -> ResponseReturnValue:
    form = ContractForm(engagement)

    def save() -> None:
        actions.correct_contract(
            db(), engagement, by=actor(), revision=form.revision.data, contract=form.contract(), today=today()
        )

    possible = correctable(engagement, organizer=actor().organizer).contract
    return _page(engagement, form, "deals/contract.html", save, possible=possible)


@bp.route("/<public_id>/implementation", methods=["GET", "POST"])
@allow("engagement.advance", Engagement)
def implementation(engagement: Engagement) -> ResponseReturnValue:
    form = ImplementationForm(engagement)

    def save() -> None:
        actions.correct_implementation(
            db(), engagement, by=actor(), revision=form.revision.data, implementation=form.implementation()
        )

    possible = correctable(engagement, organizer=actor().organizer).implementation
    return _page(engagement, form, "deals/implementation.html", save, possible=possible)


def _page(
    engagement: Engagement,
    form: ContractForm | ImplementationForm,
    template: str,
    save: Callable[[], None],
    *,
    possible: bool,
) -> ResponseReturnValue:
    back = redirect(url_for("engagements.show", public_id=engagement.public_id), 303)
    if not possible:
        flash(_("This cannot be recorded at this stage of the engagement."), "info")
        return back
    if form.validate_on_submit():
        with refusals(form):
            save()
            flash(_("Saved."), "success")
            return back
        form.revision.data, form.revision.raw_data = engagement.revision, None  # seen now: saving again goes through
    page = render_template(template, engagement=engagement, head=head(db(), engagement.id), form=form)
    return page, (422 if form.is_submitted() else 200)
