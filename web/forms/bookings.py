"""Forms of bookings. Values are public ids; what they stand for is looked up in what was offered."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from web.forms.fields import REQUIRED, at_most, revision

SOMEBODY = _("Please choose at least one person who comes.")
ANYBODY = ""


class PeopleForm(FlaskForm):
    """Who of one organisation attends."""

    attendees = SelectMultipleField(_("Who comes?"), [InputRequired(SOMEBODY)])

    def offer_people(self, people: Sequence[Any], *, chosen: Sequence[int | None] = ()) -> None:
        """Everybody of the organisation; ``chosen`` are ticked when the form is opened."""
        self.people = {one.public_id: one.id for one in people}
        self.names = {one.id: one.name for one in people}
        self.attendees.choices = [(one.public_id, named(one)) for one in people]
        if not self.is_submitted():
            self.attendees.data = [one.public_id for one in people if one.id in chosen]

    @property
    def who_comes(self) -> dict[int, str]:
        """Id -> name of who is ticked."""
        return {one: self.names[one] for one in self.chosen}

    @property
    def chosen(self) -> list[int]:
        return [self.people[public_id] for public_id in self.attendees.data or [] if public_id in self.people]


def named(person: Any) -> str:
    return " ".join(part for part in (person.name, person.title) if part)


class SeatForm(PeopleForm):
    """A seat in a group session, or a place in its waiting list."""

    organisation = HiddenField()  # where a refusal about the organisation is shown
    note = TextAreaField(_("A word for the organizer"), [at_most(500)])


class BookingForm(PeopleForm):
    slot = StringField(_("Time"), [InputRequired(_("Please choose a time."))])
    asked_for = RadioField(_("Whom would you like to meet?"), [Optional()], default=ANYBODY)
    note = TextAreaField(_("What is it about?"), [at_most(500)])

    def offer_hosts(self, hosts: Sequence[Any], *, own: bool = False, chosen: str = "") -> None:
        """Whoever the owner names, its contact, and who presented the achievement; or who receives in an own session."""
        self.hosts = {one.public_id: one.id for one in hosts}
        self.asked_for.choices = [
            (ANYBODY, gettext("Whoever is free then") if own else gettext("Whoever the owner names")),
            *((one.public_id, named(one)) for one in hosts),
        ]
        if chosen in self.hosts and not self.is_submitted():
            self.asked_for.data = chosen

    @property
    def host(self) -> int | None:
        return self.hosts.get(self.asked_for.data or ANYBODY)


class WaitForm(PeopleForm):
    """The waiting list of a 1:1 session: for one slot, or for any."""

    slot = SelectField(_("Which time?"), [Optional()])
    note = TextAreaField(_("What is it about?"), [at_most(500)])

    def offer_slots(self, slots: Sequence[tuple[str, str]]) -> None:
        self.slot.choices = [("", gettext("Any time")), *slots]


class ConfirmForm(PeopleForm):
    revision = revision()


class DeclineForm(FlaskForm):
    revision = revision()
    reason = RadioField(_("Why?"), [REQUIRED])
    note = TextAreaField(_("A sentence for them"), [at_most(500)])


class CancelForm(FlaskForm):
    revision = revision()
    reason = TextAreaField(_("Reason"), [at_most(500)])
