"""One round of "killed under writes": changes, SIGKILL at a random point, start again, compare.

Shared by `scripts.bench_kill` (many rounds) and by the tests (five).
"""

import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

import models.changes  # noqa: F401 - what is written must reach the index
from models.actions import jobs
from models.base import utcnow
from models.enums import JobState, RecordState
from models.tables import Achievement, Job, Organisation
from scripts.site_process import SiteProcess
from search.sync import pending, verify
from web.backends import Backends, connect
from web.config import Settings

PATIENCE = 90  # seconds for a restarted site to do what was left


@dataclass
class Round:
    """What one round did and found."""

    writes: int  # acknowledged changes
    killed_after: float  # seconds
    differ: int  # documents that differ from their rows after the restart
    left: int  # jobs that were never done
    lost_changes: int  # acknowledged changes that are gone
    lost_mails: int  # acknowledged mails that never left

    @property
    def good(self) -> bool:
        return not (self.differ or self.left or self.lost_changes or self.lost_mails)


class Writer(threading.Thread):
    """Changes published achievements and asks for mails; what was committed is remembered."""

    def __init__(self, backends: Backends, seed: int) -> None:
        super().__init__(daemon=True)
        self.backends, self.random = backends, random.Random(seed)
        self.states: dict[int, RecordState] = {}
        self.names: dict[int, str] = {}
        self.mails: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            self._change(f"{id(self):x}-{number}")
            time.sleep(self.random.uniform(0, 0.01))

    def _change(self, mark: str) -> None:
        with self.backends.database.write() as session:
            ids = session.scalars(select(Achievement.id).where(Achievement.public_version_id.is_not(None))).all()
            achievement = session.get_one(Achievement, self.random.choice(ids))
            published = achievement.state is RecordState.PUBLISHED
            achievement.state = RecordState.WITHDRAWN if published else RecordState.PUBLISHED
            achievement.published_at = achievement.published_at or utcnow()
            owner = session.get_one(Organisation, achievement.organisation_id)
            owner.name = f"{owner.name.partition('·')[0]}·{mark}"
            address = f"{mark}@example.org"
            jobs.add_mail(session, "page_error", to=address, locale="zh_CN", page="/", text="崩溃测试", email="")
            done = (achievement.id, achievement.state, owner.id, owner.name)
        self.states[done[0]], self.names[done[2]] = done[1], done[3]
        self.mails.append(address)


def play(site: SiteProcess, settings: Settings, seed: int) -> Round:
    """One round on a running site; it is killed, started again and left running."""
    backends = connect(settings)
    try:
        writer = Writer(backends, seed)
        writer.start()
        after = random.Random(seed).uniform(0.3, 2.5)
        time.sleep(after)
        site.kill()
        writer.stopping.set()
        writer.join()
        site.start()
        left = _wait_for_jobs(backends)
        with backends.database.read() as session:
            states = dict(session.execute(select(Achievement.id, Achievement.state)).all())
            names = dict(session.execute(select(Organisation.id, Organisation.name)).all())
        sent = _addresses(Path(settings.var_dir) / "outbox")
        return Round(
            writes=len(writer.mails),
            killed_after=after,
            differ=verify(backends.database, backends.engine),
            left=left,
            lost_changes=sum(states[key] is not value for key, value in writer.states.items())
            + sum(names[key] != value for key, value in writer.names.items()),
            lost_mails=len(set(writer.mails) - sent),
        )
    finally:
        backends.close()


def _wait_for_jobs(backends: Backends) -> int:
    """Until every index job and every mail is done; returns how many are left when patience ends."""
    until = time.monotonic() + PATIENCE
    while True:
        with backends.database.read() as session:
            mails = select(func.count(Job.id)).where(
                Job.name == "mail", Job.state.in_((JobState.QUEUED, JobState.RUNNING, JobState.FAILED))
            )
            left = pending(session) + (session.scalar(mails) or 0)
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.1)


def _addresses(outbox: Path) -> set[str]:
    """To whom the outbox holds mails."""
    found = set()
    for path in outbox.glob("*.eml"):
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("To: "):
                found.add(line.removeprefix("To: ").strip())
                break
    return found
