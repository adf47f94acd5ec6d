"""What people maintain: dictionary terms and settings."""

from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Term(Base):
    """One entry of a dictionary: system -> group -> member -> finer. The key never changes; labels may."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("system", "key"),)

    system: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(60))
    parent: Mapped[str] = mapped_column(String(60), default="")  # key of the term above in the same system
    label_zh: Mapped[str] = mapped_column(String(120))
    label_en: Mapped[str] = mapped_column(String(160))
    description_zh: Mapped[str] = mapped_column(String(300), default="")
    description_en: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False)


class Setting(Base):
    """A value an administrator changed; what is not here has the default of rules/settings.py."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    value: Mapped[Any] = mapped_column(JSON)
