"""Every text of the site can be read in Chinese and in English."""

import re

from babel.messages.catalog import Catalog
from jinja2 import Environment

from scripts.translate import ROOT, extract, load, untranslated

TEMPLATES = ROOT / "templates"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# Each language's own name; pages that hold both languages, as they must not depend on what may be broken.
OWN_NAMES, IN_BOTH = {"English", "中文"}, {"errors/500.html", "errors/503.html"}
SPOKEN = re.compile(r"\b(?:aria-label|alt|title|placeholder)=\"([^\"]*)\"")


def texts(catalogue: Catalog) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = [message.string or ""] if isinstance(message.string, str | None) else list(message.string)
    return found


def test_every_text_has_its_chinese() -> None:
    """Extracted anew from code and templates: nothing untranslated, nothing fuzzy, nothing that is used no more."""
    kept = load()
    assert untranslated(kept) == []
    said, known = texts(extract()).keys(), texts(kept).keys()
    assert said - known == set(), "python -m scripts.translate FILE.json"
    assert known - said == set(), "no longer said: python -m scripts.translate"


def test_translations_name_the_same_values() -> None:
    wrong = [
        (english, chinese)
        for english, translations in texts(load()).items()
        for chinese in translations
        if not set(PLACEHOLDER.findall(chinese)) <= set(PLACEHOLDER.findall(english))
    ]
    assert wrong == []


def test_templates_say_nothing_outside_translation() -> None:
    """What remains of a template without its tags and expressions is punctuation, figures and names."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.do"])
    wrong = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        if name in IN_BOTH or path.parent.name == "texts":
            continue
        tokens = environment.lex(path.read_text(encoding="utf-8"))
        html, outside = "", True
        for _line, kind, value in tokens:
            outside = {"block_begin": False, "variable_begin": False, "block_end": True, "variable_end": True}.get(
                kind, outside
            )
            html += value if kind == "data" else "·" if outside and kind.endswith("_end") else ""
        shown = re.sub(r"<(style|script)\b.*?</\1>|<!--.*?-->|<[^>]*>|&\w+;", " ", html, flags=re.S)
        for text in [*SPOKEN.findall(html), shown]:
            for word in re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", text):
                if word not in OWN_NAMES:
                    wrong.append(f"{name}: {word}")
    assert wrong == []


def test_long_texts_stand_in_both_languages() -> None:
    names = {path.name.removesuffix(".html") for path in (TEMPLATES / "pages" / "texts").glob("*.html")}
    titles = {name.rpartition(".")[0] for name in names}
    assert titles
    assert names == {f"{title}.{language}" for title in titles for language in ("zh", "en")}
