"""Start all real services for a command, and stop them after it.

    python -m scripts.with_services             start all, print their addresses, stop all at Ctrl-C
    python -m scripts.with_services COMMAND     start all, run COMMAND with TEST_DATABASE_URL, TEST_REDIS_URL,
                                                TEST_SEARCH_URL, TEST_VNU_URL and TEST_CHROMIUM in its environment

A server that DATABASE_URL, REDIS_URL or SEARCH_URL names is used instead of an own one. For what could not be had
TEST_..._WHY holds the reason. What is missing on a Debian machine is installed, where that is allowed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NoReturn

from scripts import provision
from scripts.provision import Unavailable, say
from scripts.services import Elasticsearch, HtmlChecker, PostgreSQL, Redis, Service

SLOWEST_FIRST: tuple[type[Service], ...] = (Elasticsearch, HtmlChecker, PostgreSQL, Redis)
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def together() -> Iterator[dict[str, str]]:
    """All services at once, the slowest first so that the others start meanwhile; the TEST_... variables of them all."""
    provision.install_missing()
    environment: dict[str, str] = {}
    started: list[tuple[Service, float]] = []

    def missing(service: Service, why: Unavailable) -> None:
        say(f"Skipped: the tests on {service.name}: {why}")
        environment[f"TEST_{service.variable}_WHY"] = f"{service.name}: {why}"

    with ExitStack() as stack:
        for service in (kind() for kind in SLOWEST_FIRST):
            given = os.environ.get(service.variable, "")
            if given.partition("://")[0] in service.schemes:
                environment[f"TEST_{service.variable}"] = given
                say(f"{service.name}: the one of {service.variable}")
                continue
            stack.callback(service.stop)
            begin = time.monotonic()
            try:
                service.launch()
            except Unavailable as why:
                missing(service, why)
            else:
                started.append((service, begin))
        try:
            environment["TEST_CHROMIUM"] = provision.chromium()
        except Unavailable as why:
            say(f"Skipped: the tests in a browser: {why}")
            environment["TEST_CHROMIUM_WHY"] = f"Chromium: {why}"
        for service, begin in reversed(started):
            try:
                service.wait()
            except Unavailable as why:
                missing(service, why)
            else:
                environment[f"TEST_{service.variable}"] = service.url
                say(f"{service.name}: {service.url} ({time.monotonic() - begin:.1f} s)")
        yield environment


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command with the TEST_... variables but without the site's own, to its end; its exit code.

    The command is ended, as by Ctrl-C, when this process is."""
    own = {kind.variable for kind in SLOWEST_FIRST}
    inherited = {key: value for key, value in os.environ.items() if key not in own}
    child = subprocess.Popen(command, env=inherited | environment)
    try:
        return child.wait()
    except BaseException as reason:
        # Ctrl-C has reached the child as well. Whatever else ends us has not.
        patience = 15 if isinstance(reason, KeyboardInterrupt) else 0
        for send, seconds in ((signal.SIGINT, patience), (signal.SIGKILL, 30)):
            try:
                child.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                child.send_signal(send)
        child.wait()
        raise


def end(number: int, frame: object) -> NoReturn:
    """Turn a signal into an exception, once: a second one must not disturb the stopping."""
    for again in ENDINGS:
        signal.signal(again, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main() -> int:
    for number in ENDINGS:
        signal.signal(number, end)
    try:
        with together() as environment:
            if command := sys.argv[1:]:
                return run(command, environment)
            for key, value in sorted(environment.items()):
                print(f"{key}={value}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
