"""By a personal link: how a meeting was, its next step, wishes to meet, when a speaker can be there; and mails that lead there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.actions import agenda, event_links, events, meeting_wishes
from models.actions.agenda_publication import publish_changes
from models.base import Database, utcnow
from models.enums import AgendaKind, MeetingResult, Side, Told
from models.queries.agenda_drafts import available
from models.tables import (
    Account,
    Achievement,
    AgendaItem,
    Booking,
    MatchSession,
    MeetingOutcome,
    MeetingWish,
    NextStep,
    Organisation,
    Person,
)
from scripts.dictionaries import load
from tests.counting import queries_of
from tests.models.booking_cases import Fair, book, confirm, make_fair
from tests.models.test_events import make_registration
from tests.models.test_outcomes import move_back
from tests.web.day_site import at_roadshow, event_of, opened
from tests.web.registration_site import sent_mails, text_of

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def fair(database: Database, app: Flask) -> Fair:
    """A 1:1 session of a roadshow; the contact of the achievement is a professor without account, who also speaks."""
    made = make_fair(database)
    with database.write() as session:
        load(session)
        at_roadshow(session, made)
        session.get_one(Achievement, made.achievement_id).contact_id = made.professor
        professor = session.get_one(Person, made.professor)
        professor.email, professor.declared_at = "professor@example.org", utcnow()
    return made


def met(database: Database, fair: Fair) -> Booking:
    """A meeting with the professor that is over since yesterday; the roadshow too."""
    with database.write() as session:
        booking = book(session, fair, asked_for=fair.professor)
        confirm(session, fair, booking, attendees=[fair.professor])
        move_back(session, booking)
        event = event_of(session, fair)
        event.starts_at, event.ends_at = utcnow() - timedelta(hours=30), utcnow() - timedelta(hours=20)
        return booking


def said(database: Database) -> list[tuple[Side, MeetingResult, bool, int | None]]:
    with database.read() as session:
        return [(one.side, one.result, one.useful, one.person_id) for one in session.scalars(select(MeetingOutcome))]


def wish_of(database: Database, fair: Fair, *, seeker: int = 0) -> str:
    with database.write() as session:
        who = fair.seekers[seeker]
        return meeting_wishes.wish(
            session, session.get_one(MatchSession, fair.session_id), by=who.actor, seeker_id=who.organisation_id,
            achievement=session.get_one(Achievement, fair.achievement_id), strength=2, attendees=[who.person],
            note="想看样机",
        ).public_id  # fmt: skip


def wish(database: Database, public_id: str) -> MeetingWish:
    with database.read() as session:
        return session.scalars(select(MeetingWish).where(MeetingWish.public_id == public_id)).one()


# --- how it was -------------------------------------------------------------------------------------------------------


def test_one_tap_says_how_the_meeting_was_and_can_be_corrected(
    client: FlaskClient, database: Database, fair: Fair
) -> None:
    booking = met(database, fair)
    day = opened(client, database, fair, fair.professor)
    address = f"{day}/meetings/{booking.public_id}/outcome"
    page = client.get(day).get_data(as_text=True)
    assert f'action="{address}"' in page
    assert 'value="no_show"' in page
    assert client.post(address, data={"said": "no_show"}).status_code == 303
    assert said(database) == [(Side.PROVIDER, MeetingResult.NO_SHOW, False, fair.professor)]
    assert "对方未到场" in client.get(day).get_data(as_text=True)
    client.post(address, data={"said": "useful"})
    assert said(database) == [(Side.PROVIDER, MeetingResult.HELD, True, fair.professor)]
    client.post(address, data={"said": "nonsense"})
    assert len(said(database)) == 1


def test_a_meeting_to_come_is_not_asked_about(client: FlaskClient, database: Database, fair: Fair) -> None:
    with database.write() as session:
        booking = book(session, fair, asked_for=fair.professor)
        confirm(session, fair, booking, attendees=[fair.professor])
    day = opened(client, database, fair, fair.professor)
    assert "/outcome" not in client.get(day).get_data(as_text=True)
    client.post(f"{day}/meetings/{booking.public_id}/outcome", data={"said": "held"})
    assert said(database) == []


def test_of_somebody_elses_meeting_nothing_is_said(client: FlaskClient, database: Database, fair: Fair) -> None:
    booking = met(database, fair)
    day = opened(client, database, fair, fair.seekers[1].person)
    assert client.post(f"{day}/meetings/{booking.public_id}/outcome", data={"said": "held"}).status_code == 404
    assert client.get(f"{day}/meetings/{booking.public_id}/next-step").status_code == 404
    assert said(database) == []


def test_a_next_step_is_planned_by_the_link(client: FlaskClient, database: Database, fair: Fair) -> None:
    booking = met(database, fair)
    day = opened(client, database, fair, fair.professor)
    answer = client.post(f"{day}/meetings/{booking.public_id}/outcome", data={"said": "next_step"})
    form = answer.location
    assert form == f"{day}/meetings/{booking.public_id}/next-step"
    assert client.get(form).status_code == 200
    due = (utcnow() + timedelta(days=5)).date()
    refused = client.post(form, data={"text": "寄出检测报告", "due_on": "2001-01-01"})
    assert refused.status_code == 422
    assert "寄出检测报告" in refused.get_data(as_text=True), "what was typed is kept"
    assert client.post(form, data={"text": "寄出检测报告", "due_on": due.isoformat()}).location == day
    with database.read() as session:
        [step] = session.scalars(select(NextStep)).all()
        assert (step.text, step.person_id, step.due_on, step.side) == (
            "寄出检测报告",
            fair.professor,
            due,
            Side.PROVIDER,
        )
    assert "寄出检测报告" in client.get(day).get_data(as_text=True)
    assert client.get(form).status_code == 303, "there is one already; the page says which"


# --- wishes -----------------------------------------------------------------------------------------------------------


def test_the_contact_answers_a_wish(client: FlaskClient, database: Database, fair: Fair) -> None:
    public_id = wish_of(database, fair)
    day = opened(client, database, fair, fair.professor)
    page = client.get(day).get_data(as_text=True)
    with database.read() as session:
        assert session.get_one(Organisation, fair.seekers[0].organisation_id).name in page
    assert "想看样机" in page
    assert client.post(f"{day}/wishes/{public_id}/3").status_code == 303
    found = wish(database, public_id)
    assert (found.provider_strength, found.provider_person_id) == (3, fair.professor)
    assert client.post(f"{day}/wishes/{public_id}/decline", data={"reason": "nonsense"}).status_code == 303
    assert wish(database, public_id).declined_reason is None
    client.post(f"{day}/wishes/{public_id}/decline", data={"reason": "changed"})
    assert wish(database, public_id).declined_side is Side.PROVIDER
    assert client.post(f"{day}/wishes/{public_id}/9").status_code == 404


def test_an_enterprises_registered_person_answers_a_wish(client: FlaskClient, database: Database, fair: Fair) -> None:
    who = fair.seekers[0]
    with database.write() as session:
        one = meeting_wishes.wish_enterprise(
            session, session.get_one(MatchSession, fair.session_id), by=fair.owner,
            seeker=session.get_one(Organisation, who.organisation_id),
            achievement=session.get_one(Achievement, fair.achievement_id), strength=3, attendees=[fair.professor],
        )  # fmt: skip
    day = opened(client, database, fair, who.colleague)
    assert one.public_id not in client.get(day).get_data(as_text=True), "not registered: not concerned"
    assert client.post(f"{day}/wishes/{one.public_id}/2").status_code == 404
    with database.write() as session:
        registered = make_registration(session, event_of(session, fair), email="colleague@example.org")
        registered.person_id = who.colleague
    assert one.public_id in client.get(day).get_data(as_text=True)
    assert client.post(f"{day}/wishes/{one.public_id}/2").status_code == 303
    found = wish(database, one.public_id)
    assert (found.seeker_strength, found.seeker_people) == (2, [who.colleague])


def test_wishes_of_others_and_closed_ones_are_not_answered(client: FlaskClient, database: Database, fair: Fair) -> None:
    public_id = wish_of(database, fair)
    stranger = opened(client, database, fair, fair.seekers[1].person)
    assert public_id not in client.get(stranger).get_data(as_text=True)
    assert client.post(f"{stranger}/wishes/{public_id}/3").status_code == 404
    day = opened(client, database, fair, fair.professor)
    with database.write() as session:
        session.get_one(MatchSession, fair.session_id).wishes_close_at = utcnow()
    client.post(f"{day}/wishes/{public_id}/3")
    assert wish(database, public_id).provider_strength is None


def test_the_day_costs_the_same_with_one_and_with_two_wishes(
    client: FlaskClient, database: Database, fair: Fair
) -> None:
    wish_of(database, fair)
    day = opened(client, database, fair, fair.professor)
    one = queries_of(client, day)
    wish_of(database, fair, seeker=1)
    assert queries_of(client, day) == one


# --- speakers ---------------------------------------------------------------------------------------------------------


def test_a_speaker_without_account_says_when_they_can(client: FlaskClient, database: Database, fair: Fair) -> None:
    day = opened(client, database, fair, fair.professor)
    with database.read() as session:
        event = event_of(session, fair)
        address = f"/events/{event.public_id}/my-times"
    assert f'href="{address}"' in client.get(day).get_data(as_text=True)
    assert client.get(address).status_code == 200
    start = (event.starts_at + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")  # typed in the site's zone
    end = (event.starts_at + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    assert client.post(address, data={"from_0": start, "until_0": end}).location == day
    with database.read() as session:
        assert len(available(session, event.id)[f"person:{fair.professor}"]) == 1
    client.delete_cookie("session")
    assert client.get(address).status_code == 303, "nobody in particular"


# --- mails ------------------------------------------------------------------------------------------------------------


def test_mails_to_who_has_no_account_lead_to_their_day(
    app: Flask, client: FlaskClient, database: Database, fair: Fair
) -> None:
    wish_of(database, fair)
    with database.write() as session:
        book(session, fair, 1)
    names = ("mail", "booking_mail")
    mails = [mail for mail in sent_mails(app, database, *names) if "professor@example.org" in str(mail["To"])]
    assert len(mails) == 2
    for mail in mails:
        token = text_of(mail).split("/day/")[1].split()[0]
        assert client.get(f"/day/{token}").location.endswith("/my-day")


def test_mails_to_who_has_an_account_lead_to_the_site(app: Flask, database: Database, fair: Fair) -> None:
    with database.write() as session:
        session.get_one(Achievement, fair.achievement_id).contact_id = fair.owner.person_id
    wish_of(database, fair)
    [mail] = sent_mails(app, database, "mail")
    assert "/day/" not in text_of(mail)


def test_news_of_the_roadshow_leads_a_speaker_without_account_to_their_day(
    app: Flask, client: FlaskClient, database: Database, fair: Fair
) -> None:
    with database.write() as session:
        event = event_of(session, fair)
        session.add(
            AgendaItem(
                event_id=event.id, position=1, kind="talk", title="答疑", room="一号厅", speaker_id=fair.owner.person_id,
                starts_at=event.starts_at + timedelta(minutes=10), ends_at=event.starts_at + timedelta(minutes=20),
            )
        )  # fmt: skip
        session.flush()
        later = event.starts_at + timedelta(days=1)
        events.postpone(session, event, by=fair.organizer, revision=event.revision, starts_at=later, reason="大雪")
        agenda.add_other(
            session, event, by=fair.organizer, kind=AgendaKind.BREAK, title="茶歇", minutes=10, room="一号厅"
        )
        publish_changes(session, event, by=fair.organizer, revision=event.revision, tell=Told.EVERYBODY)
    mails = sent_mails(app, database)
    to_professor = [text_of(mail) for mail in mails if "professor@example.org" in str(mail["To"])]
    assert len(to_professor) == 2
    for body in to_professor:
        assert client.get("/day/" + body.split("/day/")[1].split()[0]).status_code == 303
    to_others = [text_of(mail) for mail in mails if "professor@example.org" not in str(mail["To"])]
    assert len(to_others) == 2
    assert not any("/day/" in body for body in to_others), "who has an account logs in"


def test_a_speaker_who_cannot_come_tells_the_organizers_and_takes_it_back(
    app: Flask, client: FlaskClient, database: Database, fair: Fair, organizer: FlaskClient
) -> None:
    day = opened(client, database, fair, fair.professor)
    assert "我来不了" in client.get(day).get_data(as_text=True)
    for reason in ("发烧了", "还在发烧"):  # the second time nobody is told anew
        assert client.post(f"{day}/talks/no", data={"reason": reason}).status_code == 303
    text = client.get(day).get_data(as_text=True)
    assert "您已说明无法到场" in text
    mails = sent_mails(app, database, "mail")
    assert len(mails) == 2  # the two organizers of this test
    assert "发烧了" in text_of(mails[0])
    with database.read() as session:
        address = f"/events/{event_of(session, fair).public_id}"
    organizer.set_cookie("language", "en")
    assert "cannot come to “开场演讲”" in organizer.get(f"{address}/agenda").get_data(as_text=True)
    assert "还在发烧" in organizer.get(f"{address}/agenda/speakers").get_data(as_text=True)
    assert client.post(f"{day}/talks/yes").status_code == 303
    assert "我来不了" in client.get(day).get_data(as_text=True)
    assert "cannot come" not in organizer.get(f"{address}/agenda").get_data(as_text=True)


def test_a_guest_whom_the_site_does_not_know_calls_no_talk_off(
    app: Flask, client: FlaskClient, database: Database, fair: Fair
) -> None:
    with database.write() as session:
        event = event_of(session, fair)
        session.scalars(select(AgendaItem).where(AgendaItem.event_id == event.id)).one().speaker_id = None
        guest = make_registration(session, event, email="guest@example.org")
        token = event_links.for_registration(session, guest, by=None)
    day = str(client.get(f"/day/{token}").location)
    assert client.post(f"{day}/talks/no").status_code == 404
    assert sent_mails(app, database, "mail") == [], "a talk of nobody is not the guest's"


def test_who_does_not_speak_calls_no_talk_off(app: Flask, client: FlaskClient, database: Database, fair: Fair) -> None:
    day = opened(client, database, fair, fair.seekers[0].colleague)
    assert client.post(f"{day}/talks/no").status_code == 404
    assert client.post(f"{day}/talks/perhaps").status_code == 404
    with database.write() as session:
        event = event_of(session, fair)
        event.starts_at, event.ends_at = utcnow() - timedelta(hours=30), utcnow() - timedelta(hours=20)
    day = opened(client, database, fair, fair.professor)
    client.post(f"{day}/talks/no")
    assert sent_mails(app, database, "mail") == []
