"""Looks at what is restricted leave an audit row, before anything is shown."""

from models.actions import audit, standing
from models.enums import Disclosure
from models.queries.versions import VersionContent
from models.tables import Achievement, Attachment, Need
from web.auth import actor
from web.database import backends, db


def note_look(subject: Achievement | Need | Attachment) -> None:
    """One row a day per person and item. In a transaction of its own: a page that is read writes nothing else."""
    if audit.recorded_today(db(), standing.look_at(subject), subject, by=actor()):
        return
    with backends().database.write() as session:
        standing.note_look(session, subject, by=actor())


def note_versions(record: Achievement | Need, *contents: VersionContent) -> None:
    """The same for versions that are shown whole to somebody who does not act for the owner."""
    restricted = any(content.disclosure is not Disclosure.PUBLIC for content in contents)
    if (restricted or record.tightened_to) and not actor().acts_for(record.organisation_id):
        note_look(record)
