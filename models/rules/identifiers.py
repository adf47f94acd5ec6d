"""Check digits of Chinese identifiers. A failing one warns; real early codes do not all conform."""

import re

USCC_CHARSET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
PATENT_WEIGHTS = {12: (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), 8: (2, 3, 4, 5, 6, 7, 8, 9)}
PATENT_FORM = re.compile(r"(?:ZL)?((?:19|20)\d{2}[12389]\d{7}|\d{2}[12389]\d{5})\.?([\dX])")


def normal_code(text: str) -> str:
    """An identifier as stored: upper case, without blanks, full-width characters made plain."""
    plain = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    return re.sub(r"[\s-]+", "", plain).upper()


def uscc_check_digit(first17: str) -> str:
    """Check character of a unified social credit code (GB 32100-2015) for its first 17 characters.

    Raises ValueError where a character is outside the standard's set.
    """
    total = sum(USCC_CHARSET.index(c) * weight for c, weight in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_CHARSET[(31 - total % 31) % 31]


def uscc_conforms(code: str) -> bool:
    """Whether all 18 characters of a normalised code agree with the standard."""
    if len(code) != 18 or any(c not in USCC_CHARSET for c in code):
        return False
    return uscc_check_digit(code[:17]) == code[17]


def patent_check_digit(digits: str) -> str:
    """Check character for the 12 (since 2003-10) or 8 digits of a Chinese patent application number."""
    total = sum(int(c) * weight for c, weight in zip(digits, PATENT_WEIGHTS[len(digits)], strict=True))
    return "0123456789X"[total % 11]


def patent_conforms(number: str) -> bool:
    """Whether a normalised application or patent number has the right form and check digit."""
    match = PATENT_FORM.fullmatch(number)
    return match is not None and patent_check_digit(match[1]) == match[2]
