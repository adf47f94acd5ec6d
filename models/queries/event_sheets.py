"""What is printed for a roadshow beside its programme."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import RegistrationState
from models.tables import Registration


def badges(session: Session, event_id: int) -> Sequence[Any]:
    """Who is registered, by name: (public_id, name, organisation_name, capacity)."""
    return session.execute(
        select(Registration.public_id, Registration.name, Registration.organisation_name, Registration.capacity)
        .where(Registration.event_id == event_id, Registration.state == RegistrationState.REGISTERED)
        .order_by(Registration.name, Registration.id)
    ).all()
