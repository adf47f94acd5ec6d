"""What an engagement came to: the contract that "signed" needs, the place that "in implementation" needs, corrections."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models.actions import engagements, requests
from models.actions.merging import merge
from models.base import Database
from models.enums import AmountSaid, Place, Stage
from models.errors import Conflict, Invalid, NotNow
from models.queries import engagements as queries
from models.rules.deals import Contract, Implementation, asks_contract, asks_implementation
from models.tables import Engagement
from tests.factories import make_seeker
from tests.models.test_engagements import advance, begun
from tests.models.test_seats import together
from tests.models.thread_cases import CONTRACT, IMPLEMENTATION, TODAY, World, ask, audited, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def contract_of(engagement: Engagement) -> Contract:
    names = Contract.__dataclass_fields__
    return Contract(**{name: getattr(engagement, name) for name in names})


def correct(session: Session, world: World, engagement: Engagement, name: str = "dean", **values: Any) -> None:
    engagements.correct_contract(
        session, engagement, by=world.by(session, name), revision=engagement.revision, today=TODAY,
        contract=replace(CONTRACT, **values),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"contract_type": ""}, "contract_type"),
        ({"contract_type": "invented"}, "contract_type"),
        ({"amount_said": None}, "amount_said"),
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"signed_on": None}, "signed_on"),
        ({"signed_on": TODAY + timedelta(days=1)}, "signed_on"),
        ({"registered": None}, "registered"),
    ],
)
def test_a_contract_is_whole_or_refused_at_its_field(
    session: Session, world: World, values: dict[str, Any], field: str
) -> None:
    engagement = begun(session, world)
    with pytest.raises(Invalid) as error:
        advance(session, engagement, world, "buyer", Stage.S6, note="已签。", contract=replace(CONTRACT, **values))
    assert error.value.field == field
    session.refresh(engagement)
    assert (engagement.stage, engagement.amount_said) == (Stage.S2, None)


def test_the_step_to_signed_records_it(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S6, note="已签。")
    assert contract_of(engagement) == CONTRACT
    assert engagement.place is None
    changed = audited(session, "engagement.advance")[0].detail["changed"]
    assert changed["amount"] == [None, 80_0000_00]
    assert changed["signed_on"] == [None, "2026-11-20"]


@pytest.mark.parametrize("said", [AmountSaid.CONFIDENTIAL, AmountSaid.OPEN])
def test_an_amount_may_be_confidential_or_not_fixed_and_is_then_not_kept(
    session: Session, world: World, said: AmountSaid
) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S6, note="已签。", contract=replace(CONTRACT, amount_said=said))
    assert (engagement.amount_said, engagement.amount) == (said, None)


def test_other_steps_look_at_neither(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S5, contract=Contract(), implementation=Implementation())
    advance(session, engagement, world, "buyer", Stage.S4, note="再谈。")
    assert (engagement.amount_said, engagement.place) == (None, None)


def test_the_stage_of_registration_says_that_it_is_registered(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S7, note="已登记。", contract=replace(CONTRACT, registered=None))
    assert engagement.registered is True
    other = begun(session, world)
    advance(session, other, world, "buyer", Stage.S6, note="补签。")
    assert other.registered is False
    advance(session, other, world, "buyer", Stage.S7, note="已登记。", contract=None)
    assert other.registered is True


def test_later_steps_ask_only_for_what_is_not_known(session: Session, world: World) -> None:
    engagement = begun(session, world)
    with pytest.raises(Invalid) as error:
        advance(session, engagement, world, "buyer", Stage.S8, note="已投产。", contract=None)
    assert error.value.field == "contract_type"
    with pytest.raises(Invalid) as error:
        advance(session, engagement, world, "buyer", Stage.S8, note="已投产。", implementation=None)
    assert error.value.field == "place"
    session.expire_all()
    advance(session, engagement, world, "buyer", Stage.S8, note="已投产。")
    assert (engagement.amount, engagement.place, engagement.jobs) == (80_0000_00, Place.CITY, 11)
    advance(session, engagement, world, "organizer", Stage.S9, note="核销。", contract=None, implementation=None)
    assert engagement.stage is Stage.S9


@pytest.mark.parametrize(
    ("values", "field"),
    [({"place": None}, "place"), ({"place": Place.COUNTRY, "place_name": ""}, "place_name"),
     ({"place_name": "长" * 81}, "place_name"), ({"jobs": -1}, "jobs"), ({"investment": -1}, "investment")],
)  # fmt: skip
def test_a_place_is_named_where_it_is_elsewhere(
    session: Session, world: World, values: dict[str, Any], field: str
) -> None:
    engagement = begun(session, world)
    with pytest.raises(Invalid) as error:
        advance(session, engagement, world, "buyer", Stage.S8, note="已投产。",
                implementation=replace(IMPLEMENTATION, **values))  # fmt: skip
    assert error.value.field == field


def test_a_correction_is_seen_by_both_sides_and_in_the_log(session: Session, world: World) -> None:
    engagement = begun(session, world)
    with pytest.raises(NotNow):
        correct(session, world, engagement)
    advance(session, engagement, world, "buyer", Stage.S6, note="已签。")
    correct(session, world, engagement)  # nothing to correct: no entry
    correct(session, world, engagement, amount=90_0000_00)
    assert [step.what for step in queries.history(session, engagement.id)] == ["S2", "S6", "contract"]
    [entry] = audited(session, "engagement.contract")
    assert entry.detail["changed"] == {"amount": [80_0000_00, 90_0000_00]}
    assert engagement.stage is Stage.S6
    with pytest.raises(NotNow):
        engagements.correct_implementation(
            session, engagement, by=world.by(session, "dean"), revision=engagement.revision,
            implementation=IMPLEMENTATION,
        )  # fmt: skip


def test_an_old_engagement_states_later_what_it_did_not(session: Session, world: World) -> None:
    engagement = begun(session, world)
    engagement.stage = Stage.S8  # as before migration 0014
    session.flush()
    correct(session, world, engagement)
    engagements.correct_implementation(
        session, engagement, by=world.by(session, "broker"), revision=engagement.revision,
        implementation=IMPLEMENTATION,
    )  # fmt: skip
    assert (engagement.amount, engagement.place) == (80_0000_00, Place.CITY)
    assert audited(session, "engagement.implementation")[0].on_behalf_of_id == world.enterprise.id


def test_after_the_success_only_the_organizer_corrects(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "organizer", Stage.S9, note="核销。")
    with pytest.raises(NotNow):
        correct(session, world, engagement, amount=1)
    correct(session, world, engagement, "organizer", amount=90_0000_00)
    assert engagement.amount == 90_0000_00


def test_a_correction_of_an_outdated_form_is_refused(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S6, note="已签。")
    seen = engagement.revision
    correct(session, world, engagement, amount=90_0000_00)
    with pytest.raises(Conflict):
        engagements.correct_contract(
            session, engagement, by=world.by(session, "buyer"), revision=seen, contract=CONTRACT, today=TODAY
        )


def test_two_corrections_at_once_are_one(each_database: Database) -> None:
    with each_database.write() as session:
        world = make_world(session)
        engagement = begun(session, world)
        advance(session, engagement, world, "buyer", Stage.S6, note="已签。")
        key, seen, by = engagement.id, engagement.revision, world.by(session, "dean")

    def tap() -> None:
        try:
            with each_database.write() as session:
                engagements.correct_contract(
                    session, session.get_one(Engagement, key), by=by, revision=seen, today=TODAY,
                    contract=replace(CONTRACT, amount=90_0000_00),
                )  # fmt: skip
        except StaleDataError:  # as web/errors.py: the row's version decides between two that read it at once
            raise Conflict("faster") from None

    done = together([tap] * 6)
    assert done["ok"] == 1
    with each_database.read() as session:
        assert session.get_one(Engagement, key).revision == seen + 1


def test_the_database_keeps_amount_and_what_is_said_together(session: Session, world: World) -> None:
    engagement = begun(session, world)
    session.commit()
    wrong: tuple[dict[str, Any], ...] = (
        {"amount": 5}, {"amount_said": AmountSaid.STATED}, {"amount_said": AmountSaid.OPEN, "amount": 5},
        {"amount_said": AmountSaid.STATED, "amount": 0}, {"jobs": -1},
    )  # fmt: skip
    for values in wrong:
        for name, value in values.items():
            setattr(engagement, name, value)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_merge_keeps_what_either_came_to(session: Session, world: World) -> None:
    twin = make_seeker(session, name="同一家企业的另一条")
    first = begun(session, world)
    request = ask(session, world, "organizer", sender_id=twin.id, asked_by_id=_member(session, twin))
    second = requests.accept(session, request, by=world.by(session, "dean"))
    assert first.id != second.id
    advance(session, second, world, "organizer", Stage.S6, note="已签。")
    merge(session, twin, world.enterprise, by=world.by(session, "organizer"))
    [kept] = session.scalars(select(Engagement)).all()
    assert (kept.stage, contract_of(kept), kept.place) == (Stage.S6, CONTRACT, None)


def _member(session: Session, organisation: Any) -> int:
    from tests.factories import make_account

    person_id = make_account(session, organisation).person_id
    assert person_id is not None
    return person_id


def test_what_is_asked_when() -> None:
    assert [stage for stage in Stage if asks_contract(stage, known=False)] == [Stage.S6, Stage.S7, Stage.S8, Stage.S9]
    assert [stage for stage in Stage if asks_contract(stage, known=True)] == [Stage.S6]
    assert [stage for stage in Stage if asks_implementation(stage, known=False)] == [Stage.S8, Stage.S9]
    assert [stage for stage in Stage if asks_implementation(stage, known=True)] == [Stage.S8]
