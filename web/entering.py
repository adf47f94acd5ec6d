"""How somebody comes in: the attempt, what stands between a right password and the pages, and where it leads."""

from dataclasses import replace

from flask import current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from models.actions import accounts
from models.actions.accounts import LogIn
from models.base import utcnow
from models.queries.accounts import LogInRow, consent_due, log_in_row
from models.queries.actors import load_actor
from models.rules.contacts import normal_email
from models.rules.policy import VISITOR, Actor
from web import passwords
from web.auth import actor, log_in
from web.database import backends, db
from web.display import moment
from web.links import local_path

CONSENT_SECONDS = 900  # how long after the right password the privacy notice can be answered


def visitor() -> Actor:
    """Whoever is not logged in yet, for the audit log: from where."""
    return replace(VISITOR, ip=request.remote_addr or "")


def somebody() -> Actor:
    """Whoever it is where nobody must log in: the reader, else a visitor."""
    return actor() if actor().signed_in else visitor()


def unlimited() -> bool:
    """Whether rate limits are switched off (tests that are not about them)."""
    return not current_app.config.get("RATELIMIT_ENABLED", True)


def typed_address() -> str:
    """The address in the form, as the key of a limit."""
    return normal_email(request.form.get("email", ""))


def remember_next() -> None:
    """Keep where the visitor wanted to go; it survives signing up and the confirm link."""
    if wanted := local_path(request.args.get("next")):
        session["next"] = wanted


def hash_of(password: str) -> str:
    """Hash outside the transaction that looking up the reader may have begun."""
    db().rollback()
    return passwords.hashed(password)


def fits(row: LogInRow | None, password: str) -> bool:
    db().rollback()
    return passwords.matches(row.password_hash if row else None, password)


def attempt(email: str, password: str) -> LogIn:
    """Try to log in. The attempt is kept even though the page that tells of a failure is no success."""
    db().rollback()  # a stale cookie may have been looked up: the write lock is taken anew below
    with backends().database.read() as reading:
        row = log_in_row(reading, email=email)
    right = fits(row, password)
    with backends().database.write() as writing:
        return accounts.log_in(
            writing, email=email, account_id=row.account_id if row else None, right=right, by=visitor()
        )


def refuse(form: FlaskForm, outcome: LogIn) -> None:
    """Say why an attempt failed, the same for known and unknown addresses."""
    if outcome.locked_until is not None:
        sentence = _(
            "Too many failed attempts: this address is locked until %(until)s. Wait until then, or reset your password.",
            until=moment(outcome.locked_until),
        )
    else:
        sentence = _("Address and password do not fit together. Check both, or reset your password.")
    form.form_errors.append(sentence)


def enter(account_id: int, *, first: bool = False) -> Response:
    """Open a session, unless the privacy notice must be agreed to (again) before."""
    somebody = load_actor(db(), account_id, ip=request.remote_addr or "")
    if somebody.person_id is not None and consent_due(db(), somebody.person_id):
        session["consenting"] = [account_id, somebody.epoch, first, int(utcnow().timestamp())]
        return redirect(url_for("confirming.consent"), 303)
    log_in(somebody)
    return redirect(onwards(somebody, first=first), 303)


def consenting() -> tuple[Actor, bool] | None:
    """Who gave the right password a moment ago and must agree to the privacy notice; and whether it is the first log-in."""
    account_id, epoch, first, since = session.get("consenting") or (0, 0, False, 0)
    if utcnow().timestamp() - since > CONSENT_SECONDS:
        return None
    somebody = load_actor(db(), account_id, ip=request.remote_addr or "")
    return (somebody, first) if somebody.signed_in and somebody.epoch == epoch else None


def onwards(somebody: Actor | None = None, *, first: bool = False) -> str:
    """Where to go after logging in: confirm the address, find the organisation, what was begun, or the desk."""
    somebody = somebody or actor()
    if not somebody.confirmed:
        return url_for("confirming.unconfirmed")
    if first and somebody.organisation_id is None and not somebody.grants:
        return url_for("organisations.choose")
    return local_path(session.pop("next", "")) or url_for("desk.index")
