"""The next step of an engagement: planned, put off, done."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import next_steps as actions
from models.enums import Side
from models.queries import next_steps as queries
from models.queries.engagements import head
from models.tables import Engagement, NextStep
from web.auth import actor, allow
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.next_steps import DoneForm, PlanForm, PutOffForm
from web.threads import organisations_of_actor

bp = Blueprint("next_steps", __name__, url_prefix="/engagements")
A_WEEK = timedelta(days=7)


@bp.route("/<public_id>/next-step", methods=["GET", "POST"])
@allow("engagement.advance", Engagement)
def plan(engagement: Engagement) -> ResponseReturnValue:
    """What comes next, who of which side does it, until when; the present step is replaced by it."""
    present, about = queries.current(db(), engagement.id), head(db(), engagement.id)
    shown = {"replaces": present.public_id, "revision": present.revision} if present else {}
    form = PlanForm(data={"due_on": today() + A_WEEK, **shown})
    mine = organisations_of_actor()
    people = queries.candidates(db(), engagement, all_of=None if actor().organizer else mine)
    first = next((s for s in Side if getattr(engagement, f"{s.value}_id") in mine), None)
    names = {Side.SEEKER: about.seeker, Side.PROVIDER: about.provider}
    form.offer(people, names, first, chosen=actor().person_id)
    if form.validate_on_submit():
        with refusals(form):
            actions.plan(
                db(), engagement, by=actor(), text=form.text.data, person_id=form.people[form.person.data],
                due_on=form.due_on.data, today=today(), replaces=form.replaces.data or "", revision=form.revision.data,
            )  # fmt: skip
            return _back(engagement, _("Planned. It stands on the desks of both sides until it is done."))
    return render_template("next_steps/plan.html", engagement=engagement, head=about, form=form, present=present), (
        422 if form.is_submitted() else 200
    )


@bp.route("/<public_id>/next-step/<step>/put-off", methods=["GET", "POST"])
@allow("engagement.advance", Engagement)
def put_off(engagement: Engagement, step: str) -> ResponseReturnValue:
    found = _step(engagement, step)
    form = PutOffForm(data={"due_on": max(found.due_on, today()) + A_WEEK, "revision": found.revision})
    if form.validate_on_submit():
        with refusals(form):
            day, revision = form.due_on.data, form.revision.data
            actions.put_off(db(), found, by=actor(), due_on=day, today=today(), revision=revision)
            return _back(engagement, _("Put off. Both sides see the new day."))
    return render_template(
        "next_steps/put_off.html", engagement=engagement, head=head(db(), engagement.id), form=form, step=found
    ), (422 if form.is_submitted() else 200)


@bp.route("/<public_id>/next-step/<step>/done", methods=["POST"])
@allow("engagement.advance", Engagement)
def done(engagement: Engagement, step: str) -> ResponseReturnValue:
    form = DoneForm()
    actions.done(db(), _step(engagement, step), by=actor(), revision=form.revision.data or None)
    return _back(engagement, _("Done. Is there another step? Plan it while you remember."))


def _step(engagement: Engagement, public_id: str) -> NextStep:
    return queries.by_public_id(db(), engagement.id, public_id) or abort(404)


def _back(engagement: Engagement, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("engagements.show", public_id=engagement.public_id), 303)
