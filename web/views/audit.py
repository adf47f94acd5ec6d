"""The auditor reads the log and exports it; nothing here changes anything but the log itself."""

import json
from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.audit import record
from models.queries import audit as queries
from web.auth import actor, allow
from web.csvfile import csv_file
from web.database import db
from web.i18n import zone

bp = Blueprint("audit", __name__)
FIELDS = ("person", "action", "object_type", "ip")


def _day(name: str, shift: int = 0) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(request.args.get(name, "")), time(), zone()) + timedelta(days=shift)
    except (ValueError, OverflowError):
        return None


def wanted() -> queries.Wanted:
    """What the address asks for; dates that cannot be read do not narrow."""
    texts = {name: request.args.get(name, "").strip()[:120] for name in FIELDS}
    return queries.Wanted(**texts, since=_day("since"), until=_day("until", 1))


@bp.route("/audit")
@allow("audit.read")
def index() -> ResponseReturnValue:
    before = request.args.get("before", "")
    rows = queries.entries(db(), wanted(), before=int(before) if before.isdecimal() and len(before) < 16 else None)
    return render_template(
        "audit/index.html", rows=rows, types=queries.object_types(db()), more=len(rows) == queries.PAGE
    )


@bp.route("/audit/export", methods=["POST"])
@allow("audit.export")
def export() -> ResponseReturnValue:
    """The rows that the page's filters choose, as CSV; the export itself is logged."""
    head = [_("When"), _("Who"), _("On behalf of"), _("Action"), _("Record"), _("No."), _("From where"), _("Details")]
    rows = [
        (row.at, row.person, row.on_behalf_of, row.action, row.object_type, row.object_id, row.ip,
         json.dumps(row.detail, ensure_ascii=False))
        for row in queries.all_entries(db(), wanted())
    ]  # fmt: skip
    record(db(), "audit.export", by=actor(), rows=len(rows))
    return csv_file("audit", head, rows)
