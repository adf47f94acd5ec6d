"""What may be wrong with an engine, in words for administrators."""

from enum import StrEnum

from models.errors import N_


class Trouble(StrEnum):
    """Its kinds: told apart where an operator would do something else about them."""

    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    SLOW = "slow"
    UNKNOWN_USER = "unknown_user"
    FORBIDDEN = "forbidden"
    UNWELL = "unwell"
    READ_ONLY = "read_only"
    NO_INDEX = "no_index"
    REFUSED = "refused"

    @property
    def sentence(self) -> str:
        """A message id: what it is and where to look."""
        return _SENTENCES[self]

    @property
    def passes(self) -> bool:
        """Whether what waits for it should go on waiting: without it the same request would be done."""
        return self not in (Trouble.NO_INDEX, Trouble.REFUSED)

    @property
    def hits_searches(self) -> bool:
        """Whether the next search would meet it too, so that asking again and again only costs time."""
        return self not in (Trouble.READ_ONLY, Trouble.NO_INDEX, Trouble.REFUSED)


_SENTENCES = {
    Trouble.UNREACHABLE: N_("It cannot be reached. Is it running, and is its address in SEARCH_URL right?"),
    Trouble.UNTRUSTED: N_("Its certificate is not trusted. Name your authority's certificate in SEARCH_CA."),
    Trouble.SLOW: N_("It does not answer in time. Look at its load, its memory and the network."),
    Trouble.UNKNOWN_USER: N_("It asks for a user or key it was not given. Check SEARCH_URL and SEARCH_API_KEY."),
    Trouble.FORBIDDEN: N_("The user or key it was given may not do this. It needs all rights to the site's indices."),
    Trouble.UNWELL: N_("It answers that it cannot work now. Look at its own log and its memory."),
    Trouble.READ_ONLY: N_(
        "It answers searches but takes no changes; they wait and follow when it does. Usually its disk is nearly full."
    ),
    Trouble.NO_INDEX: N_("It has no index for this version of the site. Build it anew."),
    Trouble.REFUSED: N_("It refused a request; the report says why."),
}
