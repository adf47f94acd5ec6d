"""Accounts: who can log in. A person's data is in Person; here is only what logging in needs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Sample, code
from models.enums import ConsentKind, GrantRole
from models.tables.organisation import Person


class Account(Created, Sample, Base):
    __tablename__ = "account"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # stored case-folded
    password_hash: Mapped[str] = mapped_column(String(255))
    confirmed_at: Mapped[datetime | None]  # the e-mail address
    suspended_at: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(default=0)  # raised to log out everywhere
    locale: Mapped[str] = mapped_column(String(8), default="zh_CN")
    last_login_at: Mapped[datetime | None]
    suggestions_off_at: Mapped[datetime | None]  # wants nothing that the program picks for them

    person: Mapped[Person] = relationship()


class LoginFailure(Base):
    """A failed attempt; lock-out counts these, so that it holds over processes and restarts."""

    __tablename__ = "login_failure"

    email: Mapped[str] = mapped_column(String(254), index=True)
    ip: Mapped[str] = mapped_column(String(45), default="")
    at: Mapped[datetime]


class Grant(Base):
    """Organizer, broker, administrator, auditor: granted to a person, ended by an end date."""

    __tablename__ = "grant_role"
    __table_args__ = (
        Index(
            "uq_grant_role_current",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[GrantRole] = mapped_column(code(GrantRole))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Consent(Base):
    """Who agreed to which version of what, when and from where; withdrawn as easily as given."""

    __tablename__ = "consent"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ConsentKind] = mapped_column(code(ConsentKind))
    version: Mapped[str] = mapped_column(String(20))
    ip: Mapped[str] = mapped_column(String(45), default="")
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
