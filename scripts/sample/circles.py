"""The two circles and their register, whose half-year is fixed (2026-01-01 to 2026-06-30)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import Circle, CircleMember, RegisterEntry
from scripts.sample import document, lines, sample_id
from scripts.sample.organisations import organisation_ids, person_ids


def load(session: Session) -> dict[str, int]:
    """Insert what is missing; returns how many rows of which kind."""
    organisations, people = organisation_ids(session), person_ids(session)
    circles = dict(session.execute(select(Circle.key, Circle.id)).all())
    added = {"circles": 0, "register entries": 0}
    for row in document("circles.json"):
        if row["key"] in circles:
            continue
        circle = Circle(
            public_id=sample_id("circle", row["key"]),
            key=row["key"],
            name=row["name"],
            anchor_id=organisations[row["anchor"]],
            introduction=row["intro"],
            services=row["services"],
            is_sample=True,
        )
        session.add(circle)
        session.flush()
        circles[row["key"]] = circle.id
        added["circles"] += 1
        for member in row["members"]:
            session.add(
                CircleMember(circle_id=circle.id, organisation_id=organisations[member], since=date(2025, 9, 1))
            )
    known = set(session.scalars(select(RegisterEntry.public_id).where(RegisterEntry.is_sample)))
    for row in lines("register.jsonl"):
        public_id = sample_id("register", f"{row['circle']}:{row['subject_key']}:{row['from']}")
        if public_id in known:
            continue
        added["register entries"] += 1
        session.add(
            RegisterEntry(
                public_id=public_id,
                kind=row["kind"],
                subject=row["subject"],
                subject_key=row["subject_key"],
                grade=row["grade"],
                organisation_id=organisations.get(row["subject_key"]),
                circle_id=circles[row["circle"]],
                arrived_on=date.fromisoformat(row["from"]),
                left_on=date.fromisoformat(row["to"]) if row["to"] else None,
                evidence=row["evidence"],
                note=row["note"] or "",
                entered_by_id=people["organizer2"],
                checked_by_id=people["organizer"],
                is_sample=True,
            )
        )
    session.flush()
    return added
