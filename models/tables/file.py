"""What every row about a stored file says. The bytes are content-addressed; permission is the row's, not the hash's."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Created, PublicId, code
from models.enums import AttachmentKind


class StoredFile(PublicId, Created):
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[AttachmentKind] = mapped_column(code(AttachmentKind))
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64), index=True)
