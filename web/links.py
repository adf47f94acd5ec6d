"""Links that grant something (signed, expiring, bound to a state) and addresses to go back to (ours only)."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from models.errors import N_, NotNow

HOUR = 3600
# How long a link of each purpose can be opened, in seconds.
VALID = {
    "confirm": 72 * HOUR,
    "reset": 2 * HOUR,
    "new_email": 24 * HOUR,
    "invitation": 15 * 24 * HOUR,
    "unsubscribe": 366 * 24 * HOUR,
}


def sign(purpose: str, **values: Any) -> str:
    """A token for a link; made when the mail is rendered, so that no job row holds one."""
    return _signer(purpose).dumps(values)


def read(purpose: str, token: str) -> dict[str, Any]:
    """The values of a token. Raises NotNow where it is forged, of another purpose, or too old."""
    try:
        values: dict[str, Any] = _signer(purpose).loads(token, max_age=VALID[purpose])
    except SignatureExpired:
        raise NotNow(N_("This link has expired. Ask for a new one.")) from None
    except BadSignature:
        raise NotNow(N_("This link is not complete. Open it from the mail again, or copy all of it.")) from None
    return values


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"link:{purpose}")


def local_path(address: str | None) -> str:
    """An address of this site as path and query; empty where it is none of ours, however it is disguised."""
    text = address or ""
    if not text.startswith("/") or len(text) > 2000 or "\\" in text or any(ord(c) < 33 or ord(c) == 127 for c in text):
        return ""
    parts = urlsplit(text)
    return "" if parts.scheme or parts.netloc or text.startswith("//") else text
