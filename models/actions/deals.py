"""What an engagement came to: its contract and where the result is put to use, as values on it.

Each returns what it changed, field -> [before, after], for the audit row of the act it belongs to.
"""

from dataclasses import fields, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.enums import AmountSaid
from models.errors import N_, Invalid
from models.queries.dictionaries import in_use
from models.rules.deals import Contract, Implementation, check_contract, check_implementation
from models.tables import Engagement

Changes = dict[str, list[Any]]


def put_contract(session: Session, engagement: Engagement, contract: Contract, *, today: date) -> Changes:
    """Set the contract. Raises Invalid with the form's field."""
    check_contract(contract, today=today)
    same = contract.contract_type == engagement.contract_type  # a kind that was retired since stays
    if not same and not in_use(session, "contract_type", contract.contract_type):
        raise Invalid(N_("Please choose the kind of contract."), field="contract_type")
    stated = contract.amount_said is AmountSaid.STATED
    return _put(engagement, contract if stated else replace(contract, amount=None))


def put_implementation(engagement: Engagement, implementation: Implementation) -> Changes:
    """Set where the result is put to use and what is known of it. Raises Invalid with the form's field."""
    check_implementation(implementation)
    return _put(engagement, implementation)


def _put(engagement: Engagement, values: Contract | Implementation) -> Changes:
    changes: Changes = {}
    for field in fields(values):
        before, after = getattr(engagement, field.name), getattr(values, field.name)
        if before != after:
            setattr(engagement, field.name, after)
            changes[field.name] = [_plain(before), _plain(after)]
    return changes


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def take_over(engagement: Engagement, twin: Engagement) -> None:
    """Two engagements become ``twin``: it takes what it does not know itself. What both know differently stays in the log."""
    known = {Contract: twin.amount_said is not None, Implementation: twin.place is not None}
    for kind, has in known.items():
        if not has:
            for field in fields(kind):
                setattr(twin, field.name, getattr(engagement, field.name))
