"""Rows of the Excel files about 1:1 meetings."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from models.enums import Side
from models.queries.bookings import coming as attending
from models.queries.meeting_wishes import coming
from models.tables import MatchSession, Timetable
from web.database import db
from web.forms.meeting_wishes import STRENGTHS
from web.i18n import label, locale
from web.outcomes import Said
from web.site import site
from web.timetables import page_of
from web.wishes import closed

File = tuple[list[str], list[list[Any]]]
NONE: Mapping[int, int] = {}


def wishes_file(match_session: MatchSession, rows: Sequence[Any]) -> File:
    columns = [
        _("Enterprise"), _("Achievement"), _("Owner"), _("Said first by"), _("The enterprise"), _("Who comes of the enterprise"),
        _("The owner"), _("Who comes of the owner"), _("What it is about"), _("Answer"), _("Meeting"),
    ]  # fmt: skip
    over, names = closed(match_session), coming(db(), rows)
    return columns, [
        [
            row.seeker, row.achievement, row.provider, label(row.origin),
            _said(row, Side.SEEKER, row.seeker_strength, over), _names(names[row.id][Side.SEEKER]),
            _said(row, Side.PROVIDER, row.provider_strength, over),
            _names(names[row.id][Side.PROVIDER]) if row.provider_strength else "",
            row.note, row.answer_note, _("Yes") if row.booked else _("No"),
        ]
        for row in rows
    ]  # fmt: skip


def _said(row: Any, side: Side, strength: int | None, over: bool) -> str:
    if row.declined_side is side:
        reason = site().label("stop_reason", row.declined_reason, locale())
        return _("Declined: %(reason)s", reason=reason)
    if strength:
        return str(_(STRENGTHS[str(strength)]))
    if row.declined_side is not None:
        return ""
    return _("Not answered in time") if over else _("No answer yet")


def _names(names: Sequence[str]) -> str:
    return _(", ").join(names)


def timetable_file(match_session: MatchSession, timetable: Timetable) -> File:
    page = page_of(match_session, timetable)
    placed = [(one["wish"], one) for one in page["meetings"]]
    names = coming(db(), [wish for wish, _one in placed])
    columns = [
        _("From"), _("Until"), _("Table"), _("Venue"), _("Enterprise"), _("Who comes of the enterprise"), _("Provider"), _("Who comes of the owner"),
        _("Achievement"), _("Locked"), _("Not placed, and why"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            one["slot"].starts_at, one["slot"].ends_at, one["table"], one["venue"], wish.seeker,
            _names(names[wish.id][Side.SEEKER]), wish.provider, _names(names[wish.id][Side.PROVIDER]),
            wish.achievement, _("Yes") if one["locked"] else "", "",
        ]
        for wish, one in placed
    ]  # fmt: skip
    for one in page["unplaced"]:
        wish = one["wish"]
        rows.append([None, None, None, "", wish.seeker, "", wish.provider, "", wish.achievement, "", one["why"]])
    return columns, rows


def bookings_file(
    rows: Sequence[Any], positions: Mapping[int, int] = NONE, said: Mapping[int, Said] | None = None
) -> File:
    """``positions``: places on the waiting list; ``said``: what both sides say of it afterwards, where that is listed."""
    names = attending(db(), [row.id for row in rows])
    columns = [
        _("Session"), _("From"), _("Until"), _("Table"), _("Seat"), _("Enterprise"), _("Who comes of the enterprise"), _("Provider"),
        _("Who comes of the owner"), _("Also at the table"), _("Achievement"), _("State"), _("Place on the waiting list"),
    ]  # fmt: skip
    if said is not None:
        columns += [_("Enterprise says"), _("Provider says"), _("How it was")]
    return columns, [
        [
            row.session, row.starts_at, row.ends_at, row.table, row.seat, row.seeker,
            _names(names[row.id][Side.SEEKER]), row.provider, _names(names[row.id][Side.PROVIDER]),
            _names(names[row.id][None]), row.achievement, label(row.state), positions.get(row.id),
            *([] if said is None else _afterwards(said.get(row.id, Said()))),
        ]
        for row in rows
    ]  # fmt: skip


def _afterwards(one: Said) -> list[str]:
    return [one.seeker, one.provider, label(one.verdict)]
