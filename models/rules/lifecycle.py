"""Which state may follow which. One table for every kind of record; actions/transitions.py is its only user."""

from enum import StrEnum

from models.enums import (
    ApplicationState,
    BookingState,
    Decision,
    EventState,
    RecordState,
    RegistrationState,
    RequestState,
    Verification,
    VersionState,
)

_V, _R, _Q, _B, _E, _O = VersionState, RecordState, RequestState, BookingState, EventState, Verification
_G = RegistrationState

_TABLE: dict[type[StrEnum], dict[StrEnum, tuple[StrEnum, ...]]] = {
    VersionState: {
        _V.DRAFT: (_V.ORG_REVIEW, _V.REVIEW, _V.DISCARDED),
        _V.ORG_REVIEW: (_V.REVIEW, _V.RETURNED, _V.DRAFT),
        _V.REVIEW: (_V.PUBLISHED, _V.RETURNED, _V.DRAFT),
        _V.RETURNED: (_V.ORG_REVIEW, _V.REVIEW, _V.DISCARDED),
        _V.PUBLISHED: (_V.SUPERSEDED,),
        _V.SUPERSEDED: (),
        _V.DISCARDED: (_V.DRAFT,),
    },
    RecordState: {
        _R.DRAFT: (_R.PUBLISHED, _R.WITHDRAWN),
        _R.PUBLISHED: (_R.EXPIRED, _R.WITHDRAWN, _R.TAKEN_DOWN),
        _R.EXPIRED: (_R.PUBLISHED, _R.WITHDRAWN, _R.TAKEN_DOWN),
        _R.WITHDRAWN: (_R.PUBLISHED, _R.TAKEN_DOWN),
        _R.TAKEN_DOWN: (_R.PUBLISHED, _R.EXPIRED, _R.WITHDRAWN),  # restored to where it was
    },
    RequestState: {
        _Q.PENDING: (_Q.ACCEPTED, _Q.DECLINED, _Q.ASKED_BACK, _Q.WITHDRAWN, _Q.EXPIRED, _Q.CLOSED),
        _Q.ASKED_BACK: (_Q.PENDING, _Q.ACCEPTED, _Q.DECLINED, _Q.WITHDRAWN, _Q.EXPIRED, _Q.CLOSED),
        _Q.ACCEPTED: (),
        _Q.DECLINED: (),
        _Q.WITHDRAWN: (),
        _Q.EXPIRED: (),
        _Q.CLOSED: (),
    },
    BookingState: {
        _B.PENDING: (_B.CONFIRMED, _B.DECLINED, _B.CANCELLED, _B.EXPIRED),
        _B.CONFIRMED: (_B.CANCELLED,),
        _B.WAITING: (_B.PENDING, _B.CONFIRMED, _B.CANCELLED, _B.EXPIRED),
        _B.DECLINED: (),
        _B.CANCELLED: (),
        _B.EXPIRED: (),
    },
    EventState: {
        _E.DRAFT: (_E.PUBLISHED, _E.CANCELLED),
        _E.PUBLISHED: (_E.CANCELLED, _E.DRAFT),
        _E.CANCELLED: (),
    },
    RegistrationState: {
        _G.PENDING: (_G.REGISTERED, _G.WAITING, _G.DECLINED, _G.CANCELLED),
        _G.REGISTERED: (_G.CANCELLED,),
        _G.WAITING: (_G.OFFERED, _G.REGISTERED, _G.DECLINED, _G.CANCELLED),
        _G.OFFERED: (_G.REGISTERED, _G.DECLINED, _G.CANCELLED),
        _G.DECLINED: (_G.PENDING,),  # by an organizer who enters the person after all
        _G.CANCELLED: (_G.PENDING,),
    },
    ApplicationState: {
        ApplicationState.DRAFT: (ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN),
        ApplicationState.SUBMITTED: (ApplicationState.WITHDRAWN,),
        ApplicationState.WITHDRAWN: (ApplicationState.SUBMITTED, ApplicationState.DRAFT),
    },
    Decision: {
        Decision.PENDING: (Decision.ACCEPTED, Decision.DECLINED),
        Decision.ACCEPTED: (),
        Decision.DECLINED: (),
    },
    Verification: {  # of an organisation: its attribute is `verification`, changed by actions/organisations.py
        _O.UNVERIFIED: (_O.PENDING, _O.VERIFIED, _O.SUSPENDED, _O.MERGED),
        _O.PENDING: (_O.VERIFIED, _O.UNVERIFIED, _O.SUSPENDED, _O.MERGED),
        _O.VERIFIED: (_O.PENDING, _O.UNVERIFIED, _O.SUSPENDED, _O.MERGED),
        _O.SUSPENDED: (_O.PENDING, _O.VERIFIED, _O.MERGED),
        _O.MERGED: (),
    },
}


def may_follow(old: StrEnum, new: StrEnum) -> bool:
    """Whether a record in state ``old`` may go to ``new`` (of the same kind of state)."""
    return new in _TABLE[type(old)][old]
