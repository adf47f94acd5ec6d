"""Fields over dictionary terms, and two kinds of text with a form of their own."""

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Form, RadioField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import Optional

from models.rules.completeness import KEYWORD_LENGTH
from web.i18n import locale
from web.site import site

FEN_OF_TEN_THOUSAND = 1_000_000
MOST_FEN = 10**15  # ten trillion yuan is a slip of the keyboard
SEPARATORS = str.maketrans("，、；;\n\r\t", ",,,,,,,")


def _choices(system: str, stored: Any) -> list[tuple[str, str]]:
    """Terms in use, and the stored ones even when retired since."""
    keep = tuple(stored) if isinstance(stored, list | tuple) else (stored,)
    return site().choices(system, locale(), keep=keep)


class TermSelect(SelectField):
    """One term of a dictionary system; the first choice is none."""

    def __init__(self, label: Any, system: str, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.system, self.type = system, "SelectField"  # the macros know fields by their type

    def process(self, *args: Any, **kwargs: Any) -> None:
        super().process(*args, **kwargs)
        self.choices = [("", str(_("Please choose"))), *_choices(self.system, self.object_data)]


class TermRadios(RadioField):
    """One term of a dictionary system, all of them shown."""

    def __init__(self, label: Any, system: str, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.system, self.type = system, "RadioField"

    def process(self, *args: Any, **kwargs: Any) -> None:
        super().process(*args, **kwargs)
        self.choices = _choices(self.system, self.object_data)


class TermBoxes(SelectMultipleField):
    """Several terms; ``grouped``: under the titles of the terms they belong to."""

    def __init__(self, label: Any, system: str, *, most: int = 0, grouped: bool = False, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.system, self.most, self.grouped, self.type = system, most, grouped, "SelectMultipleField"

    def process(self, *args: Any, **kwargs: Any) -> None:
        super().process(*args, **kwargs)
        self.data: list[str] = self.data or []
        pairs = _choices(self.system, self.object_data)
        self.choices = _in_groups(self.system, pairs) if self.grouped else pairs

    def pre_validate(self, form: Form) -> None:
        super().pre_validate(form)
        if self.most and len(self.data or []) > self.most:
            raise ValidationError(_("Please choose at most %(most)s.", most=self.most))


def _in_groups(system: str, pairs: list[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Title of the uppermost term -> {key: label}; uppermost terms with others below them are titles only."""
    terms = site().terms.get(system, {})
    parents = {term.parent for term in terms.values()}
    groups: dict[str, dict[str, str]] = {}
    for key, text in pairs:
        top = key
        while (term := terms.get(top)) and term.parent:
            top = term.parent
        if key == top and key in parents:
            continue
        title = site().label(system, top, locale()) if key != top else str(_("Others"))
        groups.setdefault(title, {})[key] = text
    return groups


class Words(StringField):
    """Some words, separated by commas (，、；too); ``data`` is a list without doubles."""

    def __init__(self, label: Any, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.most = most

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else "，".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            words = (" ".join(word.split()) for word in valuelist[0].translate(SEPARATORS).split(","))
            self.data = list(dict.fromkeys(word for word in words if word))

    def pre_validate(self, form: Form) -> None:
        if len(self.data or []) > self.most:
            raise ValidationError(_("Please give at most %(most)s.", most=self.most))
        if any(len(word) > KEYWORD_LENGTH for word in self.data or []):
            raise ValidationError(
                _("A keyword has at most %(most)s characters. Please separate keywords by commas.", most=KEYWORD_LENGTH)
            )


class TenThousandYuan(StringField):
    """A price typed in ten thousands of yuan (万元), ``data`` in fen; full-width digits and thousands commas are read."""

    data: int | None

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{Decimal(self.data) / FEN_OF_TEN_THOUSAND:f}" if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = unicodedata.normalize("NFKC", valuelist[0]).replace(",", "").strip() if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            fen = Decimal(text) * FEN_OF_TEN_THOUSAND
            whole = fen.is_finite() and fen == fen.to_integral_value()
        except InvalidOperation:
            whole = False
        if not whole or not 0 <= fen <= MOST_FEN:
            self.data = None
            raise ValueError(self.gettext("Please type a number, for example 35 or 12.5."))
        self.data = int(fen)
