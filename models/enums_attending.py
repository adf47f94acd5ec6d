"""Codes of coming to a roadshow; models/enums.py gives them out with the others."""

from models.errors import N_
from models.labelled import Labelled


class Attendance(Labelled):
    """How somebody comes to a roadshow; only who comes in person needs a seat."""

    IN_PERSON = "in_person", N_("In person")
    ONLINE = "online", N_("Online")


class QuestionKind(Labelled):
    """Of a question that an organizer asks of everybody who registers."""

    TEXT = "text", N_("Short text")
    CHOICE = "choice", N_("One of several answers")
    YES_NO = "yes_no", N_("Yes or no")


class LinkKind(Labelled):
    """What a link of a roadshow opens."""

    DAY = "day", N_("Personal link")
    DOOR = "door", N_("Link of a door helper")


class IntentionKind(Labelled):
    """What somebody intends with an achievement that was presented (FACTS 4.2)."""

    MATERIAL = "material", N_("Get the material")
    CONSULTING = "consulting", N_("Technical consulting")
    VISIT = "visit", N_("Visit")
    PILOT = "pilot", N_("Work together on a pilot")
    LICENCE = "licence", N_("Licence")
    TRANSFER = "transfer", N_("Transfer")
    JOINT = "joint", N_("Build something together")
    INVESTMENT = "investment", N_("Investment")
    LOAN = "loan", N_("Loan")


class IntentionWay(Labelled):
    """How an intention was recorded."""

    CODE = "code", N_("By QR code")
    DESK = "desk", N_("Entered by the organizer")


class WantedWithin(Labelled):
    """How soon somebody wants what they intend."""

    QUARTER = "quarter", N_("Within three months")
    HALF_YEAR = "half_year", N_("Within half a year")
    YEAR = "year", N_("Within a year")
    LATER = "later", N_("Later")
