"""Differences between two programmes in words, for pages and mails."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from models.rules.agenda_changes import Change, State
from web.display import period


def worded_changes(changes: Sequence[Change], starts_at: datetime) -> list[dict[str, Any]]:
    """[{kind, title, key, lines: [(what, before, after)]}]; one side is empty where the item is new or dropped."""
    return [_one(change, starts_at) for change in changes]


def _one(change: Change, starts_at: datetime) -> dict[str, Any]:
    before, after = change.before, change.after
    values = {
        "time": (_("Time"), _when(before, starts_at), _when(after, starts_at)),
        "room": (_("Room"), _room(before), _room(after)),
        "speaker": (_("Speaker"), before.speaker_name if before else "", after.speaker_name if after else ""),
        "title": (_("Title"), before.title if before else "", after.title if after else ""),
    }
    shown = change.what or ("time", "room", "speaker")
    return {
        "kind": change.kind,
        "title": change.title or (before.title if before else ""),
        "key": change.key,
        "lines": [values[name] for name in shown if values[name][1] or values[name][2]],
    }


def _when(state: State | None, starts_at: datetime) -> str:
    if state is None:
        return ""
    return period(starts_at + timedelta(minutes=state.start), starts_at + timedelta(minutes=state.end))


def _room(state: State | None) -> str:
    return (state.room or _("For everybody")) if state else ""
