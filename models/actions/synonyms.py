"""Synonyms: what organizers keep. A search uses them from its next question on, no index is built anew."""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit
from models.errors import N_, Conflict, Invalid
from models.queries.synonyms import group_with
from models.rules.policy import Actor
from models.rules.synonyms import checked, folded, words_of
from models.tables import Synonym, SynonymGroup


def add(session: Session, lines: str, *, by: Actor) -> list[SynonymGroup]:
    """Add one group a line. Raises Invalid or Conflict, then none was added."""
    groups = [words for line in lines.splitlines() if (words := words_of(line))]
    if not groups:
        raise Invalid(N_("Please type the words of a group in one line, with = between them."), field="words")
    made = []
    for words in groups:
        group = SynonymGroup()
        _set(session, group, words)
        audit.record(session, "synonyms.add", group, by=by, words=words)
        made.append(group)
    return made


def change(session: Session, group: SynonymGroup, lines: str, *, retired: bool, by: Actor) -> None:
    """Give a group other words, retire it or take it back into use. Raises Invalid or Conflict."""
    old = [word.word for word in group.words]
    words = words_of(lines)
    group.retired = retired
    if words != old:
        _set(session, group, words)
    audit.record(session, "synonyms.change", group, by=by, old=old, words=words, retired=retired)
    session.flush()


def _set(session: Session, group: SynonymGroup, words: Sequence[str]) -> None:
    words = list(checked(words))
    if taken := group_with(session, words, but=group.id):
        raise _taken(*taken)
    try:
        with session.begin_nested():
            session.add(group)
            group.words.clear()
            session.flush()  # or a word that moves would meet itself under the unique key
            group.words.extend(
                Synonym(position=place, word=word, folded=folded(word)) for place, word in enumerate(words)
            )
            session.flush()
    except IntegrityError:
        raise Conflict(
            N_("Somebody has just added one of these words. Please look at the list."), field="words"
        ) from None


def _taken(word: str, others: Sequence[str]) -> Conflict:
    return Conflict(
        N_("“%(word)s” stands in a group already: %(group)s. Change that one."),
        field="words",
        word=word,
        group=" = ".join(others),
    )
