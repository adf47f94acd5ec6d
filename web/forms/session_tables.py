"""The form of where the tables of a session stand and whose they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models.actions.session_tables import LONGEST, Table
from models.tables import SessionTable
from web.forms.fields import at_most, revision


class TablesForm(FlaskForm):
    """With two fields for each table: ``venue_`` and ``provider_`` and its number."""

    revision = revision()

    def arranged(self, providers: Mapping[str, int]) -> dict[int, Table]:
        """Table number -> what was typed; ``providers``: public id -> id."""
        return {
            number: Table(
                self._fields[f"venue_{number}"].data or "",
                providers.get(self._fields[f"provider_{number}"].data or ""),
            )
            for number in self.numbers
        }


def tables_form(tables: Sequence[SessionTable], providers: Sequence[Any], *, revision: int, venue: str) -> TablesForm:
    """``providers`` may sit at a table; ``venue``: the session's own place, in the labels."""
    fields: dict[str, Any] = {"numbers": [table.number for table in tables]}
    public_ids = {one.id: one.public_id for one in providers}
    data: dict[str, Any] = {"revision": revision}
    choices = [
        SelectChoice("", gettext("Whoever comes")),
        *(SelectChoice(one.public_id, one.name) for one in providers),
    ]
    for table in tables:
        number = table.number
        fields[f"venue_{number}"] = StringField(
            _("Venue of table %(number)s", number=number),
            [Optional(), at_most(LONGEST)],
            render_kw={"placeholder": venue, "list": "venues"},
        )
        fields[f"provider_{number}"] = SelectField(
            _("Provider of table %(number)s", number=number), [Optional()], choices=choices
        )
        data |= {f"venue_{number}": table.venue, f"provider_{number}": public_ids.get(table.provider_id or 0, "")}
    form: TablesForm = type("TablesForm", (TablesForm,), fields)(data=data)
    return form
