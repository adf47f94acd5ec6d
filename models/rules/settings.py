"""What an administrator can set, with its default. One line a setting; the page is built from this table."""

from dataclasses import dataclass
from typing import Any

from models.errors import N_, Invalid

PRIVACY_VERSION = "2026-11"


@dataclass(frozen=True)
class SettingSpec:
    """``kind`` is text, lines, integer or dates; ``minimum``/``maximum`` bound integers."""

    kind: str
    default: Any
    label: str
    minimum: int = 0
    maximum: int = 10_000


SETTINGS: dict[str, SettingSpec] = {
    "city_name": SettingSpec("text", "北澜市", N_("Name of the city")),
    "site_name": SettingSpec("text", "科技成果对接平台", N_("Name of the site (Chinese)")),
    "site_name_en": SettingSpec("text", "Technology Matchmaking", N_("Name of the site (English)")),
    "organiser_name": SettingSpec("text", "北澜市科学技术局（示例）", N_("Who runs the site")),
    "organiser_contact": SettingSpec("text", "service@example.org", N_("Contact of who runs the site")),
    "programme_name": SettingSpec("text", "科技成果产业化行动", N_("Name of the programme")),
    "icp_number": SettingSpec("text", "", N_("ICP record number (empty: shown as pending)")),
    "police_number": SettingSpec("text", "", N_("Public security record number (empty: shown as pending)")),
    "request_due_days": SettingSpec("integer", 5, N_("Working days to answer a contact request"), 1, 60),
    "request_remind_days": SettingSpec("integer", 1, N_("Working days before the due date to remind"), 1, 30),
    "request_manager_days": SettingSpec(
        "integer", 1, N_("Working days after the due date until managers hear of it"), 1, 60
    ),
    "request_organizer_days": SettingSpec(
        "integer", 3, N_("Working days after the due date until organizers hear of it"), 1, 60
    ),
    "request_expiry_days": SettingSpec("integer", 15, N_("Days until a contact request expires"), 2, 365),
    "booking_hold_hours": SettingSpec("integer", 48, N_("Hours that a pending booking holds its slot"), 1, 720),
    "join_due_days": SettingSpec("integer", 3, N_("Working days for a manager to decide on a colleague"), 1, 60),
    "validity_months": SettingSpec("integer", 24, N_("Months that a published achievement stays valid"), 1, 120),
    "session_minutes": SettingSpec("integer", 30, N_("Minutes until an idle log-in ends"), 5, 720),
    "lockout_attempts": SettingSpec("integer", 5, N_("Failed log-ins until an address is locked"), 3, 50),
    "lockout_minutes": SettingSpec("integer", 15, N_("Minutes that a locked address stays locked"), 1, 1440),
    "upload_megabytes": SettingSpec("integer", 20, N_("Largest attachment in megabytes"), 1, 200),
    "holidays": SettingSpec("dates", [], N_("Public holidays, one date (YYYY-MM-DD) a line")),
    "report_period_from": SettingSpec("text", "2026-01-01", N_("First day of the period circles show first")),
    "report_period_to": SettingSpec("text", "2026-06-30", N_("Last day of the period circles show first")),
}


def checked(key: str, value: Any) -> Any:
    """The value as stored. Raises Invalid (field = key) where it does not fit the specification."""
    spec = SETTINGS[key]
    if spec.kind == "integer":
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise Invalid(N_("Please type a whole number."), field=key) from None
        if not spec.minimum <= number <= spec.maximum:
            raise Invalid(
                N_("Please choose a number from %(low)s to %(high)s."), field=key, low=spec.minimum, high=spec.maximum
            )
        return number
    return value
