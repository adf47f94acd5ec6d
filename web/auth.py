"""Who is asking, and the two decorators of which every route has exactly one: ``@public`` or ``@allow``."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, abort, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.base import Base, utcnow
from models.queries.actors import load_actor
from models.rules.policy import VISITOR, Actor, may
from models.tables import (
    Achievement,
    ApplicationFile,
    Booking,
    Circle,
    ContactRequest,
    Disturbance,
    Engagement,
    Event,
    Intention,
    Match,
    MatchSession,
    MeetingWish,
    Need,
    Organisation,
    ProjectApplication,
    RegisterEntry,
    Registration,
    Replan,
    SavedSearch,
    ScoreSheet,
    Timetable,
)
from web.database import db, finish
from web.site import site

# What must be allowed for a record to be visible at all; without it the answer is 404, not 403.
READ: dict[type[Base], str] = {
    Achievement: "achievement.read",
    ApplicationFile: "application.file",
    Booking: "booking.read",
    Circle: "circle.read",
    ContactRequest: "request.read",
    Disturbance: "timetable.edit",
    Engagement: "engagement.read",
    Event: "event.read",
    Intention: "intention.read",
    Match: "match.read",
    MatchSession: "session.read",
    MeetingWish: "meeting_wish.read",
    Need: "need.read",
    Organisation: "organisation.read",
    ProjectApplication: "application.read",
    RegisterEntry: "register.edit",
    Registration: "registration.read",
    Replan: "timetable.edit",
    SavedSearch: "saved_search.edit",
    ScoreSheet: "score.read",
    Timetable: "timetable.edit",
}
SEEN_EVERY = 60  # seconds between refreshed time stamps in the session cookie


class SignedIn(UserMixin):
    """Flask-Login's view of an actor; the id carries the epoch, so raising it logs out everywhere."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        return f"{self.actor.account_id}:{self.actor.epoch}"


def actor() -> Actor:
    """Who makes this request; VISITOR where nobody is logged in."""
    found = getattr(current_user, "actor", None)
    return found if found is not None else VISITOR


def log_in(somebody: Actor) -> None:
    """Start a fresh session for this actor, keeping what the visitor had begun."""
    kept = {key: session[key] for key in ("begun", "next") if key in session}
    session.clear()
    session.update(kept)
    session["seen"] = int(utcnow().timestamp())
    login_user(SignedIn(somebody))


def log_out() -> None:
    logout_user()
    session.clear()


P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)


def public(view: Callable[P, R]) -> Callable[P, Response]:
    """A route for everybody; the view itself shows only what everybody may see."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        return finish(current_app.make_response(view(*args, **kwargs)))

    wrapper.permission = "public"  # type: ignore[attr-defined]
    return wrapper


def allow(permission: str, model: type[Base] | None = None, *, key: str = "public_id", name: str = "") -> Any:
    """A route for those whom the policy grants ``permission``.

    With a model the record is loaded by the public id in the address and handed to the view under the table's name (or ``name``).
    Not readable: 404 (a visitor is asked to log in); readable but not permitted: 403.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(view)
        def wrapper(**kwargs: Any) -> Response:
            record = None
            if model is not None:
                record = _find(model, kwargs.pop(key))
                if record is None:
                    abort(404)
                if not may(actor(), READ[model], record):
                    return _log_in_first() if not actor().signed_in else abort(404)
                kwargs[name or model.__tablename__] = record
            if not may(actor(), permission, record):
                return _log_in_first() if not actor().signed_in else abort(403)
            return finish(current_app.make_response(view(**kwargs)))

        wrapper.permission = permission  # type: ignore[attr-defined]
        wrapper.model = model  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _find(model: Any, public_id: str) -> Any:
    return db().scalar(select(model).where(model.public_id == public_id))


def _log_in_first() -> Response:
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    flash(_("Please log in first. What you began is kept."), "info")
    return redirect(url_for("account.login", next=here), 303)


def init_app(app: Flask) -> None:
    manager = LoginManager(app)

    @manager.user_loader
    def _load(identity: str) -> SignedIn | None:
        account_id, _separator, epoch = identity.partition(":")
        if not account_id.isdigit():
            return None
        found = load_actor(db(), int(account_id), ip=request.remote_addr or "")
        return SignedIn(found) if found.signed_in and str(found.epoch) == epoch else None

    @app.before_request
    def _end_idle_sessions() -> Response | None:
        if request.endpoint == "static" or "_user_id" not in session:
            return None
        now, seen = int(utcnow().timestamp()), session.get("seen", 0)
        if now - seen > site().settings["session_minutes"] * 60:
            log_out()
            flash(_("You were away for a while, so we logged you out. Log in again to go on."), "info")
        elif now - seen > SEEN_EVERY:
            session["seen"] = now
        return None
