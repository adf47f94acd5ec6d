"""What keeps a version of a record from being submitted: the rules of its kind, and the names it must not hold."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules import completeness, need_completeness
from models.rules.calendar import today
from models.rules.completeness import Finding
from models.rules.naming import forms, person_forms
from models.tables import Need, Organisation, Person


def owner_names(session: Session, organisation_id: int, contact_id: int | None) -> tuple[str, ...]:
    """The forms of names by which a text would give the owner away: the organisation's and its contact's."""
    columns = select(Organisation.name, Organisation.region, Person.name.label("contact"))
    row = session.execute(
        columns.outerjoin(Person, Person.id == contact_id).where(Organisation.id == organisation_id)
    ).one()
    return (*forms(row.name, row.region), *person_forms(row.contact or ""))


def concealed(session: Session, record: Any) -> tuple[str, ...]:
    """The owner's names where they are not to be read; empty where the owner is shown."""
    if not isinstance(record, Need) or not record.masked:
        return ()
    return owner_names(session, record.organisation_id, record.contact_id)


def missing(session: Session, record: Any, version: Any) -> list[Finding]:
    """What keeps a version (row or content) from being submitted, in the order of the form."""
    if isinstance(record, Need):
        return need_completeness.missing(version, today=today(), concealed=concealed(session, record))
    return completeness.missing(version)


def warnings(record: Any, version: Any) -> list[Finding]:
    """What may be a mistake, but does not keep it from being submitted."""
    if isinstance(record, Need):
        return need_completeness.warnings(version, today=today())
    return completeness.warnings(version)
