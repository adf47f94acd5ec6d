"""A site with a session to book, and what tests of its pages share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import BookingState, GrantRole, OrgRole, SessionKind
from models.queries.actors import load_actor
from models.rules.policy import Actor
from models.tables import Account, Achievement, Booking, Job, MatchSession, Organisation, Person, Slot
from scripts.dictionaries import load
from tests.counting import counted
from tests.factories import (
    make_account,
    make_achievement,
    make_person,
    make_provider,
    make_seeker,
    make_session,
)
from tests.web.reading import page
from web.jobs import HANDLERS

LogIn = Callable[[Account], FlaskClient]


@dataclass
class Site:
    """Committed rows; accounts log in, ``other`` is the manager of another enterprise."""

    match_session: MatchSession
    achievement: Achievement
    provider: Organisation
    seeker: Organisation
    owner: Account
    buyer: Account
    colleague: Person
    professor: Person
    other: Account
    organizer: Account

    @property
    def address(self) -> str:
        return f"/sessions/{self.match_session.public_id}"

    @property
    def book(self) -> str:
        """Where this session is booked with the achievement."""
        if self.match_session.kind is SessionKind.GROUP:
            return f"{self.address}/book"
        return f"{self.address}/book?achievement={self.achievement.public_id}"

    @property
    def wait(self) -> str:
        return self.book.replace("/book", "/wait")


def make_site(database: Database, **values: Any) -> Site:
    """``values`` go to make_session."""
    with database.write() as session:
        load(session)
        provider = make_provider(session, name="北澜石油大学（示例）")
        seeker = make_seeker(session, name="北澜钻采服务有限公司（示例）")
        owner = make_account(session, provider, role=OrgRole.MANAGER, name="王岚")
        other = make_seeker(session, name="另一家企业（示例）")
        return Site(
            match_session=make_session(session, **{"tables": 2, **values}),
            achievement=make_achievement(session, provider, contact_id=owner.person_id, title="智能示踪监测系统"),
            provider=provider,
            seeker=seeker,
            owner=owner,
            buyer=make_account(session, seeker, role=OrgRole.MANAGER, name="周明远"),
            colleague=make_person(session, seeker, name="李工"),
            professor=make_person(session, provider, name="陈教授"),
            other=make_account(session, other, role=OrgRole.MANAGER, name="另一人"),
            organizer=make_account(session, None, GrantRole.ORGANIZER, name="林组织"),
        )


def in_english(client: FlaskClient) -> FlaskClient:
    client.set_cookie("language", "en")
    return client


def person_of(database: Database, account: Account) -> str:
    """The public id of an account's person, as forms send it."""
    with database.read() as session:
        return session.get_one(Person, account.person_id).public_id


def slot_value(database: Database, site: Site, number: int = 0) -> str:
    """What the form sends for a slot: the moment it begins."""
    with database.read() as session:
        begins = session.scalars(
            select(Slot.starts_at).where(Slot.match_session_id == site.match_session.id).order_by(Slot.starts_at)
        ).all()
        return begins[number].isoformat()


def booked(database: Database, site: Site, client: FlaskClient, *, slot: int = 0, by: Account | None = None) -> Booking:
    """Book by the form, as a person would; returns the booking."""
    answer = client.post(
        site.book,
        data={
            "slot": slot_value(database, site, slot),
            "attendees": [person_of(database, by or site.buyer)],
            "note": "",
        },
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return newest(database)


def newest(database: Database) -> Booking:
    with database.read() as session:
        return session.scalars(select(Booking).order_by(Booking.id.desc()).limit(1)).one()


def state_of(database: Database, booking: Booking) -> BookingState:
    with database.read() as session:
        return session.get_one(Booking, booking.id).state


def actor_of(session: Session, account: Account) -> Actor:
    return load_actor(session, account.id)


def cost(app: Flask, client: FlaskClient, address: str) -> int:
    """How many SELECTs a page takes once settings and dictionary are in memory."""
    app.extensions["site"].forget()  # so that they do not grow old between the two
    page(client, address)
    with counted(app) as statements:
        page(client, address)
    return len(statements)


def perform(app: Flask, database: Database, name: str) -> int:
    """Run every job of this name by its handler, as the worker would; returns how many."""
    with database.read() as session:
        payloads = list(session.scalars(select(Job.payload).where(Job.name == name).order_by(Job.id)))
    with app.app_context():
        for payload in payloads:
            HANDLERS[name](payload)
    return len(payloads)
