"""Forms of a roadshow's programme."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from models.enums import AgendaKind, Told
from models.errors import N_, Invalid
from models.rules.agenda import LONGEST_MINUTES, LONGEST_SPEAKER, Item
from models.tables import Event
from web.forms.bookings import named
from web.forms.fields import REQUIRED, WHOLE, at_most, coded, moment, revision

OTHER = "other"


def minutes(label: Any, least: int) -> IntegerField:
    bounds = NumberRange(least, LONGEST_MINUTES, _("Please choose %(min)s to %(max)s minutes."))
    return IntegerField(label, [InputRequired(WHOLE), bounds])


class SpeakerForm(FlaskForm):
    """Who speaks: a person of this site, whose meetings and other talks are compared, or a name that is typed."""

    speaker = SelectField(_("Speaker"), [Optional()], default=OTHER)
    speaker_name = StringField(_("Somebody else"), [at_most(LONGEST_SPEAKER)])

    def offer_speakers(self, people: Sequence[Any], *, of_pitch: bool = False) -> None:
        known = [(one.public_id, named(one)) for one in people]
        first = ("", gettext("Not said yet")) if of_pitch else (OTHER, gettext("A name that I type, or nobody"))
        self.speaker.choices = [first, *known, *([(OTHER, gettext("Somebody else"))] if of_pitch else [])]

    @property
    def person(self) -> str:
        """The public id of the chosen person, else nothing."""
        return "" if self.speaker.data == OTHER else self.speaker.data or ""

    @property
    def typed_name(self) -> str:
        return (self.speaker_name.data or "").strip() if self.speaker.data == OTHER else ""


class TalkForm(SpeakerForm):
    """A talk or a break at the end of the programme."""

    kind = SelectField(
        _("Kind"),
        choices=coded((AgendaKind.TALK, AgendaKind.BREAK)),
    )
    title = StringField(_("Title"), [REQUIRED, at_most(160)])
    minutes = minutes(_("Minutes"), 1)
    room = SelectField(_("Room"), [Optional()])
    after = SelectField(_("Where"), [Optional()])

    def offer(self, event: Event, items: Sequence[tuple[str, str]], people: Sequence[Any]) -> None:
        """``items``: (key, title) in their order."""
        self.offer_speakers(people)
        self.room.choices = rooms_of(event, gettext("For everybody"))
        after = [(key, gettext("After “%(title)s”", title=title)) for key, title in items]
        self.after.choices = [("", gettext("At the end")), *after]


class ItemForm(SpeakerForm):
    """One item of the programme."""

    revision = revision()
    title = StringField(_("Title"), [at_most(160)])
    begins = moment(_("Begins"), required=False)
    pitch_minutes = minutes(_("Pitch"), 0)
    questions_minutes = minutes(_("Questions"), 0)
    room = SelectField(_("Room"), [Optional()])

    @classmethod
    def of(cls, event: Event, item: Item, row: Any, people: Mapping[int, str]) -> Self:
        person = people.get(item.speaker_id or 0, "")
        return cls(
            data={
                "revision": event.revision,
                "title": item.title,
                "begins": row.starts_at if item.at is not None else None,
                "pitch_minutes": item.pitch_minutes,
                "questions_minutes": item.questions_minutes,
                "room": item.room,
                "speaker": person or ("" if item.kind is AgendaKind.PITCH and not item.speaker_name else OTHER),
                "speaker_name": "" if person else item.speaker_name,
            }
        )

    def offer(self, event: Event, item: Item, people: Sequence[Any]) -> None:
        self.room.choices = rooms_of(event, gettext("For everybody"), now=item.room)
        self.offer_speakers(people, of_pitch=item.kind is AgendaKind.PITCH)

    def minute(self, event: Event) -> int | None:
        """The chosen beginning in minutes of the roadshow. Raises Invalid (begins) before it."""
        if self.begins.data is None:
            return None
        if self.begins.data < event.starts_at:
            raise Invalid(
                N_("%(when)s is outside the hours of the roadshow (%(hours)s)."),
                field="begins",
                when=[self.begins.data],
                hours=(event.starts_at, event.ends_at),
            )
        return int((self.begins.data - event.starts_at) // timedelta(minutes=1))


class MinutesForm(FlaskForm):
    """Lengths of pitches to choose from."""

    length = SelectField(_("Pitch + questions"), [Optional()])
    which = RadioField(
        _("Which pitches"),
        choices=[SelectChoice("all", _("All pitches")), SelectChoice("ticked", _("Only the ticked ones"))],
        default="all",
    )

    @classmethod
    def of(cls, event: Event, lengths: Sequence[tuple[int, int]]) -> Self:
        usual = f"{event.pitch_minutes}+{event.questions_minutes}"
        form = cls(data={"length": usual, "which": "all"})
        form.length.choices = [
            (f"{pitch}+{questions}", ngettext("%(num)s minute", "%(num)s minutes", pitch + questions) + f"（{pitch} + {questions}）")
            for pitch, questions in lengths
        ]  # fmt: skip
        return form


class TellForm(FlaskForm):
    """Whom a mail tells of the changes."""

    revision = revision()
    tell = RadioField(
        _("Who gets a mail"),
        choices=coded(Told),
        default=Told.CONCERNED.value,
    )


def rooms_of(event: Event, everybody: str, *, now: str = "") -> list[tuple[str, str]]:
    """The choices of a room; ``now`` stays possible although the roadshow has it no more."""
    rooms = list(dict.fromkeys([*event.rooms, *([now] if now else [])]))
    return [("", everybody), *((room, room) for room in rooms)]
