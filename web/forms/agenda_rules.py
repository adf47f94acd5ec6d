"""Forms of what a programme is compared with: rooms, walking time, levels of the rules, times of speakers."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from models.actions.agenda_settings import MOST_STRETCHES
from models.enums import RuleLevel
from models.queries.agenda_drafts import rooms_of
from models.rules.agenda_clashes import DEFAULTS, NAMES, SETTABLE, Room, Stretch, level_of
from models.tables import Event
from web.forms.fields import WHOLE, at_most, moment, revision

LONGEST_WAY = 240
MOST_SEATS = 20_000


class RulesForm(FlaskForm):
    """Of one roadshow; ``rules_form`` adds the fields of its rooms and rules."""

    revision = revision()
    walking_minutes = IntegerField(
        _("Minutes to walk between two venues"),
        [
            InputRequired(WHOLE),
            NumberRange(0, LONGEST_WAY, _("Please choose %(min)s to %(max)s minutes.")),
        ],
    )

    @property
    def room_fields(self) -> list[tuple[str, Any, Any]]:
        """(room, its field of the venue, its field of the seats)."""
        return [(name, self[f"venue_{n}"], self[f"seats_{n}"]) for n, name in enumerate(self.rooms)]

    @property
    def level_fields(self) -> list[Any]:
        return [self[f"level_{trouble.value}"] for trouble in SETTABLE]

    def said_rooms(self) -> dict[str, Room]:
        return {name: Room((venue.data or "").strip(), seats.data) for name, venue, seats in self.room_fields}

    def said_levels(self) -> dict[str, RuleLevel]:
        return {trouble.value: RuleLevel(self[f"level_{trouble.value}"].data) for trouble in SETTABLE}


def rules_form(event: Event) -> RulesForm:
    """The form with what is said so far."""
    fields: dict[str, Any] = {"rooms": list(event.rooms)}
    data: dict[str, Any] = {"revision": event.revision, "walking_minutes": event.walking_minutes}
    for number, (_name, room) in enumerate(rooms_of(event).items()):
        fields[f"venue_{number}"] = StringField(_("Venue"), [at_most(80)])
        fields[f"seats_{number}"] = IntegerField(
            _("Seats in the room"),
            [Optional(), NumberRange(1, MOST_SEATS, _("Please choose %(min)s to %(max)s seats."))],
        )
        data[f"venue_{number}"], data[f"seats_{number}"] = room.venue, room.seats
    for trouble in SETTABLE:
        usual = gettext("%(level)s (usual)", level=gettext(DEFAULTS[trouble].label))
        fields[f"level_{trouble.value}"] = SelectField(
            gettext(NAMES[trouble]),
            choices=[
                SelectChoice(level.value, usual if level is DEFAULTS[trouble] else gettext(level.label))
                for level in RuleLevel
            ],
        )
        data[f"level_{trouble.value}"] = level_of(trouble, event.rule_levels).value
    return type("RulesFormOfEvent", (RulesForm,), fields)(data=data)


class TimesForm(FlaskForm):
    """Stretches of time in which a speaker can be there; those left empty are none."""

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        return [(self[f"from_{n}"], self[f"until_{n}"]) for n in range(MOST_STRETCHES)]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for start, end in self.pairs:
            if bool(start.data) != bool(end.data) and not (start.errors or end.errors):
                missing = end if start.data else start
                missing.errors = [*missing.errors, gettext("Please give both, from and until.")]
                valid = False
        return valid

    def stretches(self) -> list[Stretch]:
        return [(start.data, end.data) for start, end in self.pairs if start.data and end.data]


for _number in range(MOST_STRETCHES):
    setattr(TimesForm, f"from_{_number}", moment(_("From"), required=False))
    setattr(TimesForm, f"until_{_number}", moment(_("Until"), required=False))


def times_form(stretches: Sequence[Stretch]) -> TimesForm:
    """The form with what is said so far."""
    data: dict[str, Any] = {}
    for number, (start, end) in enumerate(stretches[:MOST_STRETCHES]):
        data |= {f"from_{number}": start, f"until_{number}": end}
    return TimesForm(data=data)
