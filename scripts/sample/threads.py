"""Contact requests, engagements and bookings in every state."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Base
from models.enums import (
    AmountSaid,
    BookingState,
    Disclosure,
    OccupancyKind,
    Origin,
    Place,
    RequestState,
    SessionKind,
    Side,
    Stage,
)
from models.rules.calendar import add_working_days, cells
from models.tables import (
    Achievement,
    Booking,
    BookingAttendee,
    ContactRequest,
    DisclosureGrant,
    Engagement,
    Event,
    MatchSession,
    Message,
    Occupancy,
    Organisation,
    Transition,
)
from scripts.sample import Clock, lines, pick, sample_id
from scripts.sample.achievements import achievement_ids
from scripts.sample.organisations import managers_of, organisation_ids

OPEN = (RequestState.PENDING, RequestState.ASKED_BACK)


def _fen(ten_thousands: int | None) -> int | None:
    return None if ten_thousands is None else ten_thousands * 1_000_000


class Threads:
    """Inserts what is missing; one object so that the look-ups are made once."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session, self.clock = session, clock
        self.organisations = organisation_ids(session)
        self.achievements = achievement_ids(session)
        self.managers = managers_of(session)

    def load(self) -> dict[str, int]:
        known = set(self.session.scalars(select(ContactRequest.public_id).where(ContactRequest.is_sample)))
        requests = 0
        for number, row in enumerate(lines("threads.jsonl"), start=1):
            if sample_id("request", str(number)) not in known:
                self._request(number, row)
                requests += 1
        bookings = 0
        if self.session.scalar(select(Booking.id).where(Booking.is_sample).limit(1)) is None:
            bookings = sum(
                self._bookings(found) for found in self.session.scalars(select(MatchSession).order_by(MatchSession.id))
            )
        self.session.flush()
        return {"contact requests": requests, "bookings": bookings}

    def _request(self, number: int, row: dict[str, Any]) -> None:
        state = RequestState(row["state"])
        age = 1 + pick(f"thread{number}", 3) if state in OPEN else 20 + pick(f"thread{number}", 120)
        asked = self.clock.at(-age, "10:30")
        achievement = self.session.get_one(Achievement, self.achievements[f"{row['achievement_stem']}-{row['n']:02d}"])
        sender, receiver = self.organisations[row["from"]], achievement.organisation_id
        answered = None if state in OPEN else asked + timedelta(days=2)
        accepted = state is RequestState.ACCEPTED
        engagement = self._engagement(row, achievement, sender, answered) if accepted and answered else None
        request = ContactRequest(
            public_id=sample_id("request", str(number)),
            sender_id=sender,
            receiver_id=receiver,
            achievement_id=achievement.id,
            engagement_id=engagement.id if engagement else None,
            asked_by_id=self.managers[sender],
            acted_by_id=self.managers[sender],
            answered_by_id=self.managers[receiver] if answered else None,
            assigned_to_id=self.managers[receiver],
            purpose=row["purpose"],
            origin=Origin(row["origin"]),
            origin_event_id=self._roadshow(row, asked),
            state=state,
            decline_reason=row["decline_reason"] or "",
            due_on=add_working_days(asked.date(), 5),
            expires_at=asked + timedelta(days=15),
            shares_sender_contact=True,
            shares_receiver_contact=accepted,
            answered_at=answered,
            created_at=asked,
            is_sample=True,
        )
        self.session.add(request)
        self.session.flush()
        for index, message in enumerate(row["messages"]):
            organisation = sender if message["by"] == "from" else receiver
            self.session.add(
                Message(
                    contact_request_id=request.id,
                    person_id=self.managers[organisation],
                    organisation_id=organisation,
                    text=message["text"],
                    created_at=(answered or asked) + timedelta(hours=2 + 20 * index),
                )
            )
        self._moved(request, "", "pending", asked, self.managers[sender])
        if state is not RequestState.PENDING:
            self._moved(
                request, "pending", state.value, answered or asked + timedelta(hours=5), self.managers[receiver]
            )

    def _roadshow(self, row: dict[str, Any], asked: datetime) -> int | None:
        """The roadshow at which somebody asked, if it had begun by then."""
        begun = select(Event.id).where(Event.key == row["achievement_stem"], Event.starts_at <= asked)
        return self.session.scalar(begun) if row["origin"] == Origin.ROADSHOW else None

    def _engagement(self, row: dict[str, Any], achievement: Achievement, seeker: int, opened: datetime) -> Engagement:
        provider = achievement.organisation_id
        stage = Stage(row["stage"])
        engagement = Engagement(
            public_id=sample_id("engagement", f"{provider}:{seeker}:{achievement.id}"),
            provider_id=provider,
            seeker_id=seeker,
            achievement_id=achievement.id,
            stage=stage,
            stop_reason=row.get("stop_reason") or "",
            note=row["outcome_note"] or "",
            origin=Origin(row["origin"]),
            created_at=opened,
            is_sample=True,
        )
        self._came_to(engagement, row, opened)
        self.session.add(engagement)
        self.session.flush()
        stages = list(Stage)
        path = [Stage.S2, Stage.S3, Stage.X] if stage is Stage.X else stages[1 : max(stages.index(stage) + 1, 2)]
        for index, (old, new) in enumerate(zip(["", *path], path, strict=False)):
            self._moved(
                engagement, old, new, min(opened + timedelta(days=6 * index), self.clock.first), self.managers[provider]
            )
        if achievement.public_version and achievement.public_version.disclosure is Disclosure.CONSENT:
            self.session.add(
                DisclosureGrant(
                    achievement_id=achievement.id,
                    organisation_id=seeker,
                    granted_by_id=self.managers[provider],
                    granted_at=opened,
                )
            )
        return engagement

    def _came_to(self, engagement: Engagement, row: dict[str, Any], opened: datetime) -> None:
        """The contract and where it is put to use, amounts in ten thousands of yuan; signed when stage S6 was reached."""
        contract, implementation = row.get("contract"), row.get("implementation")
        if contract:
            engagement.contract_type, engagement.amount_said = contract["type"], AmountSaid(contract["said"])
            engagement.amount = _fen(contract.get("amount"))
            engagement.signed_on = min(opened + timedelta(days=24), self.clock.first).date()
            engagement.registered = contract["registered"]
        if implementation:
            engagement.place, engagement.place_name = Place(implementation["place"]), implementation["name"]
            engagement.investment = _fen(implementation.get("investment"))
            engagement.received = _fen(implementation.get("received"))
            engagement.jobs = implementation.get("jobs")

    def _moved(self, subject: Base, old: str, new: str, at: datetime, person: int) -> None:
        self.session.add(
            Transition(
                object_type=subject.__tablename__, object_id=subject.id, from_state=str(old), to_state=str(new), at=at,
                person_id=person,
            )
        )  # fmt: skip

    def _bookings(self, match_session: MatchSession) -> int:
        """A third of the slots of a session taken; past ones confirmed or ended, coming ones in every open state."""
        past = match_session.ends_at < self.clock.first
        seekers = [
            organisation
            for organisation in self.session.scalars(
                select(Organisation).where(Organisation.is_sample, Organisation.is_seeker).order_by(Organisation.id)
            )
            if organisation.is_verified and organisation.id in self.managers
        ]
        if match_session.kind is SessionKind.GROUP:
            for seat, seeker in enumerate(seekers[: match_session.capacity // 2], start=1):
                self.seat(match_session, seeker.id, seat)
            return match_session.capacity // 2
        stem = next((row["event"] for row in lines("sessions.jsonl") if row["key"] == match_session.key), None)
        keys = [key for key in self.achievements if not stem or key.startswith(f"{stem}-")]
        keys = [key for key in keys if not key.startswith("others-")]
        count = 0
        taken: set[tuple[int, int]] = set()
        for index, slot in enumerate(match_session.slots):
            for table in match_session.tables:
                name = f"{match_session.key}:{index}:{table.number}"
                if pick(name, 3):
                    continue
                achievement = self.session.get_one(Achievement, self.achievements[keys[pick(f"{name}:a", len(keys))]])
                seeker = seekers[pick(f"{name}:s", len(seekers))]
                people = [self.managers[seeker.id], self.managers[achievement.organisation_id]]
                state = self._state(past, count)
                if state.holds and any((person, slot.id) in taken for person in people):
                    continue
                booking = self.booking(match_session, seeker.id, achievement, state, slot_id=slot.id, table_id=table.id)
                if booking.hold_until:
                    booking.hold_until = min(booking.hold_until, slot.starts_at)
                for person, side in zip(people, (Side.SEEKER, Side.PROVIDER), strict=True):
                    self.session.add(BookingAttendee(booking_id=booking.id, person_id=person, side=side))
                if state.holds:
                    taken.update((person, slot.id) for person in people)
                    self.occupy(booking, slot.starts_at, slot.ends_at, people, table.id)
                count += 1
        return count

    def seat(self, match_session: MatchSession, seeker: int, seat: int, *, provider_id: int | None = None) -> None:
        """A seat for the enterprise's manager; ``provider_id``: of an organisation's own session."""
        booking = self.booking(match_session, seeker, None, BookingState.CONFIRMED, seat=seat)
        booking.provider_id, person = provider_id, self.managers[seeker]
        self.session.add(BookingAttendee(booking_id=booking.id, person_id=person, side=Side.SEEKER))
        self.occupy(booking, match_session.starts_at, match_session.ends_at, [person])

    @staticmethod
    def _state(past: bool, count: int) -> BookingState:
        open_states = (BookingState.PENDING, BookingState.CONFIRMED)
        ended = (BookingState.DECLINED, BookingState.CANCELLED, BookingState.EXPIRED)
        if count % 5 == 4:
            return ended[count // 5 % 3]
        return BookingState.CONFIRMED if past else open_states[count % 2]

    def booking(
        self,
        match_session: MatchSession,
        seeker: int,
        achievement: Achievement | None,
        state: BookingState,
        **where: int,
    ) -> Booking:
        key = f"{match_session.key}:{seeker}:{sorted(where.items())}"
        booking = Booking(
            public_id=sample_id("booking", key),
            match_session_id=match_session.id,
            seeker_id=seeker,
            provider_id=achievement.organisation_id if achievement else None,
            achievement_id=achievement.id if achievement else None,
            state=state,
            hold_until=self.clock.first + timedelta(hours=48) if state is BookingState.PENDING else None,
            acted_by_id=self.managers[seeker],
            created_at=min(self.clock.first, match_session.starts_at) - timedelta(days=2),
            is_sample=True,
            **where,
        )
        self.session.add(booking)
        self.session.flush()
        self._moved(booking, "", state.value, booking.created_at, self.managers[seeker])
        return booking

    def occupy(
        self, booking: Booking, start: datetime, end: datetime, people: list[int], table: int | None = None
    ) -> None:
        holders = [(OccupancyKind.PERSON, person) for person in people]
        if table is not None:
            holders.append((OccupancyKind.TABLE, table))
        for kind, holder in holders:
            self.session.add_all(
                Occupancy(kind=kind, holder_id=holder, cell=cell, booking_id=booking.id) for cell in cells(start, end)
            )
        self.session.flush()
