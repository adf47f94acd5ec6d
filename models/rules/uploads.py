"""Which files may be attached: judged by their content, never by name. Nothing is changed in them."""

import re
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import filetype
from PIL import Image
from pypdf import PdfReader

from models.enums import AttachmentKind
from models.errors import N_, Invalid

MOST_FILES = 12  # of one version
MOST_PIXELS = 25_000_000  # a small file can unfold to gigabytes: the size is read before the picture is
LONGEST_NAME = 160
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}  # what Pillow may open them as
HEAD = 8192  # bytes that tell the type
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}  # control characters, and those that turn the writing direction


@dataclass(frozen=True)
class Checked:
    """A file that may be attached."""

    kind: AttachmentKind
    media_type: str
    name: str
    size: int  # bytes


def check(stream: BinaryIO, name: str, *, most_bytes: int) -> Checked:
    """What the file is, by its content; the stream stands at its beginning again.

    Raises Invalid with a sentence about this file: empty, too large, of another type, or not to be opened.
    """
    name = clean_name(name)
    size = stream.seek(0, 2)
    stream.seek(0)
    if not size:
        raise Invalid(N_("“%(name)s” is empty. Please choose the file again."), name=name)
    if size > most_bytes:
        raise Invalid(
            N_("“%(name)s” has %(size)s MB; at most %(most)s MB are possible. Please make it smaller."),
            name=name,
            size=f"{size / 1e6:.1f}",
            most=f"{most_bytes / 1e6:.0f}",
        )
    media_type = filetype.guess_mime(stream.read(HEAD))
    stream.seek(0)
    if media_type in PICTURES:
        _open_picture(stream, name, PICTURES[media_type])
        kind = AttachmentKind.PICTURE
    elif media_type == "application/pdf":
        _open_pdf(stream, name)
        kind = AttachmentKind.DOCUMENT
    else:
        raise Invalid(
            N_(
                "“%(name)s” is, by its content, neither a picture (PNG, JPEG, WebP) nor a PDF. Please convert it first."
            ),
            name=name,
        )
    stream.seek(0)
    return Checked(kind, media_type, with_ending(name, media_type), size)


def clean_name(name: str) -> str:
    """A file name as people gave it, without folders, invisible characters and over-length."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _INVISIBLE)
    plain = re.sub(r"\s+", " ", plain).strip(" .")
    if len(plain) > LONGEST_NAME:
        ending = PurePosixPath(plain).suffix[:10]
        plain = plain[: LONGEST_NAME - len(ending)] + ending
    return plain or "file"


def with_ending(name: str, media_type: str) -> str:
    """The name with an ending that says what the content is; one that says something else stays before it."""
    endings = ENDINGS.get(media_type, ())
    if not endings or name.lower().endswith(endings):
        return name
    return name[: LONGEST_NAME - len(endings[0])] + endings[0]


def _open_picture(stream: BinaryIO, name: str, form: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with Image.open(stream, formats=(form,)) as picture:
                pixels = picture.width * picture.height
                if pixels <= MOST_PIXELS:
                    picture.load()  # the first frame, to its end: cut files and broken data show here
    except Image.DecompressionBombError:
        pixels = MOST_PIXELS + 1
    except Exception as error:  # Pillow's decoders raise whatever the broken data makes them raise
        raise _broken(name) from error
    if pixels > MOST_PIXELS:
        raise Invalid(
            N_("“%(name)s” has more than %(most)s million pixels. Please make it smaller."),
            name=name,
            most=MOST_PIXELS // 1_000_000,
        )


def _open_pdf(stream: BinaryIO, name: str) -> None:
    try:
        reader = PdfReader(stream)
        locked, pages, scripts = reader.is_encrypted, 0, False
        if not locked:
            pages, scripts = len(reader.pages), _has_scripts(reader)
    except Exception as error:  # as above: pypdf walks what it is given
        raise _broken(name) from error
    if locked:
        raise Invalid(N_("“%(name)s” is protected by a password. Please remove the protection first."), name=name)
    if scripts:
        raise Invalid(
            N_("“%(name)s” holds scripts or other files. Please print it to a new PDF and choose that."), name=name
        )
    if not pages:
        raise _broken(name)


def _has_scripts(reader: PdfReader) -> bool:
    catalogue = reader.root_object
    names = catalogue.get("/Names")
    inner = names.get_object() if names is not None else {}
    start = catalogue.get("/OpenAction")
    action = start.get_object() if start is not None else None
    starts = isinstance(action, dict) and action.get("/S") in ("/JavaScript", "/Launch")
    return starts or "/AA" in catalogue or "/JavaScript" in inner or "/EmbeddedFiles" in inner


def _broken(name: str) -> Invalid:
    return Invalid(N_("“%(name)s” cannot be opened; it seems to be damaged. Please export it again."), name=name)
