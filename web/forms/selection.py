"""Forms of calls for projects, applications, scores and decisions."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from models.actions.applications import LONGEST_MINUTES, Said
from models.actions.calls import MOST_CRITERIA, MOST_QUESTIONS
from models.actions.scoring import LONGEST_COMMENT, LONGEST_NOTE
from models.enums import Level, Outcome
from models.rules.selection import DEFAULT, LEAST, MOST
from models.tables import ProjectApplication, ProjectCall
from web.forms.bookings import named
from web.forms.fields import REQUIRED, WHOLE, Lines, at_most, coded, moment, revision

LONGEST_ANSWER = 500
MOST_PLACES = 200


def _whole(label: Any, low: int, high: int, *, required: bool = True) -> IntegerField:
    bounds = NumberRange(low, high, _("Please choose %(min)s to %(max)s."))
    return IntegerField(label, [InputRequired(WHOLE) if required else Optional(), bounds], invalid_value_message=WHOLE)


class CriterionRow(Form):
    name = StringField(_("Criterion"), [at_most(60)])
    weight = _whole(_("Weight"), 1, 100, required=False)


class CallForm(FlaskForm):
    revision = revision()
    closes_at = moment(_("Closes"))
    text = TextAreaField(_("What applicants should know"), [at_most(3000)])
    questions = Lines(_("Further questions"), longest=160, most=MOST_QUESTIONS)
    places = _whole(_("Projects to be taken"), 1, MOST_PLACES)
    reserves = _whole(_("On the reserve list"), 0, MOST_PLACES)
    most_each = _whole(_("Most projects of one organisation"), 1, MOST_PLACES, required=False)
    criteria = FieldList(
        FormField(CriterionRow), _("Criteria and weights"), [REQUIRED], min_entries=1, max_entries=MOST_CRITERIA
    )
    scorers_each = _whole(_("Scorers for each application"), 1, 50, required=False)
    scores_due_at = moment(_("Scores are due"), required=False)
    drops_extremes = BooleanField(_("Of five scores and more, leave out the highest and the lowest"))

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        names = ("closes_at", "places", "reserves", "most_each", "scorers_each", "scores_due_at", "drops_extremes")
        rows = [(" ".join((row.form.name.data or "").split()), row.form.weight.data) for row in self.criteria.entries]
        return {name: self[name].data for name in names} | {
            "text": (self.text.data or "").strip(),
            "questions": self.questions.data or [],
            "criteria": [{"name": name, "weight": weight or 0} for name, weight in rows if name or weight],
        }


def call_data(call: ProjectCall | None) -> dict[str, Any]:
    """A call as the form shows it; a new one with the usual criteria."""
    if call is None:
        usual = [{"name": gettext(name), "weight": weight} for name, weight in DEFAULT]
        return {"places": 8, "reserves": 2, "drops_extremes": True, "criteria": usual}
    names = (
        "revision", "closes_at", "text", "questions", "places", "reserves", "most_each", "criteria", "scorers_each",
        "scores_due_at", "drops_extremes",
    )  # fmt: skip
    return {name: getattr(call, name) for name in names}


class SlidesForm(FlaskForm):
    """Files of an application, alone; which are removed stands beside the present ones."""

    uploads = MultipleFileField(_("Slides and other files"))


class ApplicationForm(SlidesForm):
    """What every application says; ``application_form`` adds the call's own questions."""

    revision = revision()
    presenter = RadioField(_("Who presents?"), [Optional()])
    presenter_title = StringField(_("Title of the presenter, as it is announced"), [at_most(60)])
    minutes = IntegerField(
        _("Minutes wanted"),
        [Optional(), NumberRange(1, LONGEST_MINUTES, _("Please choose %(min)s to %(max)s minutes."))],
        invalid_value_message=WHOLE,
    )
    demo_needs = TextAreaField(_("What the demonstration needs"), [at_most(500)])
    may_record = BooleanField(_("The presentation may be recorded and shown later"))
    ip_disclosed = BooleanField(
        _("What is presented discloses nothing that intellectual property still to be applied for depends on")
    )
    not_secret = BooleanField(_("Nothing of it is a state secret or otherwise classified"))

    def offer_people(self, people: Sequence[Any], *, chosen: int | None) -> None:
        self.people = {one.public_id: one.id for one in people}
        self.presenter.choices = [(one.public_id, named(one)) for one in people]
        if not self.is_submitted():
            self.presenter.data = next((one.public_id for one in people if one.id == chosen), None)

    @property
    def answers(self) -> list[Any]:
        """The fields of the call's own questions."""
        return [field for field in self if field.name.startswith("answer_")]

    def said(self) -> Said:
        return Said(
            presenter_id=self.people.get(self.presenter.data or ""),
            presenter_title=(self.presenter_title.data or "").strip(),
            minutes=self.minutes.data,
            demo_needs=(self.demo_needs.data or "").strip(),
            may_record=self.may_record.data,
            ip_disclosed=self.ip_disclosed.data,
            not_secret=self.not_secret.data,
            answers=tuple((field.data or "").strip() for field in self.answers),
        )


def application_form(call: ProjectCall, application: ProjectApplication | None) -> ApplicationForm:
    fields = {
        f"answer_{number}": TextAreaField(question, [at_most(LONGEST_ANSWER)])
        for number, question in enumerate(call.questions)
    }
    data: dict[str, Any] = {}
    if application is not None:
        names = ("revision", "presenter_title", "minutes", "demo_needs", "may_record", "ip_disclosed", "not_secret")
        data = {name: getattr(application, name) for name in names}
        data |= {f"answer_{number}": text for number, text in enumerate(application.answers)}
    made: ApplicationForm = type("ApplicationForm", (ApplicationForm,), fields)(data=data)
    return made


class ScoreForm(FlaskForm):
    """Points and a comment for each criterion, added by ``score_form``."""

    note = TextAreaField(_("About the whole"), [at_most(LONGEST_NOTE)])

    @property
    def points(self) -> list[Any]:
        return [field for field in self if field.name.startswith("points_")]

    @property
    def comments(self) -> list[Any]:
        return [field for field in self if field.name.startswith("comment_")]


def score_form(
    criteria: Sequence[dict[str, Any]], points: Sequence[int], comments: Sequence[str], note: str
) -> ScoreForm:
    bounds = NumberRange(LEAST, MOST, _("Please give %(min)s to %(max)s points."))
    fields: dict[str, Any] = {}
    for number, criterion in enumerate(criteria):
        fields[f"points_{number}"] = IntegerField(
            criterion["name"], [InputRequired(WHOLE), bounds], invalid_value_message=WHOLE
        )
        fields[f"comment_{number}"] = TextAreaField(_("Comment"), [at_most(LONGEST_COMMENT)])
    data: dict[str, Any] = {"note": note}
    data |= {f"points_{number}": value for number, value in enumerate(points)}
    data |= {f"comment_{number}": text for number, text in enumerate(comments)}
    made: ScoreForm = type("ScoreForm", (ScoreForm,), fields)(data=data)
    return made


class ConflictForm(FlaskForm):
    conflict = TextAreaField(_("What connects you with the applicant or the project?"), [REQUIRED, at_most(500)])


class DecisionForm(FlaskForm):
    outcome = RadioField(_("Decision"), [REQUIRED], choices=coded(Outcome))
    level = SelectField(
        _("Presented as"),
        [Optional()],
        choices=[SelectChoice("", _("Not presented")), *coded(Level)],
    )
    reason = TextAreaField(_("What the applicant is told"), [at_most(500)])
    departure = TextAreaField(_("Why not as ranked"), [at_most(500)])
