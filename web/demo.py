"""The demo accounts of the sample data: shown on the log-in page of somebody's own machine, nowhere else.

tests/web/test_account.py holds that they are the ones which scripts/seed.py loads.
"""

from models.errors import N_

PASSWORD = "Demo-2026-pass"  # noqa: S105 - printed on purpose
ACCOUNTS = (
    ("provider@example.org", N_("University, manager")),
    ("provider2@example.org", N_("University, member")),
    ("seeker@example.org", N_("Enterprise, manager")),
    ("organizer@example.org", N_("Organizer")),
    ("broker@example.org", N_("Technology manager")),
    ("admin@example.org", N_("Administrator")),
    ("auditor@example.org", N_("Auditor")),
)
