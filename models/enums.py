"""What the program branches on. What people maintain is a dictionary row (tables/dictionary.py).

Every member carries its label, an English message id that the web translates.
"""

from models.enums_attending import Attendance as Attendance
from models.enums_attending import IntentionKind as IntentionKind
from models.enums_attending import IntentionWay as IntentionWay
from models.enums_attending import LinkKind as LinkKind
from models.enums_attending import QuestionKind as QuestionKind
from models.enums_attending import WantedWithin as WantedWithin
from models.enums_engaging import AmountSaid as AmountSaid
from models.enums_engaging import Place as Place
from models.enums_engaging import Stage as Stage
from models.errors import N_
from models.labelled import Labelled


class Capability(Labelled):
    PROVIDER = "provider", N_("Provider")
    SEEKER = "seeker", N_("Seeker")


class OrgRole(Labelled):
    MANAGER = "manager", N_("Manager")
    MEMBER = "member", N_("Member")


class GrantRole(Labelled):
    """Granted to a person by an administrator, beside what the organisation gives."""

    ORGANIZER = "organizer", N_("Organizer")
    BROKER = "broker", N_("Technology manager")
    ADMINISTRATOR = "administrator", N_("Administrator")
    AUDITOR = "auditor", N_("Auditor")


class Verification(Labelled):
    UNVERIFIED = "unverified", N_("Not verified")
    PENDING = "pending", N_("Verification pending")
    VERIFIED = "verified", N_("Verified")
    SUSPENDED = "suspended", N_("Suspended")
    MERGED = "merged", N_("Merged")


class Decision(Labelled):
    """Of a request to join or an invitation."""

    PENDING = "pending", N_("Waiting for a decision")
    ACCEPTED = "accepted", N_("Accepted")
    DECLINED = "declined", N_("Declined")


class ConsentKind(Labelled):
    PRIVACY = "privacy", N_("Privacy notice")
    CONTACT = "contact", N_("Passing on contact data")


class RecordState(Labelled):
    """Of a published record as a whole (an achievement)."""

    DRAFT = "draft", N_("Draft")
    PUBLISHED = "published", N_("Published")
    EXPIRED = "expired", N_("Expired")
    WITHDRAWN = "withdrawn", N_("Withdrawn")
    TAKEN_DOWN = "taken_down", N_("Taken down")


class VersionState(Labelled):
    """Of one version of a record."""

    DRAFT = "draft", N_("Draft")
    ORG_REVIEW = "org_review", N_("In the organisation's review")
    REVIEW = "review", N_("In the organizer's review")
    RETURNED = "returned", N_("Returned")
    PUBLISHED = "published", N_("Published")
    SUPERSEDED = "superseded", N_("Earlier version")
    DISCARDED = "discarded", N_("Discarded")


class ReturnReason(Labelled):
    """Why a reviewer gave a version back; a sentence of their own stands beside."""

    INCOMPLETE = "incomplete", N_("Information is missing")
    UNCLEAR = "unclear", N_("Hard to understand for readers from industry")
    EVIDENCE = "evidence", N_("Figures or claims need evidence")
    SECRET = "secret", N_("May touch state secrets, export control or personal data")
    RIGHTS = "rights", N_("Ownership or intellectual property is unclear")
    CONTACT = "contact", N_("Contact data stands in the text")
    ADVERTISING = "advertising", N_("Reads like advertising")
    FILES = "files", N_("Pictures or files do not fit")
    DUPLICATE = "duplicate", N_("Is published already")
    OTHER = "other", N_("Another reason")


class Disclosure(Labelled):
    """Who may read the details of a record; its card is public."""

    PUBLIC = "public", N_("Public")
    VERIFIED = "verified", N_("Verified seekers")
    CONSENT = "consent", N_("After consent")

    @property
    def strictness(self) -> int:
        return list(Disclosure).index(self)


class AttachmentKind(Labelled):
    PICTURE = "picture", N_("Picture")
    DOCUMENT = "document", N_("Document")


class RequestState(Labelled):
    """Of a request for contact."""

    PENDING = "pending", N_("Waiting for an answer")
    ASKED_BACK = "asked_back", N_("Question asked back")
    ACCEPTED = "accepted", N_("Accepted")
    DECLINED = "declined", N_("Declined")
    WITHDRAWN = "withdrawn", N_("Withdrawn")
    EXPIRED = "expired", N_("Expired")
    CLOSED = "closed", N_("Closed")


class Origin(Labelled):
    """Where a request for contact or a meeting came from."""

    SEARCH = "search", N_("Search")
    SUGGESTION = "suggestion", N_("Suggestion")
    ROADSHOW = "roadshow", N_("Roadshow")
    ONE_TO_ONE = "one_to_one", N_("1:1 meeting")
    BROKER = "broker", N_("Technology manager")
    LINK = "link", N_("Link")


class EventState(Labelled):
    """Of a roadshow and of a matchmaking session."""

    DRAFT = "draft", N_("Draft")
    PUBLISHED = "published", N_("Published")
    CANCELLED = "cancelled", N_("Cancelled")


class AgendaKind(Labelled):
    PITCH = "pitch", N_("Pitch")
    TALK = "talk", N_("Talk")
    BREAK = "break", N_("Break")


class AgendaAct(Labelled):
    """What somebody did to a programme."""

    BEGIN = "begin", N_("The programme as it was")
    ADD = "add", N_("Added")
    CHANGE = "change", N_("Changed")
    MOVE = "move", N_("Moved in the programme")
    REMOVE = "remove", N_("Removed")
    MINUTES = "minutes", N_("Other minutes")
    FRAME = "frame", N_("Inserted the usual frame")
    TAKE_OUT = "take_out", N_("Left the site")
    DISCARD = "discard", N_("Back to the published programme")
    PUBLISH = "publish", N_("Published")


class Told(Labelled):
    """Who gets a mail about changes of a programme."""

    CONCERNED = "concerned", N_("Only those whom a change concerns")
    EVERYBODY = "everybody", N_("Everybody who is registered or presents")
    NOBODY = "nobody", N_("Nobody")


class RuleLevel(Labelled):
    """What happens to a change of a programme that a rule speaks against."""

    BLOCK = "block", N_("Refuse")
    WARN = "warn", N_("Warn")


class Measure(Labelled):
    """The four figures that the register gives for a period."""

    BEGIN = "begin", N_("At the beginning")
    ARRIVALS = "arrivals", N_("Arrived")
    DEPARTURES = "departures", N_("Left")
    END = "end", N_("At the end")


class Capacity(Labelled):
    """In which capacity somebody registers for a roadshow."""

    PROVIDER = "provider", N_("Achievement provider")
    SEEKER = "seeker", N_("Technology seeker")
    INVESTOR = "investor", N_("Investor")
    BANK = "bank", N_("Bank")
    BROKER = "broker", N_("Technology manager")
    MEDIA = "media", N_("Media")
    OTHER = "other", N_("Other")


class RegistrationState(Labelled):
    PENDING = "pending", N_("Waiting for approval")
    REGISTERED = "registered", N_("Registered")
    WAITING = "waiting", N_("On the waiting list")
    OFFERED = "offered", N_("Offered a seat")
    DECLINED = "declined", N_("Declined")
    CANCELLED = "cancelled", N_("Cancelled")

    @property
    def open(self) -> bool:
        """Whether the person comes, or may still come."""
        return self not in (RegistrationState.DECLINED, RegistrationState.CANCELLED)


class SessionKind(Labelled):
    ONE_TO_ONE = "one_to_one", N_("1:1 meetings")
    GROUP = "group", N_("Group session")


class BookingState(Labelled):
    PENDING = "pending", N_("Waiting for confirmation")
    CONFIRMED = "confirmed", N_("Confirmed")
    WAITING = "waiting", N_("On the waiting list")
    DECLINED = "declined", N_("Declined")
    CANCELLED = "cancelled", N_("Cancelled")
    EXPIRED = "expired", N_("Expired")

    @property
    def holds(self) -> bool:
        """Whether a booking in this state occupies people, table or seat."""
        return self in (BookingState.PENDING, BookingState.CONFIRMED)


class Side(Labelled):
    SEEKER = "seeker", N_("Seeker")
    PROVIDER = "provider", N_("Provider")


class MeetingResult(Labelled):
    """What one side says of a meeting after it; ``ABSENT`` of the own seat in a group session."""

    HELD = "held", N_("Took place")
    NO_SHOW = "no_show", N_("The other side did not come")
    ABSENT = "absent", N_("Did not take part")


class Verdict(Labelled):
    """What both sides say together (rules/outcomes.py)."""

    UNKNOWN = "unknown", N_("Nobody has said how it was")
    HELD = "held", N_("Took place")
    NO_SHOW = "no_show", N_("Somebody did not come")
    CONTRADICTORY = "contradictory", N_("The two sides say different things")


class NextStepState(Labelled):
    OPEN = "open", N_("To do")
    DONE = "done", N_("Done")
    REPLACED = "replaced", N_("Replaced by another one")


class WishOrigin(Labelled):
    """Who first said that two should meet."""

    SEEKER = "seeker", N_("Enterprise")
    PROVIDER = "provider", N_("Owner")
    ORGANIZER = "organizer", N_("Organizer")

    @property
    def side(self) -> Side | None:
        """The side that does not have to answer any more; none where both do."""
        return None if self is WishOrigin.ORGANIZER else Side(self.value)


class TimetableState(Labelled):
    WAITING = "waiting", N_("Waiting to be computed")
    RUNNING = "running", N_("Being computed")
    READY = "ready", N_("Ready to be looked at")
    PUBLISHED = "published", N_("Published")
    STOPPED = "stopped", N_("Stopped")
    FAILED = "failed", N_("Failed")

    @property
    def under_way(self) -> bool:
        return self in (TimetableState.WAITING, TimetableState.RUNNING)


class DisturbanceKind(Labelled):
    """What a session has to do without."""

    PERSON = "person", N_("Person")
    ORGANISATION = "organisation", N_("Organisation")
    TABLE = "table", N_("Table")
    MEETING = "meeting", N_("Meeting")


class ApplicationState(Labelled):
    """Of an application to a roadshow's call for projects."""

    DRAFT = "draft", N_("Draft")
    SUBMITTED = "submitted", N_("Submitted")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


class Outcome(Labelled):
    """What the selection makes of an application."""

    SELECTED = "selected", N_("Selected")
    RESERVE = "reserve", N_("On the reserve list")
    NOT_SELECTED = "not_selected", N_("Not selected")


class Level(Labelled):
    """How an achievement is presented (FACTS 4.1: 1500 shown, 1000 recommended, 97 on the stage)."""

    SHOWCASE = "showcase", N_("Showcase")
    RECOMMENDED = "recommended", N_("Recommended")
    ROADSHOW = "roadshow", N_("Roadshow pitch")


class OccupancyKind(Labelled):
    PERSON = "person", N_("Person")
    TABLE = "table", N_("Table")


class Lane(Labelled):
    """Which of the worker's lanes performs a job."""

    INDEX = "index", N_("Index")
    SHORT = "short", N_("Short jobs")
    LONG = "long", N_("Long jobs")


class JobState(Labelled):
    QUEUED = "queued", N_("Queued")
    RUNNING = "running", N_("Running")
    DONE = "done", N_("Done")
    FAILED = "failed", N_("Failed")


class ReasonCode(Labelled):
    """Why a need and an achievement fit, or do not (rules/scoring.py); values stand beside it."""

    WORDS = "words", N_("Both speak of")
    MEANING = "meaning", N_("Similar in meaning")
    FIELD = "field", N_("Same field")
    INDUSTRY = "industry", N_("Same industry")
    TRL = "trl", N_("Readiness as wanted")
    MODE = "mode", N_("Transfer mode as wanted")
    BUDGET = "budget", N_("Price within the budget")
    REGION = "region", N_("Same region")
    OTHER_FIELD = "other_field", N_("Another field")
    OTHER_INDUSTRY = "other_industry", N_("Another industry")
    TRL_BELOW = "trl_below", N_("Less ready than wanted")
    TRL_UNKNOWN = "trl_unknown", N_("Readiness not stated")
    OTHER_MODE = "other_mode", N_("Transfer mode not offered")
    ABOVE_BUDGET = "above_budget", N_("Price above the budget")
    PRICE_UNKNOWN = "price_unknown", N_("Price or budget not stated")


class Choice(Labelled):
    """What an organisation makes of a suggestion."""

    ACCEPTED = "accepted", N_("Adopted")
    DECLINED = "declined", N_("Not suitable")
    PUT_OFF = "put_off", N_("Put off")


class Unsuitable(Labelled):
    """Why an organisation declines a suggestion; counted for the other side and for the ranking's statistics."""

    IRRELEVANT = "irrelevant", N_("It is about something else")
    MATURITY = "maturity", N_("The readiness level does not fit")
    PRICE = "price", N_("Price or budget does not fit")
    INDICATORS = "indicators", N_("The indicators are not reached")
    INDUSTRY = "industry", N_("Another industry or application")
    MODE = "mode", N_("The way of transfer does not fit")
    TIME = "time", N_("The time does not fit")
    SOLVED = "solved", N_("There is a solution already")
    OTHER = "other", N_("Another reason")


class Frequency(Labelled):
    """How often the new hits of a saved search are told."""

    IMMEDIATELY = "immediately", N_("At once")
    DAILY = "daily", N_("Once a day")
    WEEKLY = "weekly", N_("Once a week")
    NEVER = "never", N_("Never, only kept")
