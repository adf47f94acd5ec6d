"""Drafting a record of any kind: create, save, submit, take back, new version, discard.

What is published never changes: only the working version is written, and only while nobody reviews it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.kinds import KINDS
from models.base import new_public_id, utcnow
from models.enums import RecordState, Verification, VersionState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.gaps import missing
from models.queries.indexing import effective_disclosure
from models.queries.recipients import managers
from models.queries.versions import last_number
from models.rules import completeness
from models.rules.policy import Actor
from models.tables import Achievement, Attachment, Organisation

EDITABLE = (VersionState.DRAFT, VersionState.RETURNED)
IN_REVIEW = (VersionState.ORG_REVIEW, VersionState.REVIEW)
TITLE_COLUMN = 120


def create(
    session: Session,
    organisation: Organisation,
    *,
    by: Actor,
    title: str,
    public_id: str = "",
    kind: type[Any] = Achievement,
) -> tuple[Any, Any]:
    """Begin a draft of an organisation. A second submit of the same ``public_id`` gives the draft that is there.

    Raises NotNow where the organisation may not publish this kind or is suspended, Invalid (title).
    """
    if not getattr(organisation, KINDS[kind].capability):
        raise NotNow(KINDS[kind].incapable, name=organisation.name)
    _may_publish(organisation)
    _fits("title", title)
    record = kind(public_id=public_id or new_public_id(), organisation_id=organisation.id, organisation=organisation)
    try:
        with session.begin_nested():
            session.add(record)
    except IntegrityError:
        return _begun_before(session, organisation, public_id, kind)
    version = _begin_version(session, record, number=1, by=by, title=title.strip())
    behalf = by.behalf(organisation.id)
    audit.note_transition(session, record, None, RecordState.DRAFT, by=by, on_behalf_of=behalf)
    audit.record(session, f"{record.kind}.create", record, by=by, on_behalf_of=behalf)
    return record, version


def _begun_before(session: Session, organisation: Organisation, public_id: str, kind: type[Any]) -> tuple[Any, Any]:
    found = session.scalar(select(kind).where(kind.public_id == public_id, kind.organisation_id == organisation.id))
    if found is None or found.working_version is None:
        raise Conflict(N_("This form was used already. Open the page again to begin another one."))
    return found, found.working_version


def _may_publish(organisation: Organisation) -> None:
    if organisation.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(
            N_("“%(name)s” cannot publish now: %(state)s."),
            name=organisation.name,
            state=organisation.verification.label,
        )


def _begin_version(session: Session, record: Any, *, number: int, by: Actor, **values: Any) -> Any:
    version = record.version_class(
        record_id=record.id, number=number, author_id=by.person_id, updated_at=utcnow(), **values
    )
    try:
        with session.begin_nested():
            session.add(version)
    except IntegrityError:
        raise Conflict(N_("A colleague has just begun a new version. Reload the page to see it.")) from None
    record.working_version = version
    session.flush()
    audit.note_transition(
        session, version, None, VersionState.DRAFT, by=by, on_behalf_of=by.behalf(record.organisation_id)
    )
    return version


def working(record: Any, *, revision: int | None = None) -> Any:
    """The version under way. Raises NotNow where there is none, Conflict where it is not the revision shown."""
    version = record.working_version
    if version is None:
        raise NotNow(N_("There is no draft of it. Begin a new version first."))
    if revision is not None and version.revision != revision:
        raise Conflict(
            N_(
                "Somebody else changed this in the meantime. Your text is kept here; compare it with the newest state and save again."
            )
        )
    return version


def editable(record: Any, *, revision: int | None = None) -> Any:
    """The version that may be written now. Raises as ``working``, and NotNow while it is reviewed."""
    version = working(record)
    if version.state not in EDITABLE:
        raise NotNow(
            N_("This version cannot be changed now: %(state)s. Take it back first, then change it."),
            state=version.state.label,
        )
    return working(record, revision=revision)


def save(session: Session, record: Any, *, by: Actor, revision: int | None, values: Mapping[str, Any]) -> Any:
    """Store what was typed on a step: columns of the version, ``intellectual_property`` and ``team`` as lists of dicts.

    Half-finished texts are stored too; whether they suffice is decided when submitting. Nothing changed: no new
    revision. Raises Conflict for a stale revision, NotNow, Invalid (field) for what the table cannot hold.
    """
    version = editable(record, revision=revision)
    changed = False
    kind = KINDS[type(record)]
    for name, value in values.items():
        if name in kind.rows:
            changed |= _save_rows(version, name, value, *kind.rows[name])
            continue
        if name not in kind.plain:
            raise KeyError(name)
        if isinstance(value, str):
            _fits(name, value)
        if getattr(version, name) != value:
            setattr(version, name, value)
            changed = True
    for low, (high, message) in kind.reversed.items():
        lowest, highest = getattr(version, low), getattr(version, high)
        if lowest is not None and highest is not None and highest < lowest:
            raise Invalid(message, field=high)
    if changed:
        touch(session, record, version, by=by)
    return version


def touch(session: Session, record: Any, version: Any, *, by: Actor) -> None:
    """Raise the version's revision (also where only its rows changed) and leave the day's audit row."""
    version.updated_at = utcnow()
    audit.record_once_a_day(
        session, f"{record.kind}.edit", record, by=by, on_behalf_of=by.behalf(record.organisation_id)
    )
    session.flush()


def _fits(name: str, value: str) -> None:
    most = TITLE_COLUMN if name == "title" else completeness.ABSOLUTE
    if len(value) > most:
        raise Invalid(
            N_("%(over)s characters too many; at most %(most)s."), field=name, over=len(value) - most, most=most
        )


def _save_rows(
    version: Any, name: str, rows: Sequence[Mapping[str, Any]], kind: type[Any], columns: Mapping[str, int]
) -> bool:
    if len(rows) > completeness.ROWS:
        raise Invalid(N_("At most %(most)s rows are possible."), field=name, most=completeness.ROWS)
    for row in rows:
        for column, most in columns.items():
            if len(row[column]) > most:
                raise Invalid(N_("“%(text)s…” is too long: at most %(most)s characters."), field=name,
                              text=row[column][:20], most=most)  # fmt: skip
    present = [{column: getattr(row, column) for column in columns} for row in getattr(version, name)]
    if present == [{column: row[column] for column in columns} for row in rows]:
        return False
    setattr(
        version,
        name,
        [kind(position=position, **{column: row[column] for column in columns}) for position, row in enumerate(rows)],
    )
    return True


def submit(session: Session, record: Any, *, by: Actor, revision: int, pledge: bool) -> Any:
    """Hand the version in: to the organisation's own review where it wants one, else to the organizers.

    ``pledge``: the author declares that nothing in it is classified. Raises NotNow, Conflict, Invalid (non_classified).
    """
    version = editable(record, revision=revision)
    _may_publish(record.organisation)
    if not pledge:
        raise Invalid(
            N_("Please confirm that nothing in it is classified; otherwise it may not be published here."),
            field="non_classified",
        )
    gaps = missing(session, record, version)
    if gaps:
        raise NotNow(N_("%(count)s points are still open. The list below leads to each of them."), count=len(gaps))
    own_review = record.organisation.reviews_first
    others = managers(session, record.organisation_id, without=(by.person_id, version.author_id))
    if own_review and not others:
        raise NotNow(
            N_(
                "Your organisation reviews first, but nobody else there is a manager. Make a colleague manager, or end the own review."
            )
        )
    version.non_classified = True
    version.submitted_at = utcnow()
    version.submitted_by_id = by.person_id
    audit.move(
        session,
        version,
        VersionState.ORG_REVIEW if own_review else VersionState.REVIEW,
        f"{record.kind}.submit",
        by=by,
        on_behalf_of=by.behalf(record.organisation_id),
    )
    for manager in others if own_review else ():
        jobs.add_mail(
            session,
            "record_org_review",
            to=manager.email,
            locale=manager.locale,
            title=version.title,
            author=by.name,
            public_id=record.public_id,
            kind=record.kind,
        )
    session.flush()
    return version


def take_back(session: Session, record: Any, *, by: Actor) -> Any:
    """Make a version under review a draft again. Raises NotNow where it is not reviewed any more."""
    version = working(record)
    if version.state not in IN_REVIEW:
        raise NotNow(N_("This version is not under review: %(state)s."), state=version.state.label)
    audit.move(
        session,
        version,
        VersionState.DRAFT,
        f"{record.kind}.take_back",
        by=by,
        on_behalf_of=by.behalf(record.organisation_id),
    )
    session.flush()
    return version


def new_version(session: Session, record: Any, *, by: Actor) -> Any:
    """Copy the public version with its rows and files into a working one; one that is there is given back.

    The pledge is not copied. Raises NotNow where nothing was ever published, Conflict where a colleague was faster.
    """
    if record.working_version is not None:
        return record.working_version
    public = record.public_version
    if public is None:
        raise NotNow(N_("Nothing of it was published yet."))
    version = _begin_version(
        session,
        record,
        number=last_number(session, record) + 1,
        by=by,
        **{name: getattr(public, name) for name in KINDS[type(record)].plain if name != "disclosure"},
        disclosure=effective_disclosure(public.disclosure, record.tightened_to),
    )
    for name, (kind, columns) in KINDS[type(record)].rows.items():
        copies = [
            kind(version_id=version.id, position=row.position, **{column: getattr(row, column) for column in columns})
            for row in getattr(public, name)
        ]
        session.add_all(copies)
    copied = ("position", "kind", "name", "media_type", "size", "sha256", "restricted")
    session.add_all(
        Attachment(version_id=version.id, **{name: getattr(file, name) for name in copied})
        for file in (public.attachments if KINDS[type(record)].files else ())
    )
    session.flush()
    session.refresh(version)
    audit.record(
        session, f"{record.kind}.new_version", record, by=by, on_behalf_of=by.behalf(record.organisation_id),
        number=version.number,
    )  # fmt: skip
    return version


def discard(session: Session, record: Any, *, by: Actor, revision: int | None = None) -> None:
    """Put the working version aside; what is public stays. It remains in the history and can be taken up again.

    Raises NotNow while it is reviewed or where nothing else exists, Conflict for a stale revision.
    """
    version = editable(record, revision=revision)
    if record.public_version_id is None:
        raise NotNow(N_("This is the only version. Withdraw the whole record instead."))
    audit.move(
        session,
        version,
        VersionState.DISCARDED,
        f"{record.kind}.discard",
        by=by,
        on_behalf_of=by.behalf(record.organisation_id),
    )
    record.working_version = None
    session.flush()


def take_up(session: Session, record: Any, version: Any, *, by: Actor) -> None:
    """Work on a discarded version again. Raises NotNow where another one is under way, a newer one was published, or
    it was not discarded.
    """
    if record.working_version_id is not None:
        raise NotNow(N_("Another version is under way. Finish or discard that one first."))
    if record.public_version is not None and record.public_version.number > version.number:
        raise NotNow(N_("A newer version has been published since. Begin a new version from that."))
    audit.move(
        session,
        version,
        VersionState.DRAFT,
        f"{record.kind}.take_up",
        by=by,
        on_behalf_of=by.behalf(record.organisation_id),
    )
    record.working_version = version
    session.flush()
