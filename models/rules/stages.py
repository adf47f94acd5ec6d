"""Which stage of an engagement may follow which (FACTS 4.3): onwards, back with a word why, ended with a reason."""

from models.enums import Stage
from models.errors import N_, Invalid, NotNow

ORDER = tuple(stage for stage in Stage if stage is not Stage.X)
SIGNED = (Stage.S6, Stage.S7, Stage.S8, Stage.S9)  # from the contract on: what was signed, registered, reached
IMPLEMENTED = (Stage.S8, Stage.S9)
NOTE_LENGTH = 1000


def choices(old: Stage, *, organizer: bool) -> tuple[Stage, ...]:
    """Stages that may follow ``old``. The organizer alone closes an engagement as successful; that is the end."""
    if old is Stage.S9:
        return ()
    onwards = tuple(stage for stage in ORDER[1:] if stage is not old and (stage is not Stage.S9 or organizer))
    return onwards if old is Stage.X else (*onwards, Stage.X)


def needs_note(old: Stage, new: Stage) -> bool:
    """From the contract on, going back, and taking up again what had ended."""
    return new in SIGNED or old is Stage.X or (new is not Stage.X and ORDER.index(new) < ORDER.index(old))


def check_step(old: Stage, new: Stage, *, reason: str, note: str, organizer: bool) -> None:
    """Raises NotNow where the stage cannot follow, Invalid where a reason or a note is missing."""
    if old is Stage.S9:
        raise NotNow(N_("This engagement was closed with success; its stage does not change any more."))
    if new is old:
        raise NotNow(N_("The engagement is at this stage already."), field="stage")
    if new is Stage.S9 and not organizer:
        raise NotNow(N_("The organizer closes an engagement after checking the evidence."), field="stage")
    if new not in choices(old, organizer=organizer):
        raise NotNow(N_("An engagement cannot go to this stage."), field="stage")
    if new is Stage.X and not reason:
        raise Invalid(N_("Please choose why it ended."), field="reason")
    if not note and (needs_note(old, new) or reason == "other"):
        raise Invalid(N_("Please write a note: what was agreed or reached, or why."), field="note")
    if len(note) > NOTE_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="note", max=NOTE_LENGTH)
