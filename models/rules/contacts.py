"""Ways to reach a person: as stored, and as shown to who need not know them."""

import re

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@[^\s@.,;:]+(\.[^\s@.,;:]+)+")
_MOBILE = re.compile(r"\+?\d{6,19}")


def _plain(text: str) -> str:
    """Full-width characters made plain, blanks around taken away."""
    return "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text).strip()


def normal_email(text: str) -> str:
    """An address as it is compared: case-folded."""
    return _plain(text).casefold()


def is_email(address: str) -> bool:
    """Whether a normalised address can be one; whether it exists only a mail can tell."""
    return len(address) <= 254 and ".." not in address and _EMAIL.fullmatch(address) is not None


def normal_mobile(text: str) -> str:
    """A number as it is compared: digits only, a Chinese country code left out, another kept with its plus."""
    digits = re.sub(r"[\s().-]", "", _plain(text))
    return re.sub(r"^(?:\+|00)86(?=1\d{10}$)", "", digits)


def is_mobile(number: str) -> bool:
    """Whether a normalised number can be one."""
    return _MOBILE.fullmatch(number) is not None


def masked_email(address: str) -> str:
    """z***@example.org"""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


def masked_mobile(number: str) -> str:
    """138****0000"""
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else "****" if number else ""
