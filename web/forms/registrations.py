"""Forms of registering for a roadshow, of its terms, and of the organizer's decisions."""

import secrets
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from models.actions.registrations import Details
from models.enums import Attendance, Capacity, QuestionKind
from models.queries.registrations import Terms
from models.rules.registration import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    LONGEST_TEXT,
    MOST_QUESTIONS,
    NO,
    OFFER_HOURS,
    YES,
    Question,
)
from models.tables.attending import LONGEST_OFFER
from web.forms.fields import REQUIRED, Lines, at_most, coded, moment, revision

CHOOSE = _("Please choose one.")


class RegisterForm(FlaskForm):
    """Whoever registers; an organizer enters somebody with the same form."""

    name = StringField(_("Full name"), [REQUIRED, at_most(60)], render_kw={"autocomplete": "name"})
    organisation_name = StringField(
        _("Organisation"), [REQUIRED, at_most(120)], render_kw={"autocomplete": "organization"}
    )
    capacity = RadioField(
        _("You come as"),
        [InputRequired(CHOOSE)],
        choices=coded(Capacity),
    )
    email = EmailField(_("E-mail address"), [at_most(254)], render_kw={"autocomplete": "email", "spellcheck": "false"})
    mobile = TelField(_("Mobile number"), [at_most(40)], render_kw={"autocomplete": "tel"})
    attendance = RadioField(
        _("How do you take part?"),
        [Optional()],
        choices=coded(Attendance),
        default=Attendance.IN_PERSON.value,
    )
    wishes = SelectMultipleField(_("Which achievements do you want to meet?"), [Optional()], validate_choice=False)
    need = TextAreaField(_("What are you looking for?"), [at_most(LONGEST_TEXT)])
    accessibility = TextAreaField(_("What do you need on site?"), [at_most(LONGEST_TEXT)])
    consent = BooleanField(
        _("I agree that these data are kept for this roadshow"),
        [InputRequired(_("Please tick this; without agreement we may not keep the registration."))],
    )
    asked: Sequence[Question] = ()
    pitched: Sequence[Any] = ()

    def validate_email(self, field: EmailField) -> None:
        """Asked here already, so that it is said together with what else is missing."""
        if not (field.data or "").strip() and not (self.mobile.data or "").strip():
            raise ValidationError(_("Give an e-mail address or a mobile number, so that we can reach you."))

    @property
    def own_questions(self) -> list[Any]:
        """The fields of the organizer's questions, in their order."""
        return [self[question.field] for question in self.asked]

    def details(self) -> Details:
        numbers = {row.public_id: row.id for row in self.pitched}
        return Details(
            name=self.name.data.strip(),
            organisation_name=self.organisation_name.data.strip(),
            capacity=Capacity(self.capacity.data),
            email=self.email.data or "",
            mobile=self.mobile.data or "",
            attendance=Attendance(self.attendance.data) if self.attendance.data else Attendance.IN_PERSON,
            accessibility=self.accessibility.data or "",
            need=self.need.data or "",
            answers={question.key: self[question.field].data or "" for question in self.asked},
            wishes=[numbers[one] for one in self.wishes.data or [] if one in numbers],
        )


def register_form(
    terms: Terms, achievements: Sequence[Any], *, by_organizer: bool = False, **values: Any
) -> RegisterForm:
    """The form with a roadshow's own questions and achievements; an organizer who enters somebody need not ask them."""
    asked = [] if by_organizer else list(terms.questions)
    fields = {question.field: _field(question) for question in asked}
    form: RegisterForm = type("RegisterForm", (RegisterForm,), fields)(**values)
    form.asked, form.pitched = asked, achievements
    form.wishes.choices = [(row.public_id, f"{row.title} · {row.owner}") for row in achievements]
    if by_organizer:
        form.capacity.label.text = _("Comes as")
        form.consent.label.text = _("The person knows the privacy notice and agrees")
    if not terms.online and not form.is_submitted():
        form.attendance.data = Attendance.IN_PERSON.value
    return form


def _field(question: Question) -> Any:
    needed = [REQUIRED] if question.required else [Optional()]
    if question.kind is QuestionKind.TEXT:
        return StringField(question.label, [*needed, at_most(LONGEST_ANSWER)])
    chosen = [InputRequired(CHOOSE)] if question.required else [Optional()]
    if question.kind is QuestionKind.YES_NO:
        return RadioField(question.label, chosen, choices=[SelectChoice(YES, _("Yes")), SelectChoice(NO, _("No"))])
    choices = [SelectChoice(choice, choice) for choice in question.choices]
    if len(choices) <= 6:
        return RadioField(question.label, chosen, choices=choices)
    return SelectField(question.label, chosen, choices=[SelectChoice("", _("Please choose")), *choices])


class QuestionForm(Form):
    """One of the organizer's own questions."""

    key = HiddenField(default=lambda: secrets.token_hex(4))
    label = TextAreaField(_("Question"), [at_most(LONGEST_QUESTION)])
    kind = SelectField(
        _("Answer"),
        choices=coded(QuestionKind),
        default=QuestionKind.TEXT,
    )
    choices = Lines(_("Answers to choose from"), longest=60, most=20)
    required = BooleanField(_("Must be answered"))

    def question(self) -> Question:
        kind = QuestionKind(self.kind.data)
        choices = tuple(self.choices.data or []) if kind is QuestionKind.CHOICE else ()
        return Question(
            self.key.data, " ".join((self.label.data or "").split()), kind, choices, bool(self.required.data)
        )


class TermsForm(FlaskForm):
    """Under which terms people register for a roadshow."""

    revision = revision()
    opens_at = moment(_("Registration opens"), required=False)
    closes_at = moment(_("Registration closes"), required=False)
    approval = BooleanField(_("I look at every registration and approve or decline it"))
    online = BooleanField(_("People can also take part online"))
    offer_hours = IntegerField(
        _("How long is a seat held for whoever waits?"),
        [
            InputRequired(_("Please type a whole number.")),
            NumberRange(1, LONGEST_OFFER, _("Please choose %(min)s to %(max)s hours.")),
        ],
        default=OFFER_HOURS,
    )
    questions = FieldList(FormField(QuestionForm), _("Own questions"), max_entries=MOST_QUESTIONS)

    def values(self) -> dict[str, Any]:
        """What the action takes; a row without words is left out."""
        rows = [entry.form for entry in self.questions.entries]
        return {
            "opens_at": self.opens_at.data,
            "closes_at": self.closes_at.data,
            "approval": bool(self.approval.data),
            "online": bool(self.online.data),
            "offer_hours": self.offer_hours.data,
            "questions": [row.question() for row in rows if (row.label.data or "").strip()],
        }


def data_of(terms: Terms) -> dict[str, Any]:
    """The terms as the form shows them."""
    names = ("opens_at", "closes_at", "approval", "online", "offer_hours", "revision")
    rows = [question.stored() for question in terms.questions]
    return {name: getattr(terms, name) for name in names} | {"questions": rows}


class ReasonForm(FlaskForm):
    """Why registrations are declined; asked where the list is."""

    reason = StringField(_("Reason"), [at_most(200)])


def answers_shown(terms: Terms, answers: dict[str, str]) -> list[tuple[str, str]]:
    """(question, answer) in words, for pages; questions that are asked no more are left out."""
    words = {YES: gettext("Yes"), NO: gettext("No")}
    return [
        (question.label, words.get(answers[question.key], answers[question.key]) if question.kind is QuestionKind.YES_NO
         else answers[question.key])
        for question in terms.questions
        if question.key in answers
    ]  # fmt: skip


class DoorForm(FlaskForm):
    """A link for a door helper."""

    name = StringField(_("Name of the helper"), [REQUIRED, at_most(60)])
