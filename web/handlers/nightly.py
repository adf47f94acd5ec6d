"""What happens every night."""

from collections.abc import Mapping
from typing import Any

from models.actions import jobs
from models.enums import Lane
from web.database import backends
from web.jobs import handler


@handler("nightly")
def nightly(payload: Mapping[str, Any]) -> None:
    """Sweep what nobody needs any more."""
    with backends().database.write() as session:
        jobs.forget_done(session)
        jobs.add(session, "verify_index", lane=Lane.LONG)
        jobs.add(session, "expire_overdue")
        jobs.add(session, "expire_bookings")
        jobs.add(session, "sweep_files")
        jobs.add_nightly(session)
