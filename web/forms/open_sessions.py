"""The form of an organisation's own session: who receives instead of tables, one date or one a week."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo
from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional, ValidationError

from models.actions.open_sessions import MOST_WEEKS
from models.actions.session_plan import LONGEST, MOST_SEATS, SHORTEST, Plan
from models.actions.session_series import Change
from models.enums import EventState, SessionKind
from models.tables import MatchSession
from web.forms.bookings import named
from web.forms.fields import REQUIRED, at_most, clock, coded, moment, revision
from web.forms.sessions import CancelForm, Planning, number

BETWEEN = re.compile(r"[\s,，、;；]+")


class Days(StringField):
    """Days like 2026-11-26, with blanks or commas between them. ``data`` is what was typed, ``days`` the days."""

    days: tuple[date, ...] = ()

    def pre_validate(self, form: Form) -> None:
        try:
            self.days = tuple(date.fromisoformat(one) for one in BETWEEN.split(self.data or "") if one)
        except ValueError:
            raise ValidationError(_("Please give days like 2026-11-26, with commas between them.")) from None


class OpenSessionForm(Planning):
    revision = revision()
    title = StringField(_("Title"), [REQUIRED, at_most(120)])
    introduction = TextAreaField(_("Introduction"), [at_most(3000)])
    kind = RadioField(_("Kind"), [REQUIRED], choices=coded(SessionKind))
    circle = SelectField(_("Circle"), [REQUIRED])
    hosts = SelectMultipleField(
        _("Who receives?"), [InputRequired(_("Please choose at least one person who receives."))]
    )
    achievements = SelectMultipleField(_("About which achievements?"), [Optional()])
    venue = StringField(_("Place"), [REQUIRED, at_most(160)])
    starts_at = moment(_("Begins"))
    ends_at = moment(_("Ends"))
    weeks = number(_("How many weeks?"), 1, MOST_WEEKS)
    without = Days(_("Except on"), [Optional(), at_most(400)])
    slot_minutes = number(_("Length of a meeting"), SHORTEST, LONGEST)
    capacity = number(_("Seats"), 1, MOST_SEATS)

    def offer(self, circles: Sequence[Any], people: Sequence[Any], achievements: Sequence[Any]) -> None:
        """What an organisation can choose; values are public ids, the circle's its number."""
        self.people = {one.public_id: one.id for one in people}
        self.records = {one.public_id: one.id for one in achievements}
        self.circle.choices = [(str(one.id), one.name) for one in circles]
        self.hosts.choices = [(one.public_id, named(one)) for one in people]
        self.achievements.choices = [(one.public_id, one.title) for one in achievements]

    def only_what_may_change(self, match_session: MatchSession) -> None:
        """A repetition is made once; the times and the kind of an announced session move by "Postpone"."""
        del self.weeks, self.without
        if match_session.state is not EventState.DRAFT:
            del self.starts_at, self.ends_at, self.kind, self.slot_minutes
            if match_session.kind is not SessionKind.GROUP:
                del self.capacity

    def plan(self, match_session: MatchSession | None = None) -> Plan:
        return replace(
            self.common(match_session),
            hosts=tuple(self.people[one] for one in self.hosts.data or [] if one in self.people),
            achievements=tuple(self.records[one] for one in self.achievements.data or [] if one in self.records),
        )


class DatesForm(FlaskForm):
    """What all coming dates of a repetition shall be like."""

    revision = revision()
    starts_at = clock(_("Begins"))
    ends_at = clock(_("Ends"))
    venue = StringField(_("Place"), [REQUIRED, at_most(160)])
    capacity = number(_("Seats"), 1, MOST_SEATS, required=True)

    @classmethod
    def of(cls, match_session: MatchSession, zone: tzinfo) -> Self:
        names = ("revision", "venue", "capacity")
        times = {name: getattr(match_session, name).astimezone(zone).time() for name in ("starts_at", "ends_at")}
        form = cls(data={name: getattr(match_session, name) for name in names} | times)
        if match_session.kind is not SessionKind.GROUP:
            del form.capacity
        return form

    def change(self) -> Change:
        seats = self.capacity.data if "capacity" in self else 0
        return Change(self.starts_at.data, self.ends_at.data, self.venue.data or "", seats)


class CancelSeriesForm(CancelForm):
    later = BooleanField(_("Cancel the later dates of this repetition too"))
