"""Forms of the register."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from models.actions.register import ANOTHER
from models.queries.register import Subject
from web.forms.fields import REQUIRED, at_most, day, revision
from web.i18n import locale
from web.site import site


class EntryForm(FlaskForm):
    """An arrival; the same form corrects one."""

    revision = revision()
    kind = SelectField(_("Kind"), [REQUIRED])
    circle = SelectField(_("Circle"), [REQUIRED], coerce=int)
    subject = StringField(_("Name"), [REQUIRED, at_most(160)])
    same_as = RadioField(_("Is it one of these?"), [Optional()], validate_choice=False)
    organisation = StringField(_("Organisation on this site"), [at_most(120)])
    code = StringField(_("Unified social credit code"), [at_most(40)])
    grade = StringField(_("Grade"), [at_most(80)])
    arrived_on = day(_("Arrived on"))
    left_on = day(_("Left on"), required=False)
    evidence = StringField(_("Evidence"), [REQUIRED, at_most(300)])
    note = TextAreaField(_("Note"), [at_most(300)])

    def offer(self, circles: Sequence[tuple[int, str]], known: Sequence[Subject], *, own_key: str = "") -> None:
        """Set what can be chosen; ``known`` are subjects of the same name, ``own_key`` the one corrected."""
        keep = (self.kind.data,) if self.kind.data else ()
        self.kind.choices = site().choices("register_kind", locale(), keep=keep)
        self.circle.choices = list(circles)
        choices = [
            (one.key, gettext("%(name)s (%(circles)s)", name=_named(one), circles=gettext(", ").join(one.circles)))
            for one in known
            if one.key != own_key
        ]
        last = [] if own_key else [(ANOTHER, gettext("Another one of the same name"))]
        self.same_as.choices = [*choices, *last] if choices else []

    def values(self) -> dict[str, Any]:
        """What an entry holds, as the actions take it."""
        return {
            "kind": self.kind.data,
            "circle_id": self.circle.data,
            "subject": self.subject.data,
            "grade": (self.grade.data or "").strip(),
            "arrived_on": self.arrived_on.data,
            "left_on": self.left_on.data,
            "evidence": (self.evidence.data or "").strip(),
            "note": (self.note.data or "").strip(),
        }


def _named(subject: Subject) -> str:
    return f"{subject.name}，{subject.grade}" if subject.grade else subject.name


class EndForm(FlaskForm):
    revision = revision()
    left_on = day(_("Left on"))
    reason = StringField(_("Reason and evidence"), [REQUIRED, at_most(200)])


class RevisionForm(FlaskForm):
    """A button that carries the revision it was shown with."""

    revision = revision()


class RemoveForm(FlaskForm):
    revision = revision()
    reason = StringField(_("Why it is wrong"), [REQUIRED, at_most(300)])
