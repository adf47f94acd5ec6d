"""Before a session: who wants to meet whom, and what the other side says."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import meeting_wishes as actions
from models.base import utcnow
from models.enums import Side
from models.queries import meeting_wishes as queries
from models.queries.cards import cards
from models.queries.people import people
from models.queries.wish_list import wish_page
from models.tables import Achievement, MatchSession, MeetingWish, Organisation
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.meeting_wishes import STRENGTHS, AnswerForm, DeclineForm, EnterpriseForm, ProposalForm, WishForm
from web.i18n import locale
from web.meetings import ask_first, form_page, own_organisations, wanted
from web.outcomes import met_of
from web.site import site
from web.wishes import achievement_of_mine, answering_side, closed, named_by_owner, said_by, selection_of

bp = Blueprint("meeting_wishes", __name__)


@bp.route("/sessions/<public_id>/wishes")
@allow("meeting_wish.list", MatchSession)
def index(match_session: MatchSession) -> ResponseReturnValue:
    """The wishes that concern one's organisations; an organizer sees all."""
    selection = selection_of(match_session)
    page = wish_page(db(), selection, after=request.args.get("after", ""))
    return render_template(
        "meeting_wishes/index.html",
        match_session=match_session,
        selection=selection,
        page=page,
        coming=queries.coming(db(), page.rows),
        met=met_of((row.seeker_id, row.provider_id) for row in page.rows),
        own=own_organisations(),
        begun=match_session.starts_at <= utcnow(),
        closed=closed(match_session),
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
    form = WishForm(data=said_by(Side.SEEKER, present))
    named = present.seeker_people if present else []
    form.offer_people(people(db(), want.seeker.id), chosen=named or [actor().person_id])
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
    return form_page("meeting_wishes/new.html", match_session, want, form, present=present, strengths=STRENGTHS)


@bp.route("/sessions/<public_id>/enterprises")
@allow("meeting_wish.enterprises", MatchSession)
def enterprises(match_session: MatchSession) -> ResponseReturnValue:
    """For owners: who takes part, and whose needs fit an achievement of theirs; a masked need is not in it."""
    rows = queries.enterprises(db(), match_session, provider_ids=own_organisations())
    return render_template(
        "meeting_wishes/enterprises.html", match_session=match_session, rows=rows, closed=closed(match_session)
    )


@bp.route("/sessions/<public_id>/enterprises/wish", methods=["GET", "POST"])
@allow("meeting_wish.enterprises", MatchSession)
def enterprise(match_session: MatchSession) -> ResponseReturnValue:
    """An owner says that it wants to meet an enterprise, about which achievement, and who comes."""
    seeker = queries.enterprise(db(), request.args.get("seeker", ""))
    own, chosen = achievement_of_mine()
    if seeker is None or chosen is None:
        flash(_("Choose an enterprise first; you need a published achievement to meet about."), "info")
        return redirect(url_for("meeting_wishes.enterprises", public_id=match_session.public_id), 303)
    present = queries.of_pair(db(), match_session.id, seeker.id, chosen.id)
    form = EnterpriseForm(data=said_by(Side.PROVIDER, present))
    form.offer_achievements(own, chosen.public_id)
    form.offer_people(people(db(), chosen.organisation_id), chosen=named_by_owner(present, chosen.contact_id))
    if form.validate_on_submit():
        with refusals(form):
            actions.wish_enterprise(
                db(),
                match_session,
                by=actor(),
                seeker=seeker,
                achievement=db().get_one(Achievement, form.achievements[form.achievement.data]),
                strength=int(form.strength.data),
                attendees=form.chosen,
                note=form.note.data or "",
            )
            flash(_("Noted. The enterprise has been told and answers."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=match_session.public_id), 303)
    page = render_template(
        "meeting_wishes/enterprise.html", match_session=match_session, seeker=seeker, form=form, present=present,
        strengths=STRENGTHS, owner=db().get_one(Organisation, chosen.organisation_id),
    )  # fmt: skip
    return page, (422 if form.errors else 200)


@bp.route("/sessions/<public_id>/propose", methods=["GET", "POST"])
@allow("meeting_wish.propose", MatchSession)
def propose(match_session: MatchSession) -> ResponseReturnValue:
    """The organizer proposes that an enterprise and an owner meet; both answer."""
    want = wanted(match_session)
    if want.seeker is None or want.achievement is None:
        return ask_first(match_session, want)
    form = ProposalForm()
    if form.validate_on_submit():
        with refusals(form):
            seeker = db().get_one(Organisation, want.seeker.id)
            actions.propose(
                db(), match_session, by=actor(), seeker=seeker, achievement=want.achievement, note=form.note.data or ""
            )
            flash(_("Proposed. Both sides have been told and answer."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=match_session.public_id), 303)
    return form_page("meeting_wishes/propose.html", match_session, want, form)


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
    form = AnswerForm(data={**said_by(Side.PROVIDER, meeting_wish), "revision": meeting_wish.revision})
    chosen = named_by_owner(meeting_wish, meeting_wish.achievement.contact_id)
    form.offer_people(people(db(), meeting_wish.provider_id), chosen=chosen)
    if form.validate_on_submit():
        with refusals(form):
            actions.accept(
                db(),
                meeting_wish,
                by=actor(),
                strength=int(form.strength.data),
                attendees=form.chosen,
                revision=form.revision.data,
            )
            flash(_("Noted. The organizer's timetable takes it into account."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=meeting_wish.match_session.public_id), 303)
    return _page("meeting_wishes/answer.html", meeting_wish, form)


@bp.route("/wishes/<public_id>/decline", methods=["GET", "POST"])
@allow("meeting_wish.decline", MeetingWish)
def decline(meeting_wish: MeetingWish) -> ResponseReturnValue:
    """A side that did not begin it does not want the meeting."""
    form = DeclineForm(data={"revision": meeting_wish.revision})
    form.reason.choices = site().choices("stop_reason", locale())
    if form.validate_on_submit():
        with refusals(form):
            said = {"reason": form.reason.data, "revision": form.revision.data}
            actions.decline(db(), meeting_wish, by=actor(), side=answering_side(meeting_wish), **said)
            flash(_("Declined. It will not be placed in the timetable."), "success")
            return redirect(url_for("meeting_wishes.index", public_id=meeting_wish.match_session.public_id), 303)
    return _page("meeting_wishes/decline.html", meeting_wish, form)


def _page(template: str, meeting_wish: MeetingWish, form: AnswerForm | DeclineForm) -> ResponseReturnValue:
    pair = (meeting_wish.seeker_id, meeting_wish.provider_id)
    found = cards(db(), [meeting_wish.achievement.public_id])
    page = render_template(
        template, wish=meeting_wish, match_session=meeting_wish.match_session, form=form, strengths=STRENGTHS,
        title=found[0].title if found else "",
        side=answering_side(meeting_wish),
        met=met_of([pair]).get(pair),
    )  # fmt: skip
    return page, (422 if form.errors else 200)
