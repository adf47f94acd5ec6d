"""The search pages, of achievements and of needs: one address holds the whole question."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from models.queries import cards as achievements
from models.queries import needs
from search.engine import EngineUnavailable
from search.patience import within
from web import exposure, finding, saving
from web.auth import actor, public
from web.cards import achievement as achievement_card
from web.cards import need as need_card
from web.database import backends, db
from web.display import here
from web.suggesting import suggestions
from web.why import reasons

bp = Blueprint("search", __name__)
INSTEAD = 10  # newest records shown while the engine is down


@bp.route("/achievements")
@public
def index() -> ResponseReturnValue:
    """Achievements."""
    return _search("achievement", achievements, achievement_card)


@bp.route("/needs")
@public
def need_index() -> ResponseReturnValue:
    """Needs."""
    return _search("need", needs, need_card)


@bp.route("/suggest")
@public
def suggest() -> ResponseReturnValue:
    """What the search field offers for what is typed so far; nothing while the engine is away or takes half its time."""
    kind = "need" if request.args.get("kind") == "need" else "achievement"
    try:
        with within(current_app.config["SETTINGS"].search_milliseconds / 2000):
            groups = suggestions(backends().engine, kind, request.args.get("q", "")[: finding.LONGEST_QUESTION])
    except EngineUnavailable:
        groups = []
    answer = jsonify(groups=groups)
    answer.cache_control.private = True
    answer.cache_control.max_age = 30  # the same letters typed again
    return answer


def _search(kind: str, queries: Any, card_of: Any) -> ResponseReturnValue:
    """Hits, facets and what narrows them; while the engine is down, the newest from the database."""
    question = replace(finding.question_of(request.args, actor()), kind=kind)
    engine = backends().engine
    try:
        with within(current_app.config["SETTINGS"].search_milliseconds / 1000):
            page = engine.search(question)
            name_of = finding.labels_for(page.facets, question.filters)
            loosened = [] if page.total else finding.looser(question, name_of, lambda other: engine.search(other).total)
    except EngineUnavailable:
        return render_template(
            "search/index.html",
            question=question,
            hits=[card_of(card) for card in queries.newest(db(), limit=INSTEAD)],
            down=True,
        )
    cards = queries.cards(db(), [hit.public_id for hit in page.hits])
    exposure.show(kind, [card.public_id for card in cards])
    why = reasons(page, cards, kind)
    known = finding.understood(page, why)
    return render_template(
        "search/index.html",
        question=question,
        total=page.total,
        hits=[card_of(card, " ".join((question.text, *known.also))) for card in cards],
        reasons=why,
        understood=known,
        groups=[group for group in finding.groups(page, name_of, kind) if group["values"] or kind == "achievement"],
        chips=finding.chips(question, name_of),
        sorts=finding.sorts(question),
        save_url=saving.address(question, "saved_searches.new"),
        next_url=here(page=None, after=page.next.token()) if page.next else "",
        pages=-(-min(page.total, finding.WINDOW) // question.size),
        looser=loosened,
    )
