"""What an engagement came to (FACTS 4.3): the contract that S6 needs, and the place that S8 needs (本市 = 就地转化)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from models.enums import AmountSaid, Place, Stage
from models.errors import N_, Invalid
from models.rules.stages import IMPLEMENTED, SIGNED

PLACE_LENGTH = 80
MOST_JOBS = 1_000_000  # more is a slip of the keyboard


@dataclass(frozen=True)
class Contract:
    """``contract_type``: dictionary "contract_type"; ``amount`` in fen, only where it is stated."""

    contract_type: str = ""
    amount_said: AmountSaid | None = None
    amount: int | None = None
    signed_on: date | None = None
    registered: bool | None = None  # as a technology contract


@dataclass(frozen=True)
class Implementation:
    """Money in fen. Only the place has to be known; the rest is what is known of it."""

    place: Place | None = None
    place_name: str = ""
    investment: int | None = None
    received: int | None = None
    started_on: date | None = None
    jobs: int | None = None


class Correctable(NamedTuple):
    contract: bool
    implementation: bool


def asks_contract(stage: Stage, *, known: bool) -> bool:
    """Whether a step to a stage states the contract: at its signing, and later where it was never stated."""
    return stage is Stage.S6 or (stage in SIGNED and not known)


def asks_implementation(stage: Stage, *, known: bool) -> bool:
    return stage is Stage.S8 or (stage in IMPLEMENTED and not known)


def correctable(engagement: Any, *, organizer: bool) -> Correctable:
    """Whether contract and implementation can be stated later or corrected now; after the success by the organizer alone."""
    if engagement.stage is Stage.S9 and not organizer:
        return Correctable(contract=False, implementation=False)
    return Correctable(
        contract=engagement.stage in SIGNED or engagement.amount_said is not None,
        implementation=engagement.stage in IMPLEMENTED or engagement.place is not None,
    )


def check_contract(contract: Contract, *, today: date) -> None:
    """Raises Invalid with the field."""
    if not contract.contract_type:
        raise Invalid(N_("Please choose the kind of contract."), field="contract_type")
    if contract.amount_said is None:
        raise Invalid(N_("Please say what is known of the amount."), field="amount_said")
    if contract.amount_said is AmountSaid.STATED and not contract.amount:
        raise Invalid(N_("Please give the amount, or say that it is confidential or not fixed."), field="amount")
    if contract.signed_on is None:
        raise Invalid(N_("Please give the day on which it was signed."), field="signed_on")
    if contract.signed_on > today:
        raise Invalid(N_("This day is still to come. Please give the day on which it was signed."), field="signed_on")
    if contract.registered is None:
        raise Invalid(N_("Please say whether it is registered as a technology contract."), field="registered")


def check_implementation(implementation: Implementation) -> None:
    """Raises Invalid with the field."""
    if implementation.place is None:
        raise Invalid(N_("Please choose where it is put to use."), field="place")
    if implementation.place is not Place.CITY and not implementation.place_name:
        raise Invalid(N_("Please name the place, for example province and city."), field="place_name")
    if len(implementation.place_name) > PLACE_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="place_name", max=PLACE_LENGTH)
    for field, most in (("investment", None), ("received", None), ("jobs", MOST_JOBS)):
        number = getattr(implementation, field)
        if number is not None and (number < 0 or (most is not None and number > most)):
            raise Invalid(N_("Please check the number."), field=field)
