"""My day by a personal link: what it shows and lets do, what it does not, and how it ends."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.actions import registrations
from models.base import Database, utcnow
from models.enums import BookingState, GrantRole, RegistrationState, Verification
from models.rules.policy import VISITOR
from models.tables import (
    Account,
    Booking,
    Event,
    EventLink,
    Organisation,
    Person,
    Registration,
)
from tests.counting import queries_of
from tests.factories import make_account, make_event
from tests.models.booking_cases import Fair, book, make_fair
from tests.models.test_events import make_registration
from tests.web.day_site import at_roadshow, event_of, opened
from tests.web.registration_site import rows, sent_mails, text_of
from web.jobs import HANDLERS
from web.outbox import SECRET

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def fair(database: Database) -> Fair:
    """A 1:1 session of a roadshow; the professor, without account, presents and is asked for a meeting."""
    made = make_fair(database)
    with database.write() as session:
        at_roadshow(session, made)
        book(session, made, asked_for=made.professor)
    return made


def state_of(database: Database) -> BookingState:
    with database.read() as session:
        return session.scalars(select(Booking)).one().state


def test_a_professor_without_account_sees_talk_and_meeting_and_confirms(
    client: FlaskClient, database: Database, fair: Fair
) -> None:
    day = opened(client, database, fair, fair.professor)
    page = client.get(day).get_data(as_text=True)
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
        assert "开场演讲" in page
        assert booking.seeker.name in page
    assert client.post(f"{day}/meetings/{booking.public_id}/confirm").status_code == 303
    assert state_of(database) is BookingState.CONFIRMED
    calendar = client.get(f"{day}/calendar.ics").get_data(as_text=True)
    assert calendar.count("BEGIN:VEVENT") == 2
    assert client.post(f"{day}/meetings/{booking.public_id}/cancel", data={"reason": "临时出差"}).status_code == 303
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
        assert (booking.state, booking.state_reason) == (BookingState.CANCELLED, "临时出差")


def test_declining_needs_a_reason_and_belongs_to_the_owner(client: FlaskClient, database: Database, fair: Fair) -> None:
    day = opened(client, database, fair, fair.professor)
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
    client.post(f"{day}/meetings/{booking.public_id}/decline", data={"why": "nonsense"})
    assert state_of(database) is BookingState.PENDING
    seeker = opened(client, database, fair, fair.seekers[0].person)
    for answer in ("confirm", "decline", "dance"):
        assert client.post(f"{seeker}/meetings/{booking.public_id}/{answer}").status_code == 404
    assert state_of(database) is BookingState.PENDING


def test_a_link_opens_nothing_of_anybody_else(client: FlaskClient, database: Database, fair: Fair) -> None:
    other = fair.seekers[1]
    day = opened(client, database, fair, other.person)
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
        secret = booking.seeker.name
    assert secret not in client.get(day).get_data(as_text=True)
    for answer in ("confirm", "cancel"):
        assert client.post(f"{day}/meetings/{booking.public_id}/{answer}").status_code == 404
    assert state_of(database) is BookingState.PENDING
    for closed in (f"/bookings/{booking.public_id}", "/desk", "/bookings", "/account/my-data"):
        assert client.get(closed).status_code == 303  # a link is no log-in
    with database.write() as session:
        elsewhere = make_event(session).public_id
    assert client.get(f"/events/{elsewhere}/my-day").location == f"/events/{elsewhere}"
    assert client.get(f"/events/{elsewhere}/my-day/calendar.ics").status_code == 404


def test_a_revoked_link_shuts_the_day_that_is_open(client: FlaskClient, database: Database, fair: Fair) -> None:
    day = opened(client, database, fair, fair.professor)
    with database.write() as session:
        session.execute(update(EventLink).values(revoked_at=utcnow()))
    assert client.get(day).status_code == 303
    assert client.post(f"{day}/cancel").status_code == 404


def test_of_a_suspended_organisation_or_account_nothing_is_answered(
    client: FlaskClient, database: Database, fair: Fair
) -> None:
    day = opened(client, database, fair, fair.professor)
    with database.write() as session:
        booking = session.scalars(select(Booking)).one()
        session.get_one(Organisation, fair.provider_id).verification = Verification.SUSPENDED
    assert client.post(f"{day}/meetings/{booking.public_id}/confirm").status_code == 404
    owner = opened(client, database, fair, fair.owner.person_id or 0)
    assert client.get(owner).status_code == 200
    with database.write() as session:
        session.get_one(Account, fair.owner.account_id).suspended_at = utcnow()
    assert client.get(owner).status_code == 303


def test_a_wrong_link_is_said_so_and_cannot_be_guessed(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/day/" + "x" * 43)
    assert answer.status_code == 410
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    app.config["RATELIMIT_ENABLED"] = True
    codes = [client.get(f"/day/{number:043d}").status_code for number in range(40)]
    assert codes[0] == 410
    assert codes[-1] == 429


def test_a_seat_offer_is_answered_by_the_link_in_the_mail(
    app: Flask,
    client: FlaskClient,
    session: Session,
    database: Database,
    event: Event,
) -> None:
    for number in range(event.capacity or 0):
        make_registration(session, event, email=f"g{number}@example.org")
    session.commit()
    for who in ("first", "second"):
        data = {"name": who, "organisation_name": "某公司", "capacity": "seeker", "email": f"{who}@example.org"}
        answer = client.post(f"/events/{event.public_id}/register", data=data | {"consent": "y"})
        assert "way=waiting" in answer.location
        assert client.get(answer.location).status_code == 200
    with database.write() as writing:
        gone = writing.scalars(select(Registration).order_by(Registration.id)).first()
        assert gone is not None
        registrations.cancel(writing, gone, by=VISITOR)
    mails = {mail["To"]: text_of(mail) for mail in sent_mails(app, database)}
    day = client.get("/day/" + mails["first@example.org"].split("/day/")[1].split()[0]).location
    page = client.get(day).get_data(as_text=True)
    assert f'action="/events/{event.public_id}/my-day/accept"' in page
    assert client.post(f"{day}/accept").status_code == 303
    assert [row.state for row in rows(database)][-2:] == [RegistrationState.REGISTERED, RegistrationState.WAITING]
    assert client.get(f"{day}/ticket.svg").mimetype == "image/svg+xml"
    assert rows(database)[-2].person_id is None
    with app.app_context():
        HANDLERS["seat_offer_due"]({"event_id": event.id})  # too late: it was taken
    assert rows(database)[-2].state is RegistrationState.REGISTERED
    masked = SECRET.sub(r"\1••••••", mails["first@example.org"])
    assert mails["first@example.org"].split("/day/")[1].split()[0] not in masked  # in the outbox on the screen
    second = client.get("/day/" + mails["second@example.org"].split("/day/")[1].split()[0]).location
    client.post(f"{second}/accept")  # there is none for them
    assert rows(database)[-1].state is RegistrationState.WAITING


def test_by_account_the_day_is_ones_own(log_in: LogIn, database: Database, fair: Fair) -> None:
    with database.read() as session:
        account = session.scalars(select(Account).where(Account.person_id == fair.seekers[0].person)).one()
        day = f"/events/{event_of(session, fair).public_id}/my-day"
    mine = log_in(account)
    page = mine.get(day)
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "/meetings/" in text
    assert 'id="my-day" data-live="" data-live-seen="0" data-live-every="30"' in text  # it stays current
    assert "live.js" in text


def test_the_day_costs_the_same_with_one_and_with_three_meetings(
    client: FlaskClient, database: Database, fair: Fair
) -> None:
    day = opened(client, database, fair, fair.professor)
    one = queries_of(client, day)
    with database.write() as session:
        for slot in (1, 2):
            book(session, fair, 1, slot=slot, asked_for=fair.professor)
    assert queries_of(client, day) == one


def test_the_organizer_makes_sends_and_revokes_links(
    app: Flask,
    client: FlaskClient,
    session: Session,
    database: Database,
    event: Event,
    organizer: FlaskClient,
) -> None:
    registration = make_registration(session, event)
    session.commit()
    address = f"/registrations/{registration.public_id}/link"
    shown = organizer.post(f"{address}/show")
    assert shown.status_code == 200
    token = shown.get_data(as_text=True).split("/day/")[1].split('"')[0]
    assert client.get(f"/day/{token}").status_code == 303
    assert organizer.post(f"{address}/send").status_code == 303
    assert client.get(f"/day/{token}").status_code == 410
    [mail] = sent_mails(app, database)
    token = text_of(mail).split("/day/")[1].split()[0]
    assert client.get(f"/day/{token}").status_code == 303
    assert "撤销" in organizer.get(f"/registrations/{registration.public_id}").get_data(as_text=True)
    organizer.post(f"{address}/revoke")
    assert client.get(f"/day/{token}").status_code == 410
    assert organizer.post(f"{address}/eat").status_code == 404
    assert client.post(f"{address}/show").status_code == 303  # asked to log in
    assert organizer.get(f"/events/{event.public_id}/links").status_code == 200


def test_speakers_stand_on_the_page_of_links(
    client: FlaskClient, database: Database, fair: Fair, log_in: LogIn
) -> None:
    with database.write() as session:
        account = make_account(session, None, GrantRole.ORGANIZER)
        event = event_of(session, fair)
        professor = session.get_one(Person, fair.professor)
        address = f"/events/{event.public_id}/links"
    by = log_in(account)
    assert professor.name in by.get(address).get_data(as_text=True)
    shown = by.post(f"{address}/people/{professor.public_id}/show").get_data(as_text=True)
    token = shown.split("/day/")[1].split('"')[0]
    assert professor.name in client.get(client.get(f"/day/{token}").location).get_data(as_text=True)
    assert by.post(f"{address}/people/nobody/show").status_code == 404
    by.post(f"{address}/people/{professor.public_id}/revoke")
    assert client.get(f"/day/{token}").status_code == 410
