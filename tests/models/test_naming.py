"""Whether a text gives an organisation away: shortened, spaced, in other characters; and no alarm at a trade."""

import json

import pytest

from models.rules.naming import forms, names_in, person_forms
from scripts.sample import lines
from scripts.sample.needs import records


@pytest.mark.parametrize(
    ("name", "region", "text"),
    [
        ("哈电集团有限公司", "", "我们是哈电集团的一个车间"),
        ("哈电集团有限公司", "", "哈电的汽轮机"),
        ("哈电集团有限公司", "", "供货方：哈 电、其他"),
        ("黑龙江飞鹤乳业有限公司", "", "飞鹤乳业的挤奶厅"),
        ("黑龙江飞鹤乳业有限公司", "", "黑龙江飛鶴乳業"),
        ("黑龙江省大庆市金垄农机专业合作社", "", "金垄农机"),
        ("苇甸县金垄农机专业合作社", "北澜市苇甸县", "金垄·农机"),
        ("北澜寒稻种业股份有限公司", "北澜市高新区", "寒稻(种业)"),
        ("龙江化工厂", "", "龍江化工廠的循环水"),
        ("哈尔滨电气集团有限公司", "", "哈尔滨电气"),
        ("中国石油天然气股份有限公司大庆石化分公司", "", "大庆石化的裂解炉"),
        ("飞鹤（甘南）乳品有限公司", "", "飞鹤乳品"),
        ("Daqing Pump Co., Ltd.", "", "At DAQING  PUMP we run"),
        ("Daqing Pump Co., Ltd.", "", "Ｄａｑｉｎｇ－Ｐｕｍｐ"),
        ("ABB（中国）有限公司", "", "我们ABB的电机"),
        ("Northern Valve GmbH", "", "northern valve"),
        ("石油机械有限公司", "", "石油机械有限公司"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, region: str, text: str) -> None:
    assert names_in(text, forms(name, region))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("石油机械有限公司", "石油机械的密封"),
        ("黑龙江石油公司", "石油公司的石油管道"),
        ("哈尔滨电气集团有限公司", "电气集团的电气设备，在哈尔滨"),
        ("北京中心医院", "一家中心医院"),
        ("大庆油田有限责任公司", "在大庆的一个油田"),
        ("中化集团", "反应过程中化学需氧量"),
        ("中材集团", "复合材料中材质不均"),
        ("国机集团", "中国机械行业"),
        ("Pump Inc.", "A pump of steel"),
        ("ABB Ltd", "an abbreviation, the rabbit"),
        ("GE Co., Ltd", "germanium (Ge)"),
        ("齐齐哈尔有限公司", "齐齐哈尔冬季"),
    ],
)
def test_a_trade_or_a_place_is_no_name(name: str, text: str) -> None:
    assert not names_in(text, forms(name))


def test_a_person_is_found_unless_the_name_is_a_word() -> None:
    assert names_in("请找钱不露联系", person_forms("钱不露"))
    assert names_in("联系人：高强", person_forms("高强"))
    assert names_in("高强经理", person_forms("高强"))
    assert not names_in("高强、高韧的钢", person_forms("高强"))
    assert not names_in("任何人", person_forms(""))


def test_no_sample_need_is_refused_for_any_name() -> None:
    """What enterprises really write names none of the 70 organisations and nobody who works there."""
    names = {form for row in lines("organisations.jsonl") for form in forms(row["name"], row["region"])}
    names |= {form for row in lines("people.jsonl") for form in person_forms(row["name"])}
    named = [row["key"] for row in records() if names_in(json.dumps(row, ensure_ascii=False), names)]
    assert named == []
