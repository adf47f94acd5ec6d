"""What an organizer sees of a roadshow at one glance: its stations in the order of the work, where each stands, what waits."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import utcnow
from models.enums import EventState, RegistrationState, SessionKind, TimetableState
from models.queries.agenda_drafts import standing_clashes, unpublished
from models.queries.stations import Preparation, preparation
from models.tables import Event, ProjectCall
from web.auth import actor
from web.database import db
from web.display import moment

Step = dict[str, Any]  # as the macro "steps" takes them
WAITS, DONE, OPEN = "waits", "done", ""


def organizing(event: Event, call: ProjectCall | None, *, talks: int) -> dict[str, Any]:
    """What the page of a roadshow tells who organizes it: {clashes, changes, stations}; nothing to everybody else."""
    if not actor().organizer:
        return {"clashes": [], "changes": 0, "stations": []}
    clashes, changes = standing_clashes(db(), event), len(unpublished(db(), event))
    stands = event.state is not EventState.CANCELLED
    steps = _stations(event, call, talks=talks, clashes=len(clashes), changes=changes) if stands else []
    return {"clashes": clashes, "changes": changes, "stations": steps}


def _stations(event: Event, call: ProjectCall | None, *, talks: int, clashes: int, changes: int) -> list[Step]:
    found, begun = preparation(db(), event, call_id=call.id if call else None), event.starts_at <= utcnow()
    steps = [
        *([] if begun and call is None else [_call(event, call, found)]),
        _programme(event, talks, clashes, changes),
        _registrations(event, found),
        *_sessions(event, found.sessions, begun=begun),
    ]
    if event.published_once:
        steps.append(_step(_("At the door"), url_for("door.show", public_id=event.public_id), OPEN))
    if event.published_once and begun:
        steps.append(_step(_("Results"), url_for("results.show", public_id=event.public_id), OPEN))
    return steps


def _step(text: str, url: str, state: str, *notes: str) -> Step:
    return {"text": text, "url": url, "state": state, "notes": [note for note in notes if note]}


def _call(event: Event, call: ProjectCall | None, found: Preparation) -> Step:
    if call is None:
        address = url_for("calls.edit", public_id=event.public_id)
        return _step(_("Call for projects"), address, OPEN, _("None. The programme can do without one."))
    applied = ngettext("%(num)s application", "%(num)s applications", found.applications)
    address = url_for("selection.index", public_id=event.public_id)
    title = _("Call and selection")
    if call.announced_at is not None:
        return _step(title, address, DONE, applied, _("%(count)s on stage", count=found.on_stage))
    if call.takes(utcnow()):
        return _step(title, address, OPEN, _("Open until %(when)s", when=moment(call.closes_at)), applied)
    if event.state is EventState.DRAFT:
        return _step(title, address, OPEN, _("Opens when the roadshow is announced"))
    return _step(title, address, WAITS if found.applications else DONE, applied, _("Nothing announced yet"))


def _programme(event: Event, talks: int, clashes: int, changes: int) -> Step:
    title, address = _("Programme"), url_for("agenda.edit", public_id=event.public_id)
    if not talks and not changes:
        return _step(title, address, WAITS, _("Nothing in it yet"))
    items = ngettext("%(num)s item", "%(num)s items", talks)
    open_changes = (
        ngettext("%(num)s change not public yet", "%(num)s changes not public yet", changes) if changes else ""
    )
    state = WAITS if clashes or changes else DONE if event.published_once else OPEN
    return _step(title, address, state, items, _("does not fit together") if clashes else "", open_changes)


def _registrations(event: Event, found: Preparation) -> Step:
    if not event.published_once:
        address = url_for("registration_terms.edit", public_id=event.public_id)
        return _step(_("Registration"), address, OPEN, _("Opens when the roadshow is announced"))
    count = found.registrations
    registered, pending = count[RegistrationState.REGISTERED], count[RegistrationState.PENDING]
    listed = count[RegistrationState.WAITING] + count[RegistrationState.OFFERED]
    return _step(
        _("Registration"),
        url_for("registrations.index", public_id=event.public_id),
        WAITS if pending else OPEN,
        ngettext("%(num)s registered", "%(num)s registered", registered),
        ngettext("%(num)s waits for your decision", "%(num)s wait for your decision", pending) if pending else "",
        ngettext("%(num)s on the waiting list", "%(num)s on the waiting list", listed) if listed else "",
    )


def _sessions(event: Event, rows: Sequence[Any], *, begun: bool) -> Iterator[Step]:
    for row in rows:
        yield _session(row)
    if not rows and not begun:
        address = url_for("sessions.new", event=event.public_id)
        yield _step(_("1:1 meetings"), address, OPEN, _("No session around it yet"))


def _session(row: Any) -> Step:
    one_to_one = row.kind is SessionKind.ONE_TO_ONE
    address = url_for("timetables.show" if one_to_one else "sessions.bookings_of", public_id=row.public_id)
    if row.state is EventState.DRAFT:
        return _step(row.title, url_for("sessions.show", public_id=row.public_id), WAITS, _("Not announced yet"))
    if not one_to_one:
        return _step(row.title, address, OPEN, ngettext("%(num)s seat taken", "%(num)s seats taken", row.meetings))
    meetings = ngettext("%(num)s meeting", "%(num)s meetings", row.meetings) if row.meetings else ""
    wishes = ngettext("%(num)s wish", "%(num)s wishes", row.wishes) if row.wishes else ""
    silent = (
        ngettext("%(num)s without an answer", "%(num)s without an answer", row.unanswered) if row.unanswered else ""
    )
    if row.timetable is TimetableState.PUBLISHED:
        return _step(row.title, address, DONE, meetings, wishes)
    ready = _("a timetable is ready to be looked at") if row.timetable is TimetableState.READY else ""
    return _step(row.title, address, WAITS if ready or row.wishes else OPEN, wishes, silent, meetings, ready)
