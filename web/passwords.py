"""Hashing passwords: slow on purpose, so never inside a write transaction."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's second choice: 40 ms of a core
_slots = threading.BoundedSemaphore(4)  # a flood of log-ins must not take every thread's share of the cores
# What an unknown address is checked against, so that it costs the same time as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$XGURC6qWI5rcY09GgM5z8A$ODTMqPm8dveD+ZxLCK581XrEE/5RDNjx2AuElrUDRAA"


def hashed(password: str) -> str:
    with _slots:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether a password fits; without a hash the same work is done for nothing."""
    with _slots:
        try:
            return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
