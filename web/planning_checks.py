"""What an organizer reads before a timetable is computed: who has no time, no wishes, or more meetings than fit."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import utcnow
from models.enums import EventState
from models.errors import N_
from models.queries.meeting_wishes import without_wishes
from models.queries.planning import Day, day_of
from models.rules.timetable import Doubt, Doubtful, doubts
from models.rules.timetable.problem import slots_of
from models.tables import MatchSession, Slot, Timetable
from web.database import db
from web.display import moments, period

SENTENCES = {
    Doubt.NO_TIME: N_("%(names)s: there at none of the times to come, so no meeting is possible for them."),
    Doubt.NEVER_TOGETHER: N_("%(names)s: there at %(times)s, but nobody they could meet is there then."),
    Doubt.TOO_MANY: N_("%(names)s: %(wanted)s meetings that both sides want, but time for %(fit)s (there at %(times)s)."),
    Doubt.NO_TABLE: N_("%(names)s: no table where they could sit; all tables are fixed to others. Wishes: %(wanted)s."),
    Doubt.TABLES: N_("%(wanted)s meetings that both sides want, but tables for %(fit)s, with %(names)s."),
}  # fmt: skip
NOBODY = (
    N_("Nobody of the enterprises is there at the times to come, so no meeting is possible: %(names)s."),
    N_("Nobody of the owners is there at the times to come, so no meeting is possible: %(names)s."),
)
NAMED = 10  # people in a sentence


def checks_of(match_session: MatchSession, timetable: Timetable | None) -> list[str]:
    """Sentences that name people and times; none while a timetable is computed or where none can be."""
    under_way = timetable is not None and timetable.state.under_way
    if under_way or match_session.state is not EventState.PUBLISHED or match_session.starts_at <= utcnow():
        return []
    day = day_of(db(), match_session, accepted_only=match_session.accepted_only, now=utcnow())
    mutual = [None not in (one.wish.seeker_strength, one.wish.provider_strength) for one in day.parties]
    slots = {slot.id: slot for slot in match_session.slots}
    coming = [slots[number] for number in day.slots]
    said = [_sentence(day, one, coming) for one in doubts(day.problem, mutual)]
    if idle := without_wishes(db(), match_session):
        said.append(_("They take part, but there is no wish of theirs or for them: %(names)s.", names=_named(idle)))
    if day.unnamed:
        said.append(ngettext("%(num)s wish names nobody who could come for one of the sides.",
                             "%(num)s wishes name nobody who could come for one of the sides.", len(day.unnamed)))  # fmt: skip
    return said


def _sentence(day: Day, one: Doubtful, coming: Sequence[Slot]) -> str:
    names = _named([day.problem.people[person].name for person in one.people])
    if one.doubt is Doubt.NOBODY:
        owners = {day.problem.wishes[number].people[-1] for number in range(len(day.parties))}
        return str(_(NOBODY[one.people[0] in owners], names=names))
    times = _times([coming[number] for number in slots_of(one.slots)])
    return str(_(SENTENCES[one.doubt], names=names, times=times, wanted=one.wanted, fit=one.fit))


def _times(slots: Sequence[Slot]) -> str:
    """One stretch where they follow each other, else when each begins."""
    if not slots:
        return ""
    if all(one.ends_at == other.starts_at for one, other in pairwise(slots)):
        return period(slots[0].starts_at, slots[-1].ends_at)
    return moments([slot.starts_at for slot in slots])


def _named(names: Sequence[Any]) -> str:
    shown = "、".join(names[:NAMED])
    return shown if len(names) <= NAMED else _("%(names)s and %(more)s more", names=shown, more=len(names) - NAMED)
