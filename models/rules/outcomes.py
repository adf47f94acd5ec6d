"""What may be said of a meeting after it, and what both sides say together."""

from datetime import timedelta

from models.enums import MeetingResult, Verdict

ASKED_FOR = timedelta(days=30)  # how long after a meeting a desk asks how it was
REMINDED = timedelta(days=3)  # a morning's mail that was missed is caught up on as long as that
STEP_LENGTH = 200  # characters of a next step
FARTHEST = timedelta(days=730)  # a next step later than that is a slip of the pen

OF_MEETING = (MeetingResult.HELD, MeetingResult.NO_SHOW)
OF_SEAT = (MeetingResult.HELD, MeetingResult.ABSENT)


def verdict(*said: MeetingResult | None) -> Verdict:
    """Of what the sides say; None: a side has said nothing. Two that missed each other agree that nobody met."""
    results = set(said) - {None}
    if not results:
        return Verdict.UNKNOWN
    if len(results) == 1:
        return Verdict.HELD if MeetingResult.HELD in results else Verdict.NO_SHOW
    return Verdict.CONTRADICTORY if MeetingResult.HELD in results else Verdict.NO_SHOW
