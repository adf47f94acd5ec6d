"""What the pages of a record must know of its kind; one view serves both.

``record_route`` registers a view once a kind: ``publication.withdraw`` for achievements, ``publication.need_withdraw`` for
needs, each with its own permission; the view gets the record as ``record``. ``endpoint_of`` gives the endpoint of a record's kind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask

from models.errors import N_
from models.tables import Achievement, Need
from web.auth import allow


@dataclass(frozen=True)
class Kind:
    name: str  # of permissions
    model: type[Any]
    area: str  # first part of its addresses, and the blueprint of its own pages
    review: str  # first part of the organizers' review
    prefix: str  # of endpoints that both kinds have
    own: str  # message id: the own list
    all: str  # message id: where readers find them
    open: str  # message id


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("achievement", Achievement, "achievements", "review", "", N_("My achievements"), N_("Achievements"), N_("Open the achievement")),
        Kind("need", Need, "needs", "review/needs", "need_", N_("My needs"), N_("Needs"), N_("Open the need")),
    )
}  # fmt: skip


def kind_of(record: Any) -> Kind:
    """The kind of a record, version, or anything else that carries its ``kind``; or of that name itself."""
    return KINDS[record if isinstance(record, str) else record.kind]


def endpoint_of(record: Any, endpoint: str) -> str:
    """The endpoint of the record's kind: "achievements.show" -> "needs.show", "versions.new" -> "versions.need_new"."""
    kind = kind_of(record)
    area, _dot, name = endpoint.partition(".")
    return f"{kind.area}.{name}" if area == "achievements" else f"{area}.{kind.prefix}{name}"


def record_route(bp: Blueprint, path: str, verb: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Route a view for every kind, allowed by the kind's permission ``verb``; {area} and {review} stand in ``path``."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        for kind in KINDS.values():
            bp.add_url_rule(
                path.format(area=kind.area, review=kind.review),
                endpoint=kind.prefix + view.__name__,
                view_func=allow(f"{kind.name}.{verb}", kind.model, name="record")(view),
                **options,
            )
        return view

    return decorate


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(endpoint_of=endpoint_of, kind_of=kind_of)
