"""Looks at what is restricted leave an audit row, before anything is shown."""

from models.actions import audit, standing
from models.enums import Disclosure
from models.queries.versions import Content
from models.tables import Achievement, Attachment
from web.auth import actor
from web.database import backends, db


def note_look(subject: Achievement | Attachment) -> None:
    """One row a day per person and item. In a transaction of its own: a page that is read writes nothing else."""
    if audit.recorded_today(db(), standing.LOOK, subject, by=actor()):
        return
    with backends().database.write() as session:
        standing.note_look(session, subject, by=actor())


def note_versions(achievement: Achievement, *contents: Content) -> None:
    """The same for versions that are shown whole to somebody who does not act for the owner."""
    restricted = any(content.disclosure is not Disclosure.PUBLIC for content in contents)
    if (restricted or achievement.tightened_to) and not actor().acts_for(achievement.organisation_id):
        note_look(achievement)
