"""What a visitor began and cannot finish yet: kept in the session cookie until it is done, through sign-up and log-in."""

from flask import session


def keep(kind: str, key: str, *, back: str, **typed: str) -> None:
    """Keep what was typed about ``key``; logging in leads to ``back`` (an address of ours)."""
    session["begun"] = {"kind": kind, "key": key, "back": back, **typed}
    session["next"] = back


def kept(kind: str, key: str = "") -> dict[str, str]:
    """What was kept of a kind (and about a key), or nothing."""
    found = session.get("begun") or {}
    fits = found.get("kind") == kind and key in ("", found.get("key"))
    return dict(found) if fits else {}


def forget() -> None:
    session.pop("begun", None)
