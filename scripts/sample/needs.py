"""The 24 needs of the enterprises, and what became of a few others: drafts, in review, returned, expired, withdrawn."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import Disclosure, RecordState, VersionState
from models.tables import Need, NeedVersion, Transition
from scripts.sample import Clock, lines, pick, sample_id
from scripts.sample.achievements import RECORD_STATES, VERSION_STATES
from scripts.sample.organisations import managers_of, organisation_ids

TRIED = re.compile(r"试过|做过|换过|试了|用过|考察过")
KEYWORDS = {
    "n01": "页岩油 返排液 压裂液", "n02": "电驱压裂 柱塞泵 液力端", "n03": "碳四 丙烯 分子筛", "n04": "催化裂化 余热 结盐",
    "n05": "螺杆钻具 耐磨涂层 镀铬替代", "n06": "井下仪器 高温电路 高温电池", "n07": "集输管线 内壁修复 不停产",
    "n08": "滴灌带 再生聚乙烯 在线检测", "n09": "密封胶 耐硫化氢 低温", "n10": "石墨提纯 少氟 废酸", "n11": "碱性电解槽 隔膜 冷启动",
    "n12": "风机叶片 覆冰 除冰", "n13": "回转支承 淬火裂纹 磨削烧伤", "n14": "焊接机器人 相贯线 免示教", "n15": "免耕播种机 黑土 播深",
    "n16": "插秧机 侧深施肥 无人驾驶", "n17": "大豆 品种 第四积温带", "n18": "米糠 稳定化 碎米", "n19": "豆粉 灭酶 造粒",
    "n20": "犊牛 腹泻 无抗", "n21": "玉米糖浆 稀少糖 发酵", "n22": "呼吸监护 心电 便携", "n23": "低温污水 脱氮 碳源",
    "n24": "造雪 雪道 数字化",
}  # fmt: skip
MASKED = ("n07", "n13", "n21")  # the owner is not named until it accepts a request
RESTRICTED = {"n02": Disclosure.VERIFIED, "n11": Disclosure.CONSENT, "n21": Disclosure.CONSENT}
OTHERS = {  # state -> the need whose text it begins like, and what its owner or a reviewer said
    "draft": ("n05", ""),
    "review": ("n10", ""),
    "returned": ("n15", "请补充每天的处理面积和现有机具型号。"),
    "expired": ("n19", ""),
    "withdrawn": ("n23", "已与一家高校签约，需求解决。"),
}


def records() -> list[dict[str, Any]]:
    """Every sample need with its key and state: the 24 first."""
    rows = {row["key"]: row for row in lines("needs.jsonl")}
    others = [
        {
            **rows[like],
            "key": f"{like}-{state}",
            "title": f"{rows[like]['title']}（二期）",
            "state": state,
            "reason": reason,
        }
        for state, (like, reason) in OTHERS.items()
    ]
    return [*rows.values(), *others]


def load(session: Session, clock: Clock) -> int:
    """Insert what is missing; returns how many."""
    known = set(session.scalars(select(Need.public_id).where(Need.is_sample)))
    owners = organisation_ids(session)
    managers = managers_of(session)
    added = 0
    for row in records():
        if sample_id("need", row["key"]) in known:
            continue
        added += 1
        published = clock.at(-20 - pick(row["key"], 25), "14:00")
        _need(session, row, owners[row["org"]], managers[owners[row["org"]]], published, clock)
    session.flush()
    return added


def _need(session: Session, row: dict[str, Any], owner: int, author: int, published: datetime, clock: Clock) -> None:
    word, base = row.get("state", "published"), row["key"].partition("-")[0]
    state = RECORD_STATES.get(word, RecordState.DRAFT)
    public = state is not RecordState.DRAFT
    today = clock.first.date()
    need = Need(
        public_id=sample_id("need", row["key"]),
        organisation_id=owner,
        contact_id=author,
        state=state,
        masked=row["key"] in MASKED,
        published_at=published if public else None,
        valid_until=(today + timedelta(days=-5 if state is RecordState.EXPIRED else 300)) if public else None,
        state_reason=row.get("reason", "") if state is RecordState.WITHDRAWN else "",
        created_at=published - timedelta(days=6),
        is_sample=True,
    )
    session.add(need)
    session.flush()
    sentences = re.split(r"(?<=。)", row["text"])
    version = NeedVersion(
        need_id=need.id,
        state=VersionState.PUBLISHED if public else VERSION_STATES[word],
        title=row["title"],
        description="".join(one for one in sentences if not TRIED.search(one)),
        tried="".join(one for one in sentences if TRIED.search(one)),
        indicators=row["indicators"],
        fields=[row["field"]],
        industries=row["industries"],
        modes=row["modes"],
        keywords=KEYWORDS[base].split(),
        negotiable=False,
        budget_min=row["budget_min"] * 100,
        budget_max=row["budget_max"] * 100,
        deadline=today + timedelta(days=row["deadline_days"]),
        trl_from=row["trl_min"],
        disclosure=RESTRICTED.get(row["key"], Disclosure.PUBLIC),
        non_classified=word != "draft",
        author_id=author,
        created_at=published - timedelta(days=6),
        updated_at=published - timedelta(days=2),
        submitted_at=None if word == "draft" else published - timedelta(days=1),
        submitted_by_id=None if word == "draft" else author,
        published_at=published if public else None,
        return_codes=["incomplete"] if word == "returned" else [],
        return_reason=row.get("reason", "") if word == "returned" else "",
    )
    session.add(version)
    session.flush()
    need.public_version_id = version.id if public else None
    need.working_version_id = None if public else version.id
    moves = [("draft", "published", published)] if public else []
    if public and state is not RecordState.PUBLISHED:
        moves.append(("published", state.value, clock.at(-5, "15:00")))
    for old, new, at in moves:
        session.add(
            Transition(
                object_type=Need.__tablename__,
                object_id=need.id,
                from_state=old,
                to_state=new,
                at=at,
                person_id=author,
                reason=row.get("reason", "") if old == "published" else "",
            )
        )
