"""Forms of matchmaking sessions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from models.actions.session_plan import LONGEST, MOST_MEETINGS, MOST_SEATS, MOST_TABLES, SHORTEST, Plan
from models.enums import EventState, SessionKind
from models.rules.conflicts import LONGEST_WALK
from models.tables import MatchSession
from models.tables.booking import WISHES_CLOSE
from web.forms.fields import REQUIRED, WHOLE, at_most, coded, moment, revision


def number(label: Any, low: int, high: int, *, required: bool = False) -> IntegerField:
    first = InputRequired(WHOLE) if required else Optional()
    bounds = NumberRange(low, high, _("Please choose a number from %(min)s to %(max)s."))
    return IntegerField(label, [first, bounds], invalid_value_message=WHOLE)


class Planning(FlaskForm):
    """A form that plans a session; what one does not ask stays as it is."""

    title: StringField
    introduction: TextAreaField
    venue: StringField
    circle: SelectField

    def typed(self, match_session: MatchSession | None, name: str, default: Any) -> Any:
        field = self._fields.get(name)
        if field is not None and field.data is not None:
            return field.data
        return getattr(match_session, name) if match_session is not None and field is None else default

    def common(self, match_session: MatchSession | None) -> Plan:
        """The part that all of them ask."""

        def typed(name: str, default: Any) -> Any:
            return self.typed(match_session, name, default)

        return Plan(
            title=(self.title.data or "").strip(),
            kind=SessionKind(typed("kind", SessionKind.ONE_TO_ONE)),
            venue=(self.venue.data or "").strip(),
            starts_at=typed("starts_at", None),
            ends_at=typed("ends_at", None),
            introduction=self.introduction.data or "",
            circle_id=int(self.circle.data) if self.circle.data else None,
            slot_minutes=typed("slot_minutes", 30),
            capacity=typed("capacity", 0),
        )


class SessionForm(Planning):
    revision = revision()
    title = StringField(_("Title"), [REQUIRED, at_most(120)])
    introduction = TextAreaField(_("Introduction"), [at_most(3000)])
    kind = RadioField(_("Kind"), [REQUIRED], choices=coded(SessionKind))
    venue = StringField(_("Place"), [REQUIRED, at_most(160)])
    starts_at = moment(_("Begins"))
    ends_at = moment(_("Ends"))
    slot_minutes = number(_("Length of a meeting"), SHORTEST, LONGEST)
    tables = number(_("Tables"), 1, MOST_TABLES)
    capacity = number(_("Seats"), 1, MOST_SEATS)
    wishes_close_at = moment(_("Wishes close"), required=False)
    most_of_person = number(_("Meetings of a person at most"), 1, MOST_MEETINGS)
    most_of_organisation = number(_("Meetings of an organisation at most"), 1, MOST_MEETINGS)
    walking_minutes = number(_("Way between two venues"), 0, LONGEST_WALK)
    accepted_only = BooleanField(_("Only meetings that both sides want"))
    circle = SelectField(_("Circle"), [Optional()])
    event = SelectField(_("Roadshow"), [Optional()])

    def offer(self, circles: Sequence[Any], roadshows: Sequence[Any], none: str) -> None:
        self.circle.choices = [("", none), *((str(one.id), one.name) for one in circles)]
        self.event.choices = [("", none), *((str(one.id), one.title) for one in roadshows)]

    def only_what_may_change(self, match_session: MatchSession) -> None:
        """The times and the kind of an announced session are not typed anew: they move by "Postpone"."""
        if match_session.state is not EventState.DRAFT:
            del self.starts_at, self.ends_at, self.kind, self.slot_minutes
            if match_session.kind is SessionKind.GROUP:
                del self.tables, self.wishes_close_at, self.walking_minutes
                del self.most_of_person, self.most_of_organisation, self.accepted_only
            else:
                del self.capacity

    def plan(self, match_session: MatchSession | None = None) -> Plan:
        return replace(
            self.common(match_session),
            event_id=int(self.event.data) if self.event.data else None,
            tables=self.tables.data or 0 if "tables" in self else 1,
            wishes_close_at=self.typed(match_session, "wishes_close_at", None),
            most_of_person=self.typed(match_session, "most_of_person", None),
            most_of_organisation=self.typed(match_session, "most_of_organisation", None),
            walking_minutes=self.typed(match_session, "walking_minutes", 0),
            accepted_only=self.typed(match_session, "accepted_only", False),
        )


def data_around(roadshow: Any) -> dict[str, Any]:
    """What the form of a new session begins with; around a roadshow what follows from it."""
    data: dict[str, Any] = {"kind": SessionKind.ONE_TO_ONE.value, "slot_minutes": 30}
    if roadshow is not None:
        data |= {"event": str(roadshow.id), "circle": str(roadshow.circle_id or ""), "venue": roadshow.venue,
                 "starts_at": roadshow.ends_at}  # fmt: skip
    return data


def data_of(match_session: MatchSession) -> dict[str, Any]:
    """A session as the form shows it."""
    names = ("revision", "title", "introduction", "venue", "starts_at", "ends_at", "slot_minutes",
             "most_of_person", "most_of_organisation", "accepted_only")  # fmt: skip
    usual = match_session.wishes_close_at == match_session.starts_at - WISHES_CLOSE
    return {name: getattr(match_session, name) for name in names} | {
        "wishes_close_at": None if usual else match_session.wishes_close_at,
        "walking_minutes": match_session.walking_minutes or None,
        "kind": match_session.kind.value,
        "tables": len(match_session.tables) or None,
        "capacity": match_session.capacity or None,
        "circle": str(match_session.circle_id or ""),
        "event": str(match_session.event_id or ""),
    }


class PostponeForm(FlaskForm):
    revision = revision()
    starts_at = moment(_("New beginning"))
    venue = StringField(_("Place"), [REQUIRED, at_most(160)])
    reason = TextAreaField(_("Reason"), [REQUIRED, at_most(500)])


class CancelForm(FlaskForm):
    revision = revision()
    reason = TextAreaField(_("Reason"), [REQUIRED, at_most(500)])
