"""Excel files: one sheet with a bold head, no cell that would run as a formula."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask import Response
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from web.downloads import download
from web.i18n import local

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Answer with an .xlsx file of that title, which may be Chinese; times are those of the site's zone."""
    book = Workbook()
    sheet = book.active
    sheet.freeze_panes = "A2"
    for number, row in enumerate((columns, *rows), start=1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            cell.value = _plain(value)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # text stays text, also where it begins with "="
            if number == 1:
                cell.font = Font(bold=True)
    for place, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = max(12, min(40, 2 * len(str(name))))
    file = io.BytesIO()
    book.save(file)
    return download(file.getvalue(), name=f"{title}.xlsx", media_type=SHEET)


def yuan(fen: int | None) -> float | int | None:
    """An amount as a number of yuan, so that a sheet can add it up."""
    return None if fen is None else fen // 100 if fen % 100 == 0 else fen / 100


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return local(value).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | float | date):
        return value
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))
