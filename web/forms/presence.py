"""The form of when people are there in a session."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectMultipleField
from wtforms.validators import Optional

from models.actions.session_plan import MOST_MEETINGS
from web.forms.sessions import number


class PresenceForm(FlaskForm):
    """Boxes of people and slots, ticked where they are there; how many meetings at most."""

    there = SelectMultipleField(_("When they are there"), [Optional()])

    @staticmethod
    def box(person: Any, slot: Any) -> str:
        """The value of a box."""
        return f"{person.public_id}@{slot.starts_at.isoformat()}"

    def absent(self, people: Sequence[Any], slots: Sequence[Any]) -> dict[int, set[int]]:
        ticked = set(self.there.data or ())
        return {one.id: {slot.id for slot in slots if self.box(one, slot) not in ticked} for one in people}

    def most(self, people: Sequence[Any]) -> dict[int, int | None]:
        return {one.id: self._fields[field_of(one)].data for one in people}


def field_of(person: Any) -> str:
    return f"most_{person.public_id}"


def presence_form(
    people: Sequence[Any],
    slots: Sequence[Any],
    *,
    absent: Collection[tuple[int, int]],
    most: Mapping[int, int],
    most_of_organisation: int | None,
    limits: tuple[int | None, int | None],
) -> PresenceForm:
    """With a field for each person; ``limits``: what the session allows a person and an organisation."""
    fields: dict[str, IntegerField] = {
        field_of(one): number(_("Meetings of %(name)s at most", name=one.name), 1, limits[0] or MOST_MEETINGS)
        for one in people
    }
    fields["most_of_organisation"] = number(_("Meetings of the organisation at most"), 1, limits[1] or MOST_MEETINGS)
    made = type("PresenceForm", (PresenceForm,), fields)
    data = {field_of(one): most.get(one.id) for one in people} | {"most_of_organisation": most_of_organisation}
    form: PresenceForm = made(data=data)
    form.there.choices = [(form.box(one, slot), one.name) for one in people for slot in slots]
    if not form.is_submitted():
        form.there.data = [form.box(one, slot) for one in people for slot in slots if (one.id, slot.id) not in absent]
    return form
