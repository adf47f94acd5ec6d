"""Links of a roadshow: what one opens, for how long, and that nothing but a hash of it is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import event_links
from models.base import Database, utcnow
from models.enums import LinkKind
from models.errors import Invalid, NotNow
from models.queries import event_day
from models.queries.event_day import Holder
from models.queries.event_links import by_token, concerned, doors
from models.tables import AgendaItem, AuditEntry, EventLink, Job, Person, Registration
from tests.factories import make_achievement, make_event, make_person, make_provider
from tests.models.booking_cases import book, make_fair
from tests.models.test_registrations import guest, organizer, register, rows


def opened(session: Session, token: str) -> Holder | None:
    link = by_token(session, token, now=utcnow())
    return event_day.of_link(session, link) if link is not None else None


def test_a_token_is_kept_as_a_hash_only(session: Session) -> None:
    event = make_event(session)
    register(session, event, guest())
    token = event_links.for_registration(session, rows(session)[0], by=None)
    [link] = session.scalars(select(EventLink)).all()
    assert len(token) >= 40
    assert token not in str(vars(link)) + str([vars(row) for row in session.scalars(select(AuditEntry))])
    assert by_token(session, token[:-1], now=utcnow()) is None
    assert by_token(session, link.token_hash, now=utcnow()) is None
    holder = opened(session, token)
    assert holder == Holder(event.id, rows(session)[0].id, None, "来宾1")


def test_a_link_ends_some_days_after_the_roadshow_and_follows_it_when_it_moves(session: Session) -> None:
    event = make_event(session)
    register(session, event, guest())
    token = event_links.for_registration(session, rows(session)[0], by=None)
    door = event_links.for_door(session, event, by=organizer(session), name="小王")
    for days, day, shut in ((1, True, False), (13, True, False), (15, False, False)):
        event.starts_at, event.ends_at = utcnow() - timedelta(days=days, hours=3), utcnow() - timedelta(days=days)
        session.flush()
        assert (by_token(session, token, now=utcnow()) is not None) is day
        assert (by_token(session, door, now=utcnow()) is not None) is shut
    event.starts_at, event.ends_at = utcnow() + timedelta(days=1), utcnow() + timedelta(days=2)
    session.flush()
    assert by_token(session, token, now=utcnow()) is not None


def test_a_new_link_replaces_every_earlier_one_and_a_mail_holds_no_token(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    register(session, event, guest())
    [registration] = rows(session)
    first = event_links.for_registration(session, registration, by=None)
    second = event_links.renew(session, event, registration, by=by)
    assert (opened(session, first), opened(session, second) is not None) == (None, True)
    event_links.send(session, event, registration, by=by)
    assert opened(session, second) is None
    job = session.scalars(select(Job).where(Job.name == "event_mail").order_by(Job.id.desc())).first()
    assert job is not None
    assert job.payload == {"template": "day_link", "registration_id": registration.id}
    register(session, event, guest(email="", mobile="13812345678"))
    with pytest.raises(NotNow):
        event_links.send(session, event, rows(session)[1], by=by)


def test_who_speaks_or_meets_gets_a_link_whoever_else_does_not(session: Session) -> None:
    by, provider = organizer(session), make_provider(session)
    speaker, silent = make_person(session, provider, name="李教授"), make_person(session, provider)
    event = make_event(session, make_achievement(session, provider))
    session.scalars(select(AgendaItem)).one().speaker_id = speaker.id
    session.flush()
    assert [(row.name, row.talks, row.meetings, row.links) for row in concerned(session, event.id)] == [
        ("李教授", 1, 0, 0)
    ]
    with pytest.raises(NotNow):  # nobody declared that they agreed to be written to
        event_links.send(session, event, speaker, by=by)
    speaker.declared_at = utcnow()
    event_links.send(session, event, speaker, by=by)
    token = event_links.for_person(session, event, speaker, by=by)
    holder = opened(session, token)
    assert holder is not None
    assert [row.title for row in event_day.talks(session, holder)] != []
    other = Holder(event.id, None, silent.id, silent.name)
    assert (event_day.talks(session, other), event_day.meetings(session, other)) == ([], [])


def test_a_door_link_has_a_name_and_is_revoked(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    with pytest.raises(Invalid):
        event_links.for_door(session, event, by=by, name=" ")
    token = event_links.for_door(session, event, by=by, name="小王")
    link = by_token(session, token, now=utcnow())
    assert link is not None
    assert (link.kind, link.registration_id, link.person_id) == (LinkKind.DOOR, None, None)
    for _ in range(2):
        event_links.revoke(session, session.scalars(select(EventLink)).one(), by=by)
    assert by_token(session, token, now=utcnow()) is None
    assert [(row.name, row.revoked_at is not None) for row in doors(session, event.id)] == [("小王", True)]
    assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all().count("event_link.revoke") == 1


def test_a_registration_under_somebody_elses_address_does_not_open_their_meetings(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        event = make_event(session)
        booking = book(session, fair)
        booking.match_session.event_id = event.id
        who = fair.seekers[0]
        session.add(
            Registration(
                event_id=event.id, person_id=who.person, name="本人", capacity="seeker", email="colleague@example.org",
                contact="colleague@example.org", consent_version="1", consent_at=utcnow(),
            )
        )  # fmt: skip
        session.flush()
        registration = rows(session)[0]
        token = event_links.for_registration(session, registration, by=None)
        holder = opened(session, token)
        assert holder is not None
        assert (holder.person_id, event_day.day(session, holder).meetings) == (None, [])
        registration.email = registration.contact = session.get_one(Person, who.person).email
        session.flush()
        holder = opened(session, token)
        assert holder is not None
        assert [row.public_id for row in event_day.day(session, holder).meetings] == [booking.public_id]
