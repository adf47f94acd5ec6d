"""Forms of the day itself: what a session has to do without."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.validators import Optional

from models.base import utcnow
from models.enums import DisturbanceKind
from models.errors import N_
from models.tables import MatchSession
from web.display import time_in
from web.forms.fields import REQUIRED
from web.meetings import moment_of

KINDS = {
    DisturbanceKind.PERSON: N_("Somebody"),
    DisturbanceKind.ORGANISATION: N_("An enterprise or provider, all its people"),
    DisturbanceKind.TABLE: N_("A table"),
    DisturbanceKind.MEETING: N_("One meeting is called off"),
}
NOW = "now"


class MissingForm(FlaskForm):
    kind = RadioField(
        _("Who or what is missing?"), [REQUIRED], choices=lambda: [(kind.value, gettext(KINDS[kind])) for kind in KINDS]
    )
    person = SelectField(_("Person"), [Optional()])
    organisation = SelectField(_("Organisation"), [Optional()])
    table = SelectField(_("Table"), [Optional()])
    meeting = SelectField(_("Meeting"), [Optional()])
    from_at = SelectField(_("From"), [Optional()])
    until_at = SelectField(_("Until"), [Optional()])

    def offer(
        self,
        match_session: MatchSession,
        people: Sequence[Any],
        tables: Sequence[int],
        meetings: Sequence[Any],
        slots: Sequence[Any],
    ) -> None:
        """``meetings`` are those to come, ``slots`` all of the session, by time."""
        choose = ("", gettext("Please choose"))
        self.person.choices = [
            choose,
            *((one.public_id, " · ".join(filter(None, (one.name, one.organisation)))) for one in people),
        ]
        organisations = {one.organisation_public_id: one.organisation for one in people if one.organisation}
        self.organisation.choices = [choose, *organisations.items()]
        self.table.choices = [choose, *((str(one), gettext("Table %(number)s", number=one)) for one in tables)]
        self.meeting.choices = [choose, *((one.public_id, _meeting(match_session, one)) for one in meetings)]
        begins = [(slot.starts_at.isoformat(), time_in(match_session, slot.starts_at)) for slot in slots]
        ends = [(slot.ends_at.isoformat(), time_in(match_session, slot.ends_at)) for slot in slots]
        self.from_at.choices = [("", gettext("The beginning")), (NOW, gettext("Now")), *begins]
        self.until_at.choices = [("", gettext("The end")), *ends]

    @property
    def subject(self) -> SelectField:
        """The field that says who or what."""
        field: SelectField = self[self.kind.data]
        return field

    @property
    def times(self) -> dict[str, datetime | None]:
        """A meeting that is called off has no times of its own."""
        if self.kind.data == DisturbanceKind.MEETING:
            return {}
        begins = utcnow() if self.from_at.data == NOW else moment_of(self.from_at.data)
        return {"from_at": begins, "until_at": moment_of(self.until_at.data)}


def _meeting(match_session: MatchSession, row: Any) -> str:
    who = " – ".join(name for name in (row.seeker, row.provider) if name)
    time = time_in(match_session, row.starts_at)
    return gettext("%(time)s, table %(number)s: %(who)s", time=time, number=row.table, who=who)
