"""Who scores a call's applications: an organizer finds people, invites them and hands out the applications."""

from collections import Counter

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import call_reminders as reminders
from models.actions import scoring as actions
from models.base import utcnow
from models.errors import N_, NotNow
from models.queries import scoring as queries
from models.queries.selection import number_submitted
from models.rules.selection import ABOUT
from models.tables import Event
from web.auth import actor, allow
from web.calls import call_of, hands_out
from web.database import db
from web.errors import back

bp = Blueprint("scorers", __name__, url_prefix="/events/<public_id>/call/scorers")


@bp.route("")
@allow("call.edit", Event)
def index(event: Event) -> ResponseReturnValue:
    call, text = call_of(event), request.args.get("q", "").strip()[:60]
    return render_template(
        "scorers/index.html",
        event=event,
        call=call,
        rows=queries.scorers(db(), call.id),
        barred=Counter(scorer for _application, scorer in queries.interests(db(), call.id)),
        q=text,
        found=queries.people_found(db(), call.id, text),
        most=queries.FOUND_AT_MOST,
        applications=number_submitted(db(), call.id),
        closed=call.closes_at <= utcnow(),
    )


@bp.route("", methods=["POST"])
@allow("call.edit", Event)
def invite(event: Event) -> ResponseReturnValue:
    person = queries.person(db(), request.form.get("person", ""))
    if person is None:
        raise NotNow(N_("Nobody with an account fits, or they score already."))
    actions.invite(db(), call_of(event), person, by=actor())
    flash(_("%(name)s is invited and told by mail.", name=person.name), "success")
    return _back(event)


@bp.route("/assign", methods=["POST"])
@allow("call.edit", Event)
def assign(event: Event) -> ResponseReturnValue:
    added = actions.assign(db(), call_of(event), by=actor())
    done = ngettext("%(num)s application is handed out.", "%(num)s applications are handed out.", added)
    flash(done if added else _("Nothing is missing: everybody has what they can score."), "success")
    return _back(event)


@bp.route("/remind", methods=["POST"])
@allow("call.edit", Event)
def remind(event: Event) -> ResponseReturnValue:
    """Everybody with open scores, or the one whose button it was."""
    call, person = call_of(event), request.form.get("person", "")
    one = queries.scorer(db(), call.id, person) or abort(404) if person else None
    told = reminders.remind(db(), call, by=actor(), scorer=one)
    flash(ngettext("%(num)s scorer is reminded by mail.", "%(num)s scorers are reminded by mail.", told), "success")
    return _back(event)


@bp.route("/<person>")
@allow("call.edit", Event)
def show(event: Event, person: str) -> ResponseReturnValue:
    """What one of them scores; applications are handed out and taken back by hand here."""
    call = call_of(event)
    scorer = queries.scorer(db(), call.id, person) or abort(404)
    ties = {one: ABOUT[why] for (one, who), why in queries.interests(db(), call.id).items() if who == scorer.id}
    return render_template(
        "scorers/show.html",
        event=event,
        call=call,
        scorer=scorer,
        rows=queries.share_of(db(), scorer),
        ties=ties,
        open=hands_out(call),
    )


@bp.route("/<person>/applications", methods=["POST"])
@allow("call.edit", Event)
def hand_out(event: Event, person: str) -> ResponseReturnValue:
    call = call_of(event)
    scorer = queries.scorer(db(), call.id, person) or abort(404)
    applications = queries.applications(db(), call.id, request.form.getlist("application"))
    added = actions.hand_out(db(), scorer, applications, by=actor())
    flash(ngettext("%(num)s application is handed out.", "%(num)s applications are handed out.", added), "success")
    return redirect(back(url_for("scorers.show", public_id=event.public_id, person=person)), 303)


@bp.route("/<person>/remove", methods=["POST"])
@allow("call.edit", Event)
def remove(event: Event, person: str) -> ResponseReturnValue:
    actions.remove(db(), queries.scorer(db(), call_of(event).id, person) or abort(404), by=actor())
    flash(_("Removed."), "success")
    return _back(event)


def _back(event: Event) -> ResponseReturnValue:
    return redirect(url_for("scorers.index", public_id=event.public_id), 303)
