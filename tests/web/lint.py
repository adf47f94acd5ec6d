"""What is wrong with a page, told without a browser: structure, names, references, what the Content-Security-Policy blocks."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CONTROLS = {"input", "select", "textarea"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form")
BLOCKS = {"address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form", "h1", "h2",
          "h3", "h4", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul"}  # fmt: skip


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[tuple[str, dict[str, str]]] = []
        self.ids: list[str] = []
        self.controls: list[dict[str, str]] = []
        self.labelled: set[str] = set()
        self.references: list[tuple[str, str]] = []
        self.headings: list[int] = []
        self.words: dict[int, str] = {}  # of elements that need a name, by their number
        self.names: list[tuple[int, str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if len(attributes) < len(given):
            self.wrong.append(f"<{tag}> has an attribute twice")
        if tag in BLOCKS and any(parent == "p" for parent, _ in self.open):
            self.wrong.append(f"<{tag}> inside <p>")
        if tag in ("a", "button") and any(parent in ("a", "button") for parent, _ in self.open):
            self.wrong.append(f"<{tag}> inside a link or button")
        if tag == "form" and any(parent == "form" for parent, _ in self.open):
            self.wrong.append("<form> inside <form>")
        if tag == "img" and "alt" not in attributes:
            self.wrong.append(f"<img src={attributes.get('src')}> without alt")
        if tag in ("style", "script") and not attributes.get("src"):
            self.wrong.append(f"inline <{tag}>")
        for name, value in attributes.items():
            if name == "style" or name.startswith("on") or value.startswith("javascript:"):
                self.wrong.append(f"<{tag} {name}={value!r}> is blocked by the Content-Security-Policy")
            if name in ("src", "action") and value.startswith(("http://", "https://", "//")):
                self.wrong.append(f"<{tag} {name}={value!r}> leaves the site")
            if name in REFERENCES:
                self.references += [(f"<{tag} {name}>", target) for target in value.split()]
            if name in ("href", "data-bs-target", "data-hx-target") and value.startswith("#") and len(value) > 1:
                self.references.append((f"<{tag} {name}>", value[1:]))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "label":
            self.labelled.add(attributes.get("for", ""))
        if tag in CONTROLS and attributes.get("type") not in ("hidden", "submit"):
            inside = any(parent == "label" for parent, _ in self.open)
            if not inside:
                self.controls.append(attributes)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag in ("a", "button", "h1", "h2", "h3", "h4", "legend", "label", "title", "summary", "caption", "th"):
            self.names.append((len(self.names), tag, attributes))
            attributes["#"] = str(len(self.names) - 1)
        if attributes.get("alt") or attributes.get("aria-label"):
            self._say(attributes.get("alt") or attributes["aria-label"])
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_startendtag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, given)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1][0] if self.open else 'nothing'} at {self.getpos()}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._say(data)

    def _say(self, text: str) -> None:
        for _tag, attributes in self.open:
            if "#" in attributes:
                number = int(attributes["#"])
                self.words[number] = self.words.get(number, "") + text


def problems(html: str) -> list[str]:
    """Each thing that is wrong with the whole page ``html``, as a sentence; empty where nothing is."""
    page = _Page()
    page.feed(html)
    page.close()
    wrong = page.wrong + [f"<{tag}> is never closed" for tag, _ in page.open]
    wrong += [
        f"id {name!r} is used {page.ids.count(name)} times"
        for name in sorted(set(page.ids))
        if page.ids.count(name) > 1
    ]
    wrong += [f"{where} names {name!r}, which is no id" for where, name in page.references if name not in page.ids]
    for control in page.controls:
        if not (control.get("id") in page.labelled or control.get("aria-label") or control.get("aria-labelledby")):
            wrong.append(f"control {control.get('name')!r} has no label")
    for number, tag, attributes in page.names:
        if not page.words.get(number, "").strip() and not attributes.get("aria-label"):
            wrong.append(f"<{tag}> without text: {attributes.get('href', attributes.get('name', ''))}")
    if page.headings.count(1) != 1:
        wrong.append(f"{page.headings.count(1)} h1")
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        if after > before + 1:
            wrong.append(f"h{after} follows h{before}")
    if not any(tag == "title" for _n, tag, _a in page.names):
        wrong.append("no title")
    if "<html lang=" not in html:
        wrong.append("html without lang")
    return wrong
