"""The site as a process of its own, for journeys, crash tests and benchmarks: started, asked, stopped or killed."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from scripts.services import free_port

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180  # seconds until it answers: the first start loads the sample data


class SiteDied(RuntimeError):
    """The process ended before it answered; the message holds what it printed."""


class SiteProcess:
    """``with SiteProcess(folder, DATABASE_URL=...) as site: site.url``. Settings are environment variables.

    ``{port}`` in an argument stands for the free port that is chosen.
    """

    def __init__(self, folder: Path, *arguments: str, module: str = "scripts.serve", **settings: str) -> None:
        self.folder, self.arguments, self.module = folder, arguments, module
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> "SiteProcess":
        """Start on a free port and wait until /health answers. Raises SiteDied."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TZ", "VIRTUAL_ENV")}
        environment = {
            **kept, "VAR_DIR": str(self.folder), "PORT": str(port), "PUBLIC_URL": self.url, "PYTHONUNBUFFERED": "1",
            **self.settings,
        }  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "site.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *(word.replace("{port}", str(port)) for word in self.arguments)],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._wait()
        return self

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.process is not None and self.process.poll() is not None:
                raise SiteDied(self.log())
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5).close()  # noqa: S310 - our own http address
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        raise SiteDied(f"no answer within {PATIENCE} s\n{self.log()}")

    def log(self) -> str:
        """The end of what it printed."""
        return (self.folder / "site.log").read_text(errors="replace")[-4000:]

    def kill(self) -> None:
        """SIGKILL to it and all its children: nothing gets a chance to tidy up."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL where that does not help within 15 s."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
            self.process.wait(timeout=15)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def __enter__(self) -> "SiteProcess":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
