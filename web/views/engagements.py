"""Engagements: the lists by stage; one with its history, requests and meetings; its stage, notes and open details."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import engagements as actions
from models.enums import Disclosure, Stage, Verification
from models.queries import engagements as queries
from models.queries import next_steps
from models.queries.indexing import effective_disclosure
from models.rules.deals import correctable
from models.rules.stages import choices, needs_note
from models.tables import Engagement
from web.auth import actor, allow
from web.database import db
from web.display import here, today
from web.engagements import asked, came_to, entries_of
from web.errors import refusals
from web.forms.engagements import AdvanceForm, NoteForm
from web.forms.next_steps import DoneForm
from web.i18n import label, locale
from web.site import site
from web.threads import organisations_of_actor

bp = Blueprint("engagements", __name__, url_prefix="/engagements")


@bp.route("")
@allow("engagement.list")
def index() -> ResponseReturnValue:
    """Engagements of the reader's organisations, for organizers all; stage and place stand in the address."""
    box = queries.of(None if actor().organizer else organisations_of_actor())
    wanted = request.args.get("stage", "")
    stage = Stage(wanted) if wanted in set(Stage) else None
    numbers = queries.by_stage(db(), box)
    filters = [{"text": f"{_('All')} ({sum(numbers.values())})", "url": here(stage=None, after=None, before=None),
                "current": stage is None}]  # fmt: skip
    filters += [
        {
            "text": f"{label(one)} ({numbers.get(one, 0)})",
            "url": here(stage=one.value, after=None, before=None),
            "current": one is stage,
        }
        for one in Stage
        if one in numbers or one is stage
    ]
    page = queries.engagements(
        db(), box, stage=stage, after=request.args.get("after", ""), before=request.args.get("before", "")
    )
    return render_template("engagements/index.html", page=page, filters=filters, stage=stage)


def _page(engagement: Engagement, note: NoteForm) -> str:
    head = queries.head(db(), engagement.id)
    restricted = bool(head.achievement) and (
        effective_disclosure(head.disclosure, head.tightened_to) is Disclosure.CONSENT
    )
    return render_template(
        "engagements/show.html",
        engagement=engagement,
        head=head,
        form=note,
        entries=entries_of(queries.history(db(), engagement.id), next_steps.history(db(), engagement.id)),
        step=next_steps.current(db(), engagement.id),
        done=DoneForm(),
        requests=queries.requests_of(db(), engagement.id),
        bookings=queries.bookings_of(db(), engagement.id),
        came_to=came_to(engagement),
        may_correct=correctable(engagement, organizer=actor().organizer),
        may_advance=bool(choices(engagement.stage, organizer=actor().organizer)),
        restricted=restricted,
        can_open=restricted and head.seeker_verification is Verification.VERIFIED,
    )


def _back(engagement: Engagement, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("engagements.show", public_id=engagement.public_id), 303)


@bp.route("/<public_id>")
@allow("engagement.read", Engagement)
def show(engagement: Engagement) -> ResponseReturnValue:
    return _page(engagement, NoteForm())


@bp.route("/<public_id>/advance", methods=["GET", "POST"])
@allow("engagement.advance", Engagement)
def advance(engagement: Engagement) -> ResponseReturnValue:
    """Set the stage; the form says which stages need a note, the contract, or the place."""
    possible = choices(engagement.stage, organizer=actor().organizer)
    if not possible and request.method == "GET":
        return _back(engagement, _("This engagement was closed with success; its stage does not change any more."))
    form = AdvanceForm(engagement)
    form.stage.choices = [(stage.value, f"{stage.value} {label(stage)}") for stage in possible]
    form.reason.choices = [("", _("Please choose")), *site().choices("stop_reason", locale())]
    if form.validate_on_submit():
        with refusals(form):
            actions.advance(
                db(),
                engagement,
                by=actor(),
                stage=Stage(form.stage.data),
                revision=form.revision.data,
                today=today(),
                reason=form.reason.data or "",
                note=form.note.data or "",
                contract=form.contract(),
                implementation=form.implementation(),
            )
            return _back(engagement, _("The stage is now “%(stage)s”.", stage=label(engagement.stage)))
        form.revision.data, form.revision.raw_data = engagement.revision, None  # seen now: saving again goes through
    return render_template(
        "engagements/advance.html",
        engagement=engagement,
        head=queries.head(db(), engagement.id),
        form=form,
        noted=[stage for stage in possible if needs_note(engagement.stage, stage)],
        asked=asked(engagement, possible),
    ), (422 if form.is_submitted() else 200)


@bp.route("/<public_id>/note", methods=["POST"])
@allow("engagement.advance", Engagement)
def note(engagement: Engagement) -> ResponseReturnValue:
    form = NoteForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.add_note(db(), engagement, by=actor(), note=form.note.data)
            return _back(engagement, _("Noted."))
    return _page(engagement, form), 422


@bp.route("/<public_id>/open-details", methods=["POST"])
@allow("engagement.disclose", Engagement)
def open_details(engagement: Engagement) -> ResponseReturnValue:
    actions.open_details(db(), engagement, by=actor())
    return _back(engagement, _("The details are open to this organisation now."))


@bp.route("/<public_id>/withdraw-details", methods=["POST"])
@allow("engagement.disclose", Engagement)
def withdraw_details(engagement: Engagement) -> ResponseReturnValue:
    actions.withdraw_details(db(), engagement, by=actor())
    return _back(engagement, _("The details are closed to this organisation again."))
