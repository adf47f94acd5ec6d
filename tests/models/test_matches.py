"""Suggestions: what is kept of a run, what people decide, and who is shown what."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import matches as actions
from models.actions import matching, merging, publication, requests, standing
from models.base import Database, utcnow
from models.enums import Capability, Choice, Disclosure, RecordState, RequestState, Side, Unsuitable
from models.errors import Conflict, Invalid, NotNow
from models.queries import desk, match_statistics, my_data
from models.queries import matches as queries
from models.queries.actors import load_actor
from models.rules.matches import KEPT, LEAST, MOST, band_of
from models.rules.policy import may
from models.tables import AuditEntry, Job, Match, MatchDecision, MatchForward
from tests.counting import counted
from tests.factories import make_account, make_achievement, make_need, make_org, make_provider, make_seeker
from tests.models.match_cases import TODAY, Case, Pair, make_case, matched, new_version


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


def open_ids(session: Session, case: Case, side: Side = Side.SEEKER, today=TODAY) -> list[str]:
    owner = case.seeker if side is Side.SEEKER else case.provider
    found, _more = queries.listing(session, (owner.id,), today=today, side=side)
    return [one.public_id for one in found]


# --- what a run keeps ---------------------------------------------------------------------------------------------


def test_a_run_of_one_side_shows_the_pair_to_both(session: Session, case: Case) -> None:
    assert open_ids(session, case) == open_ids(session, case, Side.PROVIDER) == [case.match.public_id]


def test_what_is_below_the_least_score_is_not_kept(session: Session, case: Case) -> None:
    other = make_achievement(session, case.provider)
    matching.keep(session, "need", case.need.id, [Pair(case.need.id, other.id, LEAST - 1)])
    assert session.scalar(select(func.count(Match.id)).where(Match.achievement_id == other.id)) == 0
    assert not case.match.for_need  # and what a later run does not find is not shown any more


def test_only_the_best_of_a_record_are_kept(session: Session, case: Case) -> None:
    many = [make_achievement(session, case.provider) for _ in range(KEPT + 3)]
    found = [Pair(case.need.id, one.id, 99 - place) for place, one in enumerate(many)]
    assert matching.keep(session, "need", case.need.id, found) == KEPT
    shown = session.scalars(select(Match.achievement_id).where(Match.for_need)).all()
    assert sorted(shown) == sorted(one.id for one in many[:KEPT])


def test_the_first_are_shown_and_where_one_is_declined_the_next_moves_up(session: Session, case: Case) -> None:
    many = [make_achievement(session, case.provider) for _ in range(MOST + 1)]
    first = matched(session, case.need, *many, scores=[90 - place for place in range(MOST + 1)])[0]
    listed = lambda: [  # noqa: E731
        one.achievement.id
        for one in queries.listing(session, (case.seeker.id,), today=TODAY, side=Side.SEEKER, limit=100)[0]
    ]
    assert listed() == [one.id for one in many[:MOST]]
    actions.decline(session, first, side=Side.SEEKER, by=case.actor(session, "seeker"), reason="price", today=TODAY)
    assert listed() == [one.id for one in many[1:]]


def test_a_new_record_enters_the_other_side_only_among_its_best(session: Session, case: Case) -> None:
    matched(session, case.need, *(make_achievement(session, case.provider) for _ in range(KEPT)), scores=[60] * KEPT)
    better, worse = make_achievement(session, case.provider), make_achievement(session, case.provider)
    for one, score in ((better, 61), (worse, 60)):
        matching.keep(session, "achievement", one.id, [Pair(case.need.id, one.id, score)])
    shown = {match.achievement_id: match.for_need for match in session.scalars(select(Match))}
    assert (shown[better.id], shown[worse.id]) == (True, False)
    found, _more = queries.listing(session, (case.seeker.id,), today=TODAY, limit=100)
    assert len(found) == MOST
    assert found[0].achievement.id == better.id


def test_lists_by_single_jobs_are_those_of_a_run_over_everything(session: Session, case: Case) -> None:
    many = [make_achievement(session, case.provider) for _ in range(KEPT + 3)]
    found = [Pair(case.need.id, one.id, 99 - place) for place, one in enumerate(many)]
    last = many[-1]  # beyond the best of its only need

    def lists() -> list[list[str]]:
        return [
            [
                one.public_id
                for one in queries.listing(session, (owner.id,), today=TODAY, side=side, record_id=id_, limit=100)[0]
            ]
            for owner, side, id_ in (
                (case.seeker, Side.SEEKER, case.need.id), (case.provider, Side.PROVIDER, last.id)
            )
        ]  # fmt: skip

    assert matching.keep(session, "need", case.need.id, found) == KEPT
    single = lists()
    assert [len(each) for each in single] == [MOST, 1]
    new_version(session, case.need)
    matching.keep(session, "need", case.need.id, found)
    assert lists() == single
    for pair in found:
        matching.keep(session, "achievement", pair.achievement_id, [pair])
    assert lists() == single


def test_a_pair_that_got_worse_leaves_the_other_side_where_enough_are_better(session: Session, case: Case) -> None:
    needs = [make_need(session, case.seeker) for _ in range(KEPT)]
    matching.keep(
        session, "achievement", case.achievement.id,
        [Pair(case.need.id, case.achievement.id, 70), *(Pair(one.id, case.achievement.id, 60) for one in needs)],
    )  # fmt: skip

    def shown() -> tuple[bool, bool]:
        return case.match.for_need, case.match.for_achievement

    assert shown() == (True, True)
    for score, expected in ((65, True), (50, False)):
        matching.keep(session, "need", case.need.id, [Pair(case.need.id, case.achievement.id, score)])
        assert shown() == (True, expected)


def test_what_is_not_found_again_keeps_no_reasons_for_who_decided_on_it(session: Session, case: Case) -> None:
    by = case.actor(session, "seeker")
    actions.decline(session, case.match, side=Side.SEEKER, by=by, reason="price", today=TODAY)
    matching.keep(session, "need", case.need.id, [])
    assert (case.match.reasons, case.match.missing) == ([], [])
    assert open_ids(session, case, Side.PROVIDER) == []


def test_own_records_are_no_match(session: Session) -> None:
    both = make_org(session, Capability.PROVIDER, Capability.SEEKER)
    need, achievement = make_need(session, both), make_achievement(session, both)
    assert matching.keep(session, "need", need.id, [Pair(need.id, achievement.id)]) == 0


def test_a_changed_record_drops_what_was_computed_on_its_old_version(session: Session, case: Case) -> None:
    new_version(session, case.achievement)
    matching.keep(session, "achievement", case.achievement.id, [])
    assert session.scalar(select(Match.id)) is None
    assert open_ids(session, case) == []


def test_words_that_are_restricted_stand_in_no_reason(session: Session, case: Case) -> None:
    for side, name in ((Side.SEEKER, "seeker"), (Side.PROVIDER, "provider")):
        actions.put_off(session, case.match, side=side, by=case.actor(session, name), days=7, today=TODAY)

    def codes() -> list[str]:
        return [reason["code"] for reason in case.match.reasons]

    assert "words" in codes()
    standing.tighten(session, case.need, by=case.actor(session, "seeker"), to=Disclosure.VERIFIED)
    assert codes() == ["budget", "region"]
    matching.keep(session, "need", case.need.id, [Pair(case.need.id, case.achievement.id)])
    assert "words" in codes()  # found again in what everybody may read


def test_reasons_of_other_versions_are_not_shown(session: Session, case: Case) -> None:
    assert queries.one(session, case.match, Side.SEEKER, today=TODAY).reasons
    new_version(session, case.need)
    for side in Side:
        one = queries.one(session, case.match, side, today=TODAY)
        assert (one.reasons, one.missing) == ((), ())


def test_a_withdrawn_record_is_not_shown_and_loses_its_pairs(session: Session, case: Case) -> None:
    publication.withdraw(session, case.achievement, by=case.actor(session, "provider"), reason="停用")
    assert open_ids(session, case) == open_ids(session, case, Side.PROVIDER) == []
    jobs = session.scalars(select(Job).where(Job.name == "match_record")).all()
    assert [job.payload for job in jobs] == [{"kind": "achievement", "record_id": case.achievement.id}]
    matching.keep(session, "achievement", case.achievement.id, [])
    assert session.scalar(select(Match.id)) is None


def test_every_change_of_the_public_face_asks_for_a_match(session: Session, case: Case) -> None:
    by, owner = case.actor(session, "administrator"), case.actor(session, "provider")
    count = select(func.count(Job.id)).where(Job.name == "match_record")
    asked = []
    for change in (
        lambda: publication.take_down(session, case.achievement, by=by, reason="核查"),
        lambda: publication.restore(session, case.achievement, by=by),
        lambda: publication.withdraw(session, case.achievement, by=owner, reason="停用"),
        lambda: publication.renew(session, case.achievement, by=owner),
    ):
        change()
        asked.append(session.scalar(count))
    assert asked == [1, 2, 3, 4]
    case.achievement.valid_until = TODAY - timedelta(days=9000)
    assert publication.expire(session, case.achievement)
    assert session.scalar(count) == 5


# --- decisions ----------------------------------------------------------------------------------------------------


def test_declined_is_not_shown_until_something_changed(session: Session, case: Case) -> None:
    by = case.actor(session, "seeker")
    actions.decline(session, case.match, side=Side.SEEKER, by=by, reason="price", today=TODAY)
    assert open_ids(session, case) == []
    matching.keep(session, "need", case.need.id, [Pair(case.need.id, case.achievement.id, 95)])
    assert open_ids(session, case) == []  # a better score of the same two is no change
    assert open_ids(session, case, Side.PROVIDER) == [case.match.public_id]  # the other side decides for itself
    new_version(session, case.achievement)
    assert open_ids(session, case) == [case.match.public_id]
    one = queries.one(session, case.match, Side.SEEKER, today=TODAY)
    assert (one.again, one.choice) == (True, None)
    actions.decline(session, case.match, side=Side.SEEKER, by=by, reason="solved", today=TODAY)
    reasons = session.execute(select(MatchDecision.reason, MatchDecision.ended_at.is_(None)).order_by(MatchDecision.id))
    assert [tuple(row) for row in reasons] == [(Unsuitable.PRICE, False), (Unsuitable.SOLVED, True)]


def test_put_off_comes_back_on_its_day(session: Session, case: Case) -> None:
    actions.put_off(
        session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker"), days=7, today=TODAY
    )  # fmt: skip
    days = [TODAY + timedelta(days=ahead) for ahead in (0, 6, 7)]
    assert [bool(open_ids(session, case, today=day)) for day in days] == [False, False, True]
    assert queries.counts(session, (case.seeker.id,), today=TODAY) == {"open": 0, "put_off": 1, "decided": 0}


def test_undo(session: Session, case: Case) -> None:
    by = case.actor(session, "seeker")
    actions.decline(session, case.match, side=Side.SEEKER, by=by, reason="price", today=TODAY)
    actions.undo(session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker_member"))
    assert open_ids(session, case) == [case.match.public_id]
    with pytest.raises(NotNow):
        actions.undo(session, case.match, side=Side.SEEKER, by=by)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"reason": ""}, "reason"), ({"reason": "because"}, "reason"), ({"reason": "other"}, "note"),
     ({"reason": "price", "note": "长" * 501}, "note")],
)  # fmt: skip
def test_declining_needs_a_reason(session: Session, case: Case, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as error:
        actions.decline(session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker"), today=TODAY, **values)
    assert error.value.field == field


def test_nobody_decides_for_a_side_that_is_not_theirs(session: Session, case: Case) -> None:
    for name, side in (("provider", Side.SEEKER), ("seeker", Side.PROVIDER), ("stranger", Side.SEEKER)):
        with pytest.raises(NotNow):
            actions.decline(
                session, case.match, side=side, by=case.actor(session, name), reason="price", today=TODAY
            )  # fmt: skip
    assert session.scalar(select(func.count(MatchDecision.id))) == 0


def test_a_broker_decides_for_a_mandator_and_is_noted(session: Session, case: Case) -> None:
    broker = case.actor(session, "broker")
    made = actions.decline(session, case.match, side=Side.PROVIDER, by=broker, reason="mode", today=TODAY)
    assert (made.for_another, made.person_id, made.organisation_id) == (True, broker.person_id, case.provider.id)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "match.declined")).one()
    assert (entry.person_id, entry.on_behalf_of_id) == (broker.person_id, case.provider.id)


def test_a_second_decision_of_a_side_reads_that_the_first_stands(session: Session, case: Case) -> None:
    actions.decline(
        session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker"), reason="price", today=TODAY
    )  # fmt: skip
    with pytest.raises(Conflict, match="decided on this suggestion already"):
        actions.put_off(
            session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker_member"), days=7, today=TODAY
        )  # fmt: skip


def test_two_at_once_one_decides(each_database: Database) -> None:
    with each_database.write() as session:
        case = make_case(session)
        ids = [case.accounts[name].id for name in ("seeker", "seeker_member")]
        match_id = case.match.id
    ready, ends = threading.Barrier(2), []

    def decide(account_id: int) -> None:
        ready.wait()
        try:
            with each_database.write() as session:
                by, match = load_actor(session, account_id), session.get_one(Match, match_id)
                actions.decline(session, match, side=Side.SEEKER, by=by, reason="price", today=TODAY)
            ends.append("won")
        except Conflict:
            ends.append("lost")

    threads = [threading.Thread(target=decide, args=(id_,)) for id_ in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["lost", "won"]
    with each_database.read() as session:
        assert session.scalar(select(func.count(MatchDecision.id))) == 1


def test_who_looked_before_the_other_wrote_meets_the_unique_key(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.decline(
        session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker"), reason="price", today=TODAY
    )  # fmt: skip
    monkeypatch.setattr(actions, "current", lambda *_: None)  # what the slower one saw
    with pytest.raises(Conflict, match="decided on this suggestion already"):
        actions.put_off(
            session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker_member"), days=7, today=TODAY
        )  # fmt: skip
    assert session.scalar(select(func.count(MatchDecision.id))) == 1


# --- taking up ----------------------------------------------------------------------------------------------------


def ask(session: Session, case: Case, side: Side, name: str, **values):
    record, sender = (case.achievement, case.seeker) if side is Side.SEEKER else (case.need, case.provider)
    return requests.ask(
        session, record, by=case.actor(session, name), sender_id=sender.id, purpose="想谈谈", suggestion=case.match,
        achievement_id=case.achievement.id if side is Side.PROVIDER else None, **values,
    )  # fmt: skip


@pytest.mark.parametrize(("side", "name"), [(Side.SEEKER, "seeker"), (Side.PROVIDER, "provider")])
def test_a_request_takes_the_suggestion_up(session: Session, case: Case, side: Side, name: str) -> None:
    made = ask(session, case, side, name)
    decision = session.scalars(select(MatchDecision)).one()
    assert (decision.choice, decision.side, decision.request_id) == (Choice.ACCEPTED, side, made.id)
    assert open_ids(session, case) == open_ids(session, case, Side.PROVIDER) == []  # they are in touch now
    with pytest.raises(NotNow):
        actions.undo(session, case.match, side=side, by=case.actor(session, name))


def test_a_request_about_something_else_does_not(session: Session, case: Case) -> None:
    other = make_achievement(session, case.provider)
    with pytest.raises(NotNow):
        requests.ask(
            session, other, by=case.actor(session, "seeker"), sender_id=case.seeker.id, purpose="想谈谈",
            suggestion=case.match,
        )  # fmt: skip


def test_an_answer_with_another_achievement_takes_nothing_up(session: Session, case: Case) -> None:
    other = make_achievement(session, case.provider)
    made = requests.ask(
        session, case.need, by=case.actor(session, "provider"), sender_id=case.provider.id, purpose="我们能做",
        achievement_id=other.id, suggestion=case.match,
    )  # fmt: skip
    assert made.achievement_id == other.id
    assert session.scalar(select(func.count(MatchDecision.id))) == 0


def test_who_is_in_touch_by_another_way_is_not_bothered(session: Session, case: Case) -> None:
    requests.ask(session, case.need, by=case.actor(session, "provider"), sender_id=case.provider.id, purpose="我们能做")
    assert open_ids(session, case) == open_ids(session, case, Side.PROVIDER) == []
    assert session.scalar(select(func.count(MatchDecision.id))) == 0  # nobody took the suggestion up


def test_taking_up_after_a_colleague_declined_counts_as_taken_up(session: Session, case: Case) -> None:
    actions.decline(
        session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker_member"), reason="price", today=TODAY
    )  # fmt: skip
    ask(session, case, Side.SEEKER, "seeker")
    assert queries.current(session, case.match, Side.SEEKER).choice is Choice.ACCEPTED


# --- passing on ---------------------------------------------------------------------------------------------------


def test_a_broker_passes_on_with_a_note(session: Session, case: Case) -> None:
    broker = case.actor(session, "broker")
    actions.pass_on(session, case.match, side=Side.SEEKER, by=broker, note="冬季工况和您很接近")
    mails = session.scalars(select(Job).where(Job.name == "mail")).all()
    assert [mail.payload["to"] for mail in mails] == [case.accounts["seeker"].email]
    one = queries.one(session, case.match, Side.SEEKER, today=TODAY)
    assert (one.passed_on_by, one.passed_on_note) == ("技术经理人甲", "冬季工况和您很接近")
    assert queries.one(session, case.match, Side.PROVIDER, today=TODAY).passed_on_by == ""  # the other side's affair
    with pytest.raises(Conflict):
        actions.pass_on(session, case.match, side=Side.SEEKER, by=broker, note="再说一遍")
    items = {item.kind: item for item in desk.waiting(session, case.actor(session, "seeker_member"))}
    assert items["passed_on"].who == "技术经理人甲"
    assert items["passed_on"].title == case.achievement.public_version.title


def test_passing_on_needs_the_mandate_of_that_side(session: Session, case: Case) -> None:
    for name in ("seeker", "stranger", "administrator"):
        with pytest.raises(NotNow):
            actions.pass_on(session, case.match, side=Side.SEEKER, by=case.actor(session, name), note="看看")
    assert not may(case.actor(session, "seeker"), "match.pass_on", case.match)


def test_what_is_decided_or_in_touch_is_not_passed_on(session: Session, case: Case) -> None:
    def pass_on(side: Side) -> None:
        actions.pass_on(session, case.match, side=side, by=case.actor(session, "broker"), note="值得一看")

    actions.decline(
        session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker"), reason="price", today=TODAY
    )  # fmt: skip
    with pytest.raises(NotNow, match="decided"):
        pass_on(Side.SEEKER)
    new_version(session, case.achievement)  # the decision does not hold any more
    ask(session, case, Side.PROVIDER, "provider")
    with pytest.raises(NotNow, match="in touch"):
        pass_on(Side.SEEKER)
    assert session.scalar(select(func.count(MatchForward.id))) == 0


def test_passing_on_to_the_provider_does_not_tell_that_a_masked_owner_asked(session: Session) -> None:
    case = make_case(session, masked=True)
    ask(session, case, Side.SEEKER, "seeker")
    actions.pass_on(session, case.match, side=Side.PROVIDER, by=case.actor(session, "broker"), note="值得一看")


def test_a_note_does_not_name_a_masked_owner(session: Session) -> None:
    case = make_case(session, masked=True)
    with pytest.raises(Invalid) as error:
        actions.pass_on(
            session, case.match, side=Side.PROVIDER, by=case.actor(session, "broker"), note="北澜示例药业在找这个"
        )  # fmt: skip
    assert error.value.field == "note"
    actions.pass_on(session, case.match, side=Side.PROVIDER, by=case.actor(session, "broker"), note="一家药企在找这个")
    mail = session.scalars(select(Job).where(Job.name == "mail")).one()
    assert "北澜示例药业" not in str(mail.payload)


# --- who is shown what --------------------------------------------------------------------------------------------


def test_a_masked_owner_is_in_nothing_that_the_provider_gets(session: Session) -> None:
    case = make_case(session, masked=True)
    found, _more = queries.listing(session, (case.provider.id,), today=TODAY)
    assert [one.need.id for one in found] == [case.need.id]
    assert "北澜示例药业" not in repr(found)
    assert case.seeker.public_id not in repr(found)
    assert "北澜示例药业" not in repr(desk.waiting(session, case.actor(session, "provider")))


def test_a_draft_is_in_no_list(session: Session, case: Case) -> None:
    case.need.state = RecordState.DRAFT
    session.flush()
    for side in Side:
        assert open_ids(session, case, side) == []
        assert queries.one(session, case.match, side, today=TODAY) is None


def test_the_other_sides_decision_is_not_told(session: Session, case: Case) -> None:
    actions.decline(
        session, case.match, side=Side.PROVIDER, by=case.actor(session, "provider"), reason="price", note="秘密的理由",
        today=TODAY,
    )  # fmt: skip
    found = queries.one(session, case.match, Side.SEEKER, today=TODAY)
    assert (found.choice, found.reason, found.decided_by) == (None, None, "")


def test_the_desk_counts_new_suggestions_once_for_each_side(session: Session, case: Case) -> None:
    counted = lambda name: {  # noqa: E731
        item.kind: item.number for item in desk.waiting(session, case.actor(session, name), today=TODAY)
    }.get("suggestions")
    assert [counted(name) for name in ("seeker", "provider", "broker", "stranger")] == [1, 1, 2, None]
    case.match.fresh_at = utcnow() - timedelta(days=15)
    session.flush()
    assert counted("seeker") is None


def test_what_was_put_off_stands_on_the_desk_again_from_its_day_on(session: Session, case: Case) -> None:
    by = case.actor(session, "seeker")
    case.match.fresh_at = utcnow() - timedelta(days=15)
    actions.put_off(session, case.match, side=Side.SEEKER, by=by, days=30, today=TODAY)
    shown = [
        "suggestions" in [item.kind for item in desk.waiting(session, by, today=TODAY + timedelta(days=ahead))]
        for ahead in (0, 29, 30, 43, 44)
    ]
    assert shown == [False, False, True, True, False]


def test_who_wants_no_suggestions_gets_none_on_the_desk(session: Session, case: Case) -> None:
    actions.switch(session, on=False, by=case.actor(session, "seeker"))
    me = case.actor(session, "seeker")
    assert not me.suggestions
    assert "suggestions" not in [item.kind for item in desk.waiting(session, me, today=TODAY)]
    assert case.actor(session, "seeker_member").suggestions
    actions.switch(session, on=True, by=me)
    assert case.actor(session, "seeker").suggestions


def test_lists_cost_the_same_with_one_and_three(session: Session, case: Case) -> None:
    def cost() -> tuple[int, int]:
        queries.listing(session, (case.seeker.id, case.provider.id), today=TODAY)
        with counted(session) as asked:
            found, _more = queries.listing(session, (case.seeker.id, case.provider.id), today=TODAY)
        return len(asked), len(found)

    one, few = cost()
    for _ in range(2):
        matched(session, make_need(session, case.seeker), make_achievement(session, case.provider))
    three, more = cost()
    assert (few, more) == (2, 6)
    assert one == three


# --- what decisions say -------------------------------------------------------------------------------------------


def decline_by_new_seeker(session: Session, case: Case, reason: str) -> None:
    seeker = make_seeker(session)
    account = make_account(session, seeker)
    (match,) = matched(session, make_need(session, seeker), case.achievement)
    actions.decline(
        session, match, side=Side.SEEKER, by=load_actor(session, account.id), reason=reason, note="写了一句", today=TODAY
    )  # fmt: skip


def test_reasons_flow_back_as_numbers_from_three_organisations_on(session: Session, case: Case) -> None:
    decline_by_new_seeker(session, case, "price")
    decline_by_new_seeker(session, case, "price")
    assert match_statistics.declined_reasons(session, case.achievement) == []
    by = case.actor(session, "provider")
    actions.decline(session, case.match, side=Side.PROVIDER, by=by, reason="mode", today=TODAY)
    assert match_statistics.declined_reasons(session, case.achievement) == []  # one's own do not count
    decline_by_new_seeker(session, case, "maturity")

    def told() -> list[tuple[Unsuitable, int]]:
        return match_statistics.declined_reasons(session, case.achievement)

    assert told() == [(Unsuitable.OTHER, 3)]  # what each said could be told by who watches the numbers
    decline_by_new_seeker(session, case, "price")
    assert told() == [(Unsuitable.PRICE, 3), (Unsuitable.OTHER, 1)]


def test_one_organisation_counts_once_for_a_reason(session: Session, case: Case) -> None:
    seeker = make_seeker(session)
    by = load_actor(session, make_account(session, seeker).id)
    for _ in range(3):
        (match,) = matched(session, make_need(session, seeker), case.achievement)
        actions.decline(session, match, side=Side.SEEKER, by=by, reason="price", today=TODAY)
    assert match_statistics.declined_reasons(session, case.achievement) == []
    for reason in ("mode", "mode"):
        decline_by_new_seeker(session, case, reason)
    assert match_statistics.declined_reasons(session, case.achievement) == [(Unsuitable.OTHER, 3)]


def test_statistics_by_band_side_and_reason(session: Session, case: Case) -> None:
    decline_by_new_seeker(session, case, "price")
    ask(session, case, Side.PROVIDER, "provider")
    undone = make_need(session, case.seeker)
    (match,) = matched(session, undone, case.achievement)
    by = case.actor(session, "seeker")
    actions.decline(session, match, side=Side.SEEKER, by=by, reason="time", today=TODAY)
    actions.undo(session, match, side=Side.SEEKER, by=by)
    found = match_statistics.statistics(session)
    assert (found.all.accepted, found.all.declined, found.all.percent) == (1, 1, 50)
    assert set(found.bands) == {band_of(70)}
    assert found.sides[Side.SEEKER].declined == found.sides[Side.PROVIDER].accepted == 1
    assert found.reasons["words"].decided == 2
    assert found.declined == {Unsuitable.PRICE: 1}


def test_decisions_to_learn_from_name_nobody(session: Session, case: Case) -> None:
    decline_by_new_seeker(session, case, "price")
    assert list(match_statistics.decisions(session, case.actor(session, "seeker"))) == []
    (row,) = match_statistics.decisions(session, case.actor(session, "administrator"))
    assert (row["choice"], row["reason"], row["score"], row["reasons"]) == (
        "declined",
        "price",
        70,
        ["words", "budget", "region"],
    )
    assert not {"organisation", "person", "note"} & set(row)
    assert "写了一句" not in str(row)


# --- people and organisations that change -------------------------------------------------------------------------


def test_merged_organisations_keep_their_decisions(session: Session, case: Case) -> None:
    actions.decline(
        session, case.match, side=Side.SEEKER, by=case.actor(session, "seeker"), reason="price", today=TODAY
    )  # fmt: skip
    actions.pass_on(session, case.match, side=Side.PROVIDER, by=case.actor(session, "broker"), note="看看")
    into, other = make_seeker(session), make_provider(session)
    merging.merge(session, case.seeker, into, by=case.actor(session, "administrator"))
    merging.merge(session, case.provider, other, by=case.actor(session, "administrator"))
    assert session.scalars(select(MatchDecision.organisation_id)).all() == [into.id]
    assert session.scalars(select(MatchForward.organisation_id)).all() == [other.id]
    assert queries.counts(session, (into.id,), today=TODAY)["decided"] == 1
    asked = session.scalars(select(Job).where(Job.name == "match_record").order_by(Job.id))
    assert [(job.payload["kind"], job.payload["record_id"]) for job in asked] == [
        ("need", case.need.id),
        ("achievement", case.achievement.id),
    ]


def test_after_a_merger_of_both_sides_nothing_is_suggested(session: Session, case: Case) -> None:
    merging.merge(session, case.seeker, case.provider, by=case.actor(session, "administrator"))
    assert queries.counts(session, (case.provider.id,), today=TODAY)["open"] == 0


def test_my_data_holds_what_i_decided(session: Session, case: Case) -> None:
    by = case.actor(session, "seeker")
    actions.decline(session, case.match, side=Side.SEEKER, by=by, reason="price", note="太贵", today=TODAY)
    rows = my_data.everything(session, by.person_id)["suggestions_decided"]
    assert [(row["choice"], row["reason"], row["note"]) for row in rows] == [("declined", "price", "太贵")]


def test_a_request_that_was_withdrawn_is_still_who_was_in_touch(session: Session, case: Case) -> None:
    made = ask(session, case, Side.SEEKER, "seeker")
    requests.withdraw(session, made, by=case.actor(session, "seeker"))
    assert made.state is RequestState.WITHDRAWN
    assert open_ids(session, case) == []
