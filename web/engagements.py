"""What happened in an engagement and what it came to, as its pages show it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from models.actions.engagements import CONTRACT, IMPLEMENTATION
from models.enums import AmountSaid, NextStepState, Stage
from models.queries.engagements import Step
from models.queries.next_steps import PUT_OFF, SET
from models.rules.deals import asks_contract, asks_implementation
from models.tables import Engagement
from web.display import day, money
from web.i18n import label, term
from web.site import site


def entries_of(history: Sequence[Step], steps: Iterable[Any]) -> list[dict[str, Any]]:
    """Changes of stage, notes and what became of each next step, oldest first, for components/timeline.html."""
    entries = [_of_stage(one, first=one is history[0]) for one in history] + [_of_step(one) for one in steps]
    return sorted(entries, key=lambda entry: entry["at"])  # stable: what happened at one moment stays in its order


def _of_stage(one: Step, *, first: bool) -> dict[str, Any]:
    if one.what == CONTRACT:
        what = _("Recorded or corrected what the contract says")
    elif one.what == IMPLEMENTATION:
        what = _("Recorded or corrected where it is put to use")
    elif one.stage is None:
        what = _("Noted a follow-up")
    elif first:
        what = _("Engagement opened: %(stage)s", stage=label(one.stage))
    else:
        what = _("Stage: %(stage)s", stage=label(one.stage))
    icon = "flag" if one.stage else "pencil" if one.what in (CONTRACT, IMPLEMENTATION) else "chat-left-text"
    return {"at": one.at, "who": one.who, "on_behalf": one.on_behalf, "what": what, "text": one.text, "icon": icon}


def _of_step(one: Any) -> dict[str, Any]:
    until = day(date.fromisoformat(one.day)) if one.day else ""
    whats = {
        SET: (_("Next step: %(who)s until %(day)s", who=one.person, day=until), "calendar-plus"),
        PUT_OFF: (_("Next step put off until %(day)s", day=until), "clock-history"),
        NextStepState.DONE.value: (_("Next step done"), "check-lg"),
        NextStepState.REPLACED.value: (_("Next step replaced by another one"), "arrow-repeat"),
    }
    what, icon = whats[one.what]
    return {
        "at": one.at, "who": one.who or "", "on_behalf": one.on_behalf or "", "what": what, "text": one.text, "icon": icon,
    }  # fmt: skip


# --- what it came to --------------------------------------------------------------------------------------------------


def contract_types(present: str = "") -> list[tuple[str, str]]:
    """Choices of a form: the finest terms of the dictionary, after the one above them."""
    terms = site().terms.get("contract_type", {})
    above = {row.parent for row in terms.values()}
    offered = [(key, row) for key, row in terms.items() if key not in above and (not row.retired or key == present)]
    return [("", _("Please choose")), *((key, contract_type(key)) for key, _row in offered)]


def contract_type(key: str) -> str:
    """A kind of contract after the one above it: 技术许可 · 专利实施许可."""
    row = site().terms.get("contract_type", {}).get(key)
    names = [term(row.parent if row else "", "contract_type"), term(key, "contract_type")]
    return " · ".join(dict.fromkeys(name for name in names if name))


def amount_of(engagement: Engagement) -> str:
    """What is said of a contract's amount; "" where no contract is recorded."""
    if engagement.amount_said is AmountSaid.STATED:
        return money(engagement.amount)
    short = {AmountSaid.CONFIDENTIAL: _("Confidential"), AmountSaid.OPEN: _("No fixed amount")}
    return short[engagement.amount_said] if engagement.amount_said else ""


def place_of(engagement: Engagement) -> str:
    """Where it is put to use; "" where that is not recorded."""
    return " · ".join(part for part in (label(engagement.place), engagement.place_name) if part)


def came_to(engagement: Engagement) -> dict[str, list[tuple[str, str]]]:
    """The facts of contract and implementation; an empty list: not recorded."""
    contract = [
        (_("Kind of contract"), contract_type(engagement.contract_type)),
        (_("Amount"), amount_of(engagement)),
        (_("Signed on"), day(engagement.signed_on) if engagement.signed_on else ""),
        (_("Registered as a technology contract"), _("Yes") if engagement.registered else _("No, or not yet")),
    ]
    implementation = [
        (_("Place"), place_of(engagement)),
        (_("Investment"), money(engagement.investment)),
        (_("Paid so far"), money(engagement.received)),
        (_("In production since"), day(engagement.started_on) if engagement.started_on else ""),
        (_("New jobs"), "" if engagement.jobs is None else _("%(number)s people", number=engagement.jobs)),
    ]
    return {
        "contract": contract if engagement.amount_said else [],
        "implementation": implementation if engagement.place else [],
    }


def asked(engagement: Engagement, possible: Sequence[Stage]) -> dict[str, str]:
    """At which of the possible stages the form asks for contract and implementation, as its attributes hold them."""
    known, placed = engagement.amount_said is not None, engagement.place is not None
    return {
        "contract": " ".join(stage for stage in possible if asks_contract(stage, known=known)),
        "registered": " ".join(
            stage for stage in possible if asks_contract(stage, known=known) and stage is not Stage.S7
        ),
        "implementation": " ".join(stage for stage in possible if asks_implementation(stage, known=placed)),
    }
