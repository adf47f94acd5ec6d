"""Engagements: two organisations and a subject, from the first acceptance to the result; what is open to whom on the way."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.deals import Changes, put_contract, put_implementation
from models.base import utcnow
from models.enums import Disclosure, Origin, Stage
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.dictionaries import in_use
from models.queries.indexing import effective_disclosure
from models.rules.deals import Contract, Implementation, asks_contract, asks_implementation, correctable
from models.rules.policy import Actor
from models.rules.stages import NOTE_LENGTH, check_step
from models.tables import Booking, DisclosureGrant, Engagement, Transition

Pair = tuple[int, int, int]  # ids of provider, seeker and achievement
# Transition.to_state of what is no arrival at a stage: figures count arrivals.
NOTE, CONTRACT, IMPLEMENTATION = "note", "contract", "implementation"


def open_or_join(
    session: Session,
    *,
    provider_id: int,
    seeker_id: int,
    achievement_id: int | None,
    need_id: int | None = None,
    origin: Origin,
    by: Actor | None,
) -> Engagement:
    """The engagement of the pair about the subject (the need, else the achievement): opened at stage S2, or what there is.

    One that had ended (X) is taken up again at S2. Two at once get the same one: the unique key decides.
    """
    pair = select(Engagement).where(
        Engagement.provider_id == provider_id,
        Engagement.seeker_id == seeker_id,
        Engagement.need_id == need_id if need_id else Engagement.achievement_id == achievement_id,
        Engagement.need_id.is_not(None) if need_id else Engagement.need_id.is_(None),
    )
    found = session.scalar(pair)
    if found is None:
        made = Engagement(
            provider_id=provider_id,
            seeker_id=seeker_id,
            achievement_id=achievement_id,
            need_id=need_id,
            origin=origin,
            stage=Stage.S2,
        )
        try:
            with session.begin_nested():
                session.add(made)
        except IntegrityError:  # somebody opened it at this moment
            found = session.scalars(pair).one()
        else:
            _moved(session, made, None, Stage.S2, by=by)
            audit.record(session, "engagement.open", made, by=by, on_behalf_of=behalf(made, by))
            session.flush()
            return made
    if found.stage is Stage.X:
        found.stage, found.stop_reason = Stage.S2, ""
        _moved(session, found, Stage.X, Stage.S2, by=by)
        audit.record(session, "engagement.reopen", found, by=by, on_behalf_of=behalf(found, by))
        session.flush()
    return found


def of_pairs(session: Session, pairs: Collection[Pair], *, by: Actor | None) -> dict[Pair, Engagement]:
    """``open_or_join`` for many who meet about an achievement; a constant number of statements where none had ended."""
    found = _of_pairs(session, pairs)
    made = [
        Engagement(
            provider_id=provider, seeker_id=seeker, achievement_id=achievement, origin=Origin.ONE_TO_ONE, stage=Stage.S2
        )
        for provider, seeker, achievement in dict.fromkeys(pairs)
        if (provider, seeker, achievement) not in found
    ]
    try:
        with session.begin_nested():
            session.add_all(made)
    except IntegrityError:  # somebody opened one of them at this moment
        made = []
    begun = [audit.Change(one, None, one.stage, on_behalf_of=behalf(one, by)) for one in made]
    audit.note_all(session, "engagement.open", begun, by=by)
    found |= {(one.provider_id, one.seeker_id, one.achievement_id or 0): one for one in made}
    return {
        pair: one if (one := found.get(pair)) is not None and one.stage is not Stage.X else _of(session, pair, by=by)
        for pair in pairs
    }


def _of_pairs(session: Session, pairs: Collection[Pair]) -> dict[Pair, Engagement]:
    """The engagements about achievements that there are; a few more may be read."""
    rows = session.scalars(
        select(Engagement).where(
            Engagement.need_id.is_(None),
            Engagement.seeker_id.in_({seeker for _provider, seeker, _achievement in pairs}),
            Engagement.achievement_id.in_({achievement for _provider, _seeker, achievement in pairs}),
        )
    )
    return {(one.provider_id, one.seeker_id, one.achievement_id or 0): one for one in rows}


def _of(session: Session, pair: Pair, *, by: Actor | None) -> Engagement:
    provider, seeker, achievement = pair
    return open_or_join(
        session, provider_id=provider, seeker_id=seeker, achievement_id=achievement, origin=Origin.ONE_TO_ONE, by=by
    )


def of_meeting(session: Session, booking: Booking, *, by: Actor | None) -> Engagement:
    """The engagement of the two who meet about an achievement, as ``open_or_join``; not for seats."""
    assert booking.provider_id is not None
    assert booking.achievement_id is not None
    return _of(session, (booking.provider_id, booking.seeker_id, booking.achievement_id), by=by)


def advance(
    session: Session,
    engagement: Engagement,
    *,
    by: Actor,
    stage: Stage,
    revision: int,
    today: date | None = None,
    reason: str = "",
    note: str = "",
    contract: Contract | None = None,
    implementation: Implementation | None = None,
) -> None:
    """Set the stage. Raises Conflict where the other side was faster, Invalid and NotNow by the rules of stages.

    ``reason`` (dictionary "stop_reason") belongs to stage X only. ``contract`` and ``implementation`` are what the steps to
    "signed" and "in implementation" need, and later ones where it is not known yet (rules/deals.py); else not looked at.
    ``today``: the site's day, of which no contract is later.
    """
    if revision != engagement.revision:
        raise Conflict(
            N_("The other side has changed the stage in the meantime: it is now “%(stage)s”."),
            field="stage",
            stage=engagement.stage.label,
        )
    old, note = engagement.stage, note.strip()
    reason = reason if stage is Stage.X else ""
    if reason and not in_use(session, "stop_reason", reason):
        raise Invalid(N_("Please choose a reason."), field="reason")
    check_step(old, stage, reason=reason, note=note, organizer=by.organizer)
    said = (contract or Contract(), implementation or Implementation())
    came_to = _came_to(session, engagement, stage, *said, today=today or utcnow().date())
    engagement.stage, engagement.stop_reason = stage, reason
    engagement.note = note or engagement.note
    _moved(session, engagement, old, stage, by=by, reason=note)
    audit.record(
        session,
        "engagement.advance",
        engagement,
        by=by,
        on_behalf_of=behalf(engagement, by),
        stage=stage.value,
        **({"reason": reason} if reason else {}),
        **({"changed": came_to} if came_to else {}),
    )
    session.flush()


def _came_to(
    session: Session,
    engagement: Engagement,
    stage: Stage,
    contract: Contract,
    implementation: Implementation,
    *,
    today: date,
) -> Changes:
    changes: Changes = {}
    if asks_contract(stage, known=engagement.amount_said is not None):
        if stage is Stage.S7:  # the stage says it
            contract = replace(contract, registered=True)
        changes |= put_contract(session, engagement, contract, today=today)
    elif stage is Stage.S7 and not engagement.registered:
        changes["registered"], engagement.registered = [engagement.registered, True], True
    if asks_implementation(stage, known=engagement.place is not None):
        changes |= put_implementation(engagement, implementation)
    return changes


def correct_contract(
    session: Session, engagement: Engagement, *, by: Actor, revision: int, contract: Contract, today: date
) -> None:
    """State the contract of an engagement that has one, or correct it; both sides see that it was done.

    Raises Conflict where somebody was faster, NotNow before the contract, Invalid by rules/deals.py.
    """
    _check_correction(engagement, correctable(engagement, organizer=by.organizer).contract, revision)
    _corrected(session, engagement, CONTRACT, put_contract(session, engagement, contract, today=today), by=by)


def correct_implementation(
    session: Session, engagement: Engagement, *, by: Actor, revision: int, implementation: Implementation
) -> None:
    """State or correct where the result is put to use; as ``correct_contract``."""
    _check_correction(engagement, correctable(engagement, organizer=by.organizer).implementation, revision)
    _corrected(session, engagement, IMPLEMENTATION, put_implementation(engagement, implementation), by=by)


def _check_correction(engagement: Engagement, allowed: bool, revision: int) -> None:
    if not allowed:
        raise NotNow(N_("This cannot be recorded at this stage of the engagement."))
    if revision != engagement.revision:
        raise Conflict(N_("Somebody has changed this engagement in the meantime. Please look at it, then save again."))


def _corrected(session: Session, engagement: Engagement, what: str, changes: Changes, *, by: Actor) -> None:
    if not changes:
        return
    _transition(session, engagement, engagement.stage.value, what, by=by)
    audit.record(session, f"engagement.{what}", engagement, by=by, on_behalf_of=behalf(engagement, by), changed=changes)
    session.flush()


def first_contact(session: Session, engagement: Engagement, *, by: Actor) -> None:
    """Note that the two have met: an engagement that waited for it comes to S3, one further on stays."""
    session.refresh(engagement, with_for_update=True)
    if engagement.stage not in (Stage.S1, Stage.S2):
        return
    old, engagement.stage = engagement.stage, Stage.S3
    _moved(session, engagement, old, Stage.S3, by=by)
    audit.record(
        session, "engagement.advance", engagement, by=by, on_behalf_of=behalf(engagement, by), stage=Stage.S3.value
    )
    session.flush()


def add_note(session: Session, engagement: Engagement, *, by: Actor, note: str) -> None:
    """Note a follow-up without a change of stage; both sides and the organizer read it."""
    note = note.strip()
    if not note:
        raise Invalid(N_("Please write something here."), field="note")
    if len(note) > NOTE_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="note", max=NOTE_LENGTH)
    engagement.note = note
    _transition(session, engagement, engagement.stage.value, NOTE, by=by, reason=note)
    audit.record(session, "engagement.note", engagement, by=by, on_behalf_of=behalf(engagement, by))
    session.flush()


# --- details after consent --------------------------------------------------------------------------------------------


def can_open_details(engagement: Engagement) -> bool:
    """Whether the achievement has details after consent and the seeker is verified: restricted details wait for that."""
    achievement = engagement.achievement
    version = achievement.public_version if achievement else None
    if achievement is None or version is None or not engagement.seeker.is_verified:
        return False
    return effective_disclosure(version.disclosure, achievement.tightened_to) is Disclosure.CONSENT


def open_details(session: Session, engagement: Engagement, *, by: Actor) -> None:
    """Open what is disclosed after consent to the seeker, until withdrawn; nothing happens where it is open."""
    if not can_open_details(engagement):
        raise NotNow(N_("There is nothing to open: no details after consent, or the organisation is not verified yet."))
    if _current_grant(session, engagement) is not None:
        return
    grant = DisclosureGrant(
        achievement_id=engagement.achievement_id,
        organisation_id=engagement.seeker_id,
        granted_by_id=by.person_id,
        granted_at=utcnow(),
    )
    try:
        with session.begin_nested():
            session.add(grant)
    except IntegrityError:  # a colleague opened it at this moment
        return
    _noted(session, "disclosure.grant", engagement, by=by)


def withdraw_details(session: Session, engagement: Engagement, *, by: Actor) -> None:
    """Close the details again, at once. Raises NotNow where they are closed."""
    grant = _current_grant(session, engagement)
    if grant is None:
        raise NotNow(N_("The details are not open to this organisation."))
    grant.withdrawn_at, grant.withdrawn_by_id = utcnow(), by.person_id
    _noted(session, "disclosure.withdraw", engagement, by=by)


def _current_grant(session: Session, engagement: Engagement) -> DisclosureGrant | None:
    return session.scalar(
        select(DisclosureGrant).where(
            DisclosureGrant.achievement_id == engagement.achievement_id,
            DisclosureGrant.organisation_id == engagement.seeker_id,
            DisclosureGrant.withdrawn_at.is_(None),
        )
    )


def _noted(session: Session, action: str, engagement: Engagement, *, by: Actor) -> None:
    audit.record(
        session,
        action,
        engagement.achievement,
        by=by,
        on_behalf_of=by.behalf(engagement.provider_id),
        organisation=engagement.seeker.public_id,
    )
    session.flush()


# --- parts ------------------------------------------------------------------------------------------------------------


def behalf(engagement: Engagement, by: Actor | None) -> int | None:
    """For which side somebody acts who is in neither: the one that gave a mandate; nobody's where an organizer acts."""
    if by is None or by.organisation_id in (engagement.provider_id, engagement.seeker_id):
        return None
    return next((side for side in (engagement.provider_id, engagement.seeker_id) if by.acts_for(side)), None)


def _moved(
    session: Session, engagement: Engagement, old: Stage | None, new: Stage, *, by: Actor | None, reason: str = ""
) -> None:
    _transition(session, engagement, old.value if old else "", new.value, by=by, reason=reason)


def _transition(
    session: Session, engagement: Engagement, old: str, new: str, *, by: Actor | None, reason: str = ""
) -> None:
    if engagement.id is None:
        session.flush()
    session.add(
        Transition(
            object_type=engagement.__tablename__,
            object_id=engagement.id,
            from_state=old,
            to_state=new,
            reason=reason,
            at=utcnow(),
            person_id=by.person_id if by else None,
            on_behalf_of_id=behalf(engagement, by),
        )
    )
