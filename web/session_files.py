"""The bookings of a session as an Excel file."""

from flask import Response
from flask_babel import gettext as _

from models.queries import bookings
from models.tables import MatchSession
from web.database import db
from web.excel import workbook
from web.i18n import label
from web.outcomes import Said, said_of


def bookings_file(match_session: MatchSession) -> Response:
    """Every booking with its state, and after it what both sides say of it."""
    rows = bookings.of_session(db(), match_session.id)
    said = said_of(match_session, rows)
    head = [_("Number"), _("Enterprise"), _("Begins"), _("Ends"), _("Table"), _("Seat"), _("Provider"), _("Achievement"),
            _("State"), _("Enterprise says"), _("Provider says"), _("How it was")]  # fmt: skip
    cells = []
    for row in rows:
        one = said.get(row.id, Said())
        cells.append(
            [row.public_id, row.seeker, row.starts_at, row.ends_at, row.table, row.seat, row.provider or "",
             row.achievement or "", label(row.state), one.seeker, one.provider, label(one.verdict)]
        )  # fmt: skip
    return workbook(_("Bookings of %(session)s", session=match_session.title), head, cells)
