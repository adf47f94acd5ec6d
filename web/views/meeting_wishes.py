"""Before a session: whom an enterprise wants to meet, and what the owners say."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import meeting_wishes as actions
from models.base import utcnow
from models.queries import meeting_wishes as queries
from models.queries.cards import cards
from models.queries.people import people
from models.tables import MatchSession, MeetingWish
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.meeting_wishes import STRENGTHS, AnswerForm, DeclineForm, WishForm
from web.i18n import locale
from web.meetings import ask_first, form_page, own_organisations, wanted
from web.site import site

bp = Blueprint("meeting_wishes", __name__)


@bp.route("/sessions/<public_id>/wishes")
@allow("meeting_wish.list", MatchSession)
def index(match_session: MatchSession) -> ResponseReturnValue:
    """The wishes that concern one's organisations; an organizer sees all."""
    organisations = None if actor().organizer else own_organisations()
    return render_template(
        "meeting_wishes/index.html",
        match_session=match_session,
        rows=queries.wishes(db(), match_session.id, organisation_ids=organisations),
        own=own_organisations(),
        begun=match_session.starts_at <= utcnow(),
        strengths=STRENGTHS,
    )


@bp.route("/sessions/<public_id>/wish", methods=["GET", "POST"])
@allow("booking.create", MatchSession)
def new(match_session: MatchSession) -> ResponseReturnValue:
    """Say whom an enterprise wants to meet; for which one and with which achievement is asked first where it is not clear."""
    want = wanted(match_session)
    if want.seeker is None or want.achievement is None:
        return ask_first(match_session, want)
    present = queries.of_pair(db(), match_session.id, want.seeker.id, want.achievement.id)
    form = WishForm(
        data={"strength": str(present.seeker_strength), "note": present.note} if present else {"strength": "2"}
    )
    form.offer_people(people(db(), want.seeker.id), chosen=present.seeker_people if present else [actor().person_id])
    if form.validate_on_submit():
        with refusals(form):
            actions.wish(
                db(),
                match_session,
                by=actor(),
                seeker_id=want.seeker.id,
                achievement=want.achievement,
                strength=int(form.strength.data),
                attendees=form.chosen,
                note=form.note.data or "",
            )
            flash(_("Noted. The organizer's timetable takes it into account; the owner has been told."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=match_session.public_id), 303)
    return form_page("meeting_wishes/new.html", match_session, want, form, present=present)


@bp.route("/wishes/<public_id>/withdraw", methods=["POST"])
@allow("meeting_wish.withdraw", MeetingWish)
def withdraw(meeting_wish: MeetingWish) -> ResponseReturnValue:
    match_session = meeting_wish.match_session
    actions.withdraw(db(), meeting_wish, by=actor())
    flash(_("Taken back."), "success")
    return redirect(url_for("meeting_wishes.index", public_id=match_session.public_id), 303)


@bp.route("/wishes/<public_id>/answer", methods=["GET", "POST"])
@allow("meeting_wish.answer", MeetingWish)
def answer(meeting_wish: MeetingWish) -> ResponseReturnValue:
    """The owner wants the meeting too, and says who comes."""
    form = AnswerForm(data={"strength": str(meeting_wish.provider_strength or 2), "revision": meeting_wish.revision})
    chosen = meeting_wish.provider_person_id or meeting_wish.achievement.contact_id
    form.offer_people(people(db(), meeting_wish.provider_id), chosen=chosen)
    if form.validate_on_submit():
        with refusals(form):
            actions.accept(
                db(),
                meeting_wish,
                by=actor(),
                strength=int(form.strength.data),
                person_id=form.people[form.person.data],
                revision=form.revision.data,
            )
            flash(_("Noted. The organizer's timetable takes it into account."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=meeting_wish.match_session.public_id), 303)
    return _page("meeting_wishes/answer.html", meeting_wish, form)


@bp.route("/wishes/<public_id>/decline", methods=["GET", "POST"])
@allow("meeting_wish.answer", MeetingWish)
def decline(meeting_wish: MeetingWish) -> ResponseReturnValue:
    form = DeclineForm(data={"revision": meeting_wish.revision})
    form.reason.choices = site().choices("stop_reason", locale())
    if form.validate_on_submit():
        with refusals(form):
            actions.decline(db(), meeting_wish, by=actor(), reason=form.reason.data, revision=form.revision.data)
            flash(_("Declined. It will not be placed in the timetable."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=meeting_wish.match_session.public_id), 303)
    return _page("meeting_wishes/decline.html", meeting_wish, form)


def _page(template: str, meeting_wish: MeetingWish, form: AnswerForm | DeclineForm) -> ResponseReturnValue:
    found = cards(db(), [meeting_wish.achievement.public_id])
    page = render_template(
        template, wish=meeting_wish, match_session=meeting_wish.match_session, form=form, strengths=STRENGTHS,
        title=found[0].title if found else "",
    )  # fmt: skip
    return page, (422 if form.errors else 200)
