"""What happens every night."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from models.actions import exposure, jobs
from models.base import utcnow
from models.enums import Lane
from web.database import backends
from web.jobs import handler

MORNING = timedelta(hours=6)  # after the night's sweep: nobody wants a mail at two


@handler("nightly")
def nightly(payload: Mapping[str, Any]) -> None:
    """Sweep what nobody needs any more."""
    with backends().database.write() as session:
        jobs.forget_done(session)
        exposure.forget_old(session, utcnow().date())
        jobs.add(session, "verify_index", lane=Lane.LONG)
        jobs.add(session, "expire_overdue")
        jobs.add(session, "expire_bookings")
        jobs.add(session, "sweep_files")
        jobs.add(session, "remind_of_outcomes", run_after=utcnow() + MORNING)
        jobs.add(session, "tell_saved_searches", run_after=utcnow() + MORNING)
        jobs.add(session, "remind_of_wishes", run_after=utcnow() + MORNING)
        jobs.add(session, "remind_of_calls", run_after=utcnow() + MORNING)
        jobs.add_nightly(session)
