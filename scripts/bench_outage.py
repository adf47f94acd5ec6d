"""`python -m scripts.bench_outage [--seconds 10] [--readers 1 8] [--json FILE]`: search pages while Elasticsearch fails.

A site of its own (waitress, SQLite, the sample data) behind a relay to a real Elasticsearch. For each kind of outage: it
begins, readers ask one page after the other, it ends. Of the answers: p50, p95 and the longest, all from the moment it
began; how many said so; how many requests reached the server; seconds from its end to the first answer of the engine.
Exit code 1 if a page took a second or more, or did not answer as it should.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch as Client

from scripts.faults import Fault, Relay
from scripts.services import Elasticsearch
from scripts.site_process import SiteProcess

NOTICE = "Search is not available at the moment"
READ_ONLY = "read_only"
PREFIX = "outage"
PATIENCE = 60  # seconds until the engine must have answered again


def ask(url: str) -> tuple[float, bool, bool]:
    """Ask for a page; seconds, whether it lists achievements, whether it says that search is away."""
    request = urllib.request.Request(f"{url}/achievements?q=%E6%9D%90%E6%96%99", headers={"Accept-Language": "en"})  # noqa: S310 - our own http address
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own http address
        text = answer.read().decode()
    return time.perf_counter() - began, 'href="/achievements/' in text, NOTICE in text


def read(url: str, readers: int, seconds: float) -> list[tuple[float, bool, bool]]:
    """What `readers` got who asked one page after the other."""
    end = time.monotonic() + seconds
    got: list[tuple[float, bool, bool]] = []

    def work() -> None:
        while time.monotonic() < end:
            got.append(ask(url))

    threads = [threading.Thread(target=work) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def back(url: str) -> float:
    """Seconds until the engine answers."""
    began = time.monotonic()
    while ask(url)[2]:
        if time.monotonic() - began > PATIENCE:
            raise SystemExit("the engine did not answer again")
        time.sleep(0.05)
    return time.monotonic() - began


def measure(site: SiteProcess, relay: Relay, kind: str, readers: int, seconds: float, locked: Any) -> dict[str, Any]:
    back(site.url)
    before = relay.requests
    if kind == READ_ONLY:
        locked(True)
    else:
        relay.fault = Fault(kind)
    got = read(site.url, readers, seconds)
    asked = relay.requests - before
    if kind == READ_ONLY:
        locked(None)
    else:
        relay.fault = Fault.NONE
    times = sorted(took * 1000 for took, _, _ in got)
    return {
        "pages": len(got),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1),
        "max_ms": round(times[-1], 1),
        "lists": sum(lists for _, lists, _ in got),
        "says_so": sum(says for _, _, says in got),
        "requests": asked,
        "back_s": round(back(site.url), 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Elasticsearch())
        relay = stack.enter_context(Relay(server))
        site = stack.enter_context(SiteProcess(folder, SEARCH_URL=f"{relay.url}/{PREFIX}"))
        client = stack.enter_context(Client(server))

        def locked(value: bool | None) -> None:
            client.indices.put_settings(index=f"{PREFIX}-*", settings={"index.blocks.read_only_allow_delete": value})

        read(site.url, 4, 3)  # templates, connections and the server's own code warm
        print(f"{'outage':14}readers   pages   p50 ms   p95 ms   max ms   lists   says so   requests   back s")
        for kind in [*Fault, READ_ONLY]:
            for readers in arguments.readers:
                row = measure(site, relay, kind, readers, arguments.seconds, locked)
                found.setdefault(kind, {})[str(readers)] = row
                print(
                    f"{kind:14}{readers:7d}{row['pages']:8d}{row['p50_ms']:9.1f}{row['p95_ms']:9.1f}{row['max_ms']:9.1f}"
                    f"{row['lists']:8d}{row['says_so']:10d}{row['requests']:11d}{row['back_s']:9.2f}",
                    flush=True,
                )
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    wrong = [
        kind
        for kind, rows in found.items()
        for row in rows.values()
        if row["max_ms"] >= 1000
        or row["lists"] != row["pages"]
        or row["says_so"] != (0 if kind in (Fault.NONE, READ_ONLY) else row["pages"])
    ]
    print(f"not as it should be: {', '.join(dict.fromkeys(wrong))}" if wrong else "every page within a second")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
