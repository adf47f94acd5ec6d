"""`python -m scripts.verify_index [--wait]`: compare index and database, print how many records differ (exit code 1 if any).

What differs is enqueued. ``--wait`` first waits until every index job is done, so that 0 means equal.
"""

import argparse
import time

from tqdm import tqdm

from search.sync import pending, verify
from web.backends import Backends, connect
from web.config import Settings

PATIENCE = 120  # seconds


def wait_for_jobs(backends: Backends) -> int:
    """Wait until no index job is left; returns how many are left when patience ends."""
    until = time.monotonic() + PATIENCE
    with tqdm(desc="Waiting for index jobs", unit=" jobs", total=0) as bar:
        while True:
            with backends.database.read() as session:
                left = pending(session)
            bar.total = max(bar.total, left)
            bar.update(bar.total - left - bar.n)
            if not left or time.monotonic() > until:
                return left
            time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wait", action="store_true")
    arguments = parser.parse_args()
    backends = connect(Settings.from_env())
    left = wait_for_jobs(backends) if arguments.wait else 0
    with tqdm(desc="Comparing", unit=" records") as bar:
        wrong = verify(backends.database, backends.engine, progress=lambda done: bar.update(done - bar.n))
    print(f"{wrong} records differ" + (f", {left} index jobs still wait (is a worker running?)" if left else ""))
    backends.close()
    return 1 if wrong or left else 0


if __name__ == "__main__":
    raise SystemExit(main())
