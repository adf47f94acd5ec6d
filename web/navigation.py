"""The pages of a role: one line a page. Layouts show those that the reader may open."""

from dataclasses import dataclass

from flask import Flask, url_for
from flask_babel import gettext as _

from models.errors import N_
from models.rules.policy import may
from web.auth import actor


@dataclass(frozen=True)
class Page:
    endpoint: str
    text: str  # message id
    icon: str
    permission: str


GROUPS: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "",
        (
            Page("desk.index", N_("My desk"), "inbox", "desk.read"),
            Page("achievements.mine", N_("My achievements"), "lightbulb", "achievement.create"),
            Page("needs.mine", N_("My needs"), "question-circle", "need.create"),
            Page("suggestions.index", N_("Suggestions"), "hand-thumbs-up", "match.list"),
            Page("saved_searches.index", N_("Saved searches"), "bookmark", "account.own"),
            Page("requests.index", N_("Contact requests"), "chat-left-text", "request.list"),
            Page("bookings.index", N_("Bookings"), "calendar-check", "booking.list"),
            Page("applications.index", N_("Roadshow applications"), "mic", "application.list"),
            Page("engagements.index", N_("Engagements"), "briefcase", "engagement.list"),
            Page("organisations.mine", N_("My organisation"), "building", "organisation.own"),
            Page("account.my_data", N_("My data"), "shield-lock", "account.own"),
        ),
    ),
    (
        N_("Organizing"),
        (
            Page("review.queue", N_("Review"), "clipboard-check", "review.queue"),
            Page("reports.index", N_("Reports"), "flag", "report.handle"),
            Page("register.index", N_("Circle register"), "table", "register.edit"),
            Page("results.index", N_("Results of events"), "clipboard-data", "event.results"),
            Page("synonyms.index", N_("Synonyms"), "arrow-left-right", "synonyms.edit"),
            Page("suggestions.statistics", N_("Statistics of suggestions"), "clipboard-data", "match.statistics"),
        ),
    ),
    (
        N_("Administration"),
        (
            Page("admin.index", N_("Engine and jobs"), "gear", "admin.read"),
            Page("accounts.index", N_("Accounts"), "people", "admin.read"),
            Page("verification.index", N_("Organisations"), "building", "organisation.verify"),
            Page("dictionaries.index", N_("Dictionaries"), "list-ul", "admin.read"),
            Page("admin.settings", N_("Settings"), "sliders", "admin.edit"),
            Page("admin.outbox", N_("Outbox"), "envelope", "admin.read"),
        ),
    ),
    (N_("Audit"), (Page("audit.index", N_("Audit log"), "journal-text", "audit.read"),)),
)


def side_nav() -> list[dict[str, object]]:
    """Groups of links for components/nav.html: {title, links: [{text, endpoint, url, icon}]}."""
    groups = []
    for title, pages in GROUPS:
        links = [
            {"text": _(page.text), "endpoint": page.endpoint, "url": url_for(page.endpoint), "icon": page.icon}
            for page in pages
            if may(actor(), page.permission)
        ]
        if links:
            groups.append({"title": _(title) if title else "", "links": links})
    return groups


def init_app(app: Flask) -> None:
    app.jinja_env.globals["side_nav"] = side_nav
