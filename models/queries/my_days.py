"""What is kept about a person around roadshows and meetings, for the export of one's own data (my_data.py)."""

from typing import Any

from sqlalchemy import Select, Text, cast, or_, select

from models.rules.agenda import speaker_of
from models.tables import (
    Absence,
    Achievement,
    AgendaItem,
    ApplicationFile,
    Booking,
    BookingAttendee,
    CallScorer,
    Disturbance,
    Event,
    Intention,
    MatchSession,
    MeetingLimit,
    MeetingOutcome,
    MeetingWish,
    NextStep,
    ProjectApplication,
    ProjectCall,
    Registration,
    RegistrationWish,
    ScoreSheet,
    SessionTable,
    Slot,
    SpeakerRefusal,
    SpeakerTime,
)


def sections(person_id: int) -> dict[str, Select[*tuple[Any, ...]]]:
    """Section -> the statement of its rows."""
    return {
        "registrations": _registrations(person_id),
        "achievements_to_meet": select(Event.title.label("event"), Achievement.public_id.label("achievement"))
        .select_from(RegistrationWish)
        .join(Registration, Registration.id == RegistrationWish.registration_id)
        .join(Event, Event.id == Registration.event_id)
        .join(Achievement, Achievement.id == RegistrationWish.achievement_id)
        .where(Registration.person_id == person_id)
        .order_by(RegistrationWish.id),
        "intentions": _intentions(person_id),
        "meetings": _meetings(person_id),
        "sessions_receiving": _receiving(person_id),
        "wishes_to_meet": _wishes(person_id),
        "meetings_said": _said(person_id),
        "next_steps": _next_steps(person_id),
        "absences": select(MatchSession.title.label("session"), Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.match_session_id == MatchSession.id)
        .join(Absence, Absence.slot_id == Slot.id)
        .where(Absence.person_id == person_id)
        .order_by(Slot.starts_at),
        "noted_missing": select(
            MatchSession.title.label("session"),
            Disturbance.from_at,
            Disturbance.until_at,
            Disturbance.created_at,
            Disturbance.withdrawn_at,
        )
        .join(MatchSession, MatchSession.id == Disturbance.match_session_id)
        .where(Disturbance.person_id == person_id)
        .order_by(Disturbance.id),
        "meeting_limits": select(MatchSession.title.label("session"), MeetingLimit.most)
        .join(MatchSession, MatchSession.id == MeetingLimit.match_session_id)
        .where(MeetingLimit.person_id == person_id)
        .order_by(MeetingLimit.id),
        "roadshow_applications": _applications(person_id),
        "application_files": select(
            ProjectApplication.public_id.label("application"), ApplicationFile.name, ApplicationFile.created_at
        )
        .join(ProjectApplication, ProjectApplication.id == ApplicationFile.application_id)
        .where(or_(ProjectApplication.acted_by_id == person_id, ProjectApplication.presenter_id == person_id))
        .order_by(ApplicationFile.id),
        "scores": _scores(person_id),
        "talks": _talks(person_id),
        "times_as_speaker": select(Event.public_id, Event.title, SpeakerTime.starts_at, SpeakerTime.ends_at)
        .join(Event, Event.id == SpeakerTime.event_id)
        .where(SpeakerTime.speaker == speaker_of(person_id))
        .order_by(SpeakerTime.starts_at),
        "talks_called_off": select(Event.public_id, Event.title, SpeakerRefusal.created_at, SpeakerRefusal.reason)
        .join(Event, Event.id == SpeakerRefusal.event_id)
        .where(SpeakerRefusal.speaker == speaker_of(person_id))
        .order_by(SpeakerRefusal.id),
    }


def _receiving(person_id: int) -> Select[*tuple[Any, ...]]:
    """Sessions of their organisation's own in which the person receives, or that they planned."""
    receives = select(SessionTable.match_session_id).where(SessionTable.host_id == person_id)
    return (
        select(
            MatchSession.public_id, MatchSession.title, MatchSession.starts_at, MatchSession.ends_at, MatchSession.state
        )
        .where(or_(MatchSession.id.in_(receives), MatchSession.created_by_id == person_id))
        .order_by(MatchSession.id)
    )


def _registrations(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Event.title.label("event"),
            Event.starts_at,
            Registration.state,
            Registration.name,
            Registration.organisation_name,
            Registration.capacity,
            Registration.email,
            Registration.mobile,
            Registration.attendance,
            Registration.need,
            Registration.accessibility,
            cast(Registration.answers, Text).label("answers"),
            Registration.checked_in_at,
            Registration.consent_version,
            Registration.consent_at,
        )
        .join(Event, Event.id == Registration.event_id)
        .where(Registration.person_id == person_id)
        .order_by(Registration.id)
    )


def _intentions(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Event.title.label("event"),
            Achievement.public_id.label("achievement"),
            Intention.created_at,
            Intention.kind,
            Intention.note,
            Intention.budget_min,
            Intention.budget_max,
            Intention.wanted_within,
            Intention.shares_contact,
        )
        .join(Event, Event.id == Intention.event_id)
        .join(Achievement, Achievement.id == Intention.achievement_id)
        .outerjoin(Registration, Registration.id == Intention.registration_id)
        .where(or_(Intention.person_id == person_id, Registration.person_id == person_id))
        .order_by(Intention.id)
    )


def _meetings(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Booking.public_id,
            MatchSession.title.label("session"),
            MatchSession.starts_at,
            Booking.state,
            BookingAttendee.side,
            Booking.note,
        )
        .join(BookingAttendee, BookingAttendee.booking_id == Booking.id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .where(BookingAttendee.person_id == person_id)
        .order_by(Booking.id)
    )


def _said(person_id: int) -> Select[*tuple[Any, ...]]:
    """What the person said of meetings after them."""
    said = MeetingOutcome
    return (
        select(Booking.public_id, said.side, said.result, said.useful, said.by_organizer, said.said_at)
        .join(Booking, Booking.id == said.booking_id)
        .where(said.person_id == person_id)
        .order_by(said.id)
    )


def _next_steps(person_id: int) -> Select[*tuple[Any, ...]]:
    """Next steps that the person is to do, or planned."""
    step = NextStep
    return (
        select(step.text, step.due_on, step.state, (step.person_id == person_id).label("mine"), step.created_at)
        .where(or_(step.person_id == person_id, step.set_by_id == person_id))
        .order_by(step.id)
    )


def _talks(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Event.public_id, Event.title.label("roadshow"), AgendaItem.title, AgendaItem.starts_at, AgendaItem.ends_at
        )
        .join(Event, Event.id == AgendaItem.event_id)
        .where(AgendaItem.speaker_id == person_id)
        .order_by(AgendaItem.starts_at, AgendaItem.id)
    )


def _wishes(person_id: int) -> Select[*tuple[Any, ...]]:
    """Wishes to meet that the person said, or for which the owner named them. Who else comes is a list of ids: not told."""
    return (
        select(
            MeetingWish.public_id,
            MatchSession.title.label("session"),
            MeetingWish.seeker_strength,
            MeetingWish.provider_strength,
            MeetingWish.note,
            MeetingWish.created_at,
        )
        .join(MatchSession, MatchSession.id == MeetingWish.match_session_id)
        .where(or_(MeetingWish.acted_by_id == person_id, MeetingWish.provider_person_id == person_id))
        .order_by(MeetingWish.id)
    )


def _applications(person_id: int) -> Select[*tuple[Any, ...]]:
    """Applications for a roadshow that the person entered or presents."""
    return (
        select(
            ProjectApplication.public_id,
            Event.title.label("roadshow"),
            ProjectApplication.state,
            ProjectApplication.presenter_title,
            ProjectApplication.minutes,
            ProjectApplication.demo_needs,
            ProjectApplication.submitted_at,
        )
        .join(ProjectCall, ProjectCall.id == ProjectApplication.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .where(or_(ProjectApplication.acted_by_id == person_id, ProjectApplication.presenter_id == person_id))
        .order_by(ProjectApplication.id)
    )


def _scores(person_id: int) -> Select[*tuple[Any, ...]]:
    """What the person gave, or declared, as a scorer."""
    return (
        select(
            ProjectApplication.public_id.label("roadshow_application"),
            ScoreSheet.given_at,
            ScoreSheet.note,
            ScoreSheet.conflict,
        )
        .join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
        .join(ProjectApplication, ProjectApplication.id == ScoreSheet.application_id)
        .where(CallScorer.person_id == person_id)
        .order_by(ScoreSheet.id)
    )
