"""After a meeting: what a page about a booking shows and asks of each side; who has met whom before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from models.base import utcnow
from models.enums import BookingState, MeetingResult, SessionKind, Side, Verdict
from models.errors import N_
from models.queries import outcomes as queries
from models.queries.outcomes import Met
from models.rules.outcomes import verdict
from models.tables import Booking, MatchSession, Organisation
from web.auth import actor
from web.database import db

# What a button says -> (result, useful). "next_step" goes on to the form of the next step.
SAID = {
    "held": (MeetingResult.HELD, False),
    "useful": (MeetingResult.HELD, True),
    "next_step": (MeetingResult.HELD, True),
    "no_show": (MeetingResult.NO_SHOW, False),
    "absent": (MeetingResult.ABSENT, False),
}
_MEETING = (
    ("held", N_("Took place"), "check-lg"),
    ("useful", N_("It was useful"), "hand-thumbs-up"),
    ("next_step", N_("Agree a next step"), "arrow-right"),
    ("no_show", N_("The other side did not come"), "x-circle"),
)
_SEAT = (
    ("held", N_("Took part"), "check-lg"),
    ("useful", N_("It was useful"), "hand-thumbs-up"),
    ("absent", N_("Did not take part"), "x-circle"),
)


def taps(*, seat: bool = False) -> list[tuple[str, str, str]]:
    """(value, text, icon) of the buttons that say how a meeting, or a seat in a group session, was."""
    return [(value, _(text), icon) for value, text, icon in (_SEAT if seat else _MEETING)]


@dataclass(frozen=True)
class SideSaid:
    """One side of a meeting after it: what it said, and what the reader may say for it."""

    side: Side
    organisation: str
    mine: bool
    said: Any  # a row of queries.outcomes.said, or None
    text: str
    buttons: Sequence[tuple[str, str, str]]  # (value, text, icon); empty: not the reader's to say


def after(booking: Booking) -> dict[str, Any] | None:
    """What a booking's page says after it has begun; None before, and where it was not confirmed."""
    where = booking.slot or booking.match_session
    if booking.state is not BookingState.CONFIRMED or where.starts_at > utcnow():
        return None
    said = queries.said(db(), booking.id)
    sides = [
        _side(booking, side, organisation, said.get(side))
        for side, organisation in ((Side.SEEKER, booking.seeker), (Side.PROVIDER, booking.provider))
        if organisation is not None
    ]
    found = verdict(*(row.result for row in said.values()))
    return {
        "sides": sides,
        "contradictory": found is Verdict.CONTRADICTORY,
        "asked": [one for one in sides if one.mine and one.said is None],
        "seat": booking.provider is None,
    }


def _side(booking: Booking, side: Side, organisation: Organisation, said: Any) -> SideSaid:
    mine = actor().acts_for(organisation.id)
    for_them = actor().organizer and (said is None or said.by_organizer)
    seat = booking.provider is None
    buttons = taps(seat=seat) if mine or for_them else []
    if not mine:  # the next step is planned by who was there
        buttons = [one for one in buttons if one[0] != "next_step"]
    return SideSaid(
        side=side,
        organisation=organisation.name,
        mine=mine,
        said=said,
        text=words_of(said, seat=seat),
        buttons=buttons,
    )


def words_of(said: Any, *, seat: bool) -> str:
    if said is None:
        return _("Has not said anything yet")
    if said.result is MeetingResult.HELD:
        text = _("Took part") if seat else _("Took place")
        return _("%(result)s, and it was useful", result=text) if said.useful else text
    return _(said.result.label)


# --- of a whole session -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What both sides of one booking said; "" of a seat's other side, and all of it "" before it began."""

    seeker: str = ""
    provider: str = ""
    verdict: Verdict | None = None


def said_of(match_session: MatchSession, rows: Iterable[Any]) -> dict[int, Said]:
    """booking -> what was said, for the rows of queries.bookings.of_session that were confirmed and have begun; one query."""
    now = utcnow()
    begun = [row for row in rows if row.state is BookingState.CONFIRMED and row.starts_at <= now]
    said = queries.said_in(db(), match_session.id) if begun else {}
    return {row.id: _both(row, said.get(row.id, {})) for row in begun}


def _both(row: Any, said: Mapping[Side, Any]) -> Said:
    seat = row.kind is SessionKind.GROUP
    return Said(
        seeker=words_of(said.get(Side.SEEKER), seat=seat),
        provider="" if seat else words_of(said.get(Side.PROVIDER), seat=seat),
        verdict=verdict(*(one.result for one in said.values())),
    )


# --- met before -------------------------------------------------------------------------------------------------------


def met_before(booking: Booking) -> Met | None:
    """The pair's last meeting before this one; for everybody who may read the booking."""
    pair = (booking.seeker_id, booking.provider_id)
    return next(iter(queries.met(db(), [pair], now=utcnow(), before=booking).values()), None)


def met_of(pairs: Iterable[tuple[int, int | None]]) -> Mapping[tuple[int, int], Met]:
    """Of the rows of a page, pairs of organisations both of which it names to the reader; one query."""
    return queries.met(db(), pairs, now=utcnow())
