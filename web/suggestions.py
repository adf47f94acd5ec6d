"""Suggestions as pages show them: which are asked for, cards with words for their reasons, what an acceptance begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, request, url_for
from flask_babel import gettext as _

from models.enums import Origin, RecordState, Side
from models.queries import match_statistics
from models.queries import matches as queries
from models.queries.asking import Subject
from models.queries.matches import ORDERS, STATES, Suggestion
from models.rules.matches import BANDS, mandated_sides, sides_of
from models.rules.threads import PURPOSE_LENGTH
from models.tables import Match
from web import cards, links, reasons
from web.auth import actor
from web.database import db
from web.display import here, today
from web.i18n import label
from web.outcomes import met_of
from web.threads import organisations_of_actor
from web.wishes import meeting_of

LAST_PAGE = 1000
ON_A_RECORD = 3  # shown on the page of a need or an achievement; the rest in the list
SIDES = {Side.SEEKER.value: Side.SEEKER, Side.PROVIDER.value: Side.PROVIDER}


@dataclass(frozen=True)
class Listing:
    """What the address asks for, and the links to the other lists."""

    items: list[dict[str, Any]]
    tabs: list[dict[str, Any]]
    sides: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    organisations: Sequence[Any]  # to choose from, where the reader acts for several
    organisation: str  # the chosen one's public id
    record: Any  # the need or achievement that the list is about
    state: str
    earlier: str
    later: str


def listing() -> Listing:
    """The list of the address: state, side, organisation, record, order, page."""
    acting = organisations_of_actor()
    offered = queries.owners(db(), acting) if len(acting) > 1 else ()
    wanted = request.args.get("organisation", "")
    owners = tuple(row.id for row in offered if row.public_id == wanted) or acting
    side, record = SIDES.get(request.args.get("side", "")), None
    if about := request.args.get("about"):
        side, record = queries.own_record(db(), about, acting) or abort(404)
    state = _one_of("state", STATES)
    order = _one_of("order", ORDERS)
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    asked: dict[str, Any] = {"today": today(), "side": side, "record_id": record.id if record else None}
    numbers = queries.counts(db(), owners, **asked)
    found, more = queries.listing(db(), owners, state=state, order=order, page=page, **asked)
    texts = {"open": _("To look at"), "put_off": _("Put off"), "decided": _("Decided")}
    directions = {None: _("All"), Side.SEEKER: _("For our needs"), Side.PROVIDER: _("For our achievements")}
    orders = {"best": _("Best first"), "newest": _("Newest first")}
    return Listing(
        items=all_shown(found, several=len(acting) > 1),
        tabs=[
            {
                "text": texts[key],
                "url": here(state=key, page=None, decided=None),
                "current": key == state,
                "count": numbers[key],
            }
            for key in STATES
        ],
        sides=[
            {"text": text, "url": here(side=key, page=None, decided=None), "current": key is side}
            for key, text in directions.items()
        ],
        orders=[
            {"text": text, "url": here(order=key, page=None, decided=None), "current": key == order}
            for key, text in orders.items()
        ],
        organisations=offered,
        organisation=wanted if owners != acting else "",
        record=record,
        state=state,
        earlier=here(page=page - 1, decided=None) if page > 1 else "",
        later=here(page=page + 1, decided=None) if more and page < LAST_PAGE else "",
    )


def _one_of(name: str, values: Sequence[str]) -> str:
    wanted = request.args.get(name, "")
    return wanted if wanted in values else values[0]


def all_shown(found: Sequence[Suggestion], *, several: bool = False) -> list[dict[str, Any]]:
    """Suggestions with the last meeting of each pair, where both sides are named."""
    met = met_of((one.organisation_id, one.other_id) for one in found)
    return [shown(one, several=several) | {"met": met.get((one.organisation_id, one.other_id or 0))} for one in found]


def shown(one: Suggestion, *, several: bool = False) -> dict[str, Any]:
    """A suggestion for templates/suggestions/_suggestion.html."""
    seeks = one.side is Side.SEEKER
    return {
        "one": one,
        "seeks": seeks,
        "card": cards.achievement(one.achievement) if seeks else cards.need(one.need),
        "own_title": one.own.title,
        "own_url": url_for("needs.show" if seeks else "achievements.show", public_id=one.own.public_id),
        "organisation": one.organisation if several else "",
        "why": reasons.sentences(one.reasons, one),
        "missing": reasons.sentences(one.missing, one),
        "take_up": take_up_address(one),
        "meeting": meeting_of(one),
        "may_pass_on": one.organisation_id in {m.organisation_id for m in actor().mandated}
        and not actor().member_of(one.organisation_id),
    }


def take_up_address(one: Suggestion) -> str:
    """Where an acceptance begins: the form of a request for contact, with what is known already.

    The request of a masked need's owner names it, so it must not say that it comes from a suggestion.
    """
    subject: dict[str, Any] = (
        {"achievement": one.achievement.public_id} if one.side is Side.SEEKER else {"need": one.need.public_id}
    )
    return url_for(
        "requests.new",
        **subject,
        sender=one.organisation_public_id,
        origin=None if one.masked and one.side is Side.SEEKER else Origin.SUGGESTION.value,
        suggestion=one.public_id,
    )


def chosen_side(match: Match, *, mandated: bool = False) -> Side:
    """For which side the reader looks at a pair: as the address says, else the first that is theirs.

    Nothing is written for another side than the named one: who lost it meanwhile (a mandate ended) is told so (403).
    """
    mine = mandated_sides(actor(), match) if mandated else sides_of(actor(), match)
    named = request.values.get("side", "")
    wanted = SIDES.get(named)
    if wanted in mine:
        return wanted
    return mine[0] if mine and not (named and request.method == "POST") else abort(403)


def of_address(match: Match, side: Side) -> Suggestion:
    """The pair as that side sees it; 404 where one of both is not published any more."""
    return queries.one(db(), match, side, today=today()) or abort(404)


def back(match: Match, side: Side) -> str:
    """Where the reader came from, with what they decided on, so that they can take it back."""
    came = links.local_path(request.values.get("next")) or url_for("suggestions.index")
    return f"{came}{'&' if '?' in came else '?'}decided={match.public_id}&decided_side={side.value}"


def decided() -> dict[str, Any] | None:
    """What was decided a moment ago, as the address says; none where it does not stand so."""
    match = queries.by_public_id(db(), request.args.get("decided", ""))
    side = SIDES.get(request.args.get("decided_side", ""))
    if match is None or side not in sides_of(actor(), match):
        return None
    found = queries.one(db(), match, side, today=today())
    return shown(found) if found is not None and found.choice is not None else None


# --- taking one up ------------------------------------------------------------------------------------------------


def opened(subject: Subject) -> tuple[Match, Suggestion] | None:
    """The suggestion that the request's form was opened from, if it is about this subject and the reader's to decide."""
    match = queries.by_public_id(db(), request.args.get("suggestion", ""))
    if match is None:
        return None
    side = Side.PROVIDER if subject.kind == "need" else Side.SEEKER
    about = match.need_id if side is Side.PROVIDER else match.achievement_id
    if about != subject.id or side not in sides_of(actor(), match):
        return None
    found = queries.one(db(), match, side, today=today())
    return (match, found) if found is not None else None


def beginning(found: tuple[Match, Suggestion] | None) -> dict[str, Any]:
    """What the form of a request is filled with: the reasons, in words that the other side may read."""
    if found is None:
        return {}
    match, one = found
    if one.masked and one.side is Side.SEEKER:  # it names who asks: the need must not be recognised in it
        return {}
    why = reasons.joined(reasons.sentences(one.reasons, one))
    if not why:  # the reasons are being computed anew
        return {"achievement": str(match.achievement_id)} if one.side is Side.PROVIDER else {}
    if one.side is Side.PROVIDER:
        text = _(
            "We believe our achievement “%(title)s” meets this need: %(why)s.", title=one.achievement.title, why=why
        )
        return {"purpose": text[:PURPOSE_LENGTH], "achievement": str(match.achievement_id)}
    text = _("Your achievement may meet our need “%(title)s”: %(why)s.", title=one.need.title, why=why)
    return {"purpose": text[:PURPOSE_LENGTH]}


# --- on the page of a record --------------------------------------------------------------------------------------


def of_record(record: Any) -> dict[str, Any] | None:
    """For a record's own people: its best open suggestions, unless they want none, and why others declined it."""
    if not actor().acts_for(record.organisation_id) or record.state is not RecordState.PUBLISHED:
        return None
    side = Side.SEEKER if record.kind == "need" else Side.PROVIDER
    asked: dict[str, Any] = {"today": today(), "side": side, "record_id": record.id}
    wanted = actor().suggestions
    found = queries.listing(db(), (record.organisation_id,), limit=ON_A_RECORD, **asked)[0] if wanted else []
    return {
        "wanted": wanted,
        "items": all_shown(found),
        "all": url_for("suggestions.index", about=record.public_id),
        "declined": match_statistics.declined_reasons(db(), record),
    }


# --- statistics ---------------------------------------------------------------------------------------------------


def statistics() -> dict[str, Any]:
    """Rates of acceptance as (name, rate) lists for the page, and why people declined."""
    found = match_statistics.statistics(db())

    def by_reason(rates: Mapping[str, Any]) -> list[tuple[str, Any]]:
        often_first = sorted(rates.items(), key=lambda item: (-item[1].decided, item[0]))
        return [(reasons.name(code), rate) for code, rate in often_first]

    return {
        "found": found,
        "bands_rates": [(f"{low}-{high}", found.bands[low, high]) for low, high in BANDS if (low, high) in found.bands],
        "sides_rates": [(label(side), found.sides[side]) for side in Side if side in found.sides],
        "reasons_rates": by_reason(found.reasons),
        "missing_rates": by_reason(found.missing),
        "declined_rows": [{"name": label(reason), "number": number} for reason, number in found.declined.items()],
    }


def init_app(app: Flask) -> None:
    app.jinja_env.globals["suggestions_of"] = of_record
