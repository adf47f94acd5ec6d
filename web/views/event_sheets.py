"""A roadshow on paper and on screens: programme, door signs, badges, codes of talks, the hall's screen, one item for a calendar."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from models.base import utcnow
from models.queries.agenda import programme
from models.queries.event_sheets import badges as badges_of
from models.queries.registrations import offered_achievements
from models.tables import Event
from web.agenda_board import grids_of, signs_of
from web.auth import allow
from web.calendars import calendar_file, download_calendar
from web.database import db
from web.programmes import days_of, item_entry, now_and_next
from web.sharing import public_address, qr_picture, registration_address, talk_address
from web.site import site

bp = Blueprint("event_sheets", __name__, url_prefix="/events/<public_id>")


@bp.route("/sheets")
@allow("event.edit", Event)
def index(event: Event) -> ResponseReturnValue:
    """What there is to print and to show."""
    return render_template("event_sheets/index.html", event=event)


@bp.route("/programme")
@allow("event.read", Event)
def programme_sheet(event: Event) -> ResponseReturnValue:
    """The public programme on A4."""
    rows = programme(db(), event.id)
    return render_template(
        "event_sheets/programme_sheet.html",
        event=event,
        days=grids_of(days_of(rows, now=utcnow()), rows),
        picture=qr_picture(public_address("events.show", public_id=event.public_id)),
    )


@bp.route("/doors")
@allow("event.edit", Event)
def doors(event: Event) -> ResponseReturnValue:
    """A sign for the door of each room, with its part of the public programme."""
    return render_template(
        "event_sheets/doors.html",
        event=event,
        signs=signs_of(event, programme(db(), event.id)),
        picture=qr_picture(public_address("events.show", public_id=event.public_id)),
    )


@bp.route("/badges")
@allow("event.registrations", Event)
def badges(event: Event) -> ResponseReturnValue:
    """A badge for everybody who is registered: ten on a sheet, each with the code of the registration."""
    people = [
        {"person": person, "picture": qr_picture(registration_address(person.public_id))}
        for person in badges_of(db(), event.id)
    ]
    return render_template("event_sheets/badges.html", event=event, people=people)


@bp.route("/codes")
@allow("event.edit", Event)
def codes(event: Event) -> ResponseReturnValue:
    """A card for each talk, with the code that records an intention: for the tables, and beside what is shown."""
    pitches = [
        {"pitch": pitch, "picture": qr_picture(talk_address(event.public_id, pitch.public_id))}
        for pitch in offered_achievements(db(), event.id)
    ]
    return render_template("event_sheets/codes.html", event=event, pitches=pitches)


@bp.route("/screen")
@allow("event.read", Event)
def screen(event: Event) -> ResponseReturnValue:
    """For the hall: what runs now and next in each room, to be read from afar."""
    now = utcnow()
    return render_template(
        "event_sheets/screen.html",
        event=event,
        now=now,
        rooms=now_and_next(programme(db(), event.id), now),
        picture=qr_picture(public_address("events.show", public_id=event.public_id)),
    )


@bp.route("/items/<key>/calendar.ics")
@allow("event.read", Event)
def calendar(event: Event, key: str) -> ResponseReturnValue:
    """One item of the public programme, for who speaks or wants to hear it."""
    row = next((row for row in programme(db(), event.id) if row.key == key), None) or abort(404)
    entry = item_entry(event, row)
    return download_calendar(f"{entry.title}.ics", calendar_file([entry], organiser=site().settings["organiser_name"]))
