"""Every mail of accounts and organisations, in both languages: whole, with a link that leads to a page of ours."""

import re

import pytest
from flask import Flask

from tests.web.lint import problems
from web import links, mails

COMMON = {
    "name": "林书远",
    "account_id": 1,
    "state": "s",
    "next_page": "/desk",
    "email": "new@example.org",
    "organisation": "北澜示例大学",
    "organisation_id": "abcdefghjk",
    "person": "申请人",
    "person_id": "kjhgfedcba",
    "invitation_id": "mnpqrstuvw",
    "by": "邀请人",
    "days": 14,
    "due_at": "2026-11-26T06:30:00+00:00",
    "broker": "伍经理",
    "former": "旧名单位",
    "reason": "第一行 <script>\n第二行",
    "requests": 2,
    "achievements": 1,
    "meetings": 0,
}
CASES = [
    ("account_exists", {}),
    ("account_suspended", {}),
    ("confirm", {}),
    ("email_changed", {}),
    ("invitation", {}),
    ("join_decided", {"accepted": True}),
    ("join_decided", {"accepted": False}),
    ("join_escalated", {}),
    ("join_requested", {}),
    ("mandate_given", {}),
    ("mandate_ended", {"to_broker": True}),
    ("mandate_ended", {"to_broker": False}),
    ("membership_changed", {"outcome": "ended"}),
    ("membership_changed", {"outcome": "manager"}),
    ("membership_changed", {"outcome": "member"}),
    ("new_email", {}),
    ("organisation_decided", {"outcome": "verified"}),
    ("organisation_decided", {"outcome": "unverified"}),
    ("organisation_decided", {"outcome": "suspended"}),
    ("organisation_decided", {"outcome": "resumed"}),
    ("organisation_decided", {"outcome": "merged"}),
    ("password_changed", {}),
    ("person_entered", {"has_phone": True}),
    ("person_entered", {"has_phone": False}),
    ("reset", {}),
    ("reset_unknown", {}),
    ("work_handed_over", {}),
]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize(("template", "values"), CASES, ids=[f"{name}-{values}" for name, values in CASES])
def test_the_mail_is_whole(app: Flask, template: str, values: dict[str, object], locale: str) -> None:
    with app.app_context():
        subject, text, html = mails.render(template, locale, {**COMMON, **values})
    assert subject
    assert len(subject) < 120
    assert [one for one in problems(html) if " style=" not in one] == []
    assert "<script>" not in html
    assert "%(" not in subject + text
    if locale == "zh_CN":
        sentences = re.sub(r"https?://\S+|\S+@\S+", "", text.split("--\n")[0])
        assert not re.search(r"[a-z]{4,} [a-z]{3,}", sentences), sentences  # nothing is left in English
    for address in re.findall(r"https?://[^/\s]+(/\S*)", text):
        # The two forms may be signed a second apart: what the token says is compared, not when it was made.
        assert address.split(".")[0] in html.replace("&amp;", "&")
        if address != "/":
            adapter = app.url_map.bind("localhost")
            endpoint, _arguments = adapter.match(address.partition("?")[0], method="GET")
            assert endpoint


def test_links_are_signed_for_their_purpose_only(app: Flask) -> None:
    with app.app_context():
        token = links.sign("reset", account_id=7, state="s")
        assert links.read("reset", token) == {"account_id": 7, "state": "s"}
        for purpose in links.VALID.keys() - {"reset"}:
            with pytest.raises(Exception, match="not complete"):
                links.read(purpose, token)
