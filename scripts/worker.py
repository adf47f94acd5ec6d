"""`python -m scripts.worker`: the worker as a process of its own, beside granian.

``--job ID --lease TIME`` performs one job, claimed by the caller until then.
"""

import argparse
import logging
import signal
import threading
from datetime import datetime

from models.tables import Job
from web import create_app
from web.worker import Worker


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=int, metavar="ID", help="perform this one job, claimed by the caller, and end")
    parser.add_argument("--lease", type=datetime.fromisoformat, metavar="TIME", help="the end of the caller's lease")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = create_app()
    worker = Worker(app)
    if arguments.job is not None:
        with worker.database.read() as session:
            job = session.get(Job, arguments.job)
        if job is None:
            return 1
        job.lease_until = arguments.lease  # the row may show another's by now
        worker.perform(job)
        return 0
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    worker.start()
    stopping.wait()
    worker.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
