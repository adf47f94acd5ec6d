"""How values are shown to people: times, money, sizes, and addresses made from the present one.

``register(app)`` makes the functions filters or globals of the templates. Times are aware and shown in the site's zone
(Flask-Babel's); money is whole fen.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, request
from flask_babel import format_date, format_decimal, get_locale, ngettext, to_user_timezone
from flask_babel import gettext as _
from markupsafe import Markup, escape

from models.base import utcnow
from search.question import LONGEST_QUESTION

WEEKDAYS = "一二三四五六日"
FEN_OF_TEN_THOUSAND = 1_000_000


def _chinese() -> bool:
    locale = get_locale()
    return locale is None or locale.language == "zh"


def _local(value: datetime) -> datetime:
    return to_user_timezone(value)


def today() -> date:
    """The present day in the site's zone."""
    return _local(utcnow()).date()


def day(value: date | datetime | str | None) -> str:
    """11月26日（周四）; the year is added when it is not the present one. Mails hand it plain (2026-11-26)."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    on = _local(value).date() if isinstance(value, datetime) else value
    this_year = on.year == today().year
    if _chinese():
        year = "" if this_year else f"{on.year}年"
        return f"{year}{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"
    return format_date(on, "EEE d MMM" if this_year else "EEE d MMM y")


def clock(value: datetime | None) -> str:
    """14:30"""
    return f"{_local(value):%H:%M}" if value else ""


def moment(value: datetime | None) -> str:
    """11月26日（周四）14:30"""
    return f"{day(value)}{'' if _chinese() else ', '}{clock(value)}" if value else ""


def moments(values: Sequence[datetime]) -> str:
    """Several moments in their order, each day named once: 11月26日（周四）14:30、15:00；11月27日（周五）9:00."""
    days = [(on, [clock(value) for value in group]) for on, group in groupby(values, day)]
    comma, semicolon, space = ("、", "；", "") if _chinese() else (", ", "; ", ", ")
    return semicolon.join(f"{on}{space}{comma.join(clocks)}" for on, clocks in days)


def period(start: datetime, end: datetime) -> str:
    """From start to end; the day stands once where both are on it: 11月26日（周四）14:30–16:00."""
    if _local(start).date() == _local(end).date():
        return f"{moment(start)}–{clock(end)}"
    return _("%(start)s to %(end)s", start=moment(start), end=moment(end))


def time_in(session: Any, start: datetime, end: datetime | None = None) -> str:
    """A time (or stretch) within something that has a beginning and an end: with its day where that lasts over midnight."""
    last = session.ends_at - timedelta(microseconds=1)  # until 24:00 is within one day
    if _local(session.starts_at).date() != _local(last).date():
        return period(start, end) if end is not None else moment(start)
    return f"{clock(start)}–{clock(end)}" if end is not None else clock(start)


def ago(value: datetime) -> str:
    """Relative within a day either way (5 minutes ago, in 3 hours), else the moment itself."""
    seconds = int((utcnow() - value).total_seconds())
    minutes, hours = abs(seconds) // 60, abs(seconds) // 3600
    if hours >= 24:
        return moment(value)
    if minutes < 1:
        return _("just now") if seconds >= 0 else _("in less than a minute")
    if seconds >= 0:
        if hours:
            return ngettext("%(num)s hour ago", "%(num)s hours ago", hours)
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", minutes)
    if hours:
        return ngettext("in %(num)s hour", "in %(num)s hours", hours)
    return ngettext("in %(num)s minute", "in %(num)s minutes", minutes)


def leaf(value: datetime) -> tuple[str, str, str]:
    """Month, day and weekday of a calendar leaf: 11月, 26, 周四."""
    on = _local(value).date()
    if _chinese():
        return f"{on.month}月", str(on.day), f"周{WEEKDAYS[on.weekday()]}"
    return format_date(on, "MMM"), str(on.day), format_date(on, "EEE")


def money(fen: int | None) -> str:
    """35 万元, 8,500 元; in English CNY 350,000."""
    if fen is None:
        return ""
    if not _chinese():
        return f"CNY {format_decimal(fen / 100, '#,##0.##')}"
    if fen >= FEN_OF_TEN_THOUSAND:
        return f"{format_decimal(fen / FEN_OF_TEN_THOUSAND, '#,##0.##')} 万元"
    return f"{format_decimal(fen / 100, '#,##0.##')} 元"


def price(low: int | None, high: int | None = None, *, negotiable: bool = False) -> str:
    """A price range in fen, one price where both ends are equal or one is missing, or "negotiable"."""
    ends = sorted({end for end in (low, high) if end is not None})
    if negotiable or not ends:
        return _("Price negotiable")
    first, last = money(ends[0]), money(ends[-1])
    if first == last:
        return first
    if not _chinese():
        return f"{first}–{last.removeprefix('CNY ')}"
    return f"{first.removesuffix(' 万元')}–{last}" if ends[0] >= FEN_OF_TEN_THOUSAND else f"{first}–{last}"


def budget(of: Any) -> str:
    """Both ends of somebody's budget, or "from", "up to"; "" where they named none."""
    low, high = of.budget_min, of.budget_max
    if low is None and high is None:
        return ""
    if high is None:
        return _("from %(money)s", money=money(low))
    return _("up to %(money)s", money=money(high)) if low is None else price(low, high)


def number(value: float) -> str:
    """1,234.5"""
    if isinstance(value, int) and 0 <= value < 1000:
        return str(value)  # the same in every language: a search page shows fifty counts
    return format_decimal(value)


def filesize(octets: int) -> str:
    """2.4 MB (in thousands, as file managers show them)."""
    value, unit = float(octets), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{format_decimal(value, '#,##0.#')} {unit}"


def paragraphs(text: str | None) -> Markup:
    """Plain text as paragraphs, escaped: an empty line parts them, a line end stays one."""
    blocks = [block.strip() for block in (text or "").replace("\r\n", "\n").split("\n\n")]
    lines = (Markup("<br>").join(escape(line) for line in block.split("\n")) for block in blocks if block)
    return Markup("\n").join(Markup("<p>{}</p>").format(line) for line in lines)


def here(**changes: Any) -> str:
    """The present address with arguments of its query changed; None or "" takes one out, a list repeats it.

    ``here(page=None, sort="new")`` keeps all filters. (url_for is not used: a reader types the names of the arguments.)
    """
    arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    kept = {name: value for name, value in arguments.items() if value not in (None, "", [], [""])}
    path = quote(request.root_path + request.path)
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def here_without(name: str, value: str) -> str:
    """The present address without one value of a repeated argument, on its first page."""
    rest = [other for other in request.args.getlist(name) if other != value]
    return here(**{name: rest, "page": None, "after": None})


def register(app: Flask) -> None:
    """Make the functions above known to the templates of ``app``."""
    for function in (day, clock, moment, ago, leaf, budget, money, number, filesize, paragraphs):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals.update(
        period=period,
        price=price,
        time_in=time_in,
        today=today,
        here=here,
        here_without=here_without,
        longest_question=LONGEST_QUESTION,
    )
