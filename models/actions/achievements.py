"""Drafting an achievement: create, save, submit, take back, new version, discard.

What is published never changes: only the working version is written, and only while nobody reviews it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import new_public_id, utcnow
from models.enums import RecordState, Verification, VersionState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.indexing import effective_disclosure
from models.queries.recipients import managers
from models.queries.versions import last_number
from models.rules import completeness
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    AchievementVersion,
    Attachment,
    IntellectualProperty,
    Organisation,
    TeamMember,
)

EDITABLE = (VersionState.DRAFT, VersionState.RETURNED)
IN_REVIEW = (VersionState.ORG_REVIEW, VersionState.REVIEW)
PLAIN = (
    "title", "summary", "problem", "advantage", "indicators", "scenes", "details", "fields", "industries", "discipline",
    "trl", "stage", "modes", "price_mode", "negotiable", "price_min", "price_max", "currency", "team_note", "keywords",
    "disclosure",
)  # fmt: skip
ROWS: Mapping[str, tuple[type[Any], Mapping[str, int]]] = {  # longest values of each column
    "intellectual_property": (IntellectualProperty, {"kind": 20, "number": 40, "title": 160, "status": 20}),
    "team": (TeamMember, {"name": 60, "title": 60, "role": 60}),
}
TITLE_COLUMN = 120


def create(
    session: Session, organisation: Organisation, *, by: Actor, title: str, public_id: str = ""
) -> tuple[Achievement, AchievementVersion]:
    """Begin a draft of an organisation. A second submit of the same ``public_id`` gives the draft that is there.

    Raises NotNow where the organisation does not provide or is suspended, Invalid (title).
    """
    if not organisation.is_provider:
        raise NotNow(N_("“%(name)s” is not registered as a provider of achievements."), name=organisation.name)
    _may_publish(organisation)
    _fits("title", title)
    achievement = Achievement(
        public_id=public_id or new_public_id(), organisation_id=organisation.id, organisation=organisation
    )
    try:
        with session.begin_nested():
            session.add(achievement)
    except IntegrityError:
        return _begun_before(session, organisation, public_id)
    version = _begin_version(session, achievement, number=1, by=by, title=title.strip())
    behalf = by.behalf(organisation.id)
    audit.note_transition(session, achievement, None, RecordState.DRAFT, by=by, on_behalf_of=behalf)
    audit.record(session, "achievement.create", achievement, by=by, on_behalf_of=behalf)
    return achievement, version


def _begun_before(
    session: Session, organisation: Organisation, public_id: str
) -> tuple[Achievement, AchievementVersion]:
    found = session.scalar(
        select(Achievement).where(Achievement.public_id == public_id, Achievement.organisation_id == organisation.id)
    )
    if found is None or found.working_version is None:
        raise Conflict(N_("This form was used already. Open the page again to begin another achievement."))
    return found, found.working_version


def _may_publish(organisation: Organisation) -> None:
    if organisation.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(
            N_("“%(name)s” cannot publish now: %(state)s."),
            name=organisation.name,
            state=organisation.verification.label,
        )


def _begin_version(
    session: Session, achievement: Achievement, *, number: int, by: Actor, **values: Any
) -> AchievementVersion:
    version = AchievementVersion(
        achievement_id=achievement.id, number=number, author_id=by.person_id, updated_at=utcnow(), **values
    )
    try:
        with session.begin_nested():
            session.add(version)
    except IntegrityError:
        raise Conflict(N_("A colleague has just begun a new version. Reload the page to see it.")) from None
    achievement.working_version = version
    session.flush()
    audit.note_transition(
        session, version, None, VersionState.DRAFT, by=by, on_behalf_of=by.behalf(achievement.organisation_id)
    )
    return version


def working(achievement: Achievement, *, revision: int | None = None) -> AchievementVersion:
    """The version under way. Raises NotNow where there is none, Conflict where it is not the revision shown."""
    version = achievement.working_version
    if version is None:
        raise NotNow(N_("There is no draft of this achievement. Begin a new version first."))
    if revision is not None and version.revision != revision:
        raise Conflict(
            N_(
                "Somebody else changed this in the meantime. Your text is kept here; compare it with the newest state and save again."
            )
        )
    return version


def editable(achievement: Achievement, *, revision: int | None = None) -> AchievementVersion:
    """The version that may be written now. Raises as ``working``, and NotNow while it is reviewed."""
    version = working(achievement)
    if version.state not in EDITABLE:
        raise NotNow(
            N_("This version cannot be changed now: %(state)s. Take it back first, then change it."),
            state=version.state.label,
        )
    return working(achievement, revision=revision)


def save(
    session: Session, achievement: Achievement, *, by: Actor, revision: int | None, values: Mapping[str, Any]
) -> AchievementVersion:
    """Store what was typed on a step: columns of the version, ``intellectual_property`` and ``team`` as lists of dicts.

    Half-finished texts are stored too; whether they suffice is decided when submitting. Nothing changed: no new
    revision. Raises Conflict for a stale revision, NotNow, Invalid (field) for what the table cannot hold.
    """
    version = editable(achievement, revision=revision)
    changed = False
    for name, value in values.items():
        if name in ROWS:
            changed |= _save_rows(version, name, value)
            continue
        if name not in PLAIN:
            raise KeyError(name)
        if isinstance(value, str):
            _fits(name, value)
        if getattr(version, name) != value:
            setattr(version, name, value)
            changed = True
    if version.price_min is not None and version.price_max is not None and version.price_max < version.price_min:
        raise Invalid(N_("The highest price is below the lowest."), field="price_max")
    if changed:
        touch(session, achievement, version, by=by)
    return version


def touch(session: Session, achievement: Achievement, version: AchievementVersion, *, by: Actor) -> None:
    """Raise the version's revision (also where only its rows changed) and leave the day's audit row."""
    version.updated_at = utcnow()
    audit.record_once_a_day(
        session, "achievement.edit", achievement, by=by, on_behalf_of=by.behalf(achievement.organisation_id)
    )
    session.flush()


def _fits(name: str, value: str) -> None:
    most = TITLE_COLUMN if name == "title" else completeness.ABSOLUTE
    if len(value) > most:
        raise Invalid(
            N_("%(over)s characters too many; at most %(most)s."), field=name, over=len(value) - most, most=most
        )


def _save_rows(version: AchievementVersion, name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    kind, columns = ROWS[name]
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


def submit(session: Session, achievement: Achievement, *, by: Actor, revision: int, pledge: bool) -> AchievementVersion:
    """Hand the version in: to the organisation's own review where it wants one, else to the organizers.

    ``pledge``: the author declares that nothing in it is classified. Raises NotNow, Conflict, Invalid (non_classified).
    """
    version = editable(achievement, revision=revision)
    _may_publish(achievement.organisation)
    if not pledge:
        raise Invalid(
            N_("Please confirm that nothing in it is classified; otherwise it may not be published here."),
            field="non_classified",
        )
    gaps = completeness.missing(version)
    if gaps:
        raise NotNow(N_("%(count)s points are still open. The list below leads to each of them."), count=len(gaps))
    own_review = achievement.organisation.reviews_first
    others = managers(session, achievement.organisation_id, without=(by.person_id, version.author_id))
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
        "achievement.submit",
        by=by,
        on_behalf_of=by.behalf(achievement.organisation_id),
    )
    for manager in others if own_review else ():
        jobs.add_mail(
            session,
            "achievement_org_review",
            to=manager.email,
            locale=manager.locale,
            title=version.title,
            author=by.name,
            public_id=achievement.public_id,
        )
    session.flush()
    return version


def take_back(session: Session, achievement: Achievement, *, by: Actor) -> AchievementVersion:
    """Make a version under review a draft again. Raises NotNow where it is not reviewed any more."""
    version = working(achievement)
    if version.state not in IN_REVIEW:
        raise NotNow(N_("This version is not under review: %(state)s."), state=version.state.label)
    audit.move(
        session,
        version,
        VersionState.DRAFT,
        "achievement.take_back",
        by=by,
        on_behalf_of=by.behalf(achievement.organisation_id),
    )
    session.flush()
    return version


def new_version(session: Session, achievement: Achievement, *, by: Actor) -> AchievementVersion:
    """Copy the public version with its rows and files into a working one; one that is there is given back.

    The pledge is not copied. Raises NotNow where nothing was ever published, Conflict where a colleague was faster.
    """
    if achievement.working_version is not None:
        return achievement.working_version
    public = achievement.public_version
    if public is None:
        raise NotNow(N_("Nothing of this achievement was published yet."))
    version = _begin_version(
        session,
        achievement,
        number=last_number(session, achievement.id) + 1,
        by=by,
        **{name: getattr(public, name) for name in PLAIN if name != "disclosure"},
        disclosure=effective_disclosure(public.disclosure, achievement.tightened_to),
    )
    for name, (kind, columns) in ROWS.items():
        copies = [
            kind(version_id=version.id, position=row.position, **{column: getattr(row, column) for column in columns})
            for row in getattr(public, name)
        ]
        session.add_all(copies)
    copied = ("position", "kind", "name", "media_type", "size", "sha256", "restricted")
    session.add_all(
        Attachment(version_id=version.id, **{name: getattr(file, name) for name in copied})
        for file in public.attachments
    )
    session.flush()
    session.refresh(version)
    audit.record(
        session, "achievement.new_version", achievement, by=by, on_behalf_of=by.behalf(achievement.organisation_id),
        number=version.number,
    )  # fmt: skip
    return version


def discard(session: Session, achievement: Achievement, *, by: Actor, revision: int | None = None) -> None:
    """Put the working version aside; what is public stays. It remains in the history and can be taken up again.

    Raises NotNow while it is reviewed or where nothing else exists, Conflict for a stale revision.
    """
    version = editable(achievement, revision=revision)
    if achievement.public_version_id is None:
        raise NotNow(N_("This is the only version. Withdraw the whole achievement instead."))
    audit.move(
        session,
        version,
        VersionState.DISCARDED,
        "achievement.discard",
        by=by,
        on_behalf_of=by.behalf(achievement.organisation_id),
    )
    achievement.working_version = None
    session.flush()


def take_up(session: Session, achievement: Achievement, version: AchievementVersion, *, by: Actor) -> None:
    """Work on a discarded version again. Raises NotNow where another one is under way, a newer one was published, or
    it was not discarded.
    """
    if achievement.working_version_id is not None:
        raise NotNow(N_("Another version is under way. Finish or discard that one first."))
    if achievement.public_version is not None and achievement.public_version.number > version.number:
        raise NotNow(N_("A newer version has been published since. Begin a new version from that."))
    audit.move(
        session,
        version,
        VersionState.DRAFT,
        "achievement.take_up",
        by=by,
        on_behalf_of=by.behalf(achievement.organisation_id),
    )
    achievement.working_version = version
    session.flush()
