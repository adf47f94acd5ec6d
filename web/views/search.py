"""The search page: one address holds the whole question."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from models.queries.cards import cards, newest
from search.engine import EngineUnavailable
from search.patience import within
from web import finding
from web.auth import actor, public
from web.cards import achievement as card_of
from web.database import backends, db

bp = Blueprint("search", __name__)
INSTEAD = 10  # newest achievements shown while the engine is down


@bp.route("/achievements")
@public
def index() -> ResponseReturnValue:
    """Hits, facets and what narrows them; while the engine is down, the newest from the database."""
    question = finding.question_of(request.args, actor())
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
            hits=[card_of(card) for card in newest(db(), limit=INSTEAD)],
            down=True,
        )
    return render_template(
        "search/index.html",
        question=question,
        total=page.total,
        hits=[card_of(card, question.text) for card in cards(db(), [hit.public_id for hit in page.hits])],
        groups=finding.groups(page, name_of),
        chips=finding.chips(question, name_of),
        sorts=finding.sorts(question),
        pages=-(-min(page.total, finding.WINDOW) // question.size),
        looser=loosened,
    )
