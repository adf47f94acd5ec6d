"""Organisations: found, edit, verify, suspend. (Who comes in: joining.py, invitations.py; the people: people.py; merging: merging.py.)"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs, matching
from models.actions.joining import enter
from models.actions.waiting_lists import look_for
from models.base import utcnow
from models.enums import OrgRole, Verification
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.recipients import managers
from models.rules.identifiers import normal_code, uscc_conforms
from models.rules.lifecycle import may_follow
from models.rules.policy import Actor
from models.tables import Organisation

# Teams of natural persons and bodies from abroad have no Chinese code; everybody else has one.
KINDS_WITHOUT_CODE = frozenset({"team", "overseas"})
CODE_LENGTH = 18
# Who the organisation is: what was verified, so that a change is verified again.
IDENTITY = ("name", "kind", "uscc")


@dataclass(frozen=True)
class Particulars:
    """What an organisation says about itself. ``certain``: a code that fails its check digit is really so."""

    name: str
    kind: str
    uscc: str = ""
    certain: bool = False
    region: str = ""
    industries: tuple[str, ...] = ()
    introduction: str = ""
    is_provider: bool = False
    is_seeker: bool = False


class DoubtfulCode(Invalid):
    """The check digit does not fit: the form asks once more, and then it goes to manual review."""


class Known(Conflict):
    """The organisation is there already; ``public_id`` is where to ask to join."""

    def __init__(self, message: str, organisation: Organisation, *, field: str) -> None:
        super().__init__(message, field=field, name=organisation.name)
        self.public_id = organisation.public_id


def found(session: Session, particulars: Particulars, *, by: Actor) -> Organisation:
    """Enter an organisation with its first manager; it waits for verification.

    Raises DoubtfulCode, Invalid, Known (name or code are taken), Conflict where the person is in an organisation.
    """
    code = _checked_code(particulars)
    _refuse_known(session, particulars.name, code)
    organisation = Organisation(
        **_columns(particulars),
        uscc=code,
        uscc_conforms=bool(code) and uscc_conforms(code or ""),
        verification=Verification.PENDING,
    )
    try:
        with session.begin_nested():
            session.add(organisation)
    except IntegrityError:
        _refuse_known(session, particulars.name, code)
        raise
    enter(session, organisation, person_id=by.person_id, role=OrgRole.MANAGER, by=by)
    audit.note_transition(session, organisation, None, Verification.PENDING, by=by)
    audit.record(session, "organisation.found", organisation, by=by, code_conforms=organisation.uscc_conforms)
    session.flush()
    return organisation


def edit(
    session: Session,
    organisation: Organisation,
    particulars: Particulars,
    *,
    reviews_first: bool,
    revision: int,
    by: Actor,
) -> None:
    """Change what an organisation says about itself. Raises as `found`, and Conflict for a stale form.

    Another name, kind or code of a verified organisation is verified again.
    """
    session.refresh(organisation, with_for_update=True)
    if organisation.revision != revision:
        raise Conflict(
            N_(
                "Somebody else changed this in the meantime. Your text is kept here; compare it with the newest state and save again."
            )
        )
    code = _checked_code(particulars)
    _refuse_known(session, particulars.name, code, but=organisation)
    values = {**_columns(particulars), "uscc": code, "reviews_first": reviews_first}
    changed = sorted(name for name, value in values.items() if getattr(organisation, name) != value)
    if not changed:
        return
    try:
        with session.begin_nested():
            for name in changed:
                setattr(organisation, name, values[name])
            organisation.uscc_conforms = bool(code) and uscc_conforms(code or "")
            organisation.revision += 1
    except IntegrityError:
        session.refresh(organisation)
        _refuse_known(session, particulars.name, code, but=organisation)
        raise
    audit.record(session, "organisation.edit", organisation, by=by, changed=changed)
    if "region" in changed:
        matching.want_all(session, organisation)
    if organisation.verification is Verification.VERIFIED and any(name in changed for name in IDENTITY):
        _turn(session, organisation, Verification.PENDING, "organisation.edit", by=by)
    session.flush()


def ask_for_verification(session: Session, organisation: Organisation, *, by: Actor) -> None:
    """The organisation has mended what was wrong and waits again. Raises NotNow where it does wait or is verified."""
    if organisation.verification is not Verification.UNVERIFIED:
        raise NotNow(
            N_("There is nothing to ask for: the state is “%(state)s”."), state=organisation.verification.label
        )
    _turn(session, organisation, Verification.PENDING, "organisation.ask_for_verification", by=by)
    session.flush()


def verify(session: Session, organisation: Organisation, *, by: Actor) -> None:
    """An organizer or administrator has checked who this is; booking and restricted details open."""
    _turn(session, organisation, Verification.VERIFIED, "organisation.verify", by=by, tell="verified")
    organisation.verified_at = utcnow()
    session.flush()


def unverify(session: Session, organisation: Organisation, *, reason: str, by: Actor) -> None:
    """Not verified, or not any more; the managers read the reason and can ask again."""
    if not reason.strip():
        raise Invalid(N_("Please say why, so that the organisation knows what to do."), field="reason")
    _turn(
        session,
        organisation,
        Verification.UNVERIFIED,
        "organisation.unverify",
        by=by,
        reason=reason.strip(),
        tell="unverified",
    )
    organisation.verified_at = None
    session.flush()


def suspend(session: Session, organisation: Organisation, *, reason: str, by: Actor) -> None:
    """Its people can act for it no more until it is resumed; what is published stays (take it down apart)."""
    if not reason.strip():
        raise Invalid(N_("Please say why, so that the organisation knows what to do."), field="reason")
    _turn(
        session,
        organisation,
        Verification.SUSPENDED,
        "organisation.suspend",
        by=by,
        reason=reason.strip(),
        tell="suspended",
    )
    session.flush()


def resume(session: Session, organisation: Organisation, *, by: Actor) -> None:
    """End a suspension; it is verified again if it was. Raises NotNow where it is not suspended."""
    if organisation.verification is not Verification.SUSPENDED:
        raise NotNow(N_("This organisation is not suspended."))
    to = Verification.VERIFIED if organisation.verified_at else Verification.PENDING
    _turn(session, organisation, to, "organisation.resume", by=by, tell="resumed")
    session.flush()


def _turn(
    session: Session,
    organisation: Organisation,
    to: Verification,
    action: str,
    *,
    by: Actor,
    reason: str = "",
    tell: str = "",
) -> None:
    """Change the verification state if its life cycle allows it; ``tell`` is what the managers' mail says."""
    old = organisation.verification
    if not may_follow(old, to):
        raise NotNow(
            N_("This is not possible any more: the state is now “%(state)s”. Reload the page to see it."),
            state=old.label,
        )
    organisation.verification = to
    audit.note_transition(session, organisation, old, to, by=by, reason=reason)
    detail: dict[str, Any] = {"reason": reason} if reason else {}
    audit.record(session, action, organisation, by=by, **detail)
    if to is Verification.VERIFIED:
        look_for(session, organisation.id)
    if tell:
        tell_managers(session, organisation, tell, reason=reason)


def tell_managers(
    session: Session, organisation: Organisation, outcome: str, *, reason: str = "", **values: Any
) -> None:
    """Mail the managers what was decided about their organisation."""
    for reader in managers(session, organisation.id):
        jobs.add_mail(
            session,
            "organisation_decided",
            to=reader.email,
            locale=reader.locale,
            name=reader.name,
            organisation=organisation.name,
            organisation_id=organisation.public_id,
            outcome=outcome,
            reason=reason,
            **values,
        )


def _columns(particulars: Particulars) -> dict[str, Any]:
    return {
        "name": particulars.name.strip(),
        "kind": particulars.kind,
        "region": particulars.region.strip(),
        "industries": list(particulars.industries),
        "introduction": particulars.introduction.strip(),
        "is_provider": particulars.is_provider,
        "is_seeker": particulars.is_seeker,
    }


def _checked_code(particulars: Particulars) -> str | None:
    code = normal_code(particulars.uscc)
    if not code:
        if particulars.kind in KINDS_WITHOUT_CODE:
            return None
        raise Invalid(
            N_("Please type the unified social credit code; it stands on the registration certificate."), field="uscc"
        )
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isalnum():
        raise Invalid(
            N_("A unified social credit code has 18 digits and capital letters; you typed %(count)s characters."),
            field="uscc",
            count=len(code),
        )
    if not uscc_conforms(code) and not particulars.certain:
        raise DoubtfulCode(
            N_("The check digit does not fit this code. Please compare it with the certificate once more."),
            field="uscc",
        )
    return code


def _refuse_known(session: Session, name: str, code: str | None, *, but: Organisation | None = None) -> None:
    """Raises Known where another organisation has the code or the name; a merged one names its successor."""
    for column, value, field, message in (
        (
            Organisation.uscc,
            code,
            "uscc",
            N_("This code belongs to “%(name)s”, which is here already. You can ask to join it."),
        ),
        (
            func.lower(Organisation.name),
            name.strip().lower(),
            "name",
            N_("“%(name)s” is here already. You can ask to join it."),
        ),
    ):
        if not value:
            continue
        other = session.scalar(select(Organisation).where(column == value))
        if other is None or (but is not None and other.id == but.id):
            continue
        raise Known(message, successor(session, other), field=field)


def successor(session: Session, organisation: Organisation) -> Organisation:
    """The organisation itself, or the one it was merged into."""
    while organisation.merged_into_id is not None:
        found_next = session.get(Organisation, organisation.merged_into_id)
        if found_next is None:
            break
        organisation = found_next
    return organisation
