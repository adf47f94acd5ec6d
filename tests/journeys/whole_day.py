"""The day that test_whole_day.py walks: who walks it, when it is, and how its time comes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from playwright.sync_api import Locator
from sqlalchemy import select

import models.changes  # noqa: F401 - what moves must reach the index
from models.base import Database, utcnow
from models.tables import Event
from models.tables.booking import CELL_SECONDS
from scripts.site_process import SiteProcess
from tests.journeys.reader import Reader
from tests.time_passes import bring_event_forward
from web.backends import database_url
from web.config import Settings

DAY = date.today() + timedelta(days=20)
MORNING, NOON, AFTERNOON, EVENING = (f"{DAY.isoformat()}T{time}" for time in ("09:00", "11:30", "13:30", "15:00"))
CLOSES = f"{DAY - timedelta(days=10)}T17:00"
ENTERPRISE, PROVIDER = "北澜恒岭石化股份有限公司", "北澜理工大学"
LEAD = "叶知微"  # of the enterprise's R&D
PROFESSOR, COLLEAGUE = "许清越", "邵一鸣"  # who presents the one and the other project
FIRST, SECOND = "SOI高温压力传感器芯片及无引线封装", "面向罐区的云台激光气体遥测与泄漏溯源系统"
GUEST, HELPER = "温若谷", "门口志愿者"
SLOT = timedelta(minutes=30)
STEP = "寄两只传感器到裂解装置试装"


@dataclass
class Day:
    """Who walks, and what they have met on the way."""

    site: SiteProcess
    organizer: Reader
    provider: Reader
    enterprise: Reader
    professor: Reader
    guest: Reader
    helper: Reader
    name: str
    event: str = ""  # addresses
    session: str = ""


def meeting(reader: Reader, project: str) -> Locator:
    """A meeting on the page of one's day."""
    return reader.page.locator("main .my-meeting", has_text=project)


def begin_of(reader: Reader, project: str) -> datetime:
    """When a meeting begins, as that page says."""
    return datetime.fromisoformat(str(meeting(reader, project).locator("time").get_attribute("datetime")))


def comes(day: Day, *, hours: float) -> None:
    """Time passes until the roadshow began so many hours ago."""
    settings = Settings(var_dir=day.site.folder, database_url=day.site.settings.get("DATABASE_URL", ""))
    database = Database(database_url(settings))
    with database.write() as session:
        event = session.scalars(select(Event).where(Event.public_id == day.event.rpartition("/")[2])).one()
        ahead = event.starts_at - utcnow() + timedelta(hours=hours)
        bring_event_forward(session, event, round(ahead / timedelta(seconds=CELL_SECONDS)))
    database.dispose()


def only(reader: Reader, name: str) -> None:
    """Of the people to choose from this one comes, whoever was ticked before."""
    for box in reader.page.locator("main input[type=checkbox][name=attendees]").all():
        box.uncheck()
    reader.page.get_by_label(name).check()
