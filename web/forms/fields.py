"""Fields that several forms use."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, DateTimeLocalField, Field, Form, IntegerField, TextAreaField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from models.labelled import Labelled
from web.i18n import zone

REQUIRED = DataRequired(_("Please fill this in."))
WHOLE = _("Please type a whole number.")
TYPED = InputRequired(REQUIRED.message)  # where what was typed may be no day: then that is said, not "fill this in"


def coded(codes: Iterable[Labelled]) -> list[SelectChoice]:
    """Codes to choose from, each by its label."""
    return [SelectChoice(one.value, _(one.label)) for one in codes]


def at_most(characters: int) -> Length:
    """Length with a sentence that says what to do."""
    return Length(max=characters, message=_("Please shorten this to %(max)d characters at most."))


class Lines(TextAreaField):
    """One entry a line; empty lines and doubles are left out. ``data`` is a list of texts."""

    def __init__(self, *args: Any, longest: int = 120, most: int = 20, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.longest, self.most = longest, most

    def _value(self) -> str:
        return "\n".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            lines = (" ".join(line.split()) for line in valuelist[0].splitlines())
            self.data = list(dict.fromkeys(line for line in lines if line))

    def pre_validate(self, form: Form) -> None:
        if len(self.data or []) > self.most:
            raise ValidationError(_("At most %(most)s lines, please.", most=self.most))
        if any(len(line) > self.longest for line in self.data or []):
            raise ValidationError(_("Each line has at most %(longest)s characters, please.", longest=self.longest))


def _sensible(_form: Form, field: Field) -> None:
    if field.data is not None and not 1900 <= field.data.year <= 2200:
        raise ValidationError(_("Please check the year."))


def _exists(_form: Form, field: Field) -> None:
    """Refuse a time that the clocks jump over, where the site's zone has summer time."""
    if field.data is not None and field.data.astimezone(UTC).astimezone(zone()).replace(
        tzinfo=None
    ) != field.data.replace(tzinfo=None):
        raise ValidationError(_("The clocks are put forward then: there is no such time. Please choose another."))


def revision() -> IntegerField:
    """The revision the form was opened with, hidden."""
    return IntegerField(validators=[Optional()], widget=HiddenInput(), default=0)


def day(label: Any, *, required: bool = True, **kwargs: Any) -> DateField:
    """A day, picked or typed as 2026-11-26."""
    first = TYPED if required else Optional()
    message = _("Please give a day like 2026-11-26.")
    return DateField(label, [first, _sensible], invalid_value_message=message, **kwargs)


def moment(label: Any, *, required: bool = True, **kwargs: Any) -> DateTimeLocalField:
    """A day and time in the site's zone; ``data`` is aware."""
    return DateTimeLocalField(
        label,
        [TYPED if required else Optional(), _sensible, _exists],
        tz=zone,
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        invalid_value_message=_("Please give a day and a time like 2026-11-26 14:30."),
        **kwargs,
    )


def clock(label: Any) -> TimeField:
    """A time of the day, as 14:30."""
    return TimeField(
        label, [TYPED], format=["%H:%M", "%H:%M:%S"], invalid_value_message=_("Please give a time like 14:30.")
    )
