"""What happened in an engagement, as its page shows it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from models.enums import NextStepState
from models.queries.engagements import Step
from models.queries.next_steps import PUT_OFF, SET
from web.display import day
from web.i18n import label


def entries_of(history: Sequence[Step], steps: Iterable[Any]) -> list[dict[str, Any]]:
    """Changes of stage, notes and what became of each next step, oldest first, for components/timeline.html."""
    entries = [_of_stage(one, first=one is history[0]) for one in history] + [_of_step(one) for one in steps]
    return sorted(entries, key=lambda entry: entry["at"])  # stable: what happened at one moment stays in its order


def _of_stage(one: Step, *, first: bool) -> dict[str, Any]:
    if one.stage is None:
        what = _("Noted a follow-up")
    elif first:
        what = _("Engagement opened: %(stage)s", stage=label(one.stage))
    else:
        what = _("Stage: %(stage)s", stage=label(one.stage))
    icon = "flag" if one.stage else "chat-left-text"
    return {"at": one.at, "who": one.who, "on_behalf": one.on_behalf, "what": what, "text": one.text, "icon": icon}


def _of_step(one: Any) -> dict[str, Any]:
    until = day(date.fromisoformat(one.day)) if one.day else ""
    whats = {
        SET: (_("Next step: %(who)s until %(day)s", who=one.person, day=until), "calendar-plus"),
        PUT_OFF: (_("Next step put off until %(day)s", day=until), "clock-history"),
        NextStepState.DONE.value: (_("Next step done"), "check-lg"),
        NextStepState.REPLACED.value: (_("Next step replaced by another one"), "arrow-repeat"),
    }
    what, icon = whats[one.what]
    return {
        "at": one.at, "who": one.who or "", "on_behalf": one.on_behalf or "", "what": what, "text": one.text, "icon": icon,
    }  # fmt: skip
