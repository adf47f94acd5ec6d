"""`python -m scripts.translate [FILE.json ...] [--missing]`: keep the Chinese catalogue.

Extracts every message id of the code, merges the translations of the files ({"English": "中文"}), writes the catalogue
sorted, so that two people's changes seldom touch, and prints how many are untranslated (``--missing``: which).
"""

import argparse
import fcntl
import json
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "web" / "translations" / "zh_CN" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "N_": None}


def extract() -> Catalog:
    """Every message id of code and templates, without places (they would change with every line moved)."""
    # No time of day: it would make two people's changes touch each time.
    catalogue = Catalog(
        locale="zh_CN",
        project="achievement-matchmaking",
        charset="utf-8",
        creation_date=datetime(2026, 11, 1, tzinfo=UTC),
    )
    jinja = {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}
    for folder in ("models", "search", "web", "templates"):
        methods = [("**.py", "python")] if folder != "templates" else [("**.html", "jinja2"), ("**.txt", "jinja2")]
        found = extract_from_dir(
            str(ROOT / folder),
            methods,
            {pattern: jinja for pattern, method in methods if method == "jinja2"},
            keywords=KEYWORDS,
            directory_filter=lambda path: not path.endswith(("vendor", "__pycache__", "migrations")),
        )
        for _file, _line, message, _comments, context in found:
            catalogue.add(message, context=context)
    return catalogue


def load() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="zh_CN", charset="utf-8")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_CN")


def untranslated(catalogue: Catalog) -> list[str]:
    """Message ids without (or with a fuzzy) Chinese text."""
    missing = []
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and (message.fuzzy or not all(texts)):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def update(translations: dict[str, str]) -> Catalog:
    """Merge translations into the newly extracted catalogue and write it; holds a lock against a colleague."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with (CATALOGUE.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        old, new = load(), extract()
        for message in new:
            if not message.id:
                continue
            key = message.id if isinstance(message.id, str) else message.id[0]
            known = old.get(message.id, message.context)
            if key in translations:
                text = translations[key]
                message.string = text if isinstance(message.id, str) else (text,)
            elif known is not None and known.string:
                message.string = known.string
        # Kept although not extracted now: a colleague's page may be under way.
        for key, text in translations.items():
            if new.get(key) is None:
                new.add(key, text)
        partial = CATALOGUE.with_suffix(".tmp")
        with partial.open("wb") as file:
            write_po(file, new, sort_output=True, omit_header=False, width=120, no_location=True)
        partial.rename(CATALOGUE)
    return new


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--missing", action="store_true")
    arguments = parser.parse_args()
    translations: dict[str, str] = {}
    for file in arguments.files:
        translations |= json.loads(file.read_text(encoding="utf-8"))
    missing = untranslated(update(translations))
    print(f"{len(missing)} untranslated")
    if arguments.missing:
        print("\n".join(missing))


if __name__ == "__main__":
    main()
