"""`python -m scripts.bench_web [--clients 1 8] [--seconds 1.5] [--servers waitress granian] [--sizes 169 20000] [--json FILE]`
   `[--pages home search ...] [--folder DIR]`

Requests a second and p50/p95/p99 of the main pages under each server, beside the same templates with their data in
memory and a bare Flask page on the same server in the same run, and the query count of each page.
``--seconds`` is per page, server, size and number of clients, in three parts between which all the other pages are
measured: what else the machine does then meets all of them.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from models.base import utcnow
from models.enums import EventState, SessionKind
from models.tables import MatchSession
from scripts.bench_bare import PAGES, sampled
from scripts.bench_data import grow
from scripts.bench_load import Address, BadAnswer, Timing, log_in, measure
from scripts.seed import DEMO_PASSWORD
from scripts.serve import prepare
from scripts.site_process import SiteProcess
from web import create_app
from web.backends import connect
from web.config import Settings

PARTS = 3
SEEKER = "seeker@example.org"
SAMPLE = 169  # this size is the sample data as it is
QUESTIONS = (
    "q=大豆蛋白&industry=green_food", "q=低温 电池", "q=压裂返排液回用&trl=6&trl=7", "q=水稻育种&sort=newest",
    "q=machine vision 检测", "field=materials&sort=trl", "q=催化剂", "q=石墨烯&stage=pilot&mode=license",
)  # fmt: skip
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """Something measured: of the site, or (``reference``) of scripts.bench_bare."""

    name: str
    address: Address
    against: str = ""  # the name of the reference it is compared with
    reference: bool = False
    signed_in: bool = False


@dataclass(frozen=True)
class Line:
    """One row of the result; times in milliseconds."""

    size: int
    server: str
    clients: int
    page: str
    rate: float
    p50: float
    p95: float
    p99: float
    of_reference: float | None  # its rate as a part of its reference's
    queries: int | None


def page_list(app: Flask) -> list[Page]:
    """The pages with addresses of this database. "Made anew" defeats the kept pages by an argument that never repeats."""
    backends = app.extensions["backends"]
    ids = sampled(backends)
    found = [
        Page("bare Flask page", lambda number: "/bench/bare", reference=True),
        Page("home, data in memory", lambda number: "/bench/home", reference=True),
        Page("home", lambda number: "/", "home, data in memory"),
        Page("home, made anew", lambda number: f"/?n={number}", "home, data in memory"),
        Page("achievement, data in memory", lambda number: f"/bench/achievement/{number % PAGES}", reference=True),
        Page("achievement", lambda number: f"/achievements/{ids[number % PAGES]}", "achievement, data in memory"),
        Page(
            "achievement, made anew",
            lambda number: f"/achievements/{ids[number % PAGES]}?n={number}",
            "achievement, data in memory",
        ),
        Page("search", lambda number: f"/achievements?{question(number)}"),
    ]
    with backends.database.read() as session:
        coming = session.scalar(
            select(MatchSession.public_id)
            .where(
                MatchSession.state == EventState.PUBLISHED,
                MatchSession.kind == SessionKind.ONE_TO_ONE,
                MatchSession.starts_at > utcnow(),
            )
            .order_by(MatchSession.starts_at)
            .limit(1)
        )
    if coming:
        found += [
            Page("booking, a visitor", lambda number: f"/sessions/{coming}"),
            Page("booking, a visitor, made anew", lambda number: f"/sessions/{coming}?n={number}"),
            Page("booking, signed in", lambda number: f"/sessions/{coming}", signed_in=True),
            Page("booking, the form", lambda number: f"/sessions/{coming}/book", signed_in=True),
        ]
    return found


def question(number: int) -> str:
    return quote(QUESTIONS[number % len(QUESTIONS)], safe="=&")


def count_queries(app: Flask, pages: list[Page]) -> dict[str, int]:
    """Page -> statements for one answer of this process, once it has answered a few; none where the page is kept."""
    asked: list[str] = []
    engine = app.extensions["backends"].database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    visitor, reader = app.test_client(), signed_in(app)
    found = {}
    for page in pages:
        if page.reference:
            continue
        client = reader if page.signed_in else visitor
        costs = []
        for number in range(2 * PAGES):
            asked.clear()
            answer = client.get(page.address(number))
            if answer.status_code != 200:
                raise BadAnswer(f"{page.address(number)}: {answer.status_code}")
            costs.append(len(asked))
        found[page.name] = min(costs[PAGES:])  # settings are read anew every few seconds: not a cost of this page
    return found


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    token = TOKEN.search(client.get("/account/login").text)
    form = {"csrf_token": token[1] if token else "", "email": SEEKER, "password": DEMO_PASSWORD}
    if client.post("/account/login", data=form).status_code != 303:
        raise BadAnswer("the log-in was refused")
    return client


def fill(folder: Path, sizes: list[int], say: Callable[[str], None]) -> dict[int, Path]:
    """A folder of embedded backends for each size."""
    base = folder / "sample"
    backends = connect(settings := Settings(var_dir=base))
    prepare(settings, backends)
    backends.close()
    folders = {size: folder / str(size) for size in sizes}
    for size in sizes:
        if folders[size].exists():
            continue
        shutil.copytree(base, folders[size])
        if size > SAMPLE:
            say(f"Copying the sample to {size} achievements ...")
            backends = connect(settings := Settings(var_dir=folders[size]))
            grow(backends, settings, size)
            backends.close()
    return folders


def started(stack: ExitStack, server: str, folder: Path, module: str, wsgi: str) -> SiteProcess:
    """The site or the references under one server: one process, as many threads as in service."""
    if server == "waitress":
        return stack.enter_context(SiteProcess(folder, module=module))
    options = (
        "--interface",
        "wsgi",
        "--workers",
        "1",
        "--blocking-threads",
        "200",
        "--no-ws",
        "--log-level",
        "warning",
    )
    return stack.enter_context(SiteProcess(folder, *options, "--port", "{port}", wsgi, module="granian"))


def measured(
    folder: Path, server: str, clients: int, pages: list[Page], seconds: float
) -> Iterator[tuple[Page, Timing]]:
    with ExitStack() as stack:
        site = started(stack, server, folder, "scripts.serve", "scripts.wsgi:app")
        beside = started(stack, server, folder, "scripts.bench_bare", "scripts.bench_bare:application")
        cookie = log_in(site.url, SEEKER, DEMO_PASSWORD) if any(page.signed_in for page in pages) else ""
        timings = {page.name: Timing() for page in pages}
        for part in range(PARTS + 1):
            for page in pages:
                port = urlsplit((beside if page.reference else site).url).port or 0
                timing = measure(
                    port, page.address, clients=clients, seconds=seconds / PARTS if part else 0.2,
                    cookie=cookie if page.signed_in else "", first=part * 1_000_000,
                )  # fmt: skip
                if part:  # the first warms up
                    timings[page.name].add(timing)
        yield from ((page, timings[page.name]) for page in pages)


HEADING = f"{'page':<32}{'requests/s':>11}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'of memory':>11}{'queries':>9}"


def show(line: Line) -> str:
    ratio = "" if line.of_reference is None else f"{line.of_reference:.0%}"
    queries = "" if line.queries is None else str(line.queries)
    return f"{line.page:<32}{line.rate:>11.0f}{line.p50:>9.1f}{line.p95:>9.1f}{line.p99:>9.1f}{ratio:>11}{queries:>9}"


def run(arguments: argparse.Namespace, folder: Path) -> list[Line]:
    lines: list[Line] = []
    for size, var in fill(folder, arguments.sizes, print).items():
        app = create_app(Settings(var_dir=var))
        pages = [page for page in page_list(app) if page.reference or page.name.startswith(tuple(arguments.pages))]
        queries = count_queries(app, pages)
        app.extensions["backends"].close()
        for server in arguments.servers:
            for clients in arguments.clients:
                print(f"\n{size} achievements, {server}, {clients} client{'s' * (clients > 1)}\n{HEADING}")
                rates: dict[str, float] = {}
                for page, timing in measured(var, server, clients, pages, arguments.seconds):
                    rates[page.name] = timing.rate
                    line = Line(
                        size=size,
                        server=server,
                        clients=clients,
                        page=page.name,
                        rate=timing.rate,
                        p50=timing.percentile(0.5),
                        p95=timing.percentile(0.95),
                        p99=timing.percentile(0.99),
                        of_reference=timing.rate / rates[page.against] if page.against else None,
                        queries=queries.get(page.name),
                    )
                    lines.append(line)
                    print(show(line), flush=True)
    return lines


def changed_counts(lines: list[Line]) -> list[str]:
    """Pages whose query count differs between two sizes."""
    counts: dict[str, set[int]] = {}
    for line in lines:
        if line.queries is not None:
            counts.setdefault(line.page, set()).add(line.queries)
    return [page for page, found in counts.items() if len(found) > 1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--servers", nargs="+", choices=("waitress", "granian"), default=["waitress", "granian"])
    parser.add_argument("--sizes", type=int, nargs="+", default=[SAMPLE, 20_000])
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--pages", nargs="+", default=[""], help="only pages whose names begin so")
    parser.add_argument("--folder", type=Path, help="keep the databases here, and use those that are here")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as temporary:
        lines = run(arguments, arguments.folder or Path(temporary))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")
    different = changed_counts(lines)
    print(
        f"\nQuery counts {'differ between the sizes: ' + ', '.join(different) if different else 'equal at all sizes'}."
    )
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
