"""`python -m scripts.rematch`: match every published need and achievement anew. Decisions of people stay."""

from tqdm import tqdm

from models.actions.matching import begin_run
from search.engine import EngineUnavailable
from web.backends import connect
from web.config import Settings
from web.rematching import rematch


def main() -> int:
    backends = connect(Settings.from_env())
    try:
        with backends.database.write() as session:
            run_id = begin_run(session).id
        with tqdm(unit=" records", desc="Matching") as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            pairs = rematch(backends, run_id, progress=progress)
    except EngineUnavailable as error:
        print(f"The search engine does not answer, the suggestions stay as they are: {error}")
        return 1
    finally:
        backends.close()
    print(f"{pairs} suggestions")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
