"""Coming to a roadshow: seats that cannot be sold twice, contacts that are not given away, links and accounts."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import events, registrations
from models.actions.registrations import Details
from models.base import Database, utcnow
from models.enums import Capacity, EventState, GrantRole, RegistrationState
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries import desk
from models.queries.actors import load_actor
from models.queries.registrations import Selection, by_capacity, mine, size, taken
from models.queries.registrations import registrations as listed
from models.rules.contacts import is_email, is_mobile, masked_email, masked_mobile, normal_email, normal_mobile
from models.rules.policy import VISITOR, Actor
from models.tables import AuditEntry, Event, Job, Registration
from tests.factories import make_account, make_event, make_provider
from tests.models.test_events import edited

THREADS = 50


def guest(number: int = 1, **values: Any) -> Details:
    return Details(f"来宾{number}", "某单位", Capacity.SEEKER, **{"email": f"guest{number}@example.org", **values})


def register(session: Session, event: Event, details: Details, by: Actor = VISITOR) -> registrations.Receipt:
    return registrations.register(session, event, by=by, details=details, locale="zh_CN", consent=True)


def rows(session: Session) -> list[Registration]:
    return list(session.scalars(select(Registration).order_by(Registration.id)))


def mails(session: Session) -> list[tuple[str, int]]:
    found = session.scalars(select(Job).where(Job.name == "event_mail").order_by(Job.id))
    return [(job.payload["template"], job.payload["registration_id"]) for job in found]


def organizer(session: Session) -> Actor:
    return load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)


def at_once(database: Database, event_id: int, contacts: list[Details]) -> Counter[str]:
    """Everybody registers in the same moment, each in an own transaction; counts what each read."""
    outcomes: Counter[str] = Counter()
    together, guard = threading.Barrier(len(contacts)), threading.Lock()

    def one(details: Details) -> None:
        together.wait()
        try:
            with database.write() as session:
                receipt = register(session, session.get_one(Event, event_id), details)
            outcome = "full" if receipt.full else "ok"
        except DomainError as error:
            outcome = type(error).__name__
        with guard:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=one, args=(details,)) for details in contacts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_fifty_at_once_never_get_more_seats_than_there_are(each_database: Database) -> None:
    with each_database.write() as session:
        event_id = make_event(session, capacity=20).id
    outcomes = at_once(each_database, event_id, [guest(number) for number in range(THREADS)])
    with each_database.read() as session:
        seats = sorted(row.seat for row in rows(session) if row.seat)
        states = Counter(row.state for row in rows(session))
    assert states == {RegistrationState.REGISTERED: 20, RegistrationState.WAITING: 30}
    assert outcomes == {"ok": 20, "full": 30}
    assert seats == list(range(1, 21))


def test_one_contact_fifty_times_at_once_is_one_registration(each_database: Database) -> None:
    with each_database.write() as session:
        event_id = make_event(session, capacity=20).id
    outcomes = at_once(each_database, event_id, [guest(email="Same@Example.org") for _ in range(THREADS)])
    with each_database.read() as session:
        assert [row.seat for row in rows(session)] == [1]
    assert outcomes == {"ok": THREADS}


def test_the_unique_key_decides_where_the_lock_is_not_asked(each_database: Database) -> None:
    """A loader or a later program may not take the lock: the database still refuses a second holder of a seat."""
    with each_database.write() as session:
        event = make_event(session, capacity=1)
        register(session, event, guest(1))
        event.capacity = 2
        session.flush()
        second = register(session, event, guest(2)).registration
        assert second is None
        assert sorted(row.seat for row in rows(session)) == [1, 2]
    with pytest.raises(Exception, match=r"(?i)unique"), each_database.write() as session:
        rows(session)[1].seat = 1


def test_a_visitor_gets_a_seat_and_a_mail_but_no_record(session: Session) -> None:
    event = make_event(session, capacity=2)
    receipt = register(session, event, guest(email=" Guest@Example.ORG "))
    [row] = rows(session)
    assert receipt.registration is None
    assert (row.email, row.contact, row.seat, row.state) == ("guest@example.org", "guest@example.org", 1, "registered")
    assert (row.consent_version != "", row.consent_at <= utcnow()) == (True, True)
    assert mails(session) == [("registered", row.id)]
    assert set(session.scalars(select(AuditEntry.action))) == {"registration.place", "registration.create"}


def test_the_same_contact_again_changes_nothing_and_mails_the_link(session: Session) -> None:
    event = make_event(session, capacity=5)
    first = register(session, event, guest())
    again = register(session, event, Details("冒名者", "别家", Capacity.MEDIA, email="GUEST1@example.org"))
    [row] = rows(session)
    assert first == again
    assert (row.name, row.capacity) == ("来宾1", Capacity.SEEKER)
    assert mails(session) == [("registered", row.id)] * 2


def test_when_full_somebody_registered_reads_the_same_as_somebody_new(session: Session) -> None:
    event = make_event(session, capacity=1)
    register(session, event, guest(1))
    assert register(session, event, guest(1)) == register(session, event, guest(2))
    assert [row.state for row in rows(session)] == [RegistrationState.REGISTERED, RegistrationState.WAITING]


def test_a_mobile_number_alone_is_enough_and_is_one_contact(session: Session) -> None:
    event = make_event(session)
    for number in ("13812345678", "+86 138-1234-5678", "１３８１２３４５６７８"):
        register(session, event, guest(email="", mobile=number))
    [row] = rows(session)
    assert (row.email, row.mobile, row.contact, row.seat) == ("", "13812345678", "13812345678", None)
    assert mails(session) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "", "mobile": ""}, "email"),
        ({"email": "not an address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"mobile": "call me"}, "mobile"),
        ({"mobile": "12"}, "mobile"),
    ],
)
def test_contacts_that_cannot_be_are_refused_at_their_field(
    session: Session, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        register(session, make_event(session), guest(**values))
    assert refusal.value.field == field


def test_without_consent_nothing_is_kept(session: Session) -> None:
    with pytest.raises(Invalid) as refusal:
        registrations.register(session, make_event(session), by=VISITOR, details=guest(), locale="en", consent=False)
    assert (refusal.value.field, rows(session)) == ("consent", [])


@pytest.mark.parametrize(
    ("state", "hours"), [(EventState.DRAFT, 24), (EventState.CANCELLED, 24), (EventState.PUBLISHED, -24)]
)
def test_only_an_announced_roadshow_to_come_takes_registrations(
    session: Session, state: EventState, hours: int
) -> None:
    event = make_event(session, state=state, starts_at=utcnow() + timedelta(hours=hours))
    with pytest.raises(NotNow):
        register(session, event, guest())


def test_until_the_last_minute_somebody_can_walk_in(session: Session) -> None:
    event = make_event(session, starts_at=utcnow() - timedelta(hours=2, minutes=59))
    register(session, event, guest())
    assert len(rows(session)) == 1


def test_a_cancelled_seat_is_sold_again_and_coming_back_writes_the_registration_anew(session: Session) -> None:
    event = make_event(session, capacity=1)
    register(session, event, guest(1))
    registrations.cancel(session, rows(session)[0], by=VISITOR)
    [first] = rows(session)
    assert (first.state, first.seat) == (RegistrationState.CANCELLED, None)
    register(session, event, Details("新名字", "新单位", Capacity.BANK, email="guest1@example.org"))
    session.refresh(first)
    assert (first.state, first.seat, first.name) == (RegistrationState.REGISTERED, 1, "新名字")
    registrations.cancel(session, first, by=VISITOR)
    with pytest.raises(NotNow):
        registrations.cancel(session, first, by=VISITOR)


def test_after_the_roadshow_nothing_is_cancelled(session: Session) -> None:
    event = make_event(session)
    register(session, event, guest())
    event.starts_at, event.ends_at = utcnow() - timedelta(hours=3), utcnow() - timedelta(hours=1)
    session.flush()
    with pytest.raises(NotNow):
        registrations.cancel(session, rows(session)[0], by=VISITOR)


def test_with_an_account_the_registration_is_ones_own(session: Session) -> None:
    account, stranger = make_account(session, make_provider(session)), make_account(session)
    by, event = load_actor(session, account.id), make_event(session)
    receipt = register(session, event, guest(email=account.email), by)
    assert receipt.registration is not None
    assert (receipt.registration.person_id, receipt.registration.organisation_id) == (by.person_id, by.organisation_id)
    again = register(session, event, guest(2), by)  # one person comes once, under whatever contact
    assert again.registration is receipt.registration
    assert len(rows(session)) == 1
    assert mine(session, event.id, by.person_id).public_id == receipt.registration.public_id
    assert mine(session, event.id, stranger.person_id) is None
    assert mine(session, event.id, None) is None
    assert [(item.kind, item.title) for item in desk.coming(session, by)] == [("roadshow", event.title)]
    registrations.cancel(session, receipt.registration, by=by)
    assert desk.coming(session, by) == []


def test_an_account_cannot_take_over_the_registration_of_another_address(session: Session) -> None:
    event, thief = make_event(session), load_actor(session, make_account(session).id)
    register(session, event, guest(1))
    receipt = register(session, event, guest(1), thief)
    [row] = rows(session)
    assert (receipt.registration, row.person_id) == (None, None)


def test_ones_own_earlier_registration_joins_the_account(session: Session) -> None:
    event, account = make_event(session), make_account(session)
    register(session, event, guest(email=account.email))
    receipt = register(session, event, guest(email=account.email), load_actor(session, account.id))
    assert receipt.registration is not None
    assert receipt.registration.person_id == account.person_id


def test_an_unconfirmed_account_proves_no_address(session: Session) -> None:
    event, account = make_event(session), make_account(session, confirmed=False)
    register(session, event, guest(email=account.email))
    receipt = register(session, event, guest(email=account.email), load_actor(session, account.id))
    assert (receipt.registration, rows(session)[0].person_id) == (None, None)


def test_an_organizer_enters_and_is_told_of_doubles(session: Session) -> None:
    by, event = organizer(session), make_event(session, capacity=1)
    entered = registrations.enter(session, event, by=by, details=guest(1), locale="zh_CN")
    assert (entered.entered_by_id, entered.person_id) == (by.person_id, None)
    with pytest.raises(Conflict):
        registrations.enter(session, event, by=by, details=guest(1), locale="zh_CN")
    registrations.cancel(session, entered, by=by)
    assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all() == [
        "registration.place",
        "registration.enter",
        "registration.cancel",
    ]


def test_lists_filter_and_page(session: Session) -> None:
    event, other = make_event(session), make_event(session)
    for number in range(5):
        register(session, event, guest(number))
    register(session, event, Details("银行的人", "某银行", Capacity.BANK, mobile="13812345678"))
    register(session, other, guest(99))
    registrations.cancel(session, rows(session)[0], by=VISITOR)
    everybody = Selection(event.id)
    first = listed(session, everybody, limit=3)
    second = listed(session, everybody, after=first.next_key, limit=3)
    assert [row.name for row in (*first.rows, *second.rows)] == ["来宾1", "来宾2", "来宾3", "来宾4", "银行的人"]
    assert (second.next_key, size(session, everybody), taken(session, event.id)) == (0, 5, 5)
    assert by_capacity(session, event.id) == {Capacity.SEEKER: 4, Capacity.BANK: 1}
    assert size(session, Selection(event.id, mobile_only=True)) == 1
    assert size(session, Selection(event.id, state=RegistrationState.CANCELLED)) == 1
    assert size(session, Selection(event.id, text="银行")) == 1


def test_seats_are_kept_when_the_limit_is_lifted_and_set_again(session: Session) -> None:
    by, event = organizer(session), make_event(session, capacity=2)
    register(session, event, guest(1))
    events.edit(session, event, by=by, **edited(event, capacity=None))
    register(session, event, guest(2))
    events.edit(session, event, by=by, **edited(event, capacity=2))
    assert [row.seat for row in rows(session)] == [1, 2]
    assert register(session, event, guest(3)).full


def test_contacts_as_they_are_compared_and_shown() -> None:
    assert normal_email(" A.B@Example.ORG ") == "a.b@example.org"
    assert normal_mobile("(0459) 123-4567") == "04591234567"
    assert normal_mobile("+7 912 345 67 89") == "+79123456789"
    assert is_email("王@示例.中国")
    assert not is_email("a@b..org")
    assert not is_mobile("+")
    assert masked_email("zhang@example.org") == "z***@example.org"
    assert masked_mobile("13812345678") == "138****5678"
    assert (masked_email(""), masked_mobile(""), masked_mobile("123456")) == ("", "", "****")
