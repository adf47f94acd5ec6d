"""What people see when something does not work: what happened, what to do, what was kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from models.errors import N_, Conflict, DomainError
from web.database import db
from web.i18n import sentence

PAGES = {400, 401, 403, 404, 409, 413, 422, 429, 500, 503}


@contextmanager
def refusals(form: FlaskForm) -> Iterator[None]:
    """Turn a domain error into an error at its field, with nothing written; the view then renders the form (422).

    Use: ``if form.validate_on_submit(): with refusals(form): action(...); return redirect(...)``.
    """
    try:
        yield
    except StaleDataError:
        _refuse(form, changed_meanwhile())
    except DomainError as error:
        _refuse(form, error)


def _refuse(form: FlaskForm, error: DomainError) -> None:
    db().rollback()
    field = getattr(form, error.field, None) if error.field else None
    if field is None:
        form.form_errors.append(sentence(error))
    else:
        field.errors = [*field.errors, sentence(error)]


def changed_meanwhile() -> Conflict:
    return Conflict(
        N_(
            "Somebody else changed this in the meantime. Your text is kept here; compare it with the newest state and save again."
        )
    )


def back(default: str) -> str:
    """The page the form was on, when it is one of ours."""
    referrer = urlsplit(request.referrer or "")
    return request.referrer or default if referrer.netloc == request.host else default


class Application(Flask):
    """Flask, but what it logs of failures tells no token."""

    def log_exception(self, exc_info: Any) -> None:
        """What fails is logged with its address, unless that holds a token: then with the rule that it fits."""
        secret = request.url_rule is not None and "token" in (request.view_args or {})
        where = request.url_rule if secret else request.path
        self.logger.error("Exception on %s [%s]", where, request.method, exc_info=exc_info)


def init_app(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def _domain_error(error: DomainError) -> Response:
        db().rollback()
        flash(sentence(error), "danger")
        return redirect(back(url_for("home.index")), 303)

    @app.errorhandler(StaleDataError)
    def _stale(_error: StaleDataError) -> Response:
        return _domain_error(changed_meanwhile())

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> tuple[str, int]:
        return render_template("errors/400.html", expired=True), 400

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> tuple[str, int] | HTTPException:
        code = error.code or 500
        if code < 400:
            return error
        if "db" in g:
            db().rollback()
        return render_template(
            f"errors/{code if code in PAGES else 500 if code > 499 else 400}.html", error=error
        ), code

    @app.errorhandler(500)
    def _server_error(_error: Exception) -> tuple[str, int]:
        # Without the context processors: they look up the reader, and the database may be what failed.
        return app.jinja_env.get_template("errors/500.html").render(), 500
