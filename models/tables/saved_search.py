"""Searches that people keep, what each has found, and how often records are shown."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, code
from models.enums import Frequency
from models.tables.account import Account

KINDS = "kind IN ('achievement', 'need')"


class SavedSearch(PublicId, Created, Base):
    """One kept question, as plain values, and how often its new hits are told."""

    __tablename__ = "saved_search"
    __table_args__ = (CheckConstraint(KINDS, name="kind"), Index("ix_saved_search_kind_frequency", "kind", "frequency"))

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text, default="")
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)  # facet -> ticked values
    sort: Mapped[str] = mapped_column(String(12))
    exact: Mapped[bool] = mapped_column(default=False)
    frequency: Mapped[Frequency] = mapped_column(code(Frequency))
    revision: Mapped[int] = mapped_column(default=1)
    last_run_at: Mapped[
        datetime | None
    ]  # when its owner was last told, or it was last looked whether there is something

    account: Mapped[Account] = relationship()


class SavedSearchHit(Base):
    """A record that a saved search has found: the unique key is why nobody is told the same twice."""

    __tablename__ = "saved_search_hit"
    __table_args__ = (UniqueConstraint("saved_search_id", "record"),)

    saved_search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id"))
    record: Mapped[str] = mapped_column(String(16))  # public id
    found_at: Mapped[datetime]
    told_at: Mapped[
        datetime | None
    ]  # none: waits for the next mail; of what was there before, when the search was saved


class ExposureCount(Base):
    """How many people a record was shown to in lists, and how many opened its page, on one day."""

    __tablename__ = "exposure_count"
    __table_args__ = (UniqueConstraint("kind", "record_id", "day"), CheckConstraint(KINDS, name="kind"))

    kind: Mapped[str] = mapped_column(String(12))
    record_id: Mapped[int]
    day: Mapped[date]
    shown: Mapped[int] = mapped_column(default=0)
    viewed: Mapped[int] = mapped_column(default=0)
