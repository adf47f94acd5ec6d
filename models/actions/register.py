"""Keeping the register: enter, correct, end, check, remove. Figures are never typed; they come out of these entries."""

import hashlib
import re
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.actions import audit
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.register import Selection, stays, subjects_like
from models.rules.identifiers import normal_code
from models.rules.policy import Actor
from models.rules.register import Stay, overlaps
from models.tables import Circle, Organisation, RegisterEntry

EARLIEST = date(1950, 1, 1)  # an earlier day is a slip of the keyboard
ANOTHER = "another"  # the choice "somebody else of that name"
_CORRECTED = (
    "kind", "subject", "subject_key", "grade", "organisation_id", "circle_id", "arrived_on", "left_on", "evidence", "note",
)  # fmt: skip


def enter(
    session: Session,
    *,
    by: Actor,
    kind: str,
    subject: str,
    circle_id: int,
    arrived_on: date,
    evidence: str,
    today: date,
    grade: str = "",
    note: str = "",
    left_on: date | None = None,
    organisation: Organisation | None = None,
    code: str = "",
    same_as: str = "",
) -> RegisterEntry:
    """Enter an arrival.

    ``code`` is the subject's unified social credit code, where it has one; ``same_as`` answers the question which
    subject of that name is meant: a known subject's key, or ANOTHER. Raises Invalid at ``same_as`` where that question
    is open, at the days where they cannot be right, and Conflict where the subject is in the circle already.
    """
    subject = " ".join(subject.split())
    key = _key(session, kind=kind, subject=subject, organisation=organisation, code=code, same_as=same_as)
    entry = RegisterEntry(
        kind=kind,
        subject=subject,
        subject_key=key,
        grade=grade,
        organisation_id=organisation.id if organisation else None,
        circle_id=circle_id,
        arrived_on=arrived_on,
        left_on=left_on,
        evidence=evidence,
        note=note,
        entered_by_id=by.person_id,
    )
    _check_days(session, entry, today)
    session.add(entry)
    session.flush()
    audit.record(session, "register.enter", entry, by=by, entry=_plain(entry))
    session.flush()
    return entry


def correct(
    session: Session,
    entry: RegisterEntry,
    *,
    by: Actor,
    revision: int,
    today: date,
    organisation: Organisation | None = None,
    same_as: str = "",
    **values: Any,
) -> None:
    """Correct an entry; whoever corrects it has entered it from now on, so that another must check it again.

    ``values``: kind, subject, grade, circle_id, arrived_on, left_on, evidence, note. The subject stays the same one
    unless ``same_as`` names another known subject. Raises Conflict where somebody else changed the entry meanwhile.
    """
    _lock(session, entry, revision)
    before = _plain(entry)
    for name, value in values.items():
        if name not in _CORRECTED:
            raise TypeError(f"{name} is not a value of an entry")
        setattr(entry, name, value)
    entry.subject = " ".join(entry.subject.split())
    entry.organisation_id = organisation.id if organisation else None
    if same_as and same_as != entry.subject_key:
        entry.subject_key = _chosen(session, entry.kind, entry.subject, entry.organisation_id, same_as)
    after = _plain(entry)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changed:
        return
    with session.no_autoflush:
        _check_days(session, entry, today)
    entry.entered_by_id, entry.checked_by_id = by.person_id, None
    entry.revision += 1
    audit.record(session, "register.correct", entry, by=by, changed=changed)
    session.flush()


def end(
    session: Session, entry: RegisterEntry, *, by: Actor, revision: int, left_on: date, reason: str, today: date
) -> None:
    """Note a departure. It is counted where ``left_on`` lies; another person has to check the entry again."""
    _lock(session, entry, revision)
    if entry.left_on is not None:
        raise NotNow(N_("A departure is noted already. If its day is wrong, correct the entry."))
    note = "；".join(part for part in (entry.note, reason) if part)
    if len(note) > 300:
        raise Invalid(
            N_("The note would become longer than 300 characters. Please shorten the reason."), field="reason"
        )
    entry.left_on, entry.note = left_on, note
    with session.no_autoflush:
        _check_days(session, entry, today)
    entry.entered_by_id, entry.checked_by_id = by.person_id, None
    entry.revision += 1
    audit.record(session, "register.end", entry, by=by, left_on=left_on.isoformat(), reason=reason)
    session.flush()


def check(session: Session, entry: RegisterEntry, *, by: Actor, revision: int) -> None:
    """Confirm an entry that another person entered. Raises NotNow for one's own and for one that is checked."""
    _lock(session, entry, revision)
    if entry.checked_by_id is not None:
        raise NotNow(N_("This entry is checked already."))
    if entry.entered_by_id == by.person_id:
        raise NotNow(N_("You entered this yourself, so another person has to check it."))
    entry.checked_by_id = by.person_id
    entry.revision += 1
    audit.record(session, "register.check", entry, by=by)
    session.flush()


def remove(session: Session, entry: RegisterEntry, *, by: Actor, revision: int, reason: str) -> None:
    """Take a wrong entry out of the register; the audit log keeps what it said and why it went."""
    _lock(session, entry, revision)
    audit.record(session, "register.remove", entry, by=by, reason=reason, entry=_plain(entry))
    session.delete(entry)
    session.flush()


def note_export(session: Session, selection: Selection, rows: int, *, by: Actor) -> None:
    """Leave the audit row of an export."""
    audit.record(
        session,
        "register.export",
        by=by,
        rows=rows,
        kind=selection.kind,
        circle_id=selection.circle_id,
        text=selection.text,
        unchecked=selection.unchecked,
    )
    session.flush()


def _lock(session: Session, entry: RegisterEntry, revision: int) -> None:
    session.refresh(entry, with_for_update=True)
    if entry.revision != revision:
        raise Conflict(N_("Somebody else changed this entry in the meantime. Open it again and compare."))


def _check_days(session: Session, entry: RegisterEntry, today: date) -> None:
    if not EARLIEST <= entry.arrived_on <= today:
        raise Invalid(N_("The day of arrival must not lie in the future or before 1950."), field="arrived_on")
    if entry.left_on is not None:
        if entry.left_on < entry.arrived_on:
            raise Invalid(N_("The day of departure must not be before the arrival."), field="left_on")
        if entry.left_on > today:
            raise Invalid(N_("The day of departure must not lie in the future."), field="left_on")
    session.get(Circle, entry.circle_id, with_for_update=True)  # two who enter the same subject: one waits and reads
    others = stays(session, kind=entry.kind, circle_id=entry.circle_id, subject_key=entry.subject_key, but=entry.id)
    other = overlaps(Stay(entry.subject_key, entry.arrived_on, entry.left_on), others)
    if other is not None:
        raise Conflict(
            N_("%(subject)s is in this circle since %(day)s already. Note its departure first, or correct that entry."),
            field="subject",
            subject=entry.subject,
            day=other.arrived_on.isoformat(),
        )


def _key(
    session: Session, *, kind: str, subject: str, organisation: Organisation | None, code: str, same_as: str
) -> str:
    """What makes entries about the same subject one: its code, its organisation here, or what a person decided."""
    organisation_id = organisation.id if organisation else None
    if same_as:
        return _chosen(session, kind, subject, organisation_id, same_as)
    known = subjects_like(session, kind=kind, name=subject, organisation_id=organisation_id)
    same = {one.key for one in known if organisation_id is not None and one.organisation_id == organisation_id}
    if len(same) == 1:
        return same.pop()
    sure = normal_code(code) or (organisation.uscc if organisation else "") or ""
    if sure and all(one.key == sure for one in known):
        return sure
    if known:
        raise Invalid(N_("The register knows this name. Say whether it is the same one."), field="same_as")
    return sure or _name_key(subject)


def _chosen(session: Session, kind: str, subject: str, organisation_id: int | None, same_as: str) -> str:
    keys = [one.key for one in subjects_like(session, kind=kind, name=subject, organisation_id=organisation_id)]
    if same_as in keys:
        return same_as
    if same_as != ANOTHER:
        raise Invalid(N_("Choose one of the entries shown, or say that it is another one."), field="same_as")
    plain = _name_key(subject)
    return next(key for key in (plain, *(f"{plain}#{n}" for n in range(2, len(keys) + 3))) if key not in keys)


def _name_key(subject: str) -> str:
    name = re.sub(r"[\s·•()（）]+", "", subject).casefold()
    return name if len(name) <= 60 else f"{name[:40]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _plain(entry: RegisterEntry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _CORRECTED}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
