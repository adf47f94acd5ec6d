"""`python -m scripts.reindex`: build the index anew from the database, beside the one that answers."""

from tqdm import tqdm

from search.engine import EngineUnavailable
from search.sync import rebuild
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
    except EngineUnavailable as error:
        print(f"The index could not be built, the present one stays: {error}")
        return 1
    finally:
        backends.close()
    print(f"{count} records indexed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
