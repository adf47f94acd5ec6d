"""Forms of an achievement: one a step, all of them storing half-finished work; and the short ones beside."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Email, Optional

from models.base import PUBLIC_ID_ALPHABET
from models.enums import Disclosure, ReturnReason
from models.queries.versions import Content
from models.rules.completeness import LONGEST, MOST, ROWS, Step
from models.rules.uploads import MOST_FILES
from web.forms.fields import REQUIRED, at_most, day, revision
from web.forms.terms import TenThousandYuan, TermBoxes, TermRadios, TermSelect, Words
from web.i18n import label


class IndicatorRow(Form):
    name = StringField(_("Indicator"), [at_most(60)])
    unit = StringField(_("Unit"), [at_most(20)])
    this = StringField(_("This achievement"), [at_most(60)])
    today = StringField(_("Today's practice"), [at_most(60)])


class RightRow(Form):
    kind = TermSelect(_("Kind of right"), "ip_kind")
    number = StringField(_("Number of the right"), [at_most(40)])
    title = StringField(_("Name"), [at_most(160)])
    status = TermSelect(_("State"), "ip_status")


class ColleagueRow(Form):
    name = StringField(_("Full name"), [at_most(60)])
    title = StringField(_("Job title"), [at_most(60)])
    role = StringField(_("Part in the work"), [at_most(60)])


class FileRow(Form):
    public_id = HiddenField()
    name = StringField(_("What it shows"), [at_most(160)])
    restricted = BooleanField(_("Only for those who may read the details"))
    remove = BooleanField(_("Remove"))


class StepForm(FlaskForm):
    """``values()`` is what ``actions.achievements.save`` stores of this step."""

    step: ClassVar[Step]
    stored: ClassVar[Sequence[str]]
    optional: ClassVar[Sequence[str]] = ()  # everything else that is stored is needed for submitting

    revision = revision()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.stored) - set(self.optional):
            self[name].flags.required = True  # marks it for the eye; a draft may lack it

    def values(self, *, lenient: bool = False) -> dict[str, Any]:
        """Column -> value. ``lenient`` (autosave): texts that are too long too, but nothing that could not be read."""
        return {name: _plain(self[name]) for name in self.stored if not lenient or _readable(self[name])}


def _plain(field: Field) -> Any:
    if isinstance(field, FieldList):
        rows = [{name: (cell or "").strip() for name, cell in entry.form.data.items()} for entry in field.entries]
        return [row for row in rows if any(row.values())]
    if isinstance(field, TextAreaField):
        return (field.data or "").replace("\r\n", "\n")
    if isinstance(field, StringField) and not isinstance(field, Words | TenThousandYuan):
        return (field.data or "").strip()
    if isinstance(field, SelectField):  # radios too
        return field.data if field.data is not None else ""
    return field.data


def _readable(field: Field) -> bool:
    if isinstance(field, FieldList):
        return all(_readable(cell) for entry in field.entries for cell in entry.form)
    return not field.errors or (isinstance(field, StringField) and not field.process_errors)


class BasicsForm(StepForm):
    step = Step.BASICS
    stored = ("title", "summary", "problem", "fields", "industries", "discipline", "keywords")

    title = StringField(_("Title"), [at_most(LONGEST["title"])])
    summary = TextAreaField(_("Summary"), [at_most(LONGEST["summary"])])
    problem = TextAreaField(_("The problem it solves"), [at_most(LONGEST["problem"])])
    fields = TermBoxes(_("High-tech fields"), "field", most=MOST["fields"])
    industries = TermBoxes(_("Industries that could use it"), "industry", most=MOST["industries"], grouped=True)
    discipline = TermSelect(_("Discipline"), "discipline")
    keywords = Words(_("Keywords"), most=MOST["keywords"])


class WorthForm(StepForm):
    step = Step.WORTH
    stored = ("advantage", "indicators", "scenes")
    optional = ("indicators",)

    advantage = TextAreaField(_("Better than what, by how much"), [at_most(LONGEST["advantage"])])
    indicators = FieldList(FormField(IndicatorRow), _("Indicators"), min_entries=1, max_entries=ROWS)
    scenes = TextAreaField(_("Where it can be used"), [at_most(LONGEST["scenes"])])


class TransferForm(StepForm):
    step = Step.TRANSFER
    stored = ("trl", "stage", "modes", "price_mode", "negotiable", "price_min", "price_max")
    optional = ("negotiable", "price_min", "price_max")

    trl = TermRadios(_("Technology readiness level"), "trl")
    stage = TermRadios(_("Market stage"), "stage")
    modes = TermBoxes(_("How it may be transferred"), "transfer_mode")
    price_mode = TermRadios(_("How the price is found"), "price_mode")
    negotiable = BooleanField(_("The price is negotiable"))
    price_min = TenThousandYuan(_("Price from"))
    price_max = TenThousandYuan(_("Price to"))

    def values(self, *, lenient: bool = False) -> dict[str, Any]:
        found = super().values(lenient=lenient)
        if "trl" in found:
            found["trl"] = int(found["trl"]) if found["trl"] else None
        return found


class RightsForm(StepForm):
    step = Step.RIGHTS
    stored = ("intellectual_property", "team", "team_note")
    optional = ("team_note",)

    intellectual_property = FieldList(FormField(RightRow), _("Intellectual property"), min_entries=1, max_entries=ROWS)
    team = FieldList(FormField(ColleagueRow), _("Team"), min_entries=1, max_entries=ROWS)
    team_note = TextAreaField(_("About the team"), [at_most(LONGEST["team_note"])])
    contact = SelectField(_("Contact person"), [Optional()])


class FilesForm(StepForm):
    step = Step.FILES
    stored = ("details", "disclosure")
    optional = ("details",)

    details = TextAreaField(_("Details"), [at_most(LONGEST["details"])])
    disclosure = RadioField(_("Who may read the details"), [Optional()])
    files = FieldList(FormField(FileRow), _("Pictures and files"), max_entries=MOST_FILES)
    uploads = MultipleFileField(_("Add pictures or PDF files"))
    restrict_uploads = BooleanField(_("The files that I add now belong to the details"))
    circles = SelectMultipleField(_("Ecosystem circles"), coerce=int)
    valid_until = day(_("Last day on the site"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.disclosure.choices = [(level.value, label(level)) for level in Disclosure]

    def values(self, *, lenient: bool = False) -> dict[str, Any]:
        found = super().values(lenient=lenient)
        level = found.pop("disclosure", "")
        return {**found, "disclosure": Disclosure(level)} if level else found


STEP_FORMS: Mapping[Step, type[StepForm]] = {
    form.step: form for form in (BasicsForm, WorthForm, TransferForm, RightsForm, FilesForm)
}


def initial(step: Step, content: Content) -> dict[str, Any]:
    """What the form of a step shows at first."""
    data = {name: getattr(content, name) for name in STEP_FORMS[step].stored}
    data["revision"] = content.revision
    if step is Step.TRANSFER:
        data["trl"] = str(content.trl) if content.trl else None
    if step is Step.RIGHTS:
        data["intellectual_property"] = [vars(right) for right in content.intellectual_property]
        data["team"] = [vars(colleague) for colleague in content.team]
    if step is Step.FILES:
        data["disclosure"] = content.disclosure.value
        data["files"] = [
            {"public_id": file.public_id, "name": file.name, "restricted": file.restricted}
            for file in content.attachments
        ]
    return data


class NewForm(FlaskForm):
    """The title first; the rest follows step by step. ``key`` makes a second submit find the first draft."""

    key = HiddenField()
    organisation = SelectField(_("For which organisation"), [Optional()], coerce=int)
    title = StringField(_("Title"), [REQUIRED, at_most(LONGEST["title"])])

    @property
    def public_id(self) -> str:
        """The id that the page proposed; empty where it is none."""
        key = self.key.data or ""
        return key if len(key) == 10 and set(key) <= set(PUBLIC_ID_ALPHABET) else ""


class SubmitForm(FlaskForm):
    revision = revision()
    non_classified = BooleanField(
        _(
            "I confirm that nothing in it is a state secret or otherwise classified, and that our organisation may publish it."
        )
    )


class ReasonForm(FlaskForm):
    reason = TextAreaField(_("Reason"), [REQUIRED, at_most(1000)])


class AtOnceForm(FlaskForm):
    """What acts at once, without a new version."""

    contact = SelectField(_("Contact person"), [Optional()])
    circles = SelectMultipleField(_("Ecosystem circles"), coerce=int)
    valid_until = day(_("Last day on the site"), required=False)
    disclosure = RadioField(_("Who may read the details"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.disclosure.choices = [(level.value, label(level)) for level in Disclosure]


class DecisionForm(FlaskForm):
    """A reviewer publishes, or returns with reasons."""

    revision = revision()
    codes = SelectMultipleField(_("What should be changed"))
    note = TextAreaField(_("In your words"), [at_most(2000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes.choices = [(reason.value, label(reason)) for reason in ReturnReason]


class ReportForm(FlaskForm):
    reason = TextAreaField(_("What is wrong?"), [REQUIRED, at_most(2000)])
    email = StringField(
        _("Your e-mail address"), [Optional(), at_most(254), Email(_("Please check the address, it looks incomplete."))]
    )


class OutcomeForm(FlaskForm):
    outcome = TextAreaField(_("What you found or did"), [REQUIRED, at_most(2000)])
