"""The forms of a record, step by step: what a step shows, how it is stored, what is still open."""

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from models.actions import attachments, drafting, standing
from models.actions.attachments import Change
from models.enums import Disclosure, RecordState
from models.errors import N_
from models.queries.achievements import circle_choices, contact_choices, linked_circles
from models.queries.own import OWN_GROUPS, own, own_counts
from models.queries.versions import Content
from models.rules.completeness import Finding, Step, missing
from models.tables import Achievement
from web.auth import actor
from web.database import db
from web.errors import changed_meanwhile
from web.forms.achievements import STEP_FORMS, AtOnceForm, FilesForm, RightsForm, StepForm, initial
from web.i18n import zone
from web.kinds import KINDS, endpoint_of
from web.uploads import chosen, receive

STEPS: dict[Step, str] = {
    Step.BASICS: N_("What it is"),
    Step.WORTH: N_("What it is worth"),
    Step.TRANSFER: N_("Maturity and transfer"),
    Step.RIGHTS: N_("Rights and team"),
    Step.FILES: N_("Files and disclosure"),
}
PAGE = 20
BOXES = {"fields", "industries", "trl", "stage", "modes", "price_mode", "disclosure"}  # their first choice has the id


def organisations() -> list[int]:
    """Those that the reader acts for."""
    me = actor()
    own = [me.organisation_id] if me.organisation_id and me.member_of(me.organisation_id) else []
    return [*own, *(mandator.organisation_id for mandator in me.mandated)]


def own_list(name: str) -> dict[str, Any]:
    """What the own list of a kind of record shows; 404 for an unknown group."""
    kind, group, before = KINDS[name], request.args.get("state", ""), request.args.get("before", "")
    if group and group not in OWN_GROUPS:
        abort(404)
    owners = organisations()
    last = int(before) if before.isdigit() else None
    lines = own(db(), owners, group=group, before=last, limit=PAGE + 1, kind=kind.model)
    return {
        "area": kind.area,
        "lines": lines[:PAGE],
        "more": lines[PAGE - 1].id if len(lines) > PAGE else None,
        "counts": own_counts(db(), owners, kind=kind.model),
        "group": group,
        "several": len(owners) > 1,
    }


def form_for(step: Step, achievement: Achievement, content: Content) -> StepForm:
    """The form of a step. What acts at once is in it until the first publication; then it has a page of its own."""
    data = initial(step, content)
    form: StepForm
    if step is Step.RIGHTS:
        data["contact"] = str(achievement.contact_id or "")
    if step is Step.FILES:
        data |= {"circles": linked_circles(db(), achievement), "valid_until": achievement.valid_until}
    form = STEP_FORMS[step](data=data)
    if isinstance(form, RightsForm | FilesForm):
        fill_choices(form, achievement)
        if achievement.state is not RecordState.DRAFT:
            for name in ("contact", "circles", "valid_until"):
                if name in form:
                    del form[name]
    return form


def fill_choices(form: Any, record: Any) -> None:
    """People and circles that can be chosen."""
    if "contact" in form:
        people = contact_choices(db(), record.organisation_id)
        form.contact.choices = [
            ("", _("Nobody in particular")),
            *((str(id_), f"{name} · {title}" if title else name) for id_, name, title in people),
        ]
    if "circles" in form:
        form.circles.choices = circle_choices(db())
        if not form.circles.choices:
            del form.circles


def store(form: StepForm, record: Any, *, lenient: bool = False) -> int:
    """Store a step; returns the new revision. ``lenient``: an autosave, without files. Raises DomainError."""
    try:
        return _store(form, record, lenient=lenient)
    except StaleDataError as error:  # two at the same moment, both with the present revision
        raise changed_meanwhile() from error


def _store(form: StepForm, record: Any, *, lenient: bool) -> int:
    fresh = [] if lenient or not isinstance(form, FilesForm) else receive(chosen(form.uploads.data))
    version = drafting.save(db(), record, by=actor(), revision=form.revision.data, values=form.values(lenient=lenient))
    if isinstance(form, FilesForm):
        rows = [entry.form for entry in form.files.entries]
        attachments.change(
            db(),
            record,
            by=actor(),
            changes={row.public_id.data: Change(row.name.data or "", bool(row.restricted.data)) for row in rows},
            remove=() if lenient else [row.public_id.data for row in rows if row.remove.data],
        )
        if fresh:
            attachments.attach(db(), record, by=actor(), files=fresh, restricted=bool(form.restrict_uploads.data))
    _store_at_once(form, record)
    return version.revision


def _store_at_once(form: StepForm | AtOnceForm, record: Any) -> None:
    if "contact" in form and not form["contact"].errors:
        contact = form["contact"].data
        standing.set_contact(db(), record, by=actor(), person_id=int(contact) if contact else None)
    if "masked" in form:
        standing.set_masked(db(), record, by=actor(), masked=bool(form["masked"].data))
    if "circles" in form and not form["circles"].errors:
        standing.set_circles(db(), record, by=actor(), circle_ids=form["circles"].data or [])
    if "valid_until" in form and not form["valid_until"].errors:
        standing.set_valid_until(db(), record, by=actor(), valid_until=form["valid_until"].data, zone=zone())


def store_at_once(form: AtOnceForm, record: Any) -> None:
    """Store what acts at once of something published. Raises DomainError."""
    _store_at_once(form, record)
    if "disclosure" in form and form.disclosure.data:  # a draft has none to tighten
        standing.tighten(db(), record, by=actor(), to=Disclosure(form.disclosure.data))


def take_present_revision(form: StepForm, record: Any) -> bool:
    """After a conflict: let the page carry the present revision, so that saving again is a decision. Whether it differed."""
    version = record.working_version
    if version is None or version.revision == form.revision.data:
        return False
    form.revision.data, form.revision.raw_data = version.revision, None
    return True


def steps(achievement: Achievement, content: Content, current: Step | None) -> list[dict[str, Any]]:
    """Links of components/forms.html ``steps``; a step without open points is done. None: the last one, submitting."""
    open_steps = {finding.step for finding in missing(content)}
    links: list[dict[str, Any]] = [
        {
            "text": _(text),
            "url": url_for("achievements.edit", public_id=achievement.public_id, step=step.value),
            "state": "current" if step is current else "" if step in open_steps else "done",
        }
        for step, text in STEPS.items()
    ]
    links.append(
        {
            "text": _("Check and submit"),
            "url": url_for("achievements.submit", public_id=achievement.public_id),
            "state": "current" if current is None else "",
        }
    )
    return links


def after(step: Step) -> Step | None:
    """The next step; None: check and submit."""
    order = list(STEPS)
    place = order.index(step) + 1
    return order[place] if place < len(order) else None


def sentences(findings: list[Finding], record: Any) -> list[dict[str, Any]]:
    """Findings for people: {text, step, url} where the address leads to the field."""
    steps = record.kind == "achievement"  # a need's form is one page
    return [
        {
            "text": _(finding.message, **{key: _word(value) for key, value in finding.params.items()}),
            "step": _(STEPS[finding.step]) if steps else "",
            "url": url_for(
                endpoint_of(record, "achievements.edit"),
                public_id=record.public_id,
                _anchor=finding.field + ("-0" if finding.field in BOXES else ""),
                step=finding.step.value if steps else None,
            ),
        }
        for finding in findings
    ]


def _word(value: Any) -> Any:
    return _(value) if isinstance(value, str) and value else value
