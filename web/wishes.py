"""What the pages of wishes to meet share: forms as they were filled, whose answer it is, where a suggestion leads."""

from collections.abc import Sequence
from typing import Any

from flask import g, request, url_for

from models.base import utcnow
from models.enums import Side
from models.queries import meeting_wishes as queries
from models.queries.matches import Suggestion
from models.queries.wish_list import WishSelection, WishStand
from models.rules.policy import may
from models.tables import MatchSession, MeetingWish
from web.auth import actor
from web.database import db
from web.meetings import own_organisations

USUAL = "2"  # strength


def closed(match_session: MatchSession) -> bool:
    """Whether nothing is said nor answered any more."""
    return match_session.wishes_close_at <= utcnow()


def selection_of(match_session: MatchSession) -> WishSelection:
    """The list that the address asks for: of all wishes for an organizer, else of those that concern one's organisations."""
    values = request.args
    return WishSelection(
        match_session.id,
        None if actor().organizer else own_organisations(),
        stand=WishStand(values["stand"]) if values.get("stand") in set(WishStand) else None,
        text=values.get("q", "").strip()[:100],
    )


def said_by(side: Side, present: MeetingWish | None) -> dict[str, str]:
    """A form as a side has filled it in before, if it has."""
    if present is None:
        return {"strength": USUAL}
    strength = present.seeker_strength if side is Side.SEEKER else present.provider_strength
    note = present.note if present.origin.side is side else present.answer_note
    return {"strength": str(strength or USUAL), "note": note}


def named_by_owner(present: MeetingWish | None, contact_id: int | None) -> list[int | None]:
    """Who comes of the owner as it said, else the contact of the achievement."""
    return [contact_id] if present is None else [*queries.people_of_owner(present, contact_id)]


def answering_side(wish: MeetingWish) -> Side:
    """For which side the reader answers: the one that did not begin it; of two, the owner."""
    sides = [side for side in (Side.PROVIDER, Side.SEEKER) if actor().acts_for(wish.side_id(side))]
    return next((side for side in sides if side is not wish.origin.side), Side.PROVIDER)


def achievement_of_mine() -> tuple[Sequence[Any], Any]:
    """The published achievements of one of the reader's organisations, and the chosen one (else the first, if any)."""
    own = queries.own_achievements(db(), own_organisations())
    wanted = request.form.get("achievement") or request.args.get("achievement")
    chosen = next((one for one in own if one.public_id == wanted), None) or next(iter(own), None)
    return [one for one in own if chosen is not None and one.organisation_id == chosen.organisation_id], chosen


def meeting_of(one: Suggestion) -> dict[str, str] | None:
    """Where both sides of a suggestion may meet: the next session that takes wishes; None where there is none.

    The owner of a masked need is met only of its own accord.
    """
    if one.masked and one.side is Side.PROVIDER:
        return None
    if "open_for_wishes" not in g:
        g.open_for_wishes = queries.next_open(db(), now=utcnow())
    coming = g.open_for_wishes
    permission = "booking.create" if one.side is Side.SEEKER else "meeting_wish.enterprises"
    if coming is None or not may(actor(), permission):
        return None
    about = {"public_id": coming.public_id, "achievement": one.achievement.public_id}
    if one.side is Side.SEEKER:
        url = url_for("meeting_wishes.new", **about, organisation=one.organisation_public_id)
    else:
        url = url_for("meeting_wishes.enterprise", **about, seeker=one.need.owner_public_id)
    return {"title": coming.title, "url": url}
