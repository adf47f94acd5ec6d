"""What every published kind of record has in common: an achievement and a need live the same life.

A kind is a record, its versions and its links to circles. The columns here are those that the actions of drafting,
publication and standing work on; what a kind says of itself stands in its own module.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from models.base import Created, PublicId, Sample, code
from models.enums import Disclosure, RecordState, VersionState
from models.tables.organisation import Organisation, Person


class Record(PublicId, Created, Sample):
    """State, owner, valid-until, circles and a tightened disclosure are outside the version and act at once."""

    __tablename__: str
    id: Mapped[int]
    kind: ClassVar[str]  # the table's name: prefix of permissions, audited actions, jobs and mails
    version_class: ClassVar[Any]
    circle_class: ClassVar[Any]

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[RecordState] = mapped_column(code(RecordState), default=RecordState.DRAFT)
    tightened_to: Mapped[Disclosure | None] = mapped_column(code(Disclosure))  # stricter than the version's, at once
    published_at: Mapped[datetime | None]
    valid_until: Mapped[date | None]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state_reason: Mapped[str] = mapped_column(Text, default="")  # why withdrawn or taken down
    revision: Mapped[int] = mapped_column(default=1)

    @declared_attr
    def public_version_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey(f"{cls.__tablename__}_version.id", use_alter=True))

    @declared_attr
    def working_version_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey(f"{cls.__tablename__}_version.id", use_alter=True))

    @declared_attr
    def organisation(cls) -> Mapped[Organisation]:
        return relationship()

    @declared_attr
    def contact(cls) -> Mapped[Person | None]:
        return relationship()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # two editors at once: the database decides
        return {"version_id_col": cls.revision}

    def search_keys(self) -> Iterator[str]:
        yield f"{self.kind}:{self.id}"


class Version(Created):
    """What one version says, as far as all kinds say it. What is published is immutable."""

    id: Mapped[int]
    kind: ClassVar[str]
    record_id: Any  # synonym of the kind's own foreign key

    number: Mapped[int] = mapped_column(default=1)
    state: Mapped[VersionState] = mapped_column(code(VersionState), default=VersionState.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)  # forms carry the one they were opened with

    title: Mapped[str] = mapped_column(String(120), default="")
    indicators: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    fields: Mapped[list[str]] = mapped_column(default=list)  # dictionary "field"
    industries: Mapped[list[str]] = mapped_column(default=list)  # dictionary "industry"
    modes: Mapped[list[str]] = mapped_column(default=list)  # dictionary "transfer_mode"
    negotiable: Mapped[bool] = mapped_column(default=True)  # price or budget
    keywords: Mapped[list[str]] = mapped_column(default=list)
    disclosure: Mapped[Disclosure] = mapped_column(code(Disclosure), default=Disclosure.PUBLIC)
    non_classified: Mapped[bool] = mapped_column(default=False)  # the pledge

    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    return_codes: Mapped[list[str]] = mapped_column(default=list)  # enums.ReturnReason
    return_reason: Mapped[str] = mapped_column(Text, default="")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.revision}

    def search_keys(self) -> Iterator[str]:
        yield f"{self.kind}:{self.record_id}"


class CircleLink:
    """That a record belongs to a circle."""

    kind: ClassVar[str]
    record_id: Any

    circle_id: Mapped[int] = mapped_column(ForeignKey("circle.id"), index=True)

    def search_keys(self) -> Iterator[str]:
        yield f"{self.kind}:{self.record_id}"
