"""Job name -> handler; the handlers stand in web/handlers/. A handler runs in an application context and must bear being run twice."""

from collections.abc import Callable, Mapping
from typing import Any

from web import mails

Handler = Callable[[Mapping[str, Any]], None]
HANDLERS: dict[str, Handler] = {"mail": mails.send}


def handler(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a job name."""

    def register(function: Handler) -> Handler:
        HANDLERS[name] = function
        return function

    return register
