"""Excel files: one sheet, a bold head that stays, and no cell that would run as a formula."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from flask import Response
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from web.i18n import local

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60  # characters


def workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Answer with an Excel file; ``title`` names it and its sheet. Text stays text, also where it begins with "="."""
    book = Workbook()
    sheet = book.active
    sheet.title = "".join(letter for letter in title if letter not in r"\/*?:[]'")[:31] or "Excel"
    for number, row in enumerate([columns, *rows], 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place, _plain(value))
            if cell.data_type == "f":
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for place, column in enumerate(sheet.columns, 1):
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(place)].width = min(WIDEST, 2 * widest + 2)
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    answer = Response(file.getvalue(), mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(f'{title}.xlsx')}"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _plain(value: Any) -> Any:
    """What a cell can hold; moments in the site's zone, since Excel knows none."""
    if isinstance(value, datetime):
        return local(value).replace(tzinfo=None)
    if isinstance(value, Fraction):
        return round(float(value), 2)
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return value
