"""What the house asks of the code itself: `python -m scripts.check`, before every commit and in CI.

One line per step; what a failed step printed comes below its line. Exit code 0 only if every step passed.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The two that guard the form of the whole; ./scripts/test runs them too, here they answer before a commit.
HOUSE_RULES = "tests/test_house_rules.py"
MIGRATIONS = "tests/**/test_migrations.py"


def steps() -> Iterator[tuple[str, list[str]]]:
    """Name and `python -m` arguments of each step."""
    yield "format", ["ruff", "format", "--check", "."]
    yield "lint", ["ruff", "check", "."]
    yield "types", ["mypy"]
    for name, pattern in (("house rules", HOUSE_RULES), ("migrations = models", MIGRATIONS)):
        if found := sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)):
            yield name, ["pytest", "--fast", *found]


def main() -> int:
    failed = []
    for name, arguments in steps():
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        print(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - begin:.1f} s)", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    print(f"Not in order: {', '.join(failed)}." if failed else "Everything is in order.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
