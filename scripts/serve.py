"""`python -m scripts.serve`: migrate, load the sample data, build the index, serve the site with its worker.

Embedded by waitress in one process; ``--production`` by granian with a worker process beside. What ./scripts/run calls.
"""

import argparse
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import waitress

from models.actions import jobs, matching
from scripts import migrate, seed
from scripts.dictionaries import load as load_dictionaries
from scripts.dictionaries import load_synonyms
from search.engine import EngineUnavailable
from search.sync import RebuildUnderway, rebuild
from web import create_app
from web.backends import Backends, connect
from web.config import Misconfigured, Settings
from web.worker import Worker


def say(text: str) -> None:
    print(text, flush=True)


def port_is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def prepare(settings: Settings, backends: Backends) -> None:
    """Bring database, sample data (on somebody's own machine only) and index up to date."""
    if not migrate.is_current(backends.database):
        say("Database: migrating ...")
        migrate.migrate(backends.database)
    with backends.database.write() as session:
        load_dictionaries(session)
        load_synonyms(session)
        matching.ask_for_first_run(session)
    if settings.is_demo:
        seed.load(backends, say=say)
    if not backends.engine.health().ready:
        say("Index: building ...")
        try:
            count = rebuild(backends.database, backends.engine, settings.var_dir)
        except RebuildUnderway as error:
            _start_without_index(backends, error)
        except EngineUnavailable as error:
            if error.trouble is None or not error.trouble.passes:
                raise
            _start_without_index(backends, error)
        else:
            say(f"Index: {count} records")


def _start_without_index(backends: Backends, error: Exception) -> None:
    say(f"Index: not now. The site starts without it; what is missing follows by itself. {error}")
    with backends.database.write() as session:
        jobs.add_missing_index(session)


def serve_embedded(settings: Settings) -> None:
    """Site and worker in one process, until a signal."""
    app = create_app(settings)
    worker = Worker(app)
    server = waitress.create_server(app, host=settings.host, port=settings.port, threads=settings.threads, ident=None)

    def interrupt(*_: object) -> None:
        app.extensions["live"].stop()  # else the server waits for its threads
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    worker.start()
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        say("Stopping ...")
        server.close()
        worker.stop()
        app.extensions["backends"].close()


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()


def serve_production(settings: Settings) -> int:
    """granian with a process a core, and the worker beside it; both stop together."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    processes = [
        subprocess.Popen([sys.executable, "-m", "scripts.worker"], env=environment),
        subprocess.Popen(
            [
                str(Path(sys.executable).with_name("granian")),
                "--interface", "wsgi", "--host", settings.host, "--port", str(settings.port),
                "--workers", str(os.cpu_count() or 1), "--blocking-threads", "200",
                "--workers-kill-timeout", "5", "--no-ws", "--log-level", "warning", "scripts.wsgi:app",
            ],
            env=environment,
        ),
    ]  # fmt: skip
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop(processes))
    while all(process.poll() is None for process in processes):
        time.sleep(0.2)
    stop(processes)
    return max(abs(process.wait()) for process in processes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--production", action="store_true", help="granian and a worker process; needs REDIS_URL")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.from_env()
    except Misconfigured as error:
        say(f"The environment does not fit: {error}")
        return 2
    if arguments.production and not settings.redis_url:
        say(
            "Several processes need REDIS_URL: limits kept in one process would multiply. Set it, or leave --production out."
        )
        return 2
    if not port_is_free(settings.host, settings.port):
        say(
            f"Port {settings.port} is in use. Stop what uses it, or choose another:  PORT={settings.port + 1} ./scripts/run"
        )
        return 2
    backends = connect(settings)
    prepare(settings, backends)
    backends.close()
    say(f"\n  {settings.public_url if os.environ.get('PUBLIC_URL') else f'http://{settings.host}:{settings.port}'}\n")
    if settings.is_demo:
        say(seed.accounts_text())
    say("Ctrl-C stops everything.")
    if arguments.production:
        return serve_production(settings)
    serve_embedded(settings)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
