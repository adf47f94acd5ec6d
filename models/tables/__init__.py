"""Nouns: columns, constraints, relationships. No verbs. Importing this package knows every table."""

from models.tables.account import Account, Consent, Grant, LoginFailure
from models.tables.achievement import (
    Achievement,
    AchievementCircle,
    AchievementVersion,
    Attachment,
    IntellectualProperty,
    TeamMember,
)
from models.tables.attending import EventLink, Intention, RegistrationTerms, RegistrationWish
from models.tables.audit import AuditEntry, Report, Transition
from models.tables.booking import (
    Absence,
    Booking,
    BookingAttendee,
    MatchSession,
    MeetingLimit,
    Occupancy,
    SessionAchievement,
    SessionTable,
    Slot,
)
from models.tables.circle import Circle, CircleMember, RegisterEntry
from models.tables.contact import ContactRequest, DisclosureGrant, Engagement, Message, Question
from models.tables.day import Disturbance, News, Replan
from models.tables.dictionary import Setting, Term
from models.tables.event import AgendaItem, AgendaStep, Event, Registration, SpeakerRefusal, SpeakerTime
from models.tables.job import Job
from models.tables.match import Match, MatchDecision, MatchForward, MatchRun
from models.tables.need import Need, NeedCircle, NeedVersion
from models.tables.organisation import Invitation, JoinRequest, Mandate, Membership, Organisation, Person
from models.tables.outcome import MeetingOutcome, NextStep
from models.tables.saved_search import ExposureCount, SavedSearch, SavedSearchHit
from models.tables.selection import ApplicationFile, CallScorer, ProjectApplication, ProjectCall, ScoreSheet
from models.tables.synonym import Synonym, SynonymGroup
from models.tables.timetable import MeetingWish, Timetable

__all__ = [
    "Absence",
    "Account",
    "Achievement",
    "AchievementCircle",
    "AchievementVersion",
    "AgendaItem",
    "AgendaStep",
    "ApplicationFile",
    "Attachment",
    "AuditEntry",
    "Booking",
    "BookingAttendee",
    "CallScorer",
    "Circle",
    "CircleMember",
    "Consent",
    "ContactRequest",
    "DisclosureGrant",
    "Disturbance",
    "Engagement",
    "Event",
    "EventLink",
    "ExposureCount",
    "Grant",
    "IntellectualProperty",
    "Intention",
    "Invitation",
    "Job",
    "JoinRequest",
    "LoginFailure",
    "Mandate",
    "Match",
    "MatchDecision",
    "MatchForward",
    "MatchRun",
    "MatchSession",
    "MeetingLimit",
    "MeetingOutcome",
    "MeetingWish",
    "Membership",
    "Message",
    "Need",
    "NeedCircle",
    "NeedVersion",
    "News",
    "NextStep",
    "Occupancy",
    "Organisation",
    "Person",
    "ProjectApplication",
    "ProjectCall",
    "Question",
    "RegisterEntry",
    "Registration",
    "RegistrationTerms",
    "RegistrationWish",
    "Replan",
    "Report",
    "SavedSearch",
    "SavedSearchHit",
    "ScoreSheet",
    "SessionAchievement",
    "SessionTable",
    "Setting",
    "Slot",
    "SpeakerRefusal",
    "SpeakerTime",
    "Synonym",
    "SynonymGroup",
    "TeamMember",
    "Term",
    "Timetable",
    "Transition",
]
