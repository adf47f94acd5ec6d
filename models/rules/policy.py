"""Who may: one table, permission -> predicate. What is missing is denied.

A predicate sees the actor and the record (any object with the attributes named) and decides *who*; *whether now* is the
action's to decide. What may be read is also expressed as audience tokens, so that a page, a SQL filter and the search
engine cannot disagree.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from models.enums import ApplicationState, Disclosure, EventState, GrantRole, OrgRole, RecordState, Side

PUBLIC = "public"
VERIFIED = "verified"  # people of verified organisations that seek
PROVIDERS = "providers"  # people of verified organisations that provide
ORGANIZERS = "organizers"


@dataclass(frozen=True)
class Mandator:
    """An organisation a broker may act for."""

    organisation_id: int
    verified: bool
    provider: bool
    seeker: bool


@dataclass(frozen=True)
class Actor:
    """Whoever acts or reads, as plain values; a visitor has none of them."""

    account_id: int | None = None
    person_id: int | None = None
    name: str = ""
    confirmed: bool = False  # the e-mail address
    organisation_id: int | None = None
    organisation_name: str = ""
    role: OrgRole | None = None
    verified: bool = False  # the organisation
    suspended: bool = False  # the organisation
    provider: bool = False
    seeker: bool = False
    grants: frozenset[GrantRole] = frozenset()
    mandates: tuple[Mandator, ...] = ()
    ip: str = ""
    epoch: int = 0  # of the account's sessions; raised to log out everywhere
    locale: str = ""
    suggestions: bool = True  # may the program pick something for them

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None

    def has(self, role: GrantRole) -> bool:
        return self.confirmed and role in self.grants

    @property
    def organizer(self) -> bool:
        return self.has(GrantRole.ORGANIZER)

    @property
    def mandated(self) -> tuple[Mandator, ...]:
        return self.mandates if self.has(GrantRole.BROKER) else ()

    def member_of(self, organisation_id: int | None) -> bool:
        """Active member of this organisation: confirmed address, organisation not suspended."""
        return (
            organisation_id is not None
            and self.confirmed
            and not self.suspended
            and self.organisation_id == organisation_id
        )

    def manages(self, organisation_id: int | None) -> bool:
        return self.role is OrgRole.MANAGER and self.member_of(organisation_id)

    def acts_for(self, organisation_id: int | None) -> bool:
        """Member of the organisation, or a broker with its mandate."""
        return self.member_of(organisation_id) or any(m.organisation_id == organisation_id for m in self.mandated)

    def behalf(self, organisation_id: int | None) -> int | None:
        """The organisation to record beside the actor where somebody else than a member acts for it."""
        return None if organisation_id is None or self.organisation_id == organisation_id else organisation_id

    @property
    def tokens(self) -> frozenset[str]:
        """The audiences this reader belongs to."""
        tokens = {PUBLIC}
        if self.confirmed and not self.suspended and self.organisation_id is not None:
            tokens.add(f"org:{self.organisation_id}")
            if self.verified and self.seeker:
                tokens.add(VERIFIED)
            if self.verified and self.provider:
                tokens.add(PROVIDERS)
        for mandator in self.mandated:
            tokens.add(f"org:{mandator.organisation_id}")
            if mandator.verified and mandator.seeker:
                tokens.add(VERIFIED)
            if mandator.verified and mandator.provider:
                tokens.add(PROVIDERS)
        if self.organizer:
            tokens.add(ORGANIZERS)
        return frozenset(tokens)


VISITOR = Actor()
Predicate = Callable[[Actor, Any], bool]


def details_audience(
    disclosure: Disclosure, owner_id: int, granted: Collection[int] = (), *, verified: str = VERIFIED
) -> frozenset[str]:
    """Who may read the details of a published record at a disclosure level; ``granted``: organisations with consent.

    ``verified``: the token of the other side, PROVIDERS for a need.
    """
    if disclosure is Disclosure.PUBLIC:
        return frozenset({PUBLIC})
    inner = {f"org:{owner_id}", ORGANIZERS}
    if disclosure is Disclosure.VERIFIED:
        inner.add(verified)
    inner.update(f"org:{organisation_id}" for organisation_id in granted)
    return frozenset(inner)


# --- predicates -------------------------------------------------------------------------------------------------


def anyone(actor: Actor, record: Any) -> bool:
    return True


def signed_in(actor: Actor, record: Any) -> bool:
    return actor.signed_in


def confirmed(actor: Actor, record: Any) -> bool:
    return actor.confirmed


def granted(role: GrantRole) -> Predicate:
    return lambda actor, record: actor.has(role)


organizer = granted(GrantRole.ORGANIZER)
administrator = granted(GrantRole.ADMINISTRATOR)
auditor = granted(GrantRole.AUDITOR)
broker = granted(GrantRole.BROKER)


def either(*predicates: Predicate) -> Predicate:
    return lambda actor, record: any(predicate(actor, record) for predicate in predicates)


def member(attribute: str) -> Predicate:
    return lambda actor, record: actor.member_of(getattr(record, attribute))


def manager(attribute: str) -> Predicate:
    return lambda actor, record: actor.manages(getattr(record, attribute))


def acts_for(*attributes: str) -> Predicate:
    return lambda actor, record: any(actor.acts_for(getattr(record, attribute)) for attribute in attributes)


def by_mandate(*attributes: str) -> Predicate:
    """A technology manager, of an organisation that they are not in themselves."""

    def holds(actor: Actor, record: Any) -> bool:
        mandators = {m.organisation_id for m in actor.mandated}
        owners = (getattr(record, attribute) for attribute in attributes)
        return any(owner in mandators and not actor.member_of(owner) for owner in owners)

    return holds


def acts_for_some_provider(actor: Actor, record: Any) -> bool:
    own = actor.provider and actor.member_of(actor.organisation_id)
    return own or any(m.provider for m in actor.mandated)


def acts_for_some_seeker(actor: Actor, record: Any) -> bool:
    own = actor.seeker and actor.member_of(actor.organisation_id)
    return own or any(m.seeker for m in actor.mandated) or actor.organizer


def acts_for_verified_provider(actor: Actor, record: Any) -> bool:
    own = actor.provider and actor.verified and actor.member_of(actor.organisation_id)
    return own or any(m.provider and m.verified for m in actor.mandated)


def acts_for_own_seeker(actor: Actor, record: Any) -> bool:
    own = actor.seeker and actor.member_of(actor.organisation_id)
    return own or any(m.seeker for m in actor.mandated)


def acts_for_verified_seeker(actor: Actor, record: Any) -> bool:
    own = actor.seeker and actor.verified and actor.member_of(actor.organisation_id)
    return own or any(m.seeker and m.verified for m in actor.mandated) or actor.organizer


def in_an_organisation(actor: Actor, record: Any) -> bool:
    return actor.member_of(actor.organisation_id)


def without_organisation(actor: Actor, record: Any) -> bool:
    return actor.confirmed and actor.organisation_id is None


def is_published(actor: Actor, record: Any) -> bool:
    return record.state is RecordState.PUBLISHED


def is_announced(actor: Actor, record: Any) -> bool:
    """An event or session that was published, cancelled ones included: who planned to come must find them."""
    return record.state is not EventState.DRAFT and bool(record.published_once)


def is_own(actor: Actor, record: Any) -> bool:
    return actor.person_id is not None and record.person_id == actor.person_id


def was_submitted(actor: Actor, record: Any) -> bool:
    """What an organizer sees of applications: drafts are their writers' own."""
    return actor.organizer and record.state is not ApplicationState.DRAFT


def scores_it(actor: Actor, record: Any) -> bool:
    return actor.person_id is not None and actor.confirmed and actor.person_id in record.scorer_ids


def of_application(predicate: Predicate) -> Predicate:
    """The same about the application that the record belongs to."""
    return lambda actor, record: predicate(actor, record.application)


def is_asked(actor: Actor, record: Any) -> bool:
    """A scorer whose sheet no organizer has taken back."""
    return is_own(actor, record) and record.taken_back_at is None


def is_own_account(actor: Actor, record: Any) -> bool:
    return actor.account_id is not None and record.account_id == actor.account_id


def began_wish(actor: Actor, record: Any) -> bool:
    return record.origin.side is not None and actor.acts_for(record.side_id(record.origin.side))


def answers_wish(actor: Actor, record: Any) -> bool:
    return any(actor.acts_for(record.side_id(side)) for side in Side if side is not record.origin.side)


def speaks_for(actor: Actor, booking: Any, side: Side | None) -> bool:
    """Who says who comes to a meeting: a side for its own people, organizers for all and for guests (no ``side``)."""
    return actor.organizer or actor.acts_for(booking.side_id(side))


def attends(actor: Actor, record: Any) -> bool:
    """Also a guest of the organizer, who is of neither side."""
    return actor.person_id is not None and any(one.person_id == actor.person_id for one in record.attendees)


owner = acts_for("organisation_id")
session_owner = acts_for("owner_id")
both_sides = acts_for("sender_id", "receiver_id")
reads_application = either(owner, was_submitted, scores_it)
parties = acts_for("seeker_id", "provider_id")

# --- the table ----------------------------------------------------------------------------------------------------

PERMISSIONS: dict[str, Predicate] = {
    # one's own account, desk and data
    "account.own": signed_in,
    "desk.read": signed_in,
    "saved_search.edit": is_own_account,
    # organisations and their people
    "organisation.read": anyone,
    "organisation.found": without_organisation,
    "organisation.join": without_organisation,
    "organisation.own": in_an_organisation,
    "organisation.edit": manager("id"),
    "organisation.people": member("id"),  # read and enter people
    "organisation.manage": manager("id"),  # roles, invitations, who joins, mandates, hand-over
    "organisation.decide_join": either(manager("id"), organizer),  # the organizer only after the due date
    "organisation.verify": either(organizer, administrator),
    "organisation.suspend": administrator,
    "organisation.merge": administrator,
    # achievements
    "achievement.read": either(is_published, owner, organizer),
    "achievement.create": acts_for_some_provider,
    "achievement.edit": owner,
    "achievement.history": either(owner, organizer),
    "achievement.review_own": manager("organisation_id"),  # the organisation's own review
    "achievement.review": organizer,
    "achievement.take_down": organizer,
    "achievement.report": anyone,
    # needs
    "need.read": either(is_published, owner, organizer),
    "need.create": acts_for_own_seeker,
    "need.edit": owner,
    "need.history": either(owner, organizer),
    "need.review_own": manager("organisation_id"),
    "need.review": organizer,
    "need.take_down": organizer,
    "need.report": anyone,
    "need.answer": either(acts_for_some_provider, organizer),  # by a request for contact
    "need.ask": acts_for_verified_provider,  # a public question; the action excludes the owner
    "need.reply": owner,
    "need.hide": organizer,
    "report.handle": organizer,
    # suggestions: pairs of a need and an achievement
    "match.list": either(in_an_organisation, broker),  # one's own lists; the query shows whose
    "match.read": parties,
    "match.decide": parties,
    "match.pass_on": by_mandate("seeker_id", "provider_id"),
    "match.statistics": either(organizer, administrator),
    # contact requests and engagements
    "request.list": either(in_an_organisation, broker, organizer),  # one's own lists; the query shows whose
    "request.read": either(both_sides, organizer),
    "request.create": acts_for_some_seeker,
    "request.answer": acts_for("receiver_id"),
    "request.withdraw": acts_for("sender_id"),
    "request.write": both_sides,
    "request.remind": organizer,  # the receiver, of an overdue answer
    "engagement.list": either(in_an_organisation, broker, organizer),
    "engagement.read": either(parties, organizer),
    "engagement.advance": either(parties, organizer),
    "engagement.disclose": acts_for("provider_id"),  # details after consent, to the seeker
    # circles and the register
    "circle.read": anyone,
    "circle.edit": organizer,
    "register.edit": organizer,
    "synonyms.edit": organizer,
    # roadshows
    "event.read": either(is_announced, organizer),
    "event.edit": organizer,
    "event.register": either(is_announced, organizer),
    "event.registrations": organizer,
    "event.results": organizer,
    "registration.read": either(is_own, organizer),
    "registration.cancel": either(is_own, organizer),
    "registration.link": organizer,  # make, send and revoke personal links
    "intention.read": either(acts_for("organisation_id"), organizer),
    "intention.send": either(acts_for("organisation_id"), organizer),
    # calls for projects
    "call.edit": organizer,
    "call.apply": acts_for_some_provider,
    "application.list": acts_for_some_provider,  # one's own; the query shows whose
    "application.read": reads_application,
    "application.file": of_application(reads_application),
    "application.edit": owner,
    "application.decide": organizer,
    "application.scores": organizer,  # who gave what
    "score.list": confirmed,  # one's own
    "score.read": either(is_asked, organizer),
    "score.give": is_asked,
    "score.give_back": organizer,
    # sessions and bookings
    "session.read": either(is_announced, organizer, session_owner),
    "session.plan": organizer,  # of the organizer's own, around a roadshow or a circle
    "session.open": acts_for_verified_provider,  # visiting hours of its own; the action says for which circle
    "session.own": acts_for("id"),  # an organisation's list of its own
    "session.edit": either(organizer, session_owner),
    "booking.list": either(in_an_organisation, broker, organizer),  # one's own lists; the query shows whose
    "booking.create": acts_for_verified_seeker,
    "booking.read": either(parties, organizer, attends),
    "booking.people": either(parties, organizer),  # who comes: organizers all, a side its own
    "booking.answer": acts_for("provider_id"),
    "booking.cancel": either(parties, organizer),
    "booking.outcome": either(parties, organizer),  # for which side, the action decides
    "meeting_wish.list": either(in_an_organisation, broker, organizer),  # the query shows whose
    "meeting_wish.read": either(parties, organizer),
    "meeting_wish.enterprises": acts_for_verified_provider,  # whom owners may wish to meet
    "meeting_wish.propose": organizer,
    "meeting_wish.answer": acts_for("provider_id"),
    "meeting_wish.decline": answers_wish,
    "meeting_wish.withdraw": either(began_wish, organizer),
    "presence.edit": either(in_an_organisation, broker, organizer),  # of one's own people; the view offers whose
    "timetable.edit": organizer,
    "session.follow": signed_in,  # whether something changed, not what
    # organizers, administrators, auditors
    "review.queue": organizer,
    "organizer.desk": organizer,
    "admin.read": administrator,
    "admin.edit": administrator,
    "audit.read": auditor,
    "audit.export": auditor,
}


def may(actor: Actor, permission: str, record: Any = None) -> bool:
    """Whether the actor has the permission on the record. An unknown permission is denied."""
    predicate = PERMISSIONS.get(permission)
    return predicate is not None and predicate(actor, record)
