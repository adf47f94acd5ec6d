"""How the rows of a desk read: a sentence, the line below it, one action; and the number in the layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from models.base import utcnow
from models.enums import ApplicationState, BookingState, GrantRole, Outcome, RequestState, VersionState
from models.errors import N_
from models.queries import desk as queries
from models.queries.desk import Item
from web.auth import actor
from web.database import db
from web.display import today
from web.i18n import local
from web.kinds import endpoint_of
from web.unchanged import Unchanged


@dataclass(frozen=True)
class Look:
    """How a kind of row reads. ``title`` empty: the item's own; ``second``: the second key's name in the address."""

    title: str
    text: str
    action: str
    endpoint: str
    second: str = ""
    badge: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)  # further values of the address


WHO = "%(who)s"
WAITING: dict[str, Look] = {
    "answer": Look(N_("Request for contact: %(title)s"), N_("%(who)s asks"), N_("Answer"), "requests.show"),
    "reply": Look(N_("They asked back: %(title)s"), N_("%(who)s wants to know something"), N_("Reply"), "requests.show"),
    "question": Look(N_("Public question: %(title)s"), WHO, N_("Answer"), "questions.answer", second="question"),
    "contact": Look(N_("Get in touch: %(title)s"), N_("%(who)s has accepted"), N_("Note the contact"), "engagements.show"),
    "booking": Look(N_("Meeting to confirm: %(title)s"), N_("%(who)s would like to meet"), N_("Answer"), "bookings.show"),
    "outcome": Look(N_("How was the meeting with %(who)s?"), "%(title)s", N_("Say it"), "bookings.show"),
    "seat_outcome": Look(N_("Did you take part? %(title)s"), "", N_("Say it"), "bookings.show"),
    "next_step": Look(N_("Next step: %(title)s"), N_("With %(who)s · %(person)s"), N_("Look"), "engagements.show"),
    "wishes": Look(N_("Wishes to meet: %(number)s"), "%(title)s", N_("Answer"), "meeting_wishes.index"),
    "seat": Look(N_("A seat is held for you: %(title)s"), "", N_("Take the seat"), "registrations.show"),
    "approvals": Look(N_("Registrations to approve: %(number)s"), "%(title)s", N_("Decide"), "registrations.index", query={"state": "pending"}),
    "intention": Look(N_("Intention at a roadshow: %(title)s"), N_("%(who)s recorded it for you"), N_("Send"), "intentions.show"),
    "intentions": Look(N_("Intentions to pass on: %(number)s"), "%(title)s", N_("Look"), "intentions.index"),
    "call": Look(N_("Call for projects: %(title)s"), N_("Apply with an achievement while it is open"), N_("Read the call"), "calls.show"),
    "application": Look(N_("Not submitted yet: %(title)s"), N_("For %(who)s"), N_("Go on"), "applications.show"),
    "place": Look(N_("Selected: %(title)s"), N_("Take the place at %(who)s, or give it back"), N_("Answer"), "applications.show"),
    "score": Look(N_("Applications to score: %(number)s"), "%(title)s", N_("Give scores"), "scoring.index"),
    "selection": Look(N_("Selection to be made: %(title)s"), N_("Applications: %(number)s"), N_("Look"), "selection.index"),
    "stage": Look(N_("Programme and selection differ: %(title)s"), N_("A place was given back or given on"), N_("Look"), "selection.index"),
    "suggestions": Look(N_("New suggestions: %(number)s"), N_("Needs and achievements that fit yours"), N_("Look"), "suggestions.index"),
    "passed_on": Look(N_("Recommended to you: %(title)s"), N_("By %(who)s, technology manager"), N_("Look"), "suggestions.show", second="side"),
    "returned": Look(N_("Returned to you: %(title)s"), N_("The reviewer wrote what to change"), N_("Revise"), "achievements.edit"),
    "org_review": Look(N_("Your organisation's review: %(title)s"), N_("Before it goes to the organizer"), N_("Review"), "review.own"),
    "expiring": Look(N_("Validity ends: %(title)s"), N_("After that nobody finds it"), N_("Renew"), "achievements.show"),
    "join": Look(N_("%(title)s wants to join"), WHO, N_("Decide"), "people.decide", second="person_id"),
    "review": Look(N_("To review: %(title)s"), WHO, N_("Review"), "review.show"),
    "escalated": Look(N_("No answer yet: %(title)s"), N_("%(who)s let the due date pass"), N_("Follow up"), "requests.show"),
    "overdue_join": Look(N_("%(title)s wants to join"), N_("The managers of %(who)s have not decided"), N_("Decide"), "people.decide", second="person_id"),
    "verify": Look(N_("Verify %(title)s"), N_("Until then it cannot book or read restricted details"), N_("Verify"), "verification.show"),
    "report": Look(N_("Reported: %(title)s"), "", N_("Handle"), "reports.handle"),
    "register": Look(N_("Register entries to check: %(number)s"), "", N_("Check"), "register.index"),
    "failed_jobs": Look(N_("Failed jobs: %(number)s"), N_("A mail or another consequence was not carried out"), N_("Look"), "admin.index"),
}  # fmt: skip
AWAITED: dict[str, Look] = {
    "answer": Look(N_("Request for contact: %(title)s"), N_("Waiting for %(who)s"), "", "requests.show", badge="request"),
    "reply": Look(N_("Your question: %(title)s"), N_("Waiting for %(who)s"), "", "requests.show", badge="request"),
    "booking": Look(N_("Meeting: %(title)s"), N_("Waiting for %(who)s"), "", "bookings.show", badge="booking"),
    "next_step": Look(N_("Next step: %(title)s"), N_("Waiting for %(who)s · %(person)s"), "", "engagements.show"),
    "review": Look("", "", "", "achievements.show", badge="version"),
    "application": Look(N_("Application: %(title)s"), WHO, "", "applications.show", badge="application"),
}  # fmt: skip
NEWS = {
    "answered": Look(N_("Request for contact: %(title)s"), WHO, "", "requests.show", badge="request"),
    "result": Look(N_("Application: %(title)s"), WHO, "", "applications.show", badge="outcome"),
}
COMING = {
    "meeting": Look("", N_("With %(who)s"), "", "bookings.show"),
    "receiving": Look(N_("You receive: %(title)s"), WHO, "", "sessions.show"),
    "roadshow": Look(N_("Roadshow: %(title)s"), WHO, "", "registrations.show"),
}


def _look(looks: dict[str, Look], kind: str) -> Look:
    """Rows of needs read like those of achievements and lead to the need's pages."""
    plain = kind.removeprefix("need_")
    return looks[kind] if plain == kind else replace(looks[plain], endpoint=endpoint_of("need", looks[plain].endpoint))


STATES: dict[str, type[StrEnum]] = {
    "request": RequestState,
    "booking": BookingState,
    "version": VersionState,
    "application": ApplicationState,
    "outcome": Outcome,
}


def line(item: Item, looks: dict[str, Look]) -> dict[str, Any]:
    """A row for tasks() of components/timeline.html; who acts for another organisation reads for which."""
    look = _look(looks, item.kind)
    values = {"title": item.title, "who": item.who, "number": item.number, "person": item.second_key}
    text = _(look.text, **values) if look.text and (item.who or WHO not in look.text) else ""
    behalf = item.mine_id is not None and item.mine_id != actor().organisation_id
    keys: dict[str, Any] = {
        name: key for name, key in (("public_id", item.key), (look.second, item.second_key)) if name and key
    }
    return {
        "title": _(look.title, **values) if look.title else item.title,
        "text": " · ".join(filter(None, (text, _("for %(organisation)s", organisation=item.mine) if behalf else ""))),
        "url": url_for(look.endpoint, **keys, **look.query),
        "action": _(look.action) if look.action else "",
        "due": _due(item),
        "at": item.at,
        "badge": (look.badge, STATES[look.badge](item.state)) if look.badge else None,
    }


def _due(item: Item) -> date | None:
    return item.due_on or (local(item.due_at).date() if item.due_at else None)


def waiting_count() -> int:
    """How much waits for the reader; counted anew when data have changed. An error page must not fail for it: then 0."""
    if "waiting_count" not in g:
        try:
            g.waiting_count = _count_unless_unchanged()
        except SQLAlchemyError:
            g.waiting_count = 0
    return int(g.waiting_count)


def _count_unless_unchanged() -> int:
    kept: Unchanged = current_app.extensions["unchanged"]
    key, version = ("waiting", actor().account_id), kept.database.version()
    count = kept.get(key, version)
    if count is None:
        count = queries.waiting_count(db(), actor(), now=utcnow(), today=today())
        if request.method == "GET":  # others may have counted what they have not committed yet
            kept.put(key, version, count)
    return int(count)


def first_steps() -> list[dict[str, str]]:
    """Where to begin, by what the reader may do; for components/cards.html, first_steps()."""
    me = actor()

    def card(title: str, text: str, action: str, endpoint: str, icon: str) -> dict[str, str]:
        return {"title": title, "text": text, "action": action, "url": url_for(endpoint), "icon": icon}

    steps = []
    if me.signed_in and not me.confirmed:
        steps.append(card(_("Confirm your address"), _("We sent you a mail with a link. After that you can join your organisation."), _("Confirm"), "confirming.unconfirmed", "envelope"))  # fmt: skip
    elif me.organisation_id is None and not me.grants:
        steps.append(card(_("Find your organisation"), _("Join it, or enter it if it is not here yet. Then you can ask, book and publish."), _("Find"), "organisations.choose", "building"))  # fmt: skip
    if me.provider:
        steps.append(card(_("Publish an achievement"), _("A guided form; drafts are saved while you type."), _("Begin"), "achievements.new", "lightbulb"))  # fmt: skip
        steps.append(card(_("Find needs"), _("What enterprises look for; answer one that you can solve, or ask in public."), _("Search"), "search.need_index", "search"))  # fmt: skip
    if me.seeker:
        steps.append(card(_("Publish a need"), _("Say what is wanted; teams that can do it come to you. Your name can stay hidden."), _("Begin"), "needs.new", "question-circle"))  # fmt: skip
    if me.seeker or not (me.provider or me.grants):
        steps.append(card(_("Find an achievement"), _("Describe your problem in your own words, then ask the owner for contact."), _("Search"), "search.index", "search"))  # fmt: skip
        steps.append(card(_("Book a meeting"), _("Matchmaking sessions bring you to one table with the owner."), _("See the sessions"), "sessions.index", "calendar-event"))  # fmt: skip
    if me.organizer:
        steps.append(card(_("Prepare a roadshow"), _("Places, times and the programme of achievements."), _("See the roadshows"), "events.index", "calendar-plus"))  # fmt: skip
    if me.has(GrantRole.BROKER):
        steps.append(card(_("Your mandates"), _("The organisations you act for."), _("See the mandates"), "mandates.mine", "briefcase"))  # fmt: skip
    if me.has(GrantRole.ADMINISTRATOR):
        steps.append(card(_("Engine and jobs"), _("Whether the index is true and mails go out."), _("Look"), "admin.index", "gear"))  # fmt: skip
    if me.has(GrantRole.AUDITOR):
        steps.append(card(_("Audit log"), _("Who did what, when and from where."), _("Read the log"), "audit.index", "journal-text"))  # fmt: skip
    return steps
