"""Every component with sample data, on a small application: what test_components.py checks and a person can look at.

`.venv/bin/python -m tests.web.gallery_app [PORT]` serves it on 127.0.0.1; `?as=manager|organizer` logs in.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, Request, abort, flash, jsonify, render_template, request
from flask_login import LoginManager
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from models import enums
from models.enums import BookingState, EventState, GrantRole, OrgRole, RequestState, Verification, VersionState
from models.rules.policy import Actor
from web import auth, i18n, navigation, security
from web.config import Settings
from web.forms.base import row_buttons

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("home", "search", "nothing", "record", "event", "session", "thread", "form", "desk", "table", "states")
ENDPOINTS = [
    "home.index",
    "search.index",
    "search.need_index",
    "search.suggest",
    "achievements.show",
    "events.index",
    "events.show",
    "sessions.index",
    "sessions.show",
    "circles.index",
    "circles.show",
    "desk.index",
    "account.login",
    "account.logout",
    "account.signup",
    "account.language",
    "account.my_data",
    "pages.privacy",
    "pages.accessibility",
    "pages.ranking",
    "pages.report_error",
    "admin.index",
    "audit.index",
    "review.queue",
    "organisations.show",
]
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
DAY = timedelta(days=1)
LABELS = {
    enums.RecordState: "record",
    enums.VersionState: "version",
    enums.RequestState: "request",
    enums.BookingState: "booking",
    enums.EventState: "event",
    enums.RegistrationState: "registration",
    enums.Verification: "verification",
    enums.Decision: "decision",
    enums.JobState: "job",
    enums.Stage: "stage",
}


class Indicator(Form):
    name = StringField("指标", [DataRequired("请填写指标名称。"), Length(max=40)])
    unit = StringField("单位", [Optional()])
    this = StringField("本成果", [DataRequired("请填写本成果达到的数值。")])
    today = StringField("现有做法", [Optional()])


class Everything(FlaskForm):
    revision = HiddenField(default="3")
    title = StringField("成果名称", [DataRequired("请填写成果名称。"), Length(max=60)])
    summary = TextAreaField(
        "摘要", [DataRequired("请用一两句话写明成果做什么。"), Length(max=300, message="摘要最多 300 字，请删减。")]
    )
    field = SelectField("高新技术领域", choices={"energy": "新能源与节能", "materials": "新材料"})
    industries = SelectMultipleField(
        "产业方向",
        [InputRequired("请至少选一个产业方向。")],
        choices={
            "战略性新兴产业": {"new_materials": "新材料", "high_end": "高端装备"},
            "传统优势产业": {"energy": "能源", "chemicals": "化工", "food": "食品"},
        },
    )
    modes = SelectMultipleField(
        "转化方式",
        [Optional()],
        choices={"license": "许可他人使用", "transfer": "向他人转让", "equity": "作价投资"},
    )
    disclosure = RadioField(
        "公开级别",
        [InputRequired("请选择公开级别。")],
        choices={"public": "公开", "verified": "已核验企业可见", "consent": "对接同意后可见"},
    )
    negotiable = BooleanField("价格面议")
    price_low = DecimalField("最低", [Optional()])
    price_high = DecimalField("最高", [Optional()])
    valid_until = DateField("有效期至", [Optional()])
    day = DateField("日期", [Optional()])
    start = TimeField("开始", [Optional()])
    end = TimeField("结束", [Optional()])
    indicators = FieldList(FormField(Indicator), "技术指标", min_entries=2)
    files = MultipleFileField("附件", [Optional()])
    password = PasswordField("密码", [Optional()])
    pledge = BooleanField("我确认内容不涉及国家秘密，可以公开发布。", [InputRequired("发布前请先确认不涉密。")])


class Choose(FlaskForm):
    slot = StringField("选择时段", [InputRequired("请选择一个时段。")])


ACHIEVEMENTS: list[dict[str, Any]] = [
    {
        "title": Markup("页岩<mark>油</mark>水平井智能示踪监测与产液剖面解释系统"),
        "url": "/record",
        "owner": "陆相页岩油研究院",
        "owner_url": "/record",
        "summary": "把固体示踪剂预置在压裂段内，随产液缓慢释放；井口取样结合机器学习反演，逐段给出产油、产水贡献，不必停井下仪器。在 11 口井连续监测 14 个月，分段解释符合率 91%。",
        "advantage": "比连续油管测井少占井 6 天，单井费用由 180 万元降到 38 万元。",
        "tags": ["TRL 8 产品级", "资源与环境", "许可他人使用", "共同实施"],
        "sample": True,
        "next_session": {"start": NOW + 3 * DAY, "url": "/session", "title": "页岩油专场对接会"},
    },
    {
        "title": "2BYF-6 型黑土地玉米免耕精量播种机",
        "url": "/record",
        "owner": "寒地农业大学",
        "summary": "六行气吸式排种，苗带清秸与仿形镇压一次完成。",
        "advantage": "粒距合格率 96.4%，同类机型约 90%；亩油耗少 0.3 升。",
        "tags": ["TRL 9 系统级", "先进制造与自动化", "作价投资"],
        "sample": True,
        "disclosure": "verified",
    },
    {
        "title": "秸秆基可降解地膜母粒连续挤出中试生产线",
        "url": "/record",
        "owner": "北澜先进材料研究所",
        "summary": "以改性秸秆纤维替代四成 PBAT，双螺杆一步挤出，年产 300 吨中试线连续运行 2,000 小时；膜厚 10 微米时纵向拉伸负荷 2.1 牛，覆盖 90 天后开始裂解。",
        "advantage": "原料成本每吨低 2,600 元。",
        "tags": ["TRL 6 正样级", "新材料", "许可他人使用"],
        "sample": True,
        "disclosure": "consent",
    },
]
SESSIONS: list[dict[str, Any]] = [
    {
        "title": "页岩油专场对接会",
        "url": "/session",
        "start": NOW + 3 * DAY,
        "end": NOW + 3 * DAY + timedelta(hours=3),
        "place": "北澜石油大学国家大学科技园 A 座 301",
        "kind": "one_to_one",
        "free": 7,
        "circle": "环北澜石油大学生态圈",
        "sample": True,
    },
    {
        "title": "寒地粮食加工技术小组交流",
        "url": "/session",
        "start": NOW + 9 * DAY,
        "end": NOW + 9 * DAY + timedelta(hours=2),
        "place": "线上",
        "kind": "group",
        "free": 0,
        "mine": BookingState.WAITING,
    },
    {
        "title": "特种材料对接会",
        "url": "/session",
        "start": NOW - 20 * DAY,
        "end": NOW - 20 * DAY + timedelta(hours=2),
        "place": "会展中心 2 号厅",
        "kind": "one_to_one",
        "past": True,
        "state": EventState.CANCELLED,
    },
]
EVENTS: list[dict[str, Any]] = [
    {
        "title": "陆相页岩油开采技术路演",
        "url": "/event",
        "start": NOW + 2 * DAY,
        "end": NOW + 2 * DAY + timedelta(hours=4),
        "place": "市科技大厦一层路演厅",
        "host": "北澜市科学技术局（示例）",
        "circle": "环北澜石油大学生态圈",
        "achievements": 12,
        "sample": True,
    },
    {
        "title": "智能农机与黑土保护专场",
        "url": "/event",
        "start": NOW + 16 * DAY,
        "end": NOW + 16 * DAY + timedelta(hours=6),
        "place": "寒地农业科学院报告厅",
        "achievements": 14,
    },
]
FACETS = [
    {
        "name": "field",
        "title": "技术领域",
        "values": [
            {"value": str(n), "label": text, "count": count, "selected": n == 1}
            for n, (text, count) in enumerate(
                [
                    ("资源与环境", 42),
                    ("新材料", 31),
                    ("先进制造与自动化", 28),
                    ("生物与新医药", 26),
                    ("新能源与节能", 19),
                    ("电子信息", 14),
                    ("航空航天", 6),
                    ("高技术服务", 3),
                ]
            )
        ],
    },
    {
        "name": "trl",
        "title": "技术成熟度",
        "values": [
            {"value": str(n), "label": f"TRL {n}", "count": 30 - 3 * n, "selected": n == 8} for n in range(9, 3, -1)
        ],
    },
    {
        "name": "mode",
        "title": "转化方式",
        "values": [
            {"value": "license", "label": "许可他人使用", "count": 88, "selected": False},
            {"value": "equity", "label": "作价投资折算股份或出资比例", "count": 17, "selected": False},
        ],
    },
    {
        "name": "circle",
        "title": "生态圈",
        "values": [
            {"value": "petro", "label": "环北澜石油大学生态圈", "count": 57, "selected": False},
            {"value": "agri", "label": "环寒地农业科学院生态圈", "count": 49, "selected": False},
        ],
    },
]
CHIPS = [
    {"title": "技术领域", "label": "新材料", "url": "/search"},
    {"title": "成熟度", "label": "TRL 8", "url": "/search"},
]
FACTS = [
    ("单位", "陆相页岩油研究院"),
    ("技术领域", ["资源与环境", "电子信息"]),
    ("产业方向", ["能源", "数字经济"]),
    ("转化方式", "许可他人使用；作为合作条件共同实施"),
    ("意向价格", "20–60 万元"),
    ("知识产权", "发明专利 3 件（已授权 2 件）"),
    ("有效期至", "2028年3月31日"),
    ("没有内容的一项", ""),
]
FIGURES = [
    {"name": "分段解释符合率", "unit": "%", "this": "91", "today": "70–75"},
    {"name": "单井监测费用", "unit": "万元", "this": "38", "today": "180"},
    {"name": "有效监测时间", "unit": "月", "this": "≥14", "today": "一次性测井"},
]
ENTRIES: list[dict[str, Any]] = [
    {
        "at": NOW - 3 * DAY,
        "who": "周明远",
        "organisation": "北澜钻采服务有限公司",
        "what": "申请联系",
        "text": "我们有 6 口水平井明年一季度投产，想了解示踪剂投放与压裂施工如何衔接。\n\n最好能看到一口井的完整解释报告。",
        "mine": True,
    },
    {
        "at": NOW - 2 * DAY,
        "who": "王岚",
        "organisation": "陆相页岩油研究院",
        "what": "反问：需要哪些资料",
        "text": "方便告诉我们目的层和预计段数吗？",
        "on_behalf": "技术经理人 赵清",
    },
    {
        "at": NOW - DAY,
        "who": "周明远",
        "organisation": "北澜钻采服务有限公司",
        "what": "回复并附上井况表",
        "text": "青山口组，每口 28–32 段，井况表见附件。",
        "mine": True,
        "files": [{"name": "井况表.pdf", "url": "/file"}],
    },
    {"what": "对方答复后，双方可以看到联系方式", "coming": True, "at": None},
]
TASKS: list[dict[str, Any]] = [
    {
        "title": "北澜钻采服务有限公司想了解“页岩油水平井智能示踪监测”",
        "url": "/thread",
        "text": "申请联系 · 来自路演",
        "due": (NOW - 2 * DAY).date(),
        "action": "答复",
    },
    {
        "title": "“秸秆基可降解地膜母粒”被退回修改",
        "url": "/form",
        "text": "审核意见：请补充检测报告的出具单位",
        "due": (NOW + 1 * DAY).date(),
        "action": "修改",
    },
    {
        "title": "确认 11月29日 的一对一洽谈",
        "url": "/session",
        "text": "寒地绿色食品有限公司 · 14:30–15:00",
        "due": (NOW + 6 * DAY).date(),
        "action": "确认",
    },
]
COLUMNS = [
    {"key": "title", "title": "成果", "main": True, "sort": "title"},
    {"key": "owner", "title": "单位"},
    {"key": "views", "title": "浏览", "unit": "次", "numeric": True, "sort": "views"},
    {"key": "price", "title": "意向价格", "unit": "万元", "numeric": True},
    {"key": "state", "title": "状态"},
]
ROWS = [
    {
        "title": Markup('<a href="/record">页岩油水平井智能示踪监测与产液剖面解释系统</a>'),
        "owner": "陆相页岩油研究院",
        "views": "1,204",
        "price": "20–60",
        "state": VersionState.REVIEW,
    },
    {
        "title": Markup('<a href="/record">2BYF-6 型黑土地玉米免耕精量播种机</a>'),
        "owner": "寒地农业大学",
        "views": "873",
        "price": "面议",
        "state": VersionState.PUBLISHED,
    },
    {
        "title": Markup('<a href="/record">秸秆基可降解地膜母粒连续挤出中试生产线</a>'),
        "owner": "北澜先进材料研究所",
        "views": "96",
        "price": "350",
        "state": VersionState.RETURNED,
    },
]


def _slots() -> list[dict[str, Any]]:
    start = NOW.replace(hour=6, minute=0) + 3 * DAY
    made = [
        {
            "value": f"s{n}",
            "start": start + timedelta(minutes=20 * n),
            "end": start + timedelta(minutes=20 * n + 20),
            "free": n not in (1, 4, 5),
            "mine": n == 4,
            "table": "2 号桌" if n == 0 else "",
        }
        for n in range(9)
    ]
    return [{"title": "下午", "slots": made}]


def _programme() -> list[dict[str, Any]]:
    start = NOW - timedelta(minutes=50)
    lines = [
        ("签到", "break", 30, ""),
        ("页岩油水平井智能示踪监测与产液剖面解释系统", "pitch", 15, "陆相页岩油研究院 · 王岚"),
        ("压裂返排液就地处理回用装置", "pitch", 15, "北澜石油大学 · 陈越"),
        ("茶歇与自由交流", "break", 20, ""),
        ("专家点评", "talk", 20, "北澜化工研究院"),
    ]
    items = []
    for n, (title, kind, minutes, who) in enumerate(lines):
        end = start + timedelta(minutes=minutes)
        items.append(
            {
                "start": start,
                "end": end,
                "title": title,
                "kind": kind,
                "who": who,
                "url": "/record" if kind == "pitch" else "",
                "now": n == 2,
                "mine": n == 1,
            }
        )
        start = end
    return items


def _actor(asked: Request) -> auth.SignedIn | None:
    if asked.args.get("as") == "manager":
        return auth.SignedIn(
            Actor(
                account_id=1,
                person_id=1,
                name="周明远",
                confirmed=True,
                organisation_id=1,
                organisation_name="北澜钻采服务有限公司",
                role=OrgRole.MANAGER,
                verified=True,
                seeker=True,
            )
        )
    if asked.args.get("as") == "organizer":
        return auth.SignedIn(
            Actor(
                account_id=2,
                person_id=2,
                name="林组织",
                confirmed=True,
                grants=frozenset({GrantRole.ORGANIZER, GrantRole.ADMINISTRATOR, GrantRole.AUDITOR}),
            )
        )
    return None


def _stub(**_values: Any) -> str:
    return "stub"


def make_app() -> Flask:
    app = Flask("gallery", root_path=str(ROOT / "web"), template_folder=str(ROOT / "templates"))
    app.config.update(
        SETTINGS=Settings(testing=True),
        SECRET_KEY="gallery",
        TESTING=True,
        TIMEZONE="Asia/Shanghai",
        RATELIMIT_ENABLED=False,
        RATELIMIT_STORAGE_URI="memory://",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent / "gallery")]
    )
    LoginManager(app).request_loader(_actor)
    for part in (security, i18n, navigation):
        part.init_app(app)
    site = SimpleNamespace(name="北澜市科技成果对接平台", organiser="北澜市科学技术局（示例）", icp="", police="")
    app.jinja_env.globals.update(site=site, actor=auth.actor)
    endpoints = {*ENDPOINTS, *(page.endpoint for _title, pages in navigation.GROUPS for page in pages)}
    for area in {endpoint.split(".")[0] for endpoint in endpoints}:
        blueprint = Blueprint(area, area, url_prefix=f"/stub/{area}")
        for name in [endpoint.split(".")[1] for endpoint in endpoints if endpoint.startswith(f"{area}.")]:
            blueprint.add_url_rule(f"/{name}", name, _stub, methods=["GET", "POST"])
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", lambda: page("home"))
    app.add_url_rule("/<name>", "page", page, methods=["GET", "POST"])
    app.add_url_rule(
        "/error/<int:code>", "error", lambda code: (render_template(f"errors/{code}.html", expired=True), code)
    )
    app.add_url_rule("/save", "save", save, methods=["POST"])
    return app


def save() -> Any:
    """Answers an autosave; `?fail=1` refuses it."""
    if request.args.get("fail"):
        return jsonify(message="另一位同事刚改过这份草稿。"), 409
    return jsonify(time="14:02", revision=int(request.form["revision"]) + 1)


def page(name: str) -> Any:
    if name not in PAGES:
        abort(404)
    form: FlaskForm = Choose() if name == "session" else Everything()
    status = 200
    if request.method == "POST" and not (name == "form" and row_buttons(form)):
        status = 200 if form.validate() else 422
    if request.args.get("flash"):
        flash("申请已发出，对方会在 5 个工作日内答复。", "success")
    context = {
        "achievements": ACHIEVEMENTS,
        "sessions": SESSIONS,
        "events": EVENTS,
        "facet_groups": FACETS,
        "chip_items": CHIPS,
        "facts_items": FACTS,
        "figures_rows": FIGURES,
        "entries": ENTRIES,
        "task_items": TASKS,
        "columns": COLUMNS,
        "rows": ROWS,
        "slot_groups": _slots(),
        "programme_items": _programme(),
        "now": NOW,
        "tomorrow": date.today() + DAY,
        "request_pending": RequestState.PENDING,
        "verified": Verification.VERIFIED,
        "all_states": [(kind, list(states)) for states, kind in LABELS.items()],
        "attachments": [
            {
                "id": "a1",
                "name": "产液剖面解释报告（节选）.pdf",
                "url": "/file",
                "octets": 2_412_000,
                "note": "检测报告",
            },
            {"id": "a2", "name": "现场照片.jpg", "url": "/file", "octets": 860_000, "kind": "picture"},
        ],
    }
    if name not in ("form", "session"):
        return render_template(f"{name}.html", **context), status
    return render_template(f"{name}.html", form=form, **context), status


if __name__ == "__main__":
    make_app().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
