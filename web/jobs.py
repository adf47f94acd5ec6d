"""Job name -> handler; the handlers stand in web/handlers/. A handler runs in an application context and must bear being run twice."""

from collections.abc import Callable, Mapping
from typing import Any

from web import mails


class NotYet(Exception):
    """What a job needs is not there yet; it is done again after ``seconds``, and that is no failure of it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


Handler = Callable[[Mapping[str, Any]], None]
HANDLERS: dict[str, Handler] = {"mail": mails.send}


def handler(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a job name."""

    def register(function: Handler) -> Handler:
        HANDLERS[name] = function
        return function

    return register
