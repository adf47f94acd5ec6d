"""Why a pair was suggested and what is missing, in words of the reader's language; codes are models.rules.scoring's."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from models.enums import ReasonCode
from models.queries.matches import Suggestion
from models.rules.scoring import Reason
from web.i18n import label, language, term

SYSTEMS = {  # the dictionary that a reason's values are keys of
    ReasonCode.FIELD: "field",
    ReasonCode.OTHER_FIELD: "field",
    ReasonCode.INDUSTRY: "industry",
    ReasonCode.OTHER_INDUSTRY: "industry",
    ReasonCode.MODE: "transfer_mode",
    ReasonCode.OTHER_MODE: "transfer_mode",
}
BUDGETS = (ReasonCode.BUDGET, ReasonCode.ABOVE_BUDGET)


def sentences(reasons: Sequence[Mapping[str, Any]], one: Suggestion) -> list[str]:
    """The reasons of a suggestion, in their order.

    What has been restricted since they were computed is left out: a budget that is not public, where a masked owner is.
    """
    found = (Reason.of(reason) for reason in reasons)
    return [_sentence(reason) for reason in found if not _restricted(reason, one)]


def _restricted(reason: Reason, one: Suggestion) -> bool:
    if reason.code in BUDGETS:
        return one.need.negotiable is None
    return reason.code is ReasonCode.REGION and one.masked


def _sentence(reason: Reason) -> str:
    text = label(reason.code)
    if reason.code in SYSTEMS:
        words = [term(value, SYSTEMS[reason.code]) for value in reason.values]
    elif reason.code in (ReasonCode.TRL, ReasonCode.TRL_BELOW):
        words = [_("TRL %(level)s, wanted %(wanted)s", level=reason.values[0], wanted=reason.values[1])]
    elif reason.code is ReasonCode.TRL_UNKNOWN:
        words = [_("wanted TRL %(wanted)s", wanted=reason.values[0])]
    else:
        words = list(reason.values)
    separator = "、" if language() == "zh" else ", "
    return _("%(what)s: %(values)s", what=text, values=separator.join(words)) if words else text


def joined(texts: Sequence[str]) -> str:
    """Several reasons in one sentence."""
    return ("；" if language() == "zh" else "; ").join(texts)


def name(code: str) -> str:
    """A reason without its values, for tables."""
    return label(ReasonCode(code)) if code in set(ReasonCode) else code
