"""Words that mean the same to a search, kept by organizers."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId


class SynonymGroup(PublicId, Created, Base):
    """Words of which each is searched for where another is typed."""

    __tablename__ = "synonym_group"

    retired: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)

    words: Mapped[list["Synonym"]] = relationship(
        order_by="Synonym.position", cascade="all, delete-orphan", back_populates="group"
    )

    __mapper_args__ = {"version_id_col": revision}


class Synonym(Base):
    """One word of a group; in one group only, however it is spelled."""

    __tablename__ = "synonym"

    group_id: Mapped[int] = mapped_column(ForeignKey("synonym_group.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    word: Mapped[str] = mapped_column(String(40))
    folded: Mapped[str] = mapped_column(String(80), unique=True)  # rules/synonyms.py

    group: Mapped[SynonymGroup] = relationship(back_populates="words")
