"""Accounts: passwords, lock-out, links, grants."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import accounts, consents, grants
from models.base import Database, utcnow
from models.enums import ConsentKind, GrantRole, OrgRole
from models.errors import Conflict, Invalid, NotNow
from models.queries.accounts import (
    accounts_page,
    consent_due,
    current_consents,
    grants_of,
    link_state,
    locked_until,
    log_in_row,
    organizers,
)
from models.queries.actors import load_actor
from models.rules import lockout
from models.rules.passwords import LONGEST, check_password
from models.rules.policy import VISITOR, Actor
from models.rules.settings import PRIVACY_VERSION
from models.tables import Account, AuditEntry, Consent, Grant, Job, LoginFailure, Mandate, Organisation, Person
from tests.counting import counted
from tests.factories import make_account, make_event, make_mandate, make_provider, make_seeker

BY = Actor(ip="192.0.2.7")


def mails(session: Session) -> list[dict[str, Any]]:
    """Payloads of the mails enqueued so far."""
    return list(session.scalars(select(Job.payload).where(Job.name == "mail").order_by(Job.id)))


def templates(session: Session) -> list[tuple[str, str]]:
    return [(mail["template"], mail["to"]) for mail in mails(session)]


def actions_of(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def sign_up(session: Session, email: str = "new@example.org", password_hash: str = "hash-1") -> None:  # noqa: S107
    accounts.sign_up(session, email=email, name="新来的", password_hash=password_hash, locale="en", by=BY)


def by_email(session: Session, email: str) -> Account:
    return session.scalars(select(Account).where(Account.email == email)).one()


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("Ab1!xyz", "at least"),
        ("A1!" + "x" * LONGEST, "at most"),
        ("onlylowercase", "three of"),
        ("lower-and-signs", "three of"),
        ("Zhangsan-77x", "name or address"),
        ("张三-Secret-9", "name or address"),
        ("P@ssw0rd", "somebody would guess"),
        ("Password2026!", "somebody would guess"),
        ("Admin@2024", "somebody would guess"),
        ("Aa1!Aa1!", "somebody would guess"),
    ],
)
def test_refused_passwords(password: str, part: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_password(password, name="张三", email="zhangsan@example.org")
    assert part in str(caught.value)
    assert caught.value.field == "password"


@pytest.mark.parametrize("password", ["Correct-Horse-7", "三种字符Ab123", "river stone 42 OAK"])
def test_accepted_passwords(password: str) -> None:
    check_password(password, name="张三", email="zhangsan@example.org")


def test_a_short_name_forbids_nothing() -> None:
    check_password("Correct-Horse-7", name="e", email="o@example.org")


# --- lock-out ---------------------------------------------------------------------------------------------------------


def test_lock_out_needs_the_attempts_within_the_window() -> None:
    now = utcnow()
    close = [now - timedelta(minutes=n) for n in range(5)]
    wide = [now - timedelta(minutes=4 * n) for n in range(5)]
    assert lockout.locked_until(close[:4], attempts=5, minutes=15, now=now) is None
    assert lockout.locked_until(close, attempts=5, minutes=15, now=now) == now + timedelta(minutes=15)
    assert lockout.locked_until(wide, attempts=5, minutes=15, now=now) is None
    later = now + timedelta(minutes=15)
    assert lockout.locked_until(close, attempts=5, minutes=15, now=later) is None


def attempt(session: Session, account: Account | None, *, right: bool, email: str = "") -> accounts.LogIn:
    return accounts.log_in(
        session,
        email=email or (account.email if account else ""),
        account_id=account.id if account else None,
        right=right,
        by=BY,
    )


def test_five_failures_lock_the_right_password_out_too(session: Session) -> None:
    account = make_account(session)
    outcomes = [attempt(session, account, right=False) for _ in range(5)]
    assert [outcome.locked_until is None for outcome in outcomes] == [True] * 4 + [False]
    locked = attempt(session, account, right=True)
    assert locked.account_id is None
    assert locked.locked_until == outcomes[-1].locked_until  # refused attempts do not lengthen the lock
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 5


def test_an_unknown_address_is_locked_like_a_known_one(session: Session) -> None:
    outcomes = [attempt(session, None, right=False, email="Nobody@Example.org") for _ in range(6)]
    assert outcomes[-1].locked_until is not None
    assert locked_until(session, "nobody@example.org", now=utcnow()) is not None


def test_a_log_in_forgets_the_failures(session: Session) -> None:
    account = make_account(session)
    for _ in range(4):
        attempt(session, account, right=False)
    entered = attempt(session, account, right=True)
    assert (entered.account_id, entered.first) == (account.id, True)
    assert attempt(session, account, right=True).first is False
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 0
    assert [attempt(session, account, right=False).locked_until for _ in range(4)] == [None] * 4


def test_old_failures_are_swept(session: Session) -> None:
    session.add(LoginFailure(email="old@example.org", at=utcnow() - timedelta(days=3)))
    attempt(session, None, right=False, email="new@example.org")
    assert list(session.scalars(select(LoginFailure.email))) == ["new@example.org"]


def test_a_suspended_account_cannot_enter(session: Session) -> None:
    account = make_account(session)
    account.suspended_at = utcnow()
    assert attempt(session, account, right=True).account_id is None


# --- signing up -------------------------------------------------------------------------------------------------------


def test_sign_up_waits_for_confirmation(session: Session) -> None:
    sign_up(session, " New@Example.ORG ")
    account = by_email(session, "new@example.org")
    assert account.confirmed_at is None
    assert (account.person.name, account.locale) == ("新来的", "en")
    consent = session.scalars(select(Consent)).one()
    assert (consent.kind, consent.version, consent.ip) == (ConsentKind.PRIVACY, PRIVACY_VERSION, "192.0.2.7")
    mail = mails(session)[0]
    assert (mail["template"], mail["to"], mail["locale"]) == ("confirm", "new@example.org", "en")
    assert "hash-1" not in str(mail)
    assert actions_of(session) == ["consent.give", "account.sign_up"]
    assert not load_actor(session, account.id).confirmed


def test_a_known_address_gets_a_mail_and_nothing_changes(session: Session) -> None:
    account = make_account(session)
    before = account.password_hash
    sign_up(session, account.email.upper())
    assert templates(session) == [("account_exists", account.email)]
    assert (account.password_hash, account.person.name) != ("hash-1", "新来的")
    assert account.password_hash == before
    assert session.scalar(select(func.count()).select_from(Account)) == 1


def test_an_unconfirmed_sign_up_starts_afresh(session: Session) -> None:
    sign_up(session, password_hash="hash-1")
    account = by_email(session, "new@example.org")
    first = mails(session)[0]["values"]["state"]
    epoch = account.session_epoch
    sign_up(session, password_hash="hash-2")
    second = mails(session)[1]["values"]["state"]
    assert account.password_hash == "hash-2"
    assert account.session_epoch > epoch  # whoever logged in with the first password is out
    with pytest.raises(NotNow):
        accounts.confirm_email(session, account.id, state=first, by=BY)
    accounts.confirm_email(session, account.id, state=second, by=BY)
    assert account.confirmed_at is not None
    assert session.scalar(select(func.count()).select_from(Consent)) == 1


def test_a_confirm_link_works_once(session: Session) -> None:
    sign_up(session)
    account = by_email(session, "new@example.org")
    state = mails(session)[0]["values"]["state"]
    accounts.confirm_email(session, account.id, state=state, by=BY)
    assert load_actor(session, account.id).confirmed
    with pytest.raises(NotNow):
        accounts.confirm_email(session, account.id, state=state, by=BY)
    with pytest.raises(NotNow):
        accounts.confirm_email(session, account.id + 99, state=state, by=BY)


def test_confirming_joins_registrations_made_without_an_account(session: Session) -> None:
    from models.enums import Capacity
    from models.tables import Registration

    event = make_event(session)
    for address in ("New@example.org", "other@example.org"):
        session.add(
            Registration(
                event_id=event.id,
                name="来宾",
                capacity=Capacity.OTHER,
                email=address,
                contact=address.casefold(),
                consent_version="1",
                consent_at=utcnow(),
            )
        )
    sign_up(session)
    account = by_email(session, "new@example.org")
    accounts.confirm_email(session, account.id, state=link_state(account), by=BY)
    session.expire_all()
    joined = session.execute(select(Registration.email, Registration.person_id).order_by(Registration.id)).all()
    assert joined == [("New@example.org", account.person_id), ("other@example.org", None)]


def test_the_link_is_sent_again_only_while_unconfirmed(session: Session) -> None:
    account = make_account(session, confirmed=False)
    accounts.send_confirmation_again(session, by=load_actor(session, account.id), next_page="/desk")
    assert mails(session)[0]["values"]["next_page"] == "/desk"
    account.confirmed_at = utcnow()
    accounts.send_confirmation_again(session, by=load_actor(session, account.id))
    assert len(mails(session)) == 1


def test_one_account_per_address(session: Session) -> None:
    account = make_account(session)
    with pytest.raises(Conflict) as caught:
        accounts.open_confirmed(
            session, Person(name="另一人"), email=account.email.upper(), password_hash="h", locale="en", by=BY
        )
    assert caught.value.field == "email"
    assert session.scalar(select(func.count()).select_from(Person)) == 1


# --- reset, change, log out everywhere ----------------------------------------------------------------------------------


def test_reset_tells_the_mail_not_the_page(session: Session) -> None:
    known, shut = make_account(session), make_account(session)
    shut.suspended_at = utcnow()
    for email in (known.email.upper(), "unknown@example.org", shut.email):
        accounts.request_reset(session, email=email, locale="en", by=BY)
    assert templates(session) == [
        ("reset", known.email),
        ("reset_unknown", "unknown@example.org"),
        ("account_suspended", shut.email),
    ]


def test_reset_ends_sessions_lock_and_link(session: Session) -> None:
    account = make_account(session, confirmed=False)
    for _ in range(5):
        attempt(session, account, right=False)
    state = link_state(account)
    accounts.reset_password(session, account.id, state=state, password_hash="hash-2", by=BY)
    assert (account.password_hash, account.session_epoch) == ("hash-2", 1)
    assert account.confirmed_at is not None  # the mail reached them
    assert attempt(session, account, right=True).account_id == account.id
    assert templates(session)[-1] == ("password_changed", account.email)
    with pytest.raises(NotNow):
        accounts.reset_password(session, account.id, state=state, password_hash="hash-3", by=BY)


def test_changing_the_password_raises_the_epoch(session: Session) -> None:
    account = make_account(session)
    accounts.change_password(session, password_hash="hash-2", by=load_actor(session, account.id))
    assert account.session_epoch == 1
    assert "account.change_password" in actions_of(session)


def test_log_out_everywhere_raises_the_epoch(session: Session) -> None:
    account = make_account(session)
    accounts.log_out_everywhere(session, account, by=load_actor(session, account.id))
    assert load_actor(session, account.id).epoch == 1


def test_locale_is_kept(session: Session) -> None:
    account = make_account(session)
    accounts.set_locale(session, "en", by=load_actor(session, account.id))
    assert load_actor(session, account.id).locale == "en"


def test_another_address_needs_its_link(session: Session) -> None:
    account = make_account(session)
    me, old = load_actor(session, account.id), account.email
    accounts.request_new_email(session, email="Fresh@example.org", by=me)
    values = mails(session)[0]["values"]
    assert (templates(session)[0], account.email) == (("new_email", "fresh@example.org"), old)
    accounts.take_new_email(session, account.id, email=values["email"], state=values["state"], by=BY)
    assert (account.email, account.person.email) == ("fresh@example.org", "fresh@example.org")
    assert templates(session)[-1] == ("email_changed", old)
    with pytest.raises(NotNow):
        accounts.take_new_email(session, account.id, email="again@example.org", state=values["state"], by=BY)


def test_a_taken_address_is_told_by_mail_only(session: Session) -> None:
    account, other = make_account(session), make_account(session)
    me = load_actor(session, account.id)
    accounts.request_new_email(session, email=other.email, by=me)
    assert templates(session) == [("account_exists", other.email)]
    with pytest.raises(Conflict):  # taken between the mail and the click
        accounts.take_new_email(session, account.id, email=other.email, state=link_state(account), by=BY)


# --- consent ------------------------------------------------------------------------------------------------------------


def test_consent_is_noted_once_and_due_after_withdrawal(session: Session) -> None:
    sign_up(session)
    account = by_email(session, "new@example.org")
    account.confirmed_at = utcnow()
    me = load_actor(session, account.id)
    consents.give(session, ConsentKind.PRIVACY, person_id=account.person_id, by=me)
    assert session.scalar(select(func.count()).select_from(Consent)) == 1
    assert not consent_due(session, account.person_id)
    consents.withdraw(session, ConsentKind.PRIVACY, by=me)
    assert consent_due(session, account.person_id)
    assert load_actor(session, account.id).epoch > me.epoch
    consents.give(session, ConsentKind.PRIVACY, person_id=account.person_id, by=me)
    assert not consent_due(session, account.person_id)
    assert ConsentKind.PRIVACY in current_consents(session, account.person_id)


def test_an_earlier_version_is_asked_again(session: Session) -> None:
    account = make_account(session)
    assert not consent_due(session, account.person_id)  # entered by an operator: no row, no question
    session.add(Consent(person_id=account.person_id, kind=ConsentKind.PRIVACY, version="2020-01", given_at=utcnow()))
    session.flush()
    assert consent_due(session, account.person_id)


# --- administrators -----------------------------------------------------------------------------------------------------


def test_grant_and_revoke(session: Session) -> None:
    admin = load_actor(session, make_account(session, None, GrantRole.ADMINISTRATOR).id)
    account = make_account(session)
    grants.grant(session, account.person, GrantRole.ORGANIZER, by=admin)
    assert load_actor(session, account.id).organizer
    assert [reader.email for reader in organizers(session)] == [account.email]
    with pytest.raises(Conflict):
        grants.grant(session, account.person, GrantRole.ORGANIZER, by=admin)
    grants.revoke(session, account.person, GrantRole.ORGANIZER, by=admin)
    assert not load_actor(session, account.id).organizer
    with pytest.raises(NotNow):
        grants.revoke(session, account.person, GrantRole.ORGANIZER, by=admin)
    grants.grant(session, account.person, GrantRole.ORGANIZER, by=admin)
    assert grants_of(session, [account.person_id]) == {account.person_id: [GrantRole.ORGANIZER]}
    assert actions_of(session) == ["admin.grant", "admin.revoke", "admin.grant"]


def test_an_auditor_does_nothing_else(session: Session) -> None:
    admin = load_actor(session, make_account(session, None, GrantRole.ADMINISTRATOR).id)
    auditor = make_account(session, None, GrantRole.AUDITOR)
    organizer = make_account(session, None, GrantRole.ORGANIZER)
    for person, role in (
        (auditor.person, GrantRole.ADMINISTRATOR),
        (auditor.person, GrantRole.ORGANIZER),
        (organizer.person, GrantRole.AUDITOR),
    ):
        with pytest.raises(NotNow):
            grants.grant(session, person, role, by=admin)


def test_the_last_administrator_stays(session: Session) -> None:
    account = make_account(session, None, GrantRole.ADMINISTRATOR)
    admin = load_actor(session, account.id)
    with pytest.raises(NotNow):
        grants.revoke(session, account.person, GrantRole.ADMINISTRATOR, by=admin)
    other = make_account(session, None, GrantRole.ADMINISTRATOR)
    grants.revoke(session, account.person, GrantRole.ADMINISTRATOR, by=load_actor(session, other.id))
    assert not load_actor(session, account.id).has(GrantRole.ADMINISTRATOR)


def test_revoking_a_technology_manager_ends_the_mandates(session: Session) -> None:
    admin = load_actor(session, make_account(session, None, GrantRole.ADMINISTRATOR).id)
    organisation = make_seeker(session)
    manager = make_account(session, organisation, role=OrgRole.MANAGER)
    broker = make_account(session, None, GrantRole.BROKER)
    mandate = make_mandate(session, organisation, broker, manager)
    grants.revoke(session, broker.person, GrantRole.BROKER, by=admin)
    assert mandate.ended_at is not None
    assert set(templates(session)) == {("mandate_ended", manager.email), ("mandate_ended", broker.email)}
    assert session.scalar(select(func.count()).select_from(Mandate).where(Mandate.ended_at.is_(None))) == 0


def test_suspend_and_restore(session: Session) -> None:
    boss = make_account(session, None, GrantRole.ADMINISTRATOR)
    admin, account = load_actor(session, boss.id), make_account(session)
    grants.suspend(session, account, reason="多次发布虚假信息", by=admin)
    assert load_actor(session, account.id) is VISITOR
    assert mails(session)[0]["values"]["reason"] == "多次发布虚假信息"
    with pytest.raises(NotNow):
        grants.suspend(session, account, reason="", by=admin)
    with pytest.raises(NotNow):
        grants.suspend(session, boss, reason="", by=admin)
    grants.restore(session, account, by=admin)
    assert load_actor(session, account.id).signed_in
    with pytest.raises(NotNow):
        grants.restore(session, account, by=admin)


def test_the_first_administrator(session: Session) -> None:
    account = accounts.create_administrator(
        session, email="Boss@example.org", name="管理员", organisation_name="示例科技局", password_hash="h"
    )
    me = load_actor(session, account.id)
    assert me.has(GrantRole.ADMINISTRATOR)
    assert (me.organisation_name, me.role, me.verified) == ("示例科技局", OrgRole.MANAGER, True)
    with pytest.raises(Conflict):
        accounts.create_administrator(
            session, email="boss@example.org", name="又一个", organisation_name="", password_hash="h"
        )
    second = accounts.create_administrator(
        session, email="two@example.org", name="第二人", organisation_name="示例科技局", password_hash="h"
    )
    assert load_actor(session, second.id).organisation_id == me.organisation_id
    assert session.scalar(select(func.count()).select_from(Organisation)) == 1
    assert session.scalar(select(func.count()).select_from(Grant)) == 2


@pytest.mark.parametrize("number", [1, 3])
def test_account_list_costs_the_same_with_one_and_three(database: Database, number: int) -> None:
    with database.write() as session:
        organisation = make_provider(session)
        for _ in range(number):
            make_account(session, organisation)
    with database.read() as session, counted(session) as statements:
        rows = accounts_page(session, text=organisation.name[:3])
        grants_of(session, [row.person_id for row in rows])
        assert log_in_row(session, email=rows[0].email) is not None
    assert len(rows) == number
    assert len(statements) == 4


def test_account_list_searches_and_pages(session: Session) -> None:
    organisation = make_provider(session, name="查找用大学")
    inside, outside = make_account(session, organisation), make_account(session, name="王某某")
    newest_first = [row.id for row in accounts_page(session)]
    assert newest_first == [outside.id, inside.id]
    assert [row.id for row in accounts_page(session, text="查找用")] == [inside.id]
    assert [row.id for row in accounts_page(session, text="王某")] == [outside.id]
    assert [row.id for row in accounts_page(session, text=inside.email.upper())] == [inside.id]
    assert [row.id for row in accounts_page(session, text="%")] == []
    assert [row.id for row in accounts_page(session, before=outside.id)] == [inside.id]
