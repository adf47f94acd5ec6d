"""Contract and implementation on the web: asked with the step, shown to both sides, corrected, refused at the field."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import AmountSaid, Place, Stage
from models.tables import Engagement
from tests.web.reading import page, sent, text_of
from tests.web.test_engagements import CONTRACT, address, begun
from tests.web.thread_site import Site


@pytest.fixture
def site(session: Session, log_in: Callable[..., FlaskClient]) -> Site:
    return Site(session, log_in)


def kept(site: Site) -> Engagement:
    site.now()
    return site.session.scalars(select(Engagement)).one()


def step(site: Site, stage: str, **fields: str) -> dict[str, str]:
    return {"stage": stage, "revision": str(kept(site).revision), "note": "见附件。", **fields}


def test_the_form_asks_with_the_step_and_both_sides_read_it(site: Site) -> None:
    where = address(begun(site), "advance")
    form = page(site.as_("buyer"), where)
    assert 'data-shown-when="S6 S7 S8"' in form
    assert "专利实施许可" in form
    assert "技术许可 · 专利实施许可" in form
    sent(site.as_("buyer"), where, **step(site, "S6", **CONTRACT))
    found = kept(site)
    assert (found.stage, found.amount, found.registered) == (Stage.S6, 80_0000_00, False)
    for name in ("dean", "organizer", "broker"):
        text = page(site.as_(name), address(found))
        assert "80 万元" in text
        assert "技术许可 · 专利实施许可" in text
    assert 'data-shown-when="S7' not in page(site.as_("dean"), where)  # the contract is known


@pytest.mark.parametrize("missing", list(CONTRACT))
def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(site: Site, missing: str) -> None:
    where = address(begun(site), "advance")
    answer = site.as_("buyer").post(where, data=step(site, "S6", **{**CONTRACT, missing: ""}))
    text = text_of(answer, 422)
    assert f'id="{missing}-error"' in text
    assert "见附件。" in text
    assert kept(site).stage is Stage.S2


@pytest.mark.parametrize(
    ("values", "field"),
    [({"amount": "很多"}, "amount"), ({"amount": "-3"}, "amount"), ({"signed_on": "2999-01-01"}, "signed_on"),
     ({"signed_on": "昨天"}, "signed_on"), ({"amount_said": "secret"}, "amount_said"),
     ({"contract_type": "licence"}, "contract_type"), ({"registered": "maybe"}, "registered")],
)  # fmt: skip
def test_odd_input_is_refused(site: Site, values: dict[str, str], field: str) -> None:
    where = address(begun(site), "advance")
    text = text_of(site.as_("buyer").post(where, data=step(site, "S6", **{**CONTRACT, **values})), 422)
    assert f'id="{field}-error"' in text


def test_a_confidential_amount_is_not_kept_although_one_was_typed(site: Site) -> None:
    where = address(begun(site), "advance")
    sent(site.as_("buyer"), where, **step(site, "S6", **{**CONTRACT, "amount_said": "confidential"}))
    found = kept(site)
    assert (found.amount_said, found.amount) == (AmountSaid.CONFIDENTIAL, None)
    assert "保密" in page(site.as_("organizer"), address(found))


def test_implementation_needs_the_place(site: Site) -> None:
    where, dean = address(begun(site), "advance"), site.as_("dean")
    text = text_of(dean.post(where, data=step(site, "S8", **CONTRACT)), 422)
    assert 'id="place-error"' in text
    text = text_of(dean.post(where, data=step(site, "S8", **CONTRACT, place="country")), 422)
    assert 'id="place_name-error"' in text
    text = text_of(dean.post(where, data=step(site, "S8", **CONTRACT, place="city", jobs="x")), 422)
    assert 'id="jobs-error"' in text
    sent(dean, where, **step(site, "S8", **CONTRACT, place="city", place_name="北岸区", investment="300", jobs="11"))
    found = kept(site)
    assert (found.place, found.place_name, found.investment, found.jobs) == (Place.CITY, "北岸区", 300_0000_00, 11)
    text = page(site.as_("buyer"), address(found))
    assert "北岸区" in text
    assert "300 万元" in text


def test_a_correction(site: Site) -> None:
    engagement = begun(site)
    dean = site.as_("dean")
    assert dean.get(address(engagement, "contract")).status_code == 303  # not before the contract
    assert "/contract" not in page(dean, address(engagement))
    sent(dean, address(engagement, "advance"), **step(site, "S6", **CONTRACT))
    assert address(engagement, "contract") in page(dean, address(engagement))
    assert 'value="80"' in page(dean, address(engagement, "contract"))
    revision = str(kept(site).revision)
    answer = dean.post(address(engagement, "contract"), data={**CONTRACT, "amount": "", "revision": revision})
    assert 'id="amount-error"' in text_of(answer, 422)
    sent(dean, address(engagement, "contract"), **{**CONTRACT, "amount": "90.5", "revision": revision})
    assert kept(site).amount == 90_5000_00
    text = page(site.as_("buyer"), address(engagement))
    assert "90.5 万元" in text
    assert "记录或更正了合同" in text
    text = text_of(dean.post(address(engagement, "contract"), data={**CONTRACT, "revision": revision}), 422)
    assert 'name="revision" value="3"' in text


def test_the_place_can_be_stated_later(site: Site) -> None:
    engagement = begun(site)
    engagement.stage = Stage.S8  # as before migration 0014
    site.now()
    dean = site.as_("dean")
    shown = page(dean, address(engagement))
    assert address(engagement, "implementation") in shown
    page(dean, address(engagement, "implementation"))
    sent(dean, address(engagement, "implementation"), place="city", revision=str(kept(site).revision))
    assert kept(site).place is Place.CITY
    for name in ("outsider",):
        assert site.as_(name).get(address(engagement, "implementation")).status_code == 404
