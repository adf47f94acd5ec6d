"""Saved searches on the site: from the page of results to the mail, and out of it without logging in."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from models.actions import jobs, matching
from models.base import Database, utcnow
from models.enums import Disclosure, Frequency, JobState, Lane
from models.tables import Job, Need, SavedSearch
from search.engine import EngineUnavailable
from search.sync import Drainer, rebuild
from tests.factories import make_account, make_need, make_seeker
from tests.web.reading import link_in, page, rendered_mails, sent
from web.worker import Worker

ADDRESS = "/saved-searches/new?q=返排液&kind=need"


class Site:
    """A member of an enterprise with a browser, and the worker's lanes run by hand."""

    def __init__(self, app: Flask, database: Database, log_in: Callable[..., FlaskClient]) -> None:
        self.app, self.database, self.engine = app, database, app.extensions["backends"].engine
        self.worker = Worker(app)
        self.drain = Drainer(database, self.engine, app.config["SETTINGS"].var_dir)
        rebuild(database, self.engine, app.config["SETTINGS"].var_dir)
        with database.write() as session:
            self.account = make_account(session, make_seeker(session))
        self.client = log_in(self.account)

    def save(self, frequency: Frequency = Frequency.IMMEDIATELY, address: str = ADDRESS) -> SavedSearch:
        sent(self.client, address, name="返排液处理", frequency=frequency.value)
        with self.database.read() as session:
            return session.scalars(select(SavedSearch)).one()

    def publish(self, **values: object) -> Need:
        """A need whose publication has just been decided."""
        with self.database.write() as session:
            need = make_need(session, make_seeker(session), title="返排液低温处理", **values)
            need.public_version.published_at = utcnow()
            matching.want(session, need)
        return need

    def run(self, name: str) -> int:
        """Perform what waits of a job's name; returns how many."""
        with self.database.write() as session:
            session.execute(
                update(Job).where(Job.name == name, Job.state == JobState.QUEUED).values(run_after=utcnow())
            )
            mine = [job for job in jobs.claim(session, Lane.SHORT, limit=50) if job.name == name]
        for job in mine:
            self.worker.perform(job)
        return len(mine)

    def mails(self) -> list[tuple[str, str, str]]:
        return rendered_mails(self.app, self.database)


@pytest.fixture
def site(app: Flask, database: Database, log_in: Callable[..., FlaskClient]) -> Site:
    return Site(app, database, log_in)


def test_a_publication_is_told_once_even_when_the_job_runs_twice(site: Site) -> None:
    site.publish()
    site.drain()
    site.save()
    assert site.run("note_saved_search") == 1
    new, other = site.publish(masked=True), site.publish(keywords=["大豆"])
    with site.database.write() as session:
        matching.want(session, session.merge(other))  # changed again at once: two jobs
    assert site.run("alert_record") == 4  # of the first, too, which was known
    assert site.mails() == []  # the index shows nothing yet
    site.drain()
    site.run("alert_record")
    with site.database.write() as session:
        for job in session.scalars(select(Job).where(Job.name == "alert_record")):
            job.state = JobState.QUEUED
    assert site.run("alert_record") == 4
    told = site.mails()
    assert [(to, subject) for to, subject, _text in told] == [(site.account.email, "1 条新结果：返排液处理")] * 2
    assert f"/needs/{new.public_id}" in told[0][2]
    with site.database.read() as session:
        owner = session.get_one(Need, new.id).organisation.name
    assert all(owner not in subject + text for _to, subject, text in told)


def test_only_what_the_search_finds_under_the_readers_rights(site: Site) -> None:
    """What was tried is for verified providers: an enterprise in need must not learn of it by a mail."""
    site.save(address="/saved-searches/new?q=%E9%9C%96%E6%BE%9C%E4%B8%93%E5%88%A9&kind=need&exact=1")
    site.publish(tried="试过霖澜专利", disclosure=Disclosure.VERIFIED)
    site.drain()
    site.run("alert_record")
    assert site.mails() == []


def test_once_a_day_comes_in_the_morning(site: Site) -> None:
    site.save(Frequency.DAILY)
    site.run("note_saved_search")
    site.publish()
    site.publish()
    site.drain()
    site.run("alert_record")
    assert site.mails() == []
    assert site.run("nightly") == 0
    with site.database.write() as session:
        jobs.add_nightly(session)
    site.run("nightly")
    assert site.run("tell_saved_searches") == 1
    ((_to, subject, _text),) = site.mails()
    assert subject == "2 条新结果：返排液处理"


def test_while_the_engine_is_down_the_job_waits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.save()
    site.run("note_saved_search")
    need = site.publish()
    site.drain()

    def down(*_: object) -> None:
        raise EngineUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setattr(site.engine, "search", down)
        site.run("alert_record")
    with site.database.read() as session:
        assert session.scalars(select(Job.state).where(Job.name == "alert_record")).one() is JobState.QUEUED
    site.run("alert_record")
    assert f"/needs/{need.public_id}" in site.mails()[0][2]


def test_unsubscribing_needs_no_log_in_and_no_script(site: Site, app: Flask) -> None:
    search = site.save()
    site.publish()
    site.drain()
    site.run("alert_record")
    text = site.mails()[0][2]
    address = next(link for link in re.findall(r"https?://[^/]+(/\S+)", text) if "/off/" in link)
    visitor = app.test_client()
    assert 'method="post"' in page(visitor, address)
    with site.database.read() as session:
        assert session.get_one(SavedSearch, search.id).frequency is Frequency.IMMEDIATELY  # a mail scanner opened it
    assert visitor.post(address).status_code == 200
    with site.database.read() as session:
        assert session.get_one(SavedSearch, search.id).frequency is Frequency.NEVER
    page(visitor, address + "x", 410)
    assert link_in(text).startswith("/needs/")


def test_the_mail_carries_the_header_of_its_unsubscribe_link(site: Site) -> None:
    site.save()
    site.publish()
    site.drain()
    site.run("alert_record")
    site.run("mail")
    (file,) = (site.app.config["SETTINGS"].var_dir / "outbox").glob("*.eml")
    assert re.search(rb"^List-Unsubscribe: <http\S+/saved-searches/off/\S+>$", file.read_bytes(), re.MULTILINE)


def test_a_visitor_signs_in_and_comes_back(site: Site, client: FlaskClient) -> None:
    found = page(client, "/needs?q=返排液&field=environment&sort=newest")
    link = re.search(r'href="(/saved-searches/new[^"]+)"', found).group(1).replace("&amp;", "&")
    answer = client.get(link)
    assert "/account/login?next=" in answer.location
    form = page(site.client, link)
    assert 'value="返排液"' in form
    site.save(address=link)
    listed = page(site.client, "/saved-searches")
    again = re.search(r'href="(/needs\?[^"]+)"', listed).group(1).replace("&amp;", "&")
    assert {"field=environment", "sort=newest"} <= set(again.partition("?")[2].split("&"))
    page(site.client, again)


def test_the_list_changes_and_deletes(site: Site) -> None:
    assert "还没有保存的搜索" in page(site.client, "/saved-searches")
    search = site.save()
    address = f"/saved-searches/{search.public_id}"
    page(site.client, address)
    sent(site.client, address, name="冬季处理", frequency="weekly", revision="1")
    assert "冬季处理" in page(site.client, "/saved-searches")
    answer = site.client.post(address, data={"name": "别名", "frequency": "daily", "revision": "1"})
    assert answer.status_code == 422  # it was changed in between
    sent(site.client, f"{address}/delete")
    with site.database.read() as session:
        assert session.scalar(select(func.count(SavedSearch.id))) == 0


def test_strange_addresses(site: Site) -> None:
    for query in ("", "kind=x&sort=y&field=%00", "q=" + "长" * 3000, "field=%ED%A0%80&page=-3&after=z"):
        page(site.client, f"/saved-searches/new?{query}")
        site.client.post(f"/saved-searches/new?{query}", data={"name": "名", "frequency": "daily"})
    page(site.client, "/saved-searches")
