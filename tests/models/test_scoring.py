"""Scores of pairs: within bounds, never better for less, and every reason can be checked on the two pages."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from models.enums import ReasonCode
from models.rules.scoring import CODES, FULL_TEXT, AchievementFacts, NeedFacts, Reason, score

CODE = st.lists(st.sampled_from("abcd"), max_size=3, unique=True)
LEVEL = st.none() | st.integers(1, 9)
MONEY = st.none() | st.integers(0, 10**12)
SHARED = {
    "fields": CODE,
    "industries": CODE,
    "modes": CODE,
    "low": MONEY,
    "high": MONEY,
    "region": st.sampled_from(["", "东区", "西区"]),
}
NEEDS = st.builds(NeedFacts, **SHARED, day=st.integers(0, 30_000), trl_from=LEVEL, trl_to=LEVEL)
ACHIEVEMENTS = st.builds(AchievementFacts, **SHARED, day=st.integers(0, 30_000), trl=LEVEL)
SHARE = st.floats(0, 2)
TODAY = 20_000

WANTED = NeedFacts(
    fields=["materials"],
    industries=["energy"],
    modes=["license"],
    low=100,
    high=200,
    region="东区",
    day=TODAY,
    trl_from=5,
)
OFFERED = AchievementFacts(
    fields=["materials", "energy"],
    industries=["energy"],
    modes=["license"],
    low=150,
    high=300,
    region="东区",
    day=TODAY,
    trl=7,
)


def codes(reasons: tuple[Reason, ...]) -> list[ReasonCode]:
    return [reason.code for reason in reasons]


@given(NEEDS, ACHIEVEMENTS, SHARE, st.floats(0, 1))
def test_scores_stay_within_bounds_and_reasons_can_be_kept(
    need: NeedFacts, achievement: AchievementFacts, text: float, meaning: float
) -> None:
    found = score(need, achievement, text=text, meaning=meaning, words=("电池",), day=TODAY)
    assert 0 <= found.value <= 100
    assert not {reason.code for reason in found.reasons} & {lack.code for lack in found.missing}
    for reason in (*found.reasons, *found.missing):
        assert Reason.of(reason.plain()) == reason


@given(NEEDS, ACHIEVEMENTS, SHARE, SHARE)
def test_more_in_common_is_never_worse(
    need: NeedFacts, achievement: AchievementFacts, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert score(need, achievement, text=low, day=TODAY).value <= score(need, achievement, text=high, day=TODAY).value


@given(NEEDS, ACHIEVEMENTS)
def test_codes_find_nothing_alone(need: NeedFacts, achievement: AchievementFacts) -> None:
    assert score(need, achievement, text=0, day=TODAY).value == 0


def test_what_fits_wholly() -> None:
    found = score(WANTED, OFFERED, text=FULL_TEXT, words=("固态电池", "电解质"), day=TODAY)
    assert found.value == 100
    assert found.missing == ()
    assert found.reasons == (
        Reason(ReasonCode.WORDS, ("固态电池", "电解质")),
        Reason(ReasonCode.FIELD, ("materials",)),
        Reason(ReasonCode.INDUSTRY, ("energy",)),
        Reason(ReasonCode.TRL, ("7", "5")),
        Reason(ReasonCode.MODE, ("license",)),
        Reason(ReasonCode.BUDGET),
        Reason(ReasonCode.REGION, ("东区",)),
    )


def test_what_does_not_fit_is_named_and_costs() -> None:
    worse = AchievementFacts(
        fields=["bio"], industries=["food"], modes=["equity"], low=400, region="西区", day=0, trl=3
    )
    found = score(WANTED, worse, text=FULL_TEXT, day=TODAY)
    assert codes(found.missing) == [
        ReasonCode.OTHER_FIELD,
        ReasonCode.OTHER_INDUSTRY,
        ReasonCode.TRL_BELOW,
        ReasonCode.OTHER_MODE,
        ReasonCode.ABOVE_BUDGET,
    ]
    assert found.reasons == ()
    assert 100 * (1 - CODES) <= score(replace(WANTED, day=0), worse, text=FULL_TEXT, day=TODAY).value < 75


def test_what_is_not_stated_is_asked_for_and_counts_half() -> None:
    found = score(WANTED, AchievementFacts(day=TODAY), text=FULL_TEXT, day=TODAY)
    assert codes(found.missing) == [ReasonCode.TRL_UNKNOWN, ReasonCode.PRICE_UNKNOWN]
    assert score(WANTED, OFFERED, text=FULL_TEXT, day=TODAY).value > found.value > 100 * (1 - CODES)


def test_readier_than_wanted_is_no_fault_and_each_level_below_costs() -> None:
    values = [score(WANTED, replace(OFFERED, trl=level), text=FULL_TEXT, day=TODAY).value for level in range(1, 10)]
    assert values == sorted(values)
    assert values[4] == values[8] == 100
    assert values[3] < 100


def test_meaning_is_a_reason_of_its_own() -> None:
    found = score(WANTED, OFFERED, text=0.0, meaning=0.8, day=TODAY)
    assert found.reasons[0].code is ReasonCode.MEANING
    assert 0 < found.value < score(WANTED, OFFERED, text=FULL_TEXT, day=TODAY).value
    assert ReasonCode.MEANING not in {one.code for one in score(WANTED, OFFERED, text=0.3, day=TODAY).reasons}
