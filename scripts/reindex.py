"""`python -m scripts.reindex`: build the index anew from the database, beside the one that answers.

Exit code 1 where it was not built: the engine does not answer, or another rebuild is under way.
"""

from tqdm import tqdm

from search.engine import EngineUnavailable
from search.sync import RebuildUnderway, rebuild
from web.backends import connect
from web.config import Settings


def main() -> int:
    settings = Settings.from_env()
    backends = connect(settings)
    try:
        with tqdm(unit=" records", desc="Building the index") as bar:
            count = rebuild(
                backends.database, backends.engine, settings.var_dir, progress=lambda done: bar.update(done - bar.n)
            )
    except RebuildUnderway as error:
        print(f"{error} This one was not begun; run it again when that has ended, if it is still wanted.")
        return 1
    except EngineUnavailable as error:
        print(f"The index could not be built, the present one stays: {error}")
        return 1
    finally:
        backends.close()
    print(f"{count} records indexed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
