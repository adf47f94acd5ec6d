"""Pure rules: completeness, differences, uploads."""

import dataclasses
import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from models.enums import AttachmentKind, Disclosure, VersionState
from models.errors import Invalid
from models.queries.versions import Colleague, Content, File, Right
from models.rules import completeness, uploads
from models.rules.completeness import Step
from models.rules.differences import Segment, differences, segments
from tests.models.achievement_cases import COMPLETE

MEGABYTE = 1_000_000


def content(**changes: Any) -> Content:
    values: dict[str, Any] = {
        **COMPLETE,
        "title": "可纺沥青的制备",
        "intellectual_property": tuple(Right(**row) for row in COMPLETE["intellectual_property"]),
        "team": tuple(Colleague(**row) for row in COMPLETE["team"]),
        **changes,
    }
    return Content(
        id=1, record_id=1, number=1, state=VersionState.DRAFT, revision=1, non_classified=True, author_id=1,
        updated_at=None, submitted_at=None, submitted_by_id=None, published_at=None, return_codes=(), return_reason="",
        disclosure=values.pop("disclosure", Disclosure.PUBLIC), **values,
    )  # fmt: skip


def file(**changes: Any) -> File:
    return replace(File("f1", AttachmentKind.PICTURE, "外观.png", "image/png", 10, "a" * 64, False), **changes)


# --- completeness ----------------------------------------------------------------------------------------------------


def test_a_complete_version_misses_nothing() -> None:
    assert completeness.missing(content()) == []
    assert completeness.warnings(content()) == []


@pytest.mark.parametrize(
    ("changes", "step", "field"),
    [
        ({"title": "  "}, Step.BASICS, "title"),
        ({"title": "长" * 61}, Step.BASICS, "title"),
        ({"summary": "太短了"}, Step.BASICS, "summary"),
        ({"summary": "长" * 301}, Step.BASICS, "summary"),
        ({"problem": ""}, Step.BASICS, "problem"),
        ({"fields": []}, Step.BASICS, "fields"),
        ({"fields": ["a", "b", "c", "d"]}, Step.BASICS, "fields"),
        ({"industries": []}, Step.BASICS, "industries"),
        ({"discipline": ""}, Step.BASICS, "discipline"),
        ({"keywords": []}, Step.BASICS, "keywords"),
        ({"advantage": ""}, Step.WORTH, "advantage"),
        ({"scenes": ""}, Step.WORTH, "scenes"),
        ({"indicators": [{"name": "强度", "unit": "", "this": "", "today": "3"}]}, Step.WORTH, "indicators"),
        ({"trl": None}, Step.TRANSFER, "trl"),
        ({"stage": ""}, Step.TRANSFER, "stage"),
        ({"modes": []}, Step.TRANSFER, "modes"),
        ({"price_mode": ""}, Step.TRANSFER, "price_mode"),
        ({"price_min": None, "price_max": None}, Step.TRANSFER, "price_min"),
        ({"intellectual_property": ()}, Step.RIGHTS, "intellectual_property"),
        ({"team": (), "team_note": " "}, Step.RIGHTS, "team"),
        ({"details": "长" * 5001}, Step.FILES, "details"),
    ],
)
def test_each_gap_is_named_at_its_step_and_field(changes: dict[str, Any], step: Step, field: str) -> None:
    found = completeness.missing(content(**changes))
    assert [(finding.step, finding.field) for finding in found] == [(step, field)]
    assert found[0].message % found[0].params


def test_a_negotiable_price_needs_no_figures() -> None:
    assert completeness.missing(content(negotiable=True, price_min=None, price_max=None)) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scenes": "有意者请拨打13812345678联系"}, "scenes"),
        ({"team_note": "联系 jian@example.org"}, "team_note"),
        ({"advantage": "比现有做法好得多，非常多，特别多"}, "advantage"),
        ({"indicators": []}, "indicators"),
        ({"trl": 9}, "stage"),
        ({"intellectual_property": (Right("invention", "201710601862.4", "", "granted"),)}, "intellectual_property"),
        ({"intellectual_property": (Right("invention", "", "某方法", "granted"),)}, "intellectual_property"),
        ({"intellectual_property": (Right("invention", "201710601862.3", "", "lapsed"),)}, "intellectual_property"),
        ({"details": "", "disclosure": Disclosure.CONSENT}, "details"),
        ({"attachments": (file(restricted=True),)}, "disclosure"),
    ],
)
def test_doubts_do_not_keep_from_submitting(changes: dict[str, Any], field: str) -> None:
    assert completeness.missing(content(**changes)) == []
    found = completeness.warnings(content(**changes))
    assert [finding.field for finding in found] == [field]
    assert found[0].message % found[0].params


@pytest.mark.parametrize(
    "number", ["ZL201710601862.3", " zl 2017 1060 1862.3 ", "95115608.X", "", "ＺＬ２０１７１０６０１８６２．３"]
)
def test_right_patent_numbers_raise_no_doubt(number: str) -> None:
    rights = (Right("invention", number, "某方法", "published"),)
    assert completeness.warnings(content(intellectual_property=rights)) == []


def test_long_runs_of_digits_are_no_telephone_numbers() -> None:
    assert completeness.warnings(content(scenes="批号2026138123456780012，共三批。")) == []


def test_every_step_s_fields_are_fields_of_a_version() -> None:
    for names in completeness.FIELDS_OF_STEP.values():
        assert set(names) <= {field.name for field in dataclasses.fields(Content)}


# --- differences -----------------------------------------------------------------------------------------------------


def test_equal_versions_do_not_differ() -> None:
    assert differences(content(), content()) == []


def test_differences_name_the_field_and_what_went_and_came() -> None:
    new = content(
        title="可纺沥青的连续制备",
        trl=6,
        fields=["materials", "energy"],
        price_max=90_000_000,
        team=(*content().team, Colleague("冉青禾", "博士", "")),
        attachments=(file(),),
        disclosure=Disclosure.CONSENT,
    )
    found = {one.field.name: one for one in differences(content(), new)}
    assert set(found) == {"title", "trl", "fields", "price", "team", "attachments", "disclosure"}
    assert found["title"].segments == (
        Segment("same", "可纺沥青的"), Segment("new", "连续"), Segment("same", "制备"),
    )  # fmt: skip
    assert (found["trl"].gone, found["trl"].new) == (("5",), ("6",))
    assert (found["fields"].gone, found["fields"].new) == ((), ("energy",))
    assert found["price"].new == ((50_000_000, 90_000_000, False),)
    assert found["team"].new == (("冉青禾", "博士", ""),)
    assert (found["disclosure"].gone, found["disclosure"].new) == ((Disclosure.PUBLIC,), (Disclosure.CONSENT,))


def test_prices_that_do_not_count_do_not_differ() -> None:
    one, other = content(negotiable=True, price_min=1), content(negotiable=True, price_min=2)
    assert differences(one, other) == []


def test_line_ends_of_another_system_are_no_difference() -> None:
    assert differences(content(details="一\r\n二"), content(details="一\n二 ")) == []


def test_a_changed_figure_changes_as_a_whole() -> None:
    assert Segment("new", "618") in segments("热导率是598瓦", "热导率是618瓦")


@given(st.text(alphabet="甲乙丙，。 a1\n", max_size=60), st.text(alphabet="甲乙丙，。 a1\n", max_size=60))
def test_segments_hold_both_texts_whole(old: str, new: str) -> None:
    woven = segments(old, new)
    assert "".join(part.text for part in woven if part.change != "new") == old
    assert "".join(part.text for part in woven if part.change != "gone") == new


def test_long_texts_are_compared_by_sentence() -> None:
    old = "".join(f"第{n}句话说明一件事情的来由。" for n in range(400))
    new = old.replace("第7句", "第七句")
    changed = [part for part in segments(old, new) if part.change != "same"]
    assert [part.change for part in changed] == ["gone", "new"]
    assert changed[1].text.startswith("第七句")


# --- uploads ---------------------------------------------------------------------------------------------------------


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, form)
    return stream.getvalue()


def pdf(password: str = "", script: str = "", attached: bool = False) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if script:
        writer.add_open_action(JavaScript(script))
    if attached:
        writer.add_attachment("x.exe", b"MZ")
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def check(data: bytes, name: str = "x", limit: int = MEGABYTE) -> uploads.Checked:
    return uploads.check(io.BytesIO(data), name, most_bytes=limit)


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_pictures_are_known_by_content(form: str, media_type: str) -> None:
    checked = check(picture(form), "外观图")
    assert (checked.kind, checked.media_type) == (AttachmentKind.PICTURE, media_type)
    assert checked.name == "外观图" + uploads.ENDINGS[media_type][0]


def test_pdf_is_a_document() -> None:
    data = pdf()
    assert check(data, "检测报告.PDF") == uploads.Checked(
        AttachmentKind.DOCUMENT, "application/pdf", "检测报告.PDF", len(data)
    )


def test_a_name_that_says_another_type_gets_the_right_ending() -> None:
    assert check(picture("JPEG"), "报告.pdf").name == "报告.pdf.jpg"


HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (HTML, "报告.pdf", "neither"),
        (SVG, "图.png", "neither"),
        (b"MZ\x90\x00" + b"\0" * 100, "图.png", "neither"),
        (b"GIF89a" + b"\0" * 100, "图.gif", "neither"),
        (b"PK\x03\x04" + b"\0" * 100, "说明.docx", "neither"),
        (b"", "空.pdf", "empty"),
        (b"%PDF-1.7\n" + HTML, "报告.pdf", "cannot be opened"),
        (picture()[:60], "断.png", "cannot be opened"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "断.jpg", "cannot be opened"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "图.png", "cannot be opened"),
        (pdf(password="secret"), "密.pdf", "password"),
        (pdf(script="app.alert(1)"), "脚本.pdf", "scripts"),
        (pdf(attached=True), "夹带.pdf", "scripts"),
    ],
)
def test_what_is_no_picture_and_no_pdf_is_refused_by_name(data: bytes, name: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(data, name)
    assert says in str(refused.value)
    assert name in str(refused.value)


def test_too_big_is_refused_before_it_is_opened() -> None:
    with pytest.raises(Invalid) as refused:
        check(b"\0" * (MEGABYTE + 1), "大.png")
    assert "1.0 MB" in str(refused.value)
    assert check(picture(), "刚好.png", limit=len(picture())).size == len(picture())


def bomb(side: int) -> bytes:
    """A valid PNG of side x side black pixels in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + -(-side // 8))
    lines = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [6_000, 40_000])
def test_a_picture_bomb_is_refused_by_its_measures(side: int) -> None:
    data = bomb(side)
    assert len(data) < MEGABYTE
    with pytest.raises(Invalid) as refused:
        check(data, "炸弹.png")
    assert "pixels" in str(refused.value)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\报告.pdf", "报告.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\x00b\r\nc.png", "abc.png"),
        ("  .hidden  ", "hidden"),
        ("", "file"),
        ("..", "file"),
        ("长" * 300 + ".png", "长" * 156 + ".png"),
    ],
)
def test_names_are_cleaned(given_name: str, kept: str) -> None:
    assert uploads.clean_name(given_name) == kept
