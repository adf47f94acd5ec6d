"""`python -m scripts.bench_kill [--rounds 50] [--engine embedded|elasticsearch] [--seed N]`: killed under writes, again and again.

Each round: a running site with its worker, changes and mails by another process, SIGKILL at a random point, start again.
Then index = database, no job left over, no acknowledged change or mail lost. Exit code 1 if any round is not good.
With ``--engine elasticsearch`` PostgreSQL and Elasticsearch are started for it, the worker being a process of its own.
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from scripts.crashes import Round, play
from scripts.services import Elasticsearch, PostgreSQL, Redis
from scripts.site_process import SiteProcess
from web.config import Settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--engine", choices=("embedded", "elasticsearch"), default="embedded")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls: dict[str, str] = {}
        options: tuple[str, ...] = ()
        if arguments.engine == "elasticsearch":
            urls = {
                "DATABASE_URL": stack.enter_context(PostgreSQL()),
                "SEARCH_URL": stack.enter_context(Elasticsearch()),
                "REDIS_URL": stack.enter_context(Redis()),
            }
            options = ("--production",)
        site = stack.enter_context(SiteProcess(folder, *options, **urls))
        settings = Settings.from_env({"VAR_DIR": str(folder), **urls})
        print("round   killed after   changes   differ   jobs left   changes lost   mails lost")
        rounds: list[Round] = []
        for number in range(1, arguments.rounds + 1):
            found = play(site, settings, arguments.seed * 10_000 + number)
            rounds.append(found)
            print(
                f"{number:5d}   {found.killed_after:10.2f} s   {found.writes:7d}   {found.differ:6d}   {found.left:9d}"
                f"   {found.lost_changes:12d}   {found.lost_mails:10d}",
                flush=True,
            )
    bad = sum(not found.good for found in rounds)
    print(f"{len(rounds)} kills, {sum(found.writes for found in rounds)} changes, {bad} rounds with a loss")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
