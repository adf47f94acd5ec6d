"""Needs: the same life as an achievement, what differs, and a masked owner that no answer names."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import drafting, publication, questions, reports, standing
from models.base import utcnow
from models.enums import (
    Disclosure,
    GrantRole,
    OrgRole,
    Origin,
    RecordState,
    ReturnReason,
    Side,
    Verification,
    VersionState,
)
from models.errors import Conflict, Invalid, NotNow
from models.queries import gaps, needs
from models.queries.actors import load_actor
from models.queries.facts import compared
from models.queries.own import overdue, own, own_counts
from models.queries.reports import reports as report_lines
from models.queries.review import count_waiting, waiting_for
from models.queries.versions import happenings, history, need_contents, numbered
from models.rules.calendar import today
from models.rules.differences import differences
from models.rules.policy import VISITOR, Actor
from models.tables import Account, Engagement, Job, MatchForward, Need, NeedVersion
from search.records import changes
from tests.factories import make_account, make_achievement, make_need, make_provider, make_seeker
from tests.models.match_cases import matched

WANTED = {
    "description": "每段返排液一千二百立方米，靠罐车拉到集中站处理，冬天罐口冻堵，希望在井场上处理、井场上用。" * 3,
    "indicators": [{"name": "总铁", "unit": "mg/L", "now": "42", "target": "≤5"}],
    "tried": "试过混凝加砂滤。",
    "fields": ["environment"],
    "industries": ["chemicals"],
    "modes": ["cooperate"],
    "keywords": ["返排液"],
    "negotiable": False,
    "budget_min": 150_000_000,
    "budget_max": 350_000_000,
    "deadline": utcnow().date() + timedelta(days=120),
    "trl_from": 6,
}


def reader(session: Session, account: Account) -> Actor:
    return load_actor(session, account.id)


class People:
    def __init__(self, session: Session, *, reviews_first: bool = False) -> None:
        self.enterprise = make_seeker(session, name="松嫩油服测试有限公司", reviews_first=reviews_first)
        self.author = make_account(session, self.enterprise)
        self.manager = make_account(session, self.enterprise, role=OrgRole.MANAGER)
        self.provider = make_provider(session)
        self.engineer = make_account(session, self.provider)
        self.organizer = make_account(session, None, GrantRole.ORGANIZER)


@pytest.fixture
def people(session: Session) -> People:
    return People(session)


def drafted(session: Session, people: People, **changes: object) -> tuple[Need, NeedVersion]:
    by = reader(session, people.author)
    need, version = drafting.create(session, people.enterprise, by=by, title="返排液井场处理", kind=Need)
    drafting.save(session, need, by=by, revision=None, values={**WANTED, **changes})
    return need, version


def published(session: Session, people: People, **changes: object) -> Need:
    need, version = drafted(session, people, **changes)
    drafting.submit(session, need, by=reader(session, people.author), revision=version.revision, pledge=True)
    publication.publish(session, need, by=reader(session, people.organizer), revision=version.revision)
    return need


def test_a_need_goes_from_draft_to_published(session: Session, people: People) -> None:
    need = published(session, people)
    assert (need.state, need.public_version.state) == (RecordState.PUBLISHED, VersionState.PUBLISHED)
    assert need.valid_until is not None
    assert need.valid_until > today()
    jobs = session.execute(select(Job.name, Job.payload).where(Job.name.in_(("record_expiry", "mail")))).all()
    assert {"record_expiry", "mail"} == {job.name for job in jobs}
    assert all(job.payload["need_id"] == need.id for job in jobs if job.name == "record_expiry")
    assert [job.payload["values"]["kind"] for job in jobs if job.name == "mail"] == ["need"]


def test_only_an_organisation_that_seeks_publishes_needs(session: Session, people: People) -> None:
    with pytest.raises(NotNow):
        drafting.create(session, people.provider, by=reader(session, people.engineer), title="某需求", kind=Need)


def test_own_review_return_and_new_version(session: Session) -> None:
    people = People(session, reviews_first=True)
    need, version = drafted(session, people)
    drafting.submit(session, need, by=reader(session, people.author), revision=version.revision, pledge=True)
    assert version.state is VersionState.ORG_REVIEW
    publication.approve(session, need, by=reader(session, people.manager), revision=version.revision)
    codes = {"by": reader(session, people.organizer), "codes": [ReturnReason.UNCLEAR], "note": "指标不清"}
    publication.send_back(session, need, revision=version.revision, **codes)
    assert version.state is VersionState.RETURNED
    author = reader(session, people.author)
    drafting.save(session, need, by=author, revision=None, values={"budget_max": 400_000_000})
    drafting.submit(session, need, by=author, revision=version.revision, pledge=True)
    publication.approve(session, need, by=reader(session, people.manager), revision=version.revision)
    publication.publish(session, need, by=reader(session, people.organizer), revision=version.revision)
    newer = drafting.new_version(session, need, by=author)
    drafting.save(
        session, need, by=author, revision=None, values={"title": "返排液井场快速处理", "budget_max": 500_000_000}
    )
    assert [line.number for line in history(session, need)] == [2, 1]
    found = numbered(session, need, [1, 2])
    assert [difference.field.name for difference in differences(found[1], found[2])] == ["title", "budget"]
    assert len(happenings(session, need)) > 6
    drafting.discard(session, need, by=author)
    assert newer.state is VersionState.DISCARDED


def test_stale_forms_and_reversed_ranges_are_refused(session: Session, people: People) -> None:
    need, version = drafted(session, people)
    by = reader(session, people.author)
    with pytest.raises(Conflict):
        drafting.save(session, need, by=by, revision=version.revision - 1, values={"title": "别的题目"})
    with pytest.raises(Invalid) as caught:
        drafting.save(session, need, by=by, revision=None, values={"budget_min": 2, "budget_max": 1})
    assert caught.value.field == "budget_max"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"description": "太短"}, "description"),
        ({"indicators": []}, "indicators"),
        ({"indicators": [{"name": "铁", "unit": "", "now": "3", "target": ""}]}, "indicators"),
        ({"fields": []}, "fields"),
        ({"industries": []}, "industries"),
        ({"modes": []}, "modes"),
        ({"keywords": []}, "keywords"),
        ({"budget_min": None, "budget_max": None}, "budget_min"),
        ({"deadline": None}, "deadline"),
        ({"deadline": today() - timedelta(days=1)}, "deadline"),
    ],
)
def test_what_is_missing_keeps_it_from_being_submitted(
    session: Session, people: People, change: dict[str, object], field: str
) -> None:
    need, version = drafted(session, people, **change)
    assert [finding.field for finding in gaps.missing(session, need, version)] == [field]
    with pytest.raises(NotNow):
        drafting.submit(session, need, by=reader(session, people.author), revision=version.revision, pledge=True)


def test_a_deadline_that_is_near_is_a_warning(session: Session, people: People) -> None:
    for days, doubts in ((0, ["deadline"]), (13, ["deadline"]), (14, [])):
        need, version = drafted(session, people, deadline=today() + timedelta(days=days))
        assert gaps.missing(session, need, version) == []
        assert [finding.field for finding in gaps.warnings(need, version)] == doubts


def test_a_need_whose_day_is_over_is_compared_with_nothing(session: Session, people: People) -> None:
    over, last = (make_need(session, people.enterprise, deadline=today() - timedelta(days=n)) for n in (1, 0))
    assert list(compared(session, "need", [over.id, last.id])) == [last.id]


def test_expiry_renewal_withdrawal_taking_down_and_restoring(session: Session, people: People) -> None:
    need = published(session, people)
    author, organizer = reader(session, people.author), reader(session, people.organizer)
    need.valid_until = today() - timedelta(days=1)
    session.flush()
    assert overdue(session, today(), kind=Need) == [need.id]
    assert publication.expire(session, need)
    publication.renew(session, need, by=author)
    assert need.state is RecordState.PUBLISHED
    publication.take_down(session, need, by=organizer, reason="疑似涉密")
    with pytest.raises(NotNow):
        publication.renew(session, need, by=author)
    assert publication.restore(session, need, by=organizer) is RecordState.PUBLISHED
    publication.withdraw(session, need, by=author, reason="已解决")
    assert need.state is RecordState.WITHDRAWN
    mails = [job.payload for job in session.scalars(select(Job).where(Job.name == "mail").order_by(Job.id))]
    assert {"record_published", "record_expired", "record_taken_down", "record_restored"} <= {
        m["template"] for m in mails
    }


def test_one_queue_and_one_list_of_reports_for_both_kinds(session: Session, people: People) -> None:
    need, version = drafted(session, people)
    drafting.submit(session, need, by=reader(session, people.author), revision=version.revision, pledge=True)
    other = make_achievement(session, people.provider, state=RecordState.DRAFT, version_state=VersionState.REVIEW)
    lines = waiting_for(session, VersionState.REVIEW)
    assert {(line.kind, line.public_id) for line in lines} == {
        ("need", need.public_id), ("achievement", other.public_id)
    }  # fmt: skip
    assert count_waiting(session, VersionState.REVIEW) == 2
    after = (lines[0].submitted_at, lines[0].key)
    assert waiting_for(session, VersionState.REVIEW, after=after) == lines[1:]
    shown = make_need(session, people.enterprise)
    reports.report(session, shown, by=VISITOR, reason="联系方式写在正文里")
    [line] = report_lines(session, handled=False)
    assert (line.kind, line.record, line.owner) == ("need", shown.public_id, people.enterprise.name)


def test_own_list_counts_by_state(session: Session, people: People) -> None:
    make_need(session, people.enterprise)
    make_need(session, people.enterprise, state=RecordState.DRAFT)
    make_achievement(session, people.provider)
    counts = own_counts(session, [people.enterprise.id], kind=Need)
    assert (counts["all"], counts["draft"], counts["published"]) == (2, 1, 1)
    assert [line.state for line in own(session, [people.enterprise.id], group="draft", kind=Need)] == [
        RecordState.DRAFT
    ]


# --- who reads what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", list(Disclosure))
def test_what_was_tried_and_the_budget_are_for_their_audience(
    session: Session, people: People, level: Disclosure
) -> None:
    need = make_need(session, people.enterprise, disclosure=level)
    unverified = make_provider(session, verification=Verification.UNVERIFIED)
    readers = {
        "visitor": VISITOR,
        "owner": reader(session, people.author),
        "provider": reader(session, people.engineer),
        "unverified": reader(session, make_account(session, unverified)),
        "other seeker": reader(session, make_account(session, make_seeker(session))),
        "organizer": reader(session, people.organizer),
    }
    opened = {name for name, actor in readers.items() if needs.page(session, need, actor.tokens).open}
    inside = {"owner", "organizer"}
    expected = {
        Disclosure.PUBLIC: set(readers),
        Disclosure.VERIFIED: inside | {"provider"},
        Disclosure.CONSENT: inside,
    }
    assert opened == expected[level]
    closed = needs.page(session, need, VISITOR.tokens)
    assert (closed.content.budget_min is None) is (level is not Disclosure.PUBLIC)
    [card] = needs.cards(session, [need.public_id])
    assert (card.budget_min is None) is (level is not Disclosure.PUBLIC)
    documents = [change.document for change in changes(session, [f"need:{need.id}"]) if hasattr(change, "document")]
    everybody = [document for document in documents if "public" in document["audience"]]
    assert ("保密细节" in json.dumps(everybody, ensure_ascii=False)) is (level is Disclosure.PUBLIC)
    assert len(documents) == (1 if level is Disclosure.PUBLIC else 2)


def test_a_masked_owner_is_in_no_page_card_or_document_until_accepted(session: Session, people: People) -> None:
    name = people.enterprise.name
    need = make_need(session, people.enterprise, masked=True)
    engineer = reader(session, people.engineer)
    for actor in (VISITOR, engineer):
        assert needs.page(session, need, actor.tokens).owner is None
    for account in (people.author, people.organizer):
        owner = needs.page(session, need, reader(session, account).tokens).owner
        assert owner is not None
        assert owner.name == name
    assert name not in repr(needs.cards(session, [need.public_id]))
    found = changes(session, [f"need:{need.id}"])
    assert name not in repr(found)
    assert people.enterprise.public_id not in repr(found)
    session.add(
        Engagement(
            provider_id=people.provider.id, seeker_id=people.enterprise.id, need_id=need.id, origin=Origin.SEARCH
        )
    )
    session.flush()
    owner = needs.page(session, need, engineer.tokens).owner
    assert owner is not None
    assert owner.name == name
    assert needs.page(session, need, VISITOR.tokens).owner is None


@pytest.mark.parametrize("text", ["松嫩油服测试有限公司", "松嫩 油服测试 的井场", "我们是松嫩油服测试"])
def test_a_masked_need_must_not_name_its_owner_in_its_texts(session: Session, people: People, text: str) -> None:
    need, version = drafted(session, people)
    standing.set_masked(session, need, by=reader(session, people.author), masked=True)
    assert gaps.missing(session, need, version) == []
    for change in ({"description": WANTED["description"] + text}, {"tried": text}, {"keywords": [text]}):
        drafting.save(session, need, by=reader(session, people.author), revision=None, values={**WANTED, **change})
        assert [finding.field for finding in gaps.missing(session, need, version)] == list(change)


def test_masking_what_is_published_is_refused_where_its_text_names_the_owner(session: Session, people: People) -> None:
    need = published(session, people, tried="松嫩油服测试有限公司试过膜法")
    with pytest.raises(Invalid) as caught:
        standing.set_masked(session, need, by=reader(session, people.author), masked=True)
    assert caught.value.field == "masked"


def test_masking_is_refused_where_a_question_or_its_answer_names_the_owner(session: Session, people: People) -> None:
    need = published(session, people)
    author, engineer = reader(session, people.author), reader(session, people.engineer)
    asked = questions.ask(session, need, by=engineer, text="松嫩油服测试有限公司的井场有多大？")
    questions.answer(session, need, asked, by=author, text="松嫩油服测试的井场有二十米乘十五米。")
    for mend in (
        lambda: questions.answer(session, need, asked, by=author, text="二十米乘十五米。"),
        lambda: questions.hide(session, need, asked, by=reader(session, people.organizer), reason="写了单位名称"),
    ):
        with pytest.raises(Invalid) as caught:
            standing.set_masked(session, need, by=author, masked=True)
        assert caught.value.field == "masked"
        assert not need.masked
        mend()
    standing.set_masked(session, need, by=author, masked=True)
    assert need.masked


def test_nobody_becomes_the_contact_of_a_masked_need_whose_texts_name_them(session: Session, people: People) -> None:
    named = make_account(session, people.enterprise, name="钱不露名")
    need = published(session, people, tried="钱不露名带队试过膜法")
    author = reader(session, people.author)
    standing.set_masked(session, need, by=author, masked=True)
    with pytest.raises(Invalid) as caught:
        standing.set_contact(session, need, by=author, person_id=named.person_id)
    assert (caught.value.field, need.contact_id) == ("contact", None)
    standing.set_contact(session, need, by=author, person_id=people.author.person_id)
    assert need.contact_id == people.author.person_id


def test_masking_blanks_the_notes_to_providers_that_name_the_owner(session: Session, people: People) -> None:
    need = published(session, people)
    achievements = [make_achievement(session, people.provider) for _ in range(3)]
    notes = {Side.PROVIDER: "松嫩油服测试有限公司在找这个", Side.SEEKER: "很适合松嫩油服测试有限公司"}
    for match in matched(session, need, *achievements[:2]):
        for side, owner in ((Side.PROVIDER, people.provider), (Side.SEEKER, people.enterprise)):
            session.add(MatchForward(match_id=match.id, side=side, organisation_id=owner.id, note=notes[side]))
    [other] = matched(session, need, achievements[2])
    session.add(
        MatchForward(match_id=other.id, side=Side.PROVIDER, organisation_id=people.provider.id, note="一家油服企业")
    )
    session.flush()
    standing.set_masked(session, need, by=reader(session, people.author), masked=True)
    left = session.execute(select(MatchForward.side, MatchForward.note).order_by(MatchForward.id)).all()
    assert left == [(Side.PROVIDER, ""), (Side.SEEKER, notes[Side.SEEKER])] * 2 + [(Side.PROVIDER, "一家油服企业")]


def test_contents_are_plain_values_in_one_query(session: Session, people: People) -> None:
    need = make_need(session, people.enterprise)
    content = need_contents(session, [need.public_version_id])[need.public_version_id]
    assert (content.kind, content.record_id, content.trl_from) == ("need", need.id, 6)
