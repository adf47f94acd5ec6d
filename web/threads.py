"""What the pages of contact threads share: which list, for whom somebody asks, the thread's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement

from models.enums import Disclosure, Origin, RequestState
from models.errors import N_
from models.queries import asking
from models.queries import requests as queries
from models.queries.hanging import OPEN_REQUESTS
from models.queries.indexing import effective_disclosure
from models.queries.requests import Entry
from models.rules.contacts import masked_email, masked_mobile
from models.rules.threads import may_ask_for, sides_of
from models.tables import Achievement, ContactRequest, Need, Organisation
from web import begun
from web.auth import actor
from web.database import db
from web.display import here
from web.forms.requests import BeginForm, TextForm
from web.i18n import label, term

WHAT = {
    RequestState.PENDING: N_("Answered the question"),
    RequestState.ASKED_BACK: N_("Asked something first"),
    RequestState.ACCEPTED: N_("Accepted the request"),
    RequestState.DECLINED: N_("Declined the request"),
    RequestState.WITHDRAWN: N_("Withdrew the request"),
    RequestState.EXPIRED: N_("The request expired without an answer"),
    RequestState.CLOSED: N_("The request was closed"),
}
ICONS = {
    RequestState.PENDING: "reply",
    RequestState.ASKED_BACK: "question-circle",
    RequestState.ACCEPTED: "check-circle",
    RequestState.DECLINED: "x-circle",
    RequestState.WITHDRAWN: "dash-circle",
    RequestState.EXPIRED: "clock-history",
    RequestState.CLOSED: "dash-circle",
}


# --- the lists --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """A list as the address asks for it, with the links to the others."""

    name: str
    condition: ColumnElement[bool]
    states: tuple[RequestState, ...]
    tabs: list[dict[str, Any]]
    filters: list[dict[str, Any]]


def organisations_of_actor() -> tuple[int, ...]:
    """The organisations for which the reader acts."""
    who = actor()
    own = (who.organisation_id,) if who.organisation_id and who.member_of(who.organisation_id) else ()
    return own + tuple(m.organisation_id for m in who.mandated if m.organisation_id not in own)


def chosen_box() -> Box:
    """The list named in the address: received, sent or (organizers) all; else the first with something open."""
    mine = organisations_of_actor()
    received, sent = queries.boxes(db(), mine)
    conditions = {"received": queries.received(mine), "sent": queries.sent(mine)}
    if actor().organizer:
        conditions["all"] = queries.everything()
    usual = "sent" if actor().seeker and not received else "received"
    if not mine and actor().organizer:
        usual = "all"
    name = request.args.get("box", "")
    name = name if name in conditions else usual
    states, filters = _state_filter(conditions[name], name)
    texts = {"received": _("Received"), "sent": _("Sent"), "all": _("All")}
    counts = {"received": received, "sent": sent}
    tabs = [
        {
            "text": texts[key],
            "url": url_for("requests.index", box=key),
            "current": key == name,
            "count": counts.get(key),
        }
        for key in conditions
    ]
    return Box(name, conditions[name], states, tabs, filters)


def _state_filter(condition: ColumnElement[bool], box: str) -> tuple[tuple[RequestState, ...], list[dict[str, Any]]]:
    numbers = queries.by_state(db(), condition)
    wanted = request.args.get("state", "")
    states: tuple[RequestState, ...] = ()
    if wanted == "open":
        states = OPEN_REQUESTS
    elif wanted in set(RequestState):
        states = (RequestState(wanted),)
    else:
        wanted = ""

    def link(value: str, text: str, number: int) -> dict[str, Any]:
        url = here(box=box, state=value, after=None, before=None)
        return {"text": f"{text} ({number})", "url": url, "current": value == wanted}

    links = [link("", _("All"), sum(numbers.values()))]
    links.append(link("open", _("Waiting for an answer"), sum(numbers.get(state, 0) for state in OPEN_REQUESTS)))
    links += [
        link(state.value, label(state), numbers[state])
        for state in RequestState
        if state not in OPEN_REQUESTS and (numbers.get(state) or state.value == wanted) and state in numbers
    ]
    return states, links


# --- asking -----------------------------------------------------------------------------------------------------------


def chosen_subject() -> asking.Subject | None:
    """The achievement or the need named in the address; 404 where it is not published, none where none is named."""
    for name, kind in (("need", Need), ("achievement", Achievement)):
        if wanted := request.args.get(name):
            return asking.subject(db(), wanted, kind) or abort(404)
    return None


def chosen_sender(subject: asking.Subject) -> tuple[Organisation | None, Sequence[Any]]:
    """The organisation in whose name the reader asks, once that is clear, and those to choose from."""
    name = request.args.get("name", "").strip()
    needed = subject.capability
    candidates = asking.senders(db(), actor(), name=name, capability=needed)
    if wanted := request.args.get("sender"):
        sender = asking.sender(db(), wanted, capability=needed)
        if sender is not None and may_ask_for(actor(), sender, capability=needed):
            return sender, candidates
    if len(candidates) == 1 and not actor().organizer:
        return asking.sender(db(), candidates[0].public_id, capability=needed), candidates
    return None, candidates


def begin(subject: asking.Subject) -> ResponseReturnValue:
    """Who may not ask yet can write already: it is kept until they can."""
    form = BeginForm(data=begun.kept("request", subject.public_id))
    if form.validate_on_submit():
        here = request.full_path.rstrip("?")
        begun.keep(
            "request", subject.public_id, back=here, title=subject.title,
            purpose=form.purpose.data, meet_when=form.meet_when.data or "",
        )  # fmt: skip
        flash(_("What you wrote is kept. It is sent once you can ask."), "info")
        if actor().signed_in:
            return redirect(url_for("desk.index"), 303)
        return redirect(url_for("account.login", next=here), 303)
    return render_template("requests/new.html", subject=subject, form=form), (422 if form.is_submitted() else 200)


def told_origin(subject: asking.Subject) -> tuple[Origin, int | None]:
    """Where the address says that the request comes from; a roadshow only if the achievement is in its programme."""
    event = request.args.get("event", "")
    event_id = asking.pitched_at(db(), event, subject.id) if event and subject.kind == "achievement" else None
    if event_id is not None:
        return Origin.ROADSHOW, event_id
    told = request.args.get("origin", "")
    return (Origin(told) if told in set(Origin) else Origin.LINK), None


# --- one thread -------------------------------------------------------------------------------------------------------


def chosen_side(contact_request: ContactRequest, side: str | None) -> int | None:
    """For which organisation somebody who acts for both writes."""
    return {"sender": contact_request.sender_id, "receiver": contact_request.receiver_id}.get(side or "")


def back(contact_request: ContactRequest, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("requests.show", public_id=contact_request.public_id), 303)


def unnamed() -> str:
    """What stands for the masked owner of a need."""
    return _("An enterprise that is not named yet")


def inside() -> tuple[int, ...] | None:
    """As for queries.requests.receiver_shown: the reader's organisations, none for an organizer."""
    return None if actor().organizer else organisations_of_actor()


def head_of(contact_request: ContactRequest) -> Any:
    """Head of the thread as this reader may see it; ``hidden``: the receiver is not named to them."""
    row = queries.head(db(), contact_request.id, inside())
    hidden = not row.receiver
    return SimpleNamespace(**{**row._mapping, "hidden": hidden, "receiver": row.receiver or unnamed()})


def step(template: str, contact_request: ContactRequest, form: FlaskForm) -> ResponseReturnValue:
    """The page of one act on a thread; a thread on which it is not possible any more is shown instead."""
    answerable = contact_request.state in OPEN_REQUESTS
    if template.endswith("assign.html"):
        answerable = answerable or contact_request.state is RequestState.ACCEPTED
    if template.endswith("ask_back.html"):
        answerable = contact_request.state is RequestState.PENDING
    if not answerable and not form.is_submitted():
        flash(
            _("This is not possible any more: the request is “%(state)s”.", state=label(contact_request.state)), "info"
        )
        return redirect(url_for("requests.show", public_id=contact_request.public_id), 303)
    head = head_of(contact_request)
    status = 422 if form.is_submitted() else 200
    restricted = (
        contact_request.need_id is None
        and effective_disclosure(head.disclosure, head.tightened_to) is Disclosure.CONSENT
    )
    return render_template(
        template, contact_request=contact_request, head=head, form=form, restricted=restricted
    ), status


def page(contact_request: ContactRequest, form: TextForm, *, revealed: bool = False) -> str:
    """The thread as the reader sees it. ``revealed``: with the contact data of those who agreed, not masked."""
    head = head_of(contact_request)
    sides = sides_of(actor(), contact_request.sender_id, contact_request.receiver_id)
    if len(sides) > 1:
        form.side.choices = [("receiver", head.receiver), ("sender", head.sender)]
    names = {contact_request.sender_id: head.sender, contact_request.receiver_id: head.receiver}
    contacts = [
        {
            "name": one.name,
            "title": one.title,
            "organisation": names[one.side_id],
            "mine": one.side_id in sides,
            "side": "sender" if one.side_id == contact_request.sender_id else "receiver",
            "shared": one.shared,
            "phone": one.phone if revealed else masked_mobile(one.phone),
            "email": one.email if revealed else masked_email(one.email),
        }
        for one in (queries.contacts(db(), contact_request) if sides else ())
    ]
    return render_template(
        "requests/show.html",
        contact_request=contact_request,
        head=head,
        form=form,
        entries=_entries(contact_request, names, sides, hidden=head.hidden),
        contacts=contacts,
        revealed=revealed,
        receives=contact_request.receiver_id in sides,
        sends=contact_request.sender_id in sides,
        open=contact_request.state in OPEN_REQUESTS,
    )


def _entries(
    contact_request: ContactRequest, names: dict[int, str], sides: tuple[int, ...], *, hidden: bool
) -> list[dict[str, Any]]:
    """``hidden``: what the other side did is shown without the names of its people."""
    found = queries.timeline(db(), contact_request)
    entries = [_entry(contact_request, entry, names, sides, first=entry is found[0]) for entry in found]
    return [entry if entry["mine"] or not hidden else entry | {"who": "", "on_behalf": ""} for entry in entries]


def _entry(
    contact_request: ContactRequest, entry: Entry, names: dict[int, str], sides: tuple[int, ...], *, first: bool
) -> dict[str, Any]:
    what, icon, text = _("Wrote"), "chat-left-text", entry.text
    side = entry.side_id
    if entry.state is not None:
        what, icon = _(WHAT[entry.state]), ICONS[entry.state]
        side = _side_of(contact_request, entry.state)
    if first:
        what, icon, text = _("Asked for contact"), "send", contact_request.purpose
    if entry.state is RequestState.DECLINED and contact_request.decline_reason:
        reason = term(contact_request.decline_reason, "stop_reason")
        text = "\n\n".join(filter(None, (reason, contact_request.decline_note)))
    return {
        "at": entry.at,
        "who": entry.who,
        "organisation": "" if entry.on_behalf else names.get(side or 0, ""),
        "on_behalf": entry.on_behalf,
        "what": what,
        "icon": icon,
        "text": text,
        "mine": side in sides,
    }


def _side_of(contact_request: ContactRequest, state: RequestState) -> int | None:
    """Which side brings a thread into a state; none: the program or an organizer."""
    if state in (RequestState.PENDING, RequestState.WITHDRAWN):
        return contact_request.sender_id
    if state in (RequestState.ASKED_BACK, RequestState.ACCEPTED, RequestState.DECLINED):
        return contact_request.receiver_id
    return None
