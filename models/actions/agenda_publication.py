"""Making the programme that was arranged the one that everybody sees, as a numbered version; telling whom it concerns."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.agenda import keep, lock, refuse, write_rows
from models.enums import AgendaAct, EventState, Told
from models.errors import N_, NotNow
from models.queries.agenda_drafts import clashes_of, facts, public_plan, standing_clashes, working_plan
from models.queries.agenda_told import told_of
from models.rules.agenda_changes import as_values, differences
from models.rules.policy import Actor
from models.tables import AgendaStep, Event


def first_version(session: Session, event: Event, *, by: Actor) -> None:
    """Keep the programme with which a roadshow is announced; the caller holds the lock."""
    plan = working_plan(session, event)
    keep(session, event, AgendaAct.PUBLISH, plan, by=by, version=_next(session, event))
    write_rows(session, event, plan)


def publish_changes(session: Session, event: Event, *, by: Actor, revision: int, tell: Told) -> AgendaStep:
    """Show everybody the programme that was arranged; one mail to each who is told.

    Raises Conflict where somebody changed it since the differences were read, or where a rule refuses it now (a meeting
    was booked meanwhile); NotNow where the roadshow is not announced or nothing is different.
    """
    lock(session, event, revision)
    if event.state is not EventState.PUBLISHED:
        raise NotNow(N_("This roadshow is not announced yet; its programme is published with it."))
    old, new = public_plan(session, event), working_plan(session, event)
    changes = differences(old, new)
    if not changes:
        raise NotNow(N_("The public programme is the same already."))
    refuse(clashes_of(event, new, facts(session, event, new)), standing_clashes(session, event))
    write_rows(session, event, new)
    event.sequence += 1
    version = _next(session, event)
    told = told_of(session, event, changes, tell)
    step = keep(
        session,
        event,
        AgendaAct.PUBLISH,
        new,
        by=by,
        version=version,
        changes=as_values(changes),
        told=tell,
        mails=len(told),
    )
    for one in told:
        jobs.add(
            session,
            "event_mail",
            template="programme_changed",
            event_id=event.id,
            version=version,
            items=sorted(one.keys),
            **(
                {"registration_id": one.registration_id}
                if one.registration_id
                else {"to": one.email, "person_id": one.person_id}
            ),
            locale=one.locale,
        )
    audit.record(session, "agenda.publish", event, by=by, version=version, told=tell.value, mails=len(told))
    session.flush()
    return step


def _next(session: Session, event: Event) -> int:
    """The number of the next version. A roadshow that was announced before versions were kept has had its first."""
    last = session.scalar(select(func.max(AgendaStep.version)).where(AgendaStep.event_id == event.id))
    return (last or 0) + 1
