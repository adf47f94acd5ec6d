"""Links of a roadshow in the browser: opening one keeps it in the session, so that no later address holds its token."""

from typing import Any

from flask import Response, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.base import utcnow
from models.enums import LinkKind
from models.queries import event_day
from models.queries import event_links as queries
from models.queries.event_day import Holder
from models.queries.event_links import Opened
from models.rules.policy import Actor
from models.tables import Event
from web.auth import actor
from web.database import db
from web.i18n import locale
from web.site import site

MOST_KEPT = 5  # of each kind; a cookie is small


def remember(link: Opened) -> None:
    """Keep a link that was opened, the newest for each roadshow."""
    kept = {key: value for key, value in _kept(link.kind).items() if key != link.event_public_id}
    newest = list(kept.items())[-(MOST_KEPT - 1) :]
    session[f"links_{link.kind.value}"] = dict([*newest, (link.event_public_id, link.public_id)])


def _kept(kind: LinkKind) -> dict[str, Any]:
    found = session.get(f"links_{kind.value}")
    return found if isinstance(found, dict) else {}


def opened(event: Event, kind: LinkKind) -> Opened | None:
    """The link of a kind that this browser opened for the roadshow, as long as it is valid."""
    public_id = _kept(kind).get(event.public_id)
    link = queries.by_public_id(db(), public_id, now=utcnow()) if public_id else None
    return link if link is not None and (link.event_id, link.kind) == (event.id, kind) else None


def holder(event: Event) -> Holder | None:
    """Whose day this browser may see: by a personal link, else one's own by account."""
    link = opened(event, LinkKind.DAY)
    if link is not None:
        return event_day.of_link(db(), link)
    person_id = actor().person_id if actor().confirmed else None
    return event_day.of_person(db(), event.id, person_id) if person_id is not None else None


def sure_holder(event: Event) -> Holder:
    """The same; 404 where this browser may see nobody's day."""
    return holder(event) or abort(404)


def acting(somebody: Holder) -> Actor:
    """The holder of a day as who acts."""
    return somebody.actor(request.remote_addr or "")


def stop_reason(field: str) -> str:
    """The reason that was chosen in a field of a day's page; nothing where this site does not offer it."""
    said = request.form.get(field, "")
    return said if said in dict(site().choices("stop_reason", locale())) else ""


def back_to_day(public_id: str, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("event_day.show", public_id=public_id), 303)


def private(response: Response) -> Response:
    """Headers of pages behind a link: not for search engines, and an address with a token is told to nobody."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def announced(public_id: str) -> Event:
    """The roadshow of an address behind a link; 404 where there is none that was announced."""
    event = db().scalar(select(Event).where(Event.public_id == public_id, Event.published_once))
    return event if event is not None else abort(404)
