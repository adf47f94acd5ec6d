"""What the pages of sessions and bookings share: slots as a form offers them, histories, calendar entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from models.base import utcnow
from models.enums import BookingState, EventState, SessionKind, Side
from models.errors import N_
from models.queries import bookings as queries
from models.queries.agenda import candidates
from models.queries.cards import Card, cards
from models.queries.open_sessions import hosts
from models.queries.places import Hindrance, places
from models.queries.sessions import Availability, Row, availability
from models.tables import Achievement, Booking, MatchSession
from web.auth import actor
from web.calendars import Entry
from web.cards import achievement as card_of
from web.database import db
from web.display import day
from web.i18n import local
from web.outcomes import after, met_before, met_of
from web.sharing import public_address

WHAT = {
    ("", BookingState.PENDING): N_("Asked for a meeting"),
    ("", BookingState.CONFIRMED): N_("Took a seat"),
    ("", BookingState.WAITING): N_("Joined the waiting list"),
    ("waiting", BookingState.PENDING): N_("Got a slot from the waiting list"),
    ("waiting", BookingState.CONFIRMED): N_("Got a seat from the waiting list"),
    ("pending", BookingState.CONFIRMED): N_("Confirmed the meeting"),
    ("pending", BookingState.DECLINED): N_("Declined the meeting"),
}
ENDS = {
    BookingState.CANCELLED: N_("Cancelled the booking"),
    BookingState.EXPIRED: N_("Expired: nobody answered in time"),
    BookingState.DECLINED: N_("Declined the meeting"),
}
ICONS = {
    BookingState.PENDING: "calendar-plus",
    BookingState.CONFIRMED: "check-circle",
    BookingState.WAITING: "list-ul",
    BookingState.DECLINED: "x-circle",
    BookingState.CANCELLED: "slash-circle",
    BookingState.EXPIRED: "clock-history",
}


def own_organisations() -> list[int]:
    """The organisations whose bookings are "mine": one's own and those one acts for."""
    me = actor()
    own = [me.organisation_id] if me.organisation_id and me.member_of(me.organisation_id) else []
    return [*own, *(one.organisation_id for one in me.mandated)]


def places_of(match_session: MatchSession, achievement: Achievement | None = None) -> Availability:
    """What is free (to talk about an achievement) and what is mine; organizers, and who owns the session, see every booking
    by name."""
    return availability(
        db(),
        match_session,
        now=utcnow(),
        organisation_ids=own_organisations(),
        all_named=actor().organizer or actor().acts_for(match_session.owner_id),
        provider_id=achievement.organisation_id if achievement else None,
    )


# --- booking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """For whom and about what somebody books, as the address says; what is missing is asked first."""

    seekers: Sequence[Any]  # (id, public_id, name) that may be chosen
    seeker: Any
    achievement: Achievement | None
    card: Card | None


def wanted(match_session: MatchSession) -> Wanted:
    """The organisation: the one chosen, else one's own, else the only one. The achievement: the one chosen."""
    seekers = queries.seekers_for(db(), actor())
    chosen = request.args.get("organisation", "")
    seeker = next((one for one in seekers if one.public_id == chosen), None)
    if seeker is None and not chosen:
        own = next((one for one in seekers if one.id == actor().organisation_id), None)
        seeker = own or (seekers[0] if len(seekers) == 1 else None)
    achievement = queries.to_meet(db(), match_session, request.args.get("achievement", ""))
    found = cards(db(), [achievement.public_id]) if achievement else []
    return Wanted(seekers, seeker, achievement, found[0] if found else None)


def ask_first(match_session: MatchSession, want: Wanted) -> str:
    """The page that asks for which organisation, then with which achievement: of those offered, or what is searched for."""
    text = request.args.get("q", "").strip()[:100] if match_session.owner_id is None else ""
    if want.seeker is None:
        found: Sequence[str] = []
    else:
        found = [row.public_id for row in candidates(db(), (), text)] if text else queries.offered(db(), match_session)
    return render_template(
        "bookings/choose.html",
        match_session=match_session,
        want=want,
        text=text,
        books=request.endpoint in ("bookings.new", "bookings.wait"),
        achievements=[(card.public_id, card_of(replace(card, next_session=None))) for card in cards(db(), found)],
    )


def form_page(
    template: str, match_session: MatchSession, want: Wanted, form: FlaskForm, **page: Any
) -> tuple[str, int]:
    """A form about a session: as opened, or (422) as typed with what is wrong."""
    pair = (want.seeker.id, want.achievement.organisation_id if want.achievement else None)
    met = met_of([pair]).get((pair[0], pair[1] or 0))
    text = render_template(template, match_session=match_session, want=want, form=form, met=met, **page)
    return text, 422 if form.errors else 200


def kept_away(match_session: MatchSession, achievement: Achievement, people: Mapping[int, str]) -> dict[datetime, str]:
    """Beginning of a slot -> who of these people (id -> name) cannot come then, and why; for a constant number of queries."""
    found = places(db(), match_session, people).for_provider(achievement.organisation_id)
    hindered = ((slot.starts_at, found.hindrance_at(people, slot)) for slot in found.slots)
    return {
        starts_at: _(_why_not(one), name=people.get(one.person_id, ""))
        for starts_at, one in hindered
        if one is not None
    }


def _why_not(one: Hindrance) -> str:
    if one.venue is not None:
        return N_("Too far to walk for %(name)s")
    if one.title:
        return N_("%(name)s presents then")
    return N_("%(name)s is not there then") if one.away or one.missing else N_("%(name)s is in a meeting then")


def slot_groups(shown: Availability, kept_away: Mapping[datetime, str] | None = None) -> list[dict[str, Any]]:
    """Slots to come for components/schedule.html, by day where there are several; ``kept_away``: why one cannot be chosen."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in shown.rows:
        if row.past:
            continue
        why = (kept_away or {}).get(row.starts_at, "") if row.free else ""
        groups.setdefault(day(local(row.starts_at)), []).append(
            {
                "value": row.value,
                "start": row.starts_at,
                "end": row.ends_at,
                "free": row.free > 0 and not why,
                "why": why,
                "mine": bool(row.mine),
                "table": _who_is_free(shown, row),
            }
        )
    return [{"title": title if len(groups) > 1 else "", "slots": slots} for title, slots in groups.items()]


def _who_is_free(shown: Availability, row: Row) -> str:
    if row.free and shown.tables[0].host:
        free = [table.host for table, cell in zip(shown.tables, row.cells, strict=True) if cell.free]
        return _(", ").join(free)
    return _("%(free)s of %(all)s tables free", free=row.free, all=len(row.cells))


def moment_of(text: str | None) -> datetime | None:
    """The moment a slot begins, as a form sends it; None where it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


# --- one booking ------------------------------------------------------------------------------------------------------


def times_of(booking: Booking) -> tuple[datetime, datetime]:
    where = booking.slot or booking.match_session
    return where.starts_at, where.ends_at


def spoken(text: str) -> str:
    """A reason as the reader understands it: what people wrote stays, what the program says is translated."""
    return str(_(text)) if text else ""


def title_of(booking: Booking) -> str:
    """The achievement's title, or "" for a seat."""
    version = booking.achievement.public_version if booking.achievement else None
    return version.title if version else ""


def page_of(booking: Booking) -> dict[str, Any]:
    """What every page about one booking shows."""
    found = queries.attending(db(), booking)
    starts_at, ends_at = times_of(booking)
    return {
        "booking": booking,
        "title": title_of(booking),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "begun": starts_at <= utcnow(),
        "seeker_people": found.people[Side.SEEKER],
        "provider_people": found.people[Side.PROVIDER] or (receiving(booking) if booking.achievement is None else []),
        "guests": found.people[None],
        "acted_by": found.acted_by,
        "entries": entries_of(booking, found.history),
        "position": queries.waiting_positions(db(), booking.match_session_id).get(booking.id),
        "seeks": actor().acts_for(booking.seeker_id),
        "provides": actor().acts_for(booking.provider_id),
        "outcome": after(booking),
        "met": met_before(booking),
    }


def receiving(booking: Booking) -> list[str]:
    """Who is met at a seat in an organisation's own session."""
    return [one.name for one in hosts(db(), [booking.match_session_id])]


def entries_of(booking: Booking, history: Sequence[Any]) -> list[dict[str, Any]]:
    """What happened to a booking, and what comes, as components/timeline.html shows it."""
    entries: list[dict[str, Any]] = []
    for row in history:
        to = BookingState(row.to_state)
        moved = row.from_state == row.to_state
        entries.append(
            {
                "at": row.at,
                "who": row.person or "",
                "on_behalf": row.on_behalf_of,
                "what": _(_what(booking, row.from_state, to)),
                "text": spoken(row.reason),
                "icon": "calendar-event" if moved else ICONS[to],
            }
        )
    starts_at, _ends_at = times_of(booking)
    if booking.state is BookingState.PENDING:
        entries.append({"at": booking.hold_until, "what": _("Answer due, or the slot is free again"), "coming": True})
    if booking.state is BookingState.CONFIRMED and starts_at > utcnow():
        entries.append({"at": starts_at, "what": _("You meet"), "coming": True})
    return entries


def _what(booking: Booking, was: str, to: BookingState) -> str:
    if was == to:
        return N_("Moved to another time")
    if not was and to is BookingState.CONFIRMED and booking.achievement_id is not None:
        return N_("Placed the meeting in the timetable")  # published, or planned anew on the day
    return WHAT.get((was, to)) or ENDS[to]


# --- calendar entries -------------------------------------------------------------------------------------------------


def entry_of_session(match_session: MatchSession) -> Entry:
    return Entry(
        kind="session",
        public_id=match_session.public_id,
        sequence=match_session.sequence,
        starts_at=match_session.starts_at,
        ends_at=match_session.ends_at,
        title=match_session.title,
        place=match_session.venue,
        text=match_session.introduction,
        url=public_address("sessions.show", public_id=match_session.public_id),
        cancelled=match_session.state is EventState.CANCELLED,
    )


def entry_of_booking(booking: Booking) -> Entry:
    """A booking for the reader's calendar: the owner's shows the seeker, everybody else's the owner."""
    starts_at, ends_at = times_of(booking)
    provides = actor().acts_for(booking.provider_id)
    other = booking.seeker.name if provides else booking.provider.name if booking.provider else ""
    return Entry(
        kind="booking",
        public_id=booking.public_id,
        sequence=booking.sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        title=title_of_meeting(other, booking.match_session.title),
        place=place_of_meeting(booking.place, booking.table_number),
        text=title_of(booking),
        url=public_address("bookings.show", public_id=booking.public_id),
        cancelled=not booking.state.holds and booking.state is not BookingState.WAITING,
        tentative=booking.state is not BookingState.CONFIRMED,
    )


def entry_of_mail(values: Mapping[str, Any], *, cancelled: bool) -> Entry:
    """The same from the plain values of a mail."""
    sides = " – ".join(name for name in (values["seeker"], values["provider"]) if name) if values["provider"] else ""
    return Entry(
        kind="booking",
        public_id=values["public_id"],
        sequence=values["sequence"],
        starts_at=datetime.fromisoformat(values["starts_at"]),
        ends_at=datetime.fromisoformat(values["ends_at"]),
        title=title_of_meeting(sides, values["session"]),
        place=place_of_meeting(values["venue"], values["table"]),
        text=values["achievement"],
        url=public_address("bookings.show", public_id=values["public_id"]),
        cancelled=cancelled,
    )


def title_of_meeting(who: str, session: str) -> str:
    return _("Meeting: %(who)s", who=who) if who else session


def place_of_meeting(venue: str, table: int | None) -> str:
    return _("%(venue)s, table %(number)s", venue=venue, number=table) if table else venue


def is_in_force(match_session: MatchSession) -> bool:
    """Not where its owner is suspended, or not verified any more: then nobody can book."""
    return match_session.owner is None or match_session.owner.is_verified


def is_group(match_session: MatchSession) -> bool:
    return match_session.kind is SessionKind.GROUP
