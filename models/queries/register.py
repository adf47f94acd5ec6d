"""The register's figures and the rows behind them (counting: rules/register.py)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import Measure
from models.rules.register import Period, Stay
from models.tables import Circle, Organisation, Person, RegisterEntry

PAGE = 50


@dataclass(frozen=True)
class Figures:
    """Subjects of one kind, in one circle or in the sum, over a period; ``unchecked``: arrivals nobody checked yet."""

    begin: int = 0
    arrivals: int = 0
    departures: int = 0
    end: int = 0
    unchecked: int = 0


def behind(measure: Measure, period: Period) -> ColumnElement[bool]:
    """The entries behind a figure: the same rule as rules.register.counts, for the database."""
    left, arrived = RegisterEntry.left_on, RegisterEntry.arrived_on
    if measure is Measure.ARRIVALS:
        return arrived.between(period.first, period.last)
    if measure is Measure.DEPARTURES:
        return and_(left.is_not(None), left.between(period.first, period.last))
    if measure is Measure.BEGIN:
        return and_(arrived < period.first, or_(left.is_(None), left >= period.first))
    return and_(arrived <= period.last, or_(left.is_(None), left > period.last))


def figures(
    session: Session, period: Period, *, circle_ids: Collection[int] | None = None
) -> dict[tuple[str, int | None], Figures]:
    """(kind, circle id) -> figures, the sum over circles under (kind, None); two queries."""
    found: dict[tuple[str, int | None], Figures] = {}
    columns = [
        func.count(distinct(case((behind(measure, period), RegisterEntry.subject_key)))).label(measure.value)
        for measure in Measure
    ]
    unchecked = and_(behind(Measure.ARRIVALS, period), RegisterEntry.checked_by_id.is_(None))
    columns.append(func.count(distinct(case((unchecked, RegisterEntry.subject_key)))).label("unchecked"))
    for by in ((RegisterEntry.kind, RegisterEntry.circle_id), (RegisterEntry.kind,)):
        statement = select(*by, *columns).group_by(*by)
        if circle_ids is not None:
            statement = statement.where(RegisterEntry.circle_id.in_(circle_ids))
        for row in session.execute(statement).mappings():
            values = {name: row[name] for name in ("begin", "arrivals", "departures", "end", "unchecked")}
            found[row["kind"], row.get("circle_id")] = Figures(**values)
    return found


@dataclass(frozen=True)
class Selection:
    """Which entries a list shows; empty values do not narrow it."""

    kind: str = ""
    circle_id: int | None = None
    measure: Measure | None = None
    period: Period | None = None
    text: str = ""
    unchecked: bool = False

    def where(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.kind:
            conditions.append(RegisterEntry.kind == self.kind)
        if self.circle_id is not None:
            conditions.append(RegisterEntry.circle_id == self.circle_id)
        if self.measure is not None and self.period is not None:
            conditions.append(behind(self.measure, self.period))
        if self.text:
            conditions.append(
                or_(
                    RegisterEntry.subject.contains(self.text, autoescape=True),
                    RegisterEntry.subject_key == self.text.upper(),
                    RegisterEntry.evidence.contains(self.text, autoescape=True),
                )
            )
        if self.unchecked:
            conditions.append(RegisterEntry.checked_by_id.is_(None))
        return conditions


@dataclass(frozen=True)
class EntryPage:
    """One page of entries, newest arrival first, and the key of the next page ("" at the end)."""

    rows: Sequence[Any]
    next_key: str


def _columns() -> Any:
    entered, checked = aliased(Person), aliased(Person)
    return (
        select(
            RegisterEntry.id,
            RegisterEntry.public_id,
            RegisterEntry.kind,
            RegisterEntry.subject,
            RegisterEntry.subject_key,
            RegisterEntry.grade,
            RegisterEntry.arrived_on,
            RegisterEntry.left_on,
            RegisterEntry.evidence,
            RegisterEntry.note,
            RegisterEntry.is_sample,
            RegisterEntry.revision,
            RegisterEntry.entered_by_id,
            RegisterEntry.checked_by_id,
            entered.name.label("entered_by"),
            checked.name.label("checked_by"),
            Circle.name.label("circle"),
            Circle.public_id.label("circle_public_id"),
            Organisation.public_id.label("organisation_public_id"),
        )
        .join(Circle, Circle.id == RegisterEntry.circle_id)
        .outerjoin(Organisation, Organisation.id == RegisterEntry.organisation_id)
        .outerjoin(entered, entered.id == RegisterEntry.entered_by_id)
        .outerjoin(checked, checked.id == RegisterEntry.checked_by_id)
        .order_by(RegisterEntry.arrived_on.desc(), RegisterEntry.id.desc())
    )


def entries(session: Session, selection: Selection, *, after: str = "", limit: int = PAGE) -> EntryPage:
    """A page of entries; ``after`` is the key that the page before gave (an unreadable one means the first page)."""
    statement = _columns().where(*selection.where())
    key = _key(after)
    if key is not None:
        day, number = key
        statement = statement.where(
            or_(
                RegisterEntry.arrived_on < day,
                and_(RegisterEntry.arrived_on == day, RegisterEntry.id < number),
            )
        )
    rows = session.execute(statement.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return EntryPage(rows[:limit], f"{last.arrived_on.isoformat()}.{last.id}" if last is not None else "")


def all_entries(session: Session, selection: Selection) -> Sequence[Any]:
    """Every entry of a selection, for an export."""
    return session.execute(_columns().where(*selection.where())).all()


def _key(text: str) -> tuple[date, int] | None:
    day, _dot, number = text.partition(".")
    try:
        key = date.fromisoformat(day), int(number)
    except ValueError:
        return None
    return key if abs(key[1]) < 2**31 else None


def sizes(session: Session, selection: Selection) -> tuple[int, int]:
    """How many subjects and how many entries a selection has."""
    row = session.execute(
        select(func.count(distinct(RegisterEntry.kind + ":" + RegisterEntry.subject_key)), func.count()).where(
            *selection.where()
        )
    ).one()
    return row[0], row[1]


def repeated(session: Session, selection: Selection, keys: Collection[str]) -> dict[str, list[str]]:
    """Subjects among ``keys`` with several entries in the selection -> names of their circles, in order of arrival."""
    rows = session.execute(
        select(RegisterEntry.subject_key, Circle.name)
        .join(Circle, Circle.id == RegisterEntry.circle_id)
        .where(*selection.where(), RegisterEntry.subject_key.in_(keys))
        .order_by(RegisterEntry.arrived_on, RegisterEntry.id)
    )
    circles: dict[str, list[str]] = {}
    for key, name in rows:
        circles.setdefault(key, []).append(name)
    return {key: names for key, names in circles.items() if len(names) > 1}


def present(session: Session, circle_id: int, kind: str, on: date, *, limit: int) -> Sequence[Any]:
    """Subjects of a kind that are in a circle on a day, newest arrival first; each once."""
    selection = Selection(kind=kind, circle_id=circle_id, measure=Measure.END, period=Period(on, on))
    newest = func.max(RegisterEntry.arrived_on)
    return session.execute(
        select(
            func.max(RegisterEntry.subject).label("subject"),
            func.max(RegisterEntry.grade).label("grade"),
            newest.label("arrived_on"),
            func.max(Organisation.public_id).label("organisation_public_id"),
        )
        .outerjoin(Organisation, Organisation.id == RegisterEntry.organisation_id)
        .where(*selection.where())
        .group_by(RegisterEntry.subject_key)
        .order_by(newest.desc(), RegisterEntry.subject_key)
        .limit(limit)
    ).all()


def people(session: Session, entry: RegisterEntry) -> Any:
    """(entered_by, checked_by): the names of who entered and who checked an entry."""
    entered, checked = aliased(Person), aliased(Person)
    return session.execute(
        select(entered.name.label("entered_by"), checked.name.label("checked_by"))
        .select_from(RegisterEntry)
        .outerjoin(entered, entered.id == RegisterEntry.entered_by_id)
        .outerjoin(checked, checked.id == RegisterEntry.checked_by_id)
        .where(RegisterEntry.id == entry.id)
    ).one()


def stays(session: Session, *, kind: str, circle_id: int, subject_key: str, but: int | None = None) -> list[Stay]:
    """Entries about one subject in one circle, except the entry ``but``."""
    rows = session.execute(
        select(RegisterEntry.subject_key, RegisterEntry.arrived_on, RegisterEntry.left_on).where(
            RegisterEntry.kind == kind,
            RegisterEntry.circle_id == circle_id,
            RegisterEntry.subject_key == subject_key,
            RegisterEntry.id != (but or 0),
        )
    )
    return [Stay(*row) for row in rows]


@dataclass(frozen=True)
class Subject:
    """What the register already knows under one key."""

    key: str
    name: str
    grade: str
    circles: tuple[str, ...]
    organisation_id: int | None = None


def subjects_like(session: Session, *, kind: str, name: str, organisation_id: int | None) -> list[Subject]:
    """Subjects of a kind with this very name, or of this organisation, by key."""
    same = [RegisterEntry.subject == name]
    if organisation_id is not None:
        same.append(RegisterEntry.organisation_id == organisation_id)
    rows = session.execute(
        select(
            RegisterEntry.subject_key,
            RegisterEntry.subject,
            RegisterEntry.grade,
            RegisterEntry.organisation_id,
            Circle.name,
        )
        .join(Circle, Circle.id == RegisterEntry.circle_id)
        .where(RegisterEntry.kind == kind, or_(*same))
        .order_by(RegisterEntry.subject_key, RegisterEntry.id)
    )
    found: dict[str, Subject] = {}
    for key, subject, grade, owner, circle in rows:
        known = found.get(key) or Subject(key, subject, grade, ())
        names = (*known.circles, *(() if circle in known.circles else (circle,)))
        found[key] = replace(known, circles=names, organisation_id=known.organisation_id or owner)
    return list(found.values())
