"""A provider applies with an achievement: written, submitted, withdrawn; and takes the place or not."""

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import application_files, audit, jobs
from models.actions.application_files import FileChange
from models.actions.calls import lock, not_announced
from models.base import utcnow
from models.enums import ApplicationState, Decision, EventState, Outcome, RecordState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.recipients import Recipient, acting, managers, recipients
from models.queries.selection import reserve, submitted_by, title_of
from models.rules.policy import Actor
from models.tables import Achievement, Membership, Person, ProjectApplication, ProjectCall

LONGEST_MINUTES = 60
NO_FILES = FileChange()


@dataclass(frozen=True)
class Said:
    """What an application says."""

    presenter_id: int | None = None
    presenter_title: str = ""
    minutes: int | None = None
    demo_needs: str = ""
    may_record: bool = False
    ip_disclosed: bool = False
    not_secret: bool = False
    answers: tuple[str, ...] = ()


def apply(
    session: Session,
    call: ProjectCall,
    achievement: Achievement,
    *,
    by: Actor,
    said: Said,
    submit: bool,
    files: FileChange = NO_FILES,
) -> ProjectApplication:
    """Begin an application, as a draft or submitted. One for each achievement and call.

    Raises NotNow after the deadline or beyond the organisation's bound, Invalid at a field, Conflict where there is one.
    """
    lock(session, call)
    taking(call)
    organisation_id = achievement.organisation_id
    if not by.acts_for(organisation_id) or not achievement.organisation.is_provider:
        raise NotNow(N_("You cannot apply for “%(name)s”."), name=achievement.organisation.name)
    if achievement.state not in (RecordState.PUBLISHED, RecordState.DRAFT):
        raise NotNow(N_("This achievement is not shown any more; please choose another."), field="achievement")
    made = ProjectApplication(call_id=call.id, call=call, achievement_id=achievement.id, achievement=achievement)
    made.organisation_id, made.organisation = organisation_id, achievement.organisation
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(N_("There is an application with this achievement already."), field="achievement") from None
    audit.record(session, "application.create", made, by=by, on_behalf_of=by.behalf(organisation_id))
    _write(session, made, by=by, said=said, submit=submit, files=files)
    return made


def edit(
    session: Session,
    application: ProjectApplication,
    *,
    by: Actor,
    said: Said,
    submit: bool,
    revision: int,
    files: FileChange = NO_FILES,
) -> None:
    """Change an application until the deadline; a submitted one stays submitted. Raises as ``apply``."""
    lock(session, application.call)
    taking(application.call)
    if application.revision != revision:
        raise Conflict(N_("Somebody else changed this application in the meantime. Open it again and compare."))
    audit.record(session, "application.edit", application, by=by, on_behalf_of=by.behalf(application.organisation_id))
    _write(session, application, by=by, said=said, submit=submit, files=files)


def withdraw(session: Session, application: ProjectApplication, *, by: Actor) -> None:
    """Take an application back, before or after the deadline. Raises NotNow once the selection was announced."""
    lock(session, application.call)
    session.refresh(application)
    not_announced(application.call)
    application.outcome = application.level = None
    audit.move(
        session, application, ApplicationState.WITHDRAWN, "application.withdraw",
        by=by, on_behalf_of=by.behalf(application.organisation_id),
    )  # fmt: skip
    session.flush()


def taking(call: ProjectCall) -> None:
    """Raise NotNow where a call takes nothing any more, with the time it closed."""
    if call.event.state is not EventState.PUBLISHED:
        raise NotNow(N_("This roadshow takes no applications now."))
    if not call.takes(utcnow()):
        raise NotNow(
            N_("The call closed at %(closes)s: applications cannot be entered or changed any more."),
            closes=[call.closes_at],
        )


def _write(
    session: Session, application: ProjectApplication, *, by: Actor, said: Said, submit: bool, files: FileChange
) -> None:
    """What is said is checked before it is set: the next query would write it, and the table refuses it harshly."""
    was = application.state
    _presenter(session, application.organisation_id, said)
    if said.minutes is not None and not 1 <= said.minutes <= LONGEST_MINUTES:
        raise Invalid(N_("Please choose 1 to %(most)s minutes."), field="minutes", most=LONGEST_MINUTES)
    if submit or was is ApplicationState.SUBMITTED:
        _complete(said)
    application_files.change(session, application, files)
    for name, value in asdict(said).items():
        setattr(application, name, list(value) if name == "answers" else value)
    application.acted_by_id = by.person_id
    if submit and was is not ApplicationState.SUBMITTED:
        _submit(session, application, by=by)
    elif was is ApplicationState.WITHDRAWN:
        audit.move(session, application, ApplicationState.DRAFT, "application.resume", by=by)
    session.flush()


def _presenter(session: Session, organisation_id: int, said: Said) -> None:
    if said.presenter_id is None:
        return
    found = session.scalar(
        select(Person.id)
        .join(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .where(Person.id == said.presenter_id, Membership.organisation_id == organisation_id)
    )
    if found is None:
        raise Invalid(N_("This person is not in the organisation any more. Please choose again."), field="presenter")


def _complete(said: Said) -> None:
    if said.presenter_id is None:
        raise Invalid(N_("Please say who presents."), field="presenter")
    if said.minutes is None:
        raise Invalid(N_("Please say how many minutes you need."), field="minutes")
    if not said.ip_disclosed:
        raise Invalid(N_("Without this confirmation the project cannot be presented."), field="ip_disclosed")
    if not said.not_secret:
        raise Invalid(N_("Without this confirmation the project cannot be presented."), field="not_secret")


def _submit(session: Session, application: ProjectApplication, *, by: Actor) -> None:
    call, organisation = application.call, application.organisation
    if not organisation.is_verified:
        raise NotNow(
            N_("“%(name)s” can apply as soon as it is verified. A draft can be saved now."), name=organisation.name
        )
    if call.most_each is not None:
        others = submitted_by(session, call.id, organisation.id, without=application.id)
        if others >= call.most_each:
            raise NotNow(
                N_("“%(name)s” has submitted %(most)s projects, the most for one organisation. Withdraw one first."),
                name=organisation.name,
                most=call.most_each,
            )
    application.submitted_at = utcnow()
    audit.move(
        session, application, ApplicationState.SUBMITTED, "application.submit",
        by=by, on_behalf_of=by.behalf(application.organisation_id),
    )  # fmt: skip
    for person in recipients(session, [by.person_id]):
        jobs.add_mail(
            session,
            "application_received",
            to=person.email,
            locale=person.locale,
            event=call.event.title,
            achievement=title_of(application.achievement),
            public_id=application.public_id,
            published=application.achievement.state is RecordState.PUBLISHED,
            closes_at=call.closes_at.isoformat(),
        )


def slides_open(application: ProjectApplication) -> bool:
    """Whether files can be exchanged now: while the call takes applications, then by who has a place, until the roadshow."""
    call, now = application.call, utcnow()
    has_place = (
        call.announced_at is not None
        and application.state is ApplicationState.SUBMITTED
        and application.outcome is Outcome.SELECTED
        and application.place is not Decision.DECLINED
    )
    coming = call.event.state is not EventState.CANCELLED and now < call.event.starts_at
    return call.takes(now) or (has_place and coming)


def change_files(session: Session, application: ProjectApplication, *, by: Actor, files: FileChange) -> None:
    """Exchange slides alone. Raises NotNow where it is too late, and as ``application_files.change``."""
    lock(session, application.call)
    session.refresh(application)
    if not slides_open(application):
        raise NotNow(N_("The files of this application cannot be changed now."))
    application_files.change(session, application, files)
    audit.record(session, "application.files", application, by=by, on_behalf_of=by.behalf(application.organisation_id))
    session.flush()


# --- after the announcement -------------------------------------------------------------------------------------------


def accept_place(session: Session, application: ProjectApplication, *, by: Actor) -> None:
    """Take the place on offer. Raises NotNow where none is."""
    _place_open(session, application, Decision.PENDING)
    application.place = Decision.ACCEPTED
    audit.record(
        session, "application.accept_place", application, by=by, on_behalf_of=by.behalf(application.organisation_id)
    )
    session.flush()


def decline_place(session: Session, application: ProjectApplication, *, by: Actor) -> ProjectApplication | None:
    """Give the place back, also after taking it; the first of the reserve gets it and is told. Returns who that is."""
    _place_open(session, application, Decision.PENDING, Decision.ACCEPTED)
    application.place = Decision.DECLINED
    audit.record(
        session, "application.decline_place", application, by=by, on_behalf_of=by.behalf(application.organisation_id)
    )
    session.flush()
    following = reserve(session, application.call_id)
    if following is not None:
        following.outcome, following.level, following.place = Outcome.SELECTED, application.level, Decision.PENDING
        audit.record(session, "application.move_up", following, by=None, after=application.public_id)
        tell_outcome(session, following, moved_up=True)
        session.flush()
    return following


def tell_outcome(session: Session, application: ProjectApplication, *, moved_up: bool = False) -> None:
    """One mail about the result, to who applied, else to the managers."""
    for person in _applicants(session, application):
        jobs.add_mail(
            session,
            "application_decided",
            to=person.email,
            locale=person.locale,
            event=application.call.event.title,
            achievement=title_of(application.achievement),
            public_id=application.public_id,
            outcome=application.outcome.value if application.outcome else "",
            level=application.level.label if application.level else "",
            reason=application.reason,
            unpublished=application.achievement.state is not RecordState.PUBLISHED,
            moved_up=moved_up,
        )


def _applicants(session: Session, application: ProjectApplication) -> list[Recipient]:
    own = acting(session, application.organisation_id, [application.acted_by_id])
    return own or managers(session, application.organisation_id)[:1]


def _place_open(session: Session, application: ProjectApplication, *states: Decision) -> None:
    lock(session, application.call)
    session.refresh(application)
    if application.call.announced_at is None or application.place not in states:
        raise NotNow(N_("There is no place to answer for any more. Reload the page to see the present state."))
    if application.call.event.starts_at <= utcnow():
        raise NotNow(N_("This roadshow has begun already."))
