"""Whether a text gives an organisation away, in whole or shortened, however it is written.

Names are cut to the forms people use: without legal form, without the place in front. A form that only says a trade
(石油机械) would forbid what every need says, so it is none; what is left of two ideographs must end where a word ends.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache
from unicodedata import normalize

from opencc import OpenCC

SHORT = 3  # a name of more characters is one, whatever it is made of

_LEGAL = re.compile(
    "(?:(?:股份|有限|责任)*[总分]?公司|股份|控股|集团|[总分]?厂|(?:专业)?合作社|(?<=.{4})科技"
    "| (?:co|ltd|limited|inc|incorporated|corp|corporation|company|llc|llp|plc|gmbh|kg|ag|sa|bv|group|holdings?))$"
)
_PLACES = (
    "中国|国家|北京|上海|天津|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南"
    "|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|香港|澳门|台湾|哈尔滨|齐齐哈尔|大庆|牡丹江|佳木斯|绥化|鸡西|鹤岗|双鸭山|伊春"
    "|七台河|黑河|大兴安岭|长春|沈阳|大连|石家庄|太原|呼和浩特|南京|苏州|杭州|宁波|合肥|福州|厦门|南昌|济南|青岛|郑州|武汉|长沙"
    "|广州|深圳|南宁|海口|成都|贵阳|昆明|拉萨|西安|兰州|西宁|银川|乌鲁木齐"
)
_DIVISION = "(?:自治区|自治州|地区|[省市县区州盟旗])"
_DISTRICTS = re.compile(f"([\u4e00-\u9fff]{{2,}}?){_DIVISION}")
_GENERIC = re.compile(
    "石油|石化|天然气|化工|化学|化纤|机械|机电|电气|电力|电子|电器|电网|电池|电机|电缆|装备|设备|仪器|仪表|工具|制造|重工|重型|大型"
    "|精密|汽车|农机|农业|农产品|林业|牧业|渔业|[种乳米粮油酒药果肉矿煤铝铜泵塑]业|食品|粮油|粮食|饮料|制药|医药|中药|生物|医疗|器械"
    "|新?材料|复合|新?能源|动力|环保|环境|水务|水利|生态|建设|建筑|建材|工程|路桥|交通|铁路|航空|航天|物流|运输|煤炭|钢铁|冶金|有色"
    "|金属|石墨|塑料|橡胶|密封|纺织|服装|造纸|包装|印刷|科技|技术|信息|数字|数据|软件|网络|通信|智能|智慧|自动化|机器人|无人机|研究[院所]?|科学"
    "|开发|发展|投资|实业|工业|产业|商贸|贸易|服务|管理|咨询|油田|油气|油服|炼油|页岩油|钻采|水泵|阀门|轴承|管道|锅炉|汽轮机|变压器"
    "|国家|国际|中国|中心|第一|第二|先进|现代|高新|绿色|清洁|低温|寒地|综合|联合|创新|创业|制品|新型|理工|人民|专业"
    "|公司|有限|责任|股份|控股|集团|厂|合作社|大学|学院|医院|[总分]"
    r"|\b(?:oil|gas|petroleum|chemicals?|pumps?|valves?|machinery|electric|electronics?|energy|power|steel|metals?|foods?|dairy|pharma"
    "|medical|materials?|technology|technologies|tech|systems?|engineering|equipment|industries|industrial|international|china|new)\\b"
)
_WORDS = re.compile("[a-z0-9]+|[^\\W_a-z0-9]+")
_BRACKETS = re.compile(r"\([^)]*\)")
_GAP = "[\\s()·・.&*'\"“”:\\-_\u00ad\u200b-\u200f\u2060\ufeff]{0,3}"  # what is put between characters to hide a name
_ENDS = "(?![\u4e00-\u9fff])|(?=[的是在有为自与和及或也之内将已现从向对把要集公厂股])"
_TITLES = ("先生", "女士", "经理", "主任", "部长", "厂长", "院长", "教授", "博士", "老师", "工程师", "总工")
_LEADS = ("联系人", "负责人", "联系", "找", "经理", "主任")


def forms(name: str, region: str = "") -> set[str]:
    """How an organisation of a region is named: its name, and what is left of it without legal form and place."""
    folded = _fold(name)
    places = [*_PLACES.split("|"), *_DISTRICTS.findall(_fold(region))]
    place = re.compile(f"^(?:{'|'.join(map(re.escape, places))}){_DIVISION}?")
    found: set[str] = set()
    for whole in {_plain(folded), _plain(_BRACKETS.sub("", folded))}:
        starts = [whole, *(part for part in re.split("(?<=公司)", whole) if len(part) > SHORT)]
        for stem in {stem for start in starts for stem in _stripped(start, _LEGAL)}:
            *placed, bare = _stripped(stem, place)
            found |= {form for form in placed if bare and len(form) > SHORT}
            found |= {bare} if _distinct(bare) or (bare == whole and len(bare) > SHORT) else set()
    return found


def person_forms(name: str) -> set[str]:
    """How a person is named; two ideographs are also words (高强), so only with a form of address."""
    plain = _plain(_fold(name))
    if len(plain) >= SHORT:
        return {plain}
    return {plain + title for title in _TITLES} | {lead + plain for lead in _LEADS} if len(plain) > 1 else set()


def names_in(text: str, names: Collection[str]) -> bool:
    """Whether a text holds one of the forms."""
    return bool(names) and re.search("|".join(map(_pattern, sorted(names))), _fold(text)) is not None


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def _fold(text: str) -> str:
    return str(_simplifier().convert(normalize("NFKC", text).casefold()))


def _plain(folded: str) -> str:
    """Words only; blanks only between words of letters."""
    return re.sub("(?<![a-z0-9]) | (?![a-z0-9])", "", " ".join(_WORDS.findall(folded)))


def _stripped(name: str, part: re.Pattern[str]) -> Iterator[str]:
    """The name, and again without a part at its beginning or end, until there is none."""
    yield name
    while (shorter := part.sub("", name)) != name:
        name = shorter
        yield name


def _distinct(form: str) -> bool:
    """Whether more than a trade is said: two ideographs or three letters of its own, one in a longer form."""
    own = _GENERIC.sub("", form).replace(" ", "")
    return len(own) >= (3 if own.isascii() else 1 if len(form) > SHORT else 2)


def _pattern(form: str) -> str:
    start, end = (r"(?<![a-z0-9])" if form[0].isascii() else ""), (r"(?![a-z0-9])" if form[-1].isascii() else "")
    ends = f"(?:{_ENDS})" if len(form) == 2 and not form.isascii() else end
    return start + _GAP.join(map(re.escape, form.replace(" ", ""))) + ends
