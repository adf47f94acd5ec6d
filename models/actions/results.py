"""Results of events as files: who took which out is kept."""

from sqlalchemy.orm import Session

from models.actions import audit
from models.rules.policy import Actor
from models.tables import Event


def note_export(session: Session, event: Event | None, *, by: Actor, figure: str, rows: int, period: str = "") -> None:
    """``figure`` "": all figures; ``event`` None: of a period."""
    audit.record(session, "event.results_export", event, by=by, figure=figure, rows=rows, period=period)
    session.flush()
