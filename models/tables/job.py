"""Consequences as rows: written in the transaction of their cause, performed by the worker."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, code
from models.enums import JobState, Lane


class Job(Created, Base):
    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_queue", "lane", "state", "run_after"),
        Index(
            "uq_job_unique_key",
            "unique_key",
            unique=True,
            sqlite_where=text("unique_key IS NOT NULL"),
            postgresql_where=text("unique_key IS NOT NULL"),
        ),
    )

    lane: Mapped[Lane] = mapped_column(code(Lane))
    name: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    unique_key: Mapped[str | None] = mapped_column(String(160))  # of reminders: one per object and date
    state: Mapped[JobState] = mapped_column(code(JobState), default=JobState.QUEUED)
    run_after: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    done_number: Mapped[int | None] = mapped_column(index=True)  # given when done: the order in which to replay
    done_at: Mapped[datetime | None]
