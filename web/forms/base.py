"""What forms share: rows that can be added and removed without script (components/forms.html, ``rows``)."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import FieldList

MOST_ROWS = 50


def row_buttons(form: FlaskForm) -> bool:
    """Whether "add" or "remove" of a row was pressed; the row is then added or removed in the form.

    The view renders the form again and stores nothing: ``if row_buttons(form): return render_template(...)``.
    """
    add, remove = request.form.get("add_row", ""), request.form.get("remove_row", "")
    for field in form:
        if not isinstance(field, FieldList):
            continue
        if add == field.name:
            if len(field.entries) < min(field.max_entries or MOST_ROWS, MOST_ROWS):
                field.append_entry()
            return True
        for entry in field.entries:
            if remove == entry.name:
                _remove(field, entry)
                return True
    return False


def _remove(field: FieldList, gone: Any) -> None:
    """Take an entry out and number the rest anew, so that names stay without holes."""
    kept = [entry.data for entry in field.entries if entry is not gone]
    while field.entries:
        field.pop_entry()
    for data in kept:
        field.append_entry(data)
