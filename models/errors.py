"""Domain errors: sentences a person can read.

Messages are English message ids; the web translates them with the values in ``params``. ``N_`` only marks a text
for extraction, since lazy translated strings do not belong into models (docs/decisions/0002).
"""

from typing import Any


def N_(message: str) -> str:
    """Mark ``message`` for translation and return it unchanged."""
    return message


class DomainError(Exception):
    """Something may not happen now. ``field`` names the form field it belongs to, or is empty."""

    status = 422

    def __init__(self, message: str, *, field: str = "", **params: Any) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.field = field
        self.params = params


class NotNow(DomainError):
    """The state of the record does not allow the verb."""


class Invalid(DomainError):
    """What was typed cannot be accepted as it is."""


class Conflict(DomainError):
    """Somebody else was first: another editor, another booking."""

    status = 409
