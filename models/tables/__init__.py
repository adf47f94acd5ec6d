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
from models.tables.audit import AuditEntry, Report, Transition
from models.tables.booking import (
    Booking,
    BookingAttendee,
    MatchSession,
    Occupancy,
    SessionAchievement,
    SessionTable,
    Slot,
)
from models.tables.circle import Circle, CircleMember, RegisterEntry
from models.tables.contact import ContactRequest, DisclosureGrant, Engagement, Message, Question
from models.tables.dictionary import Setting, Term
from models.tables.event import AgendaItem, Event, Registration
from models.tables.job import Job
from models.tables.match import Match, MatchDecision, MatchForward, MatchRun
from models.tables.need import Need, NeedCircle, NeedVersion
from models.tables.organisation import Invitation, JoinRequest, Mandate, Membership, Organisation, Person
from models.tables.saved_search import ExposureCount, SavedSearch, SavedSearchHit
from models.tables.synonym import Synonym, SynonymGroup
from models.tables.timetable import MeetingWish, Timetable

__all__ = [
    "Account",
    "Achievement",
    "AchievementCircle",
    "AchievementVersion",
    "AgendaItem",
    "Attachment",
    "AuditEntry",
    "Booking",
    "BookingAttendee",
    "Circle",
    "CircleMember",
    "Consent",
    "ContactRequest",
    "DisclosureGrant",
    "Engagement",
    "Event",
    "ExposureCount",
    "Grant",
    "IntellectualProperty",
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
    "MeetingWish",
    "Membership",
    "Message",
    "Need",
    "NeedCircle",
    "NeedVersion",
    "Occupancy",
    "Organisation",
    "Person",
    "Question",
    "RegisterEntry",
    "Registration",
    "Report",
    "SavedSearch",
    "SavedSearchHit",
    "SessionAchievement",
    "SessionTable",
    "Setting",
    "Slot",
    "Synonym",
    "SynonymGroup",
    "TeamMember",
    "Term",
    "Timetable",
    "Transition",
]
