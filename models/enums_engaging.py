"""Codes of engagements, from first contact to what came of them; models/enums.py gives them out with the others."""

from models.errors import N_
from models.labelled import Labelled


class Stage(Labelled):
    """Of an engagement: intention to result (FACTS 4.3)."""

    S1 = "S1", N_("Intention recorded")
    S2 = "S2", N_("Taken up")
    S3 = "S3", N_("First contact")
    S4 = "S4", N_("In negotiation")
    S5 = "S5", N_("Letter of intent")
    S6 = "S6", N_("Contract signed")
    S7 = "S7", N_("Contract registered")
    S8 = "S8", N_("In implementation")
    S9 = "S9", N_("Successful, closed")
    X = "X", N_("Ended")


class AmountSaid(Labelled):
    """What the two sides say of a contract's amount. What is confidential is not kept here at all."""

    STATED = "stated", N_("An amount")
    CONFIDENTIAL = "confidential", N_("Confidential: it is not kept here")
    OPEN = "open", N_("No fixed amount, for example a share of the sales")


class Place(Labelled):
    """Where a result is put to use, seen from the site's city. In the city is 就地转化."""

    CITY = "city", N_("In this city")
    PROVINCE = "province", N_("Elsewhere in the province")
    COUNTRY = "country", N_("In another province")
    ABROAD = "abroad", N_("Abroad")
