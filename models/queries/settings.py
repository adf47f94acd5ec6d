"""Settings: what an administrator changed over the defaults of rules/settings.py."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.settings import SETTINGS
from models.tables import Setting


def setting(session: Session, key: str) -> Any:
    """One setting's value."""
    value = session.scalar(select(Setting.value).where(Setting.key == key))
    return SETTINGS[key].default if value is None else value


def all_settings(session: Session) -> dict[str, Any]:
    """Every setting's value in one query."""
    changed: dict[str, Any] = dict(session.execute(select(Setting.key, Setting.value)).all())
    return {key: changed.get(key, spec.default) for key, spec in SETTINGS.items()}
