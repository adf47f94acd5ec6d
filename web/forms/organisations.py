"""Forms of organisations."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, ValidationError

from models.actions.organisations import Particulars
from models.queries.dictionaries import TermRow
from models.rules.identifiers import normal_code, uscc_conforms
from web.forms.account import stripped
from web.forms.fields import at_most, revision

MOST_INDUSTRIES = 8


class OrganisationForm(FlaskForm):
    """``certain`` is asked only where the check digit of the code does not fit."""

    revision = revision()
    name = StringField(
        _("Registered name"),
        [DataRequired(_("Please type the name as it is registered.")), at_most(120)],
        filters=[stripped],
        render_kw={"autocomplete": "organization"},
    )
    kind = SelectField(_("Kind of organisation"), [DataRequired(_("Please choose what kind of organisation it is."))])
    uscc = StringField(
        _("Unified social credit code"),
        [Optional(), at_most(40)],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    certain = BooleanField(_("I have compared it: the code is really so"))
    is_provider = BooleanField(_("We have achievements to offer"))
    is_seeker = BooleanField(_("We look for technology"))
    region = StringField(_("Region"), [Optional(), at_most(80)], filters=[stripped])
    industries = SelectMultipleField(_("Industries"), [Optional()])
    introduction = TextAreaField(_("Introduction"), [Optional(), at_most(1000)], filters=[stripped])
    reviews_first = BooleanField(_("A colleague reviews achievements and needs before the organizer does"))

    def choices(self, kinds: Sequence[tuple[str, str]], industries: Mapping[str, TermRow], locale: str) -> None:
        """Fill in what can be chosen; industries in the groups that people maintain."""
        self.kind.choices = [("", _("Please choose")), *kinds]
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, term in industries.items():
            if term.parent in industries and (not term.retired or key in (self.industries.data or [])):
                groups.setdefault(industries[term.parent].label(locale), []).append((key, term.label(locale)))
        self.industries.choices = groups

    def validate_industries(self, field: Any) -> None:
        if len(field.data or []) > MOST_INDUSTRIES:
            raise ValidationError(_("Please choose at most %(most)s.", most=MOST_INDUSTRIES))

    @property
    def doubtful(self) -> bool:
        """Whether the code has the right length but not the right check digit."""
        code = normal_code(self.uscc.data or "")
        return len(code) == 18 and not uscc_conforms(code)

    @property
    def particulars(self) -> Particulars:
        return Particulars(
            name=self.name.data or "",
            kind=self.kind.data or "",
            uscc=self.uscc.data or "",
            certain=self.certain.data,
            region=self.region.data or "",
            industries=tuple(self.industries.data or ()),
            introduction=self.introduction.data or "",
            is_provider=self.is_provider.data,
            is_seeker=self.is_seeker.data,
        )
