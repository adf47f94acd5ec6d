"""Counting how often records are shown and opened; who saw them is not kept."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.tables import ExposureCount

KEPT = timedelta(days=400)


def add(session: Session, counted: Mapping[tuple[str, int, date], tuple[int, int]]) -> None:
    """Add (kind, record id, day) -> (people shown it, people who opened it) in one statement."""
    if not counted:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"kind": kind, "record_id": record_id, "day": day, "shown": shown, "viewed": viewed}
        # in one order, so that two processes do not wait for each other's rows
        for (kind, record_id, day), (shown, viewed) in sorted(counted.items())
    ]
    statement = insert(ExposureCount).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "record_id", "day"],
            set_={
                "shown": ExposureCount.shown + statement.excluded.shown,
                "viewed": ExposureCount.viewed + statement.excluded.viewed,
            },
        )
    )


def forget_old(session: Session, today: date) -> None:
    session.execute(
        delete(ExposureCount).where(ExposureCount.day < today - KEPT).execution_options(synchronize_session=False)
    )
