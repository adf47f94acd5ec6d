"""What a password must be (GB/T 22239 level two as usually read): long enough, of three kinds, not easily guessed."""

from models.errors import N_, Invalid

SHORTEST, LONGEST = 8, 128  # characters; the upper bound keeps hashing cheap
KINDS = 3  # of: lower case, upper case, digits, anything else

# What people choose first, without the digits and signs they add to it.
WEAK = frozenset(
    """abc abcd abcde abcdef abcabc admin administrator aini china company default demo guest hello iloveyou letmein login
    master monkey nihao office pass passw passwd passwort password pwd qaz qazwsx qazwsxedc qwe qweasd qweasdzxc qwer qwert
    qwerty qwertyuiop root secret super system temp test testtest user welcome woaini zaq zxc zxcvbn zxcvbnm""".split()  # noqa: SIM905 - a list of words reads best as words
)
LOOKALIKES = str.maketrans("01345@$!", "oleasasi")


def check_password(password: str, *, name: str, email: str) -> None:
    """Whether a person may use this password. Raises Invalid (field password) with what to do."""
    if len(password) < SHORTEST:
        raise Invalid(
            N_("Please choose a password of at least %(least)s characters."), field="password", least=SHORTEST
        )
    if len(password) > LONGEST:
        raise Invalid(N_("Please choose a password of at most %(most)s characters."), field="password", most=LONGEST)
    if kinds(password) < KINDS:
        raise Invalid(
            N_("Please mix at least three of: lower-case letters, upper-case letters, digits, other characters."),
            field="password",
        )
    if contains_one_of(password, (name, email.partition("@")[0])):
        raise Invalid(N_("Please choose a password that does not contain your name or address."), field="password")
    if is_weak(password):
        raise Invalid(
            N_("This password is among the first that somebody would guess. Please choose another one."),
            field="password",
        )


def kinds(password: str) -> int:
    """How many of the four kinds of characters occur."""
    lower = any(c.islower() for c in password)
    upper = any(c.isupper() for c in password)
    digit = any(c.isdigit() for c in password)
    other = any(not (c.islower() or c.isupper() or c.isdigit()) for c in password)
    return lower + upper + digit + other


def contains_one_of(password: str, words: tuple[str, ...]) -> bool:
    """Whether a word (of at least three characters, or two Chinese ones) stands in the password."""
    plain = password.casefold()
    for word in (word.strip().casefold() for word in words):
        if len(word) >= (3 if word.isascii() else 2) and word in plain:
            return True
    return False


def is_weak(password: str) -> bool:
    """Whether the letters, as they stand or with look-alike digits read as letters, are a common password."""
    plain = password.casefold()
    spellings = (plain, plain.translate(LOOKALIKES), plain.rstrip("0123456789.!@#$%&*?_-").translate(LOOKALIKES))
    letters = {"".join(c for c in spelling if c.isalpha()) for spelling in spellings}
    few = len(set(plain)) <= 3  # aaaa1111!!
    return few or not letters.isdisjoint(WEAK)
