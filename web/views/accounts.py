"""Accounts as administrators keep them: roles granted, accounts closed and opened again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import grants
from models.enums import GrantRole
from models.queries import accounts as queries
from models.tables import Account
from web.auth import actor, allow
from web.database import db

bp = Blueprint("accounts", __name__, url_prefix="/admin/accounts")
PAGE = 20


@bp.route("")
@allow("admin.read")
def index() -> ResponseReturnValue:
    before = request.args.get("before", "")
    rows = queries.accounts_page(
        db(),
        text=request.args.get("q", "")[:120],
        before=int(before) if before.isdecimal() and len(before) < 16 else None,
        limit=PAGE,
    )
    granted = queries.grants_of(db(), [row.person_id for row in rows])
    return render_template("accounts/index.html", rows=rows, granted=granted, more=len(rows) == PAGE)


@bp.route("/<int:account_id>")
@allow("admin.read")
def show(account_id: int) -> ResponseReturnValue:
    account = _account(account_id)
    roles = queries.grants_of(db(), [account.person_id])[account.person_id]
    return render_template("accounts/show.html", account=account, roles=roles, all_roles=list(GrantRole))


@bp.route("/<int:account_id>/grant", methods=["POST"])
@allow("admin.edit")
def grant(account_id: int) -> ResponseReturnValue:
    account = _account(account_id)
    grants.grant(db(), account.person, _role(), by=actor())
    flash(_("The role is granted."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.route("/<int:account_id>/revoke", methods=["POST"])
@allow("admin.edit")
def revoke(account_id: int) -> ResponseReturnValue:
    account = _account(account_id)
    grants.revoke(db(), account.person, _role(), by=actor())
    flash(_("The role is taken back."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.route("/<int:account_id>/suspend", methods=["POST"])
@allow("admin.edit")
def suspend(account_id: int) -> ResponseReturnValue:
    grants.suspend(db(), _account(account_id), reason=request.form.get("reason", "")[:500], by=actor())
    flash(_("The account is suspended and logged out everywhere."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.route("/<int:account_id>/restore", methods=["POST"])
@allow("admin.edit")
def restore(account_id: int) -> ResponseReturnValue:
    grants.restore(db(), _account(account_id), by=actor())
    flash(_("The account is open again."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def _account(account_id: int) -> Account:
    return db().get(Account, account_id) or abort(404)


def _role() -> GrantRole:
    try:
        return GrantRole(request.form.get("role", ""))
    except ValueError:
        abort(400)
