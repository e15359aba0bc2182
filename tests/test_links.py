"""Links are looked after: each is asked now and then, politely and by one worker alone, and what is protected never."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from claims.fetching.fetch import Fetched
from claims.fetching.troubles import Trouble
from claims.jobs.links import look_after_links
from claims.models import HostTurn, LinkCheck
from claims.models.editing import edit_source
from claims.models.evidencing import edit_evidence
from claims.models.links import LEASE, PAUSE, LinkState
from claims.models.undoing import undo
from tests import factories
from tests.small_web import PAGE, Names, small_web
from tests.test_desk_command import ROOT

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def web():
    with small_web() as found:
        yield found


class Days:
    """A clock for the worker, and a worker that looks at all that is due by then."""

    def __init__(self, fetch):
        self.now, self.fetch = START, fetch

    def __call__(self):
        self.now += timedelta(milliseconds=1)
        return self.now

    def look(self, **later):
        self.now += timedelta(**later)
        HostTurn.objects.update(free_at=self.now)
        return look_after_links(self, self.fetch)

    def until(self, link):
        """Look when the link is due next."""
        link.refresh_from_db()
        self.now = max(self.now, link.next_due_at)
        assert self.look() == "1 link was looked at."
        link.refresh_from_db()
        return link


@pytest.fixture
def days(db, settings, monkeypatch, web):
    settings.CHECK_LINKS = True
    monkeypatch.setattr("django.utils.timezone.now", lambda: START)
    return Days(web.fetcher(look_up=Names()))


@pytest.fixture
def link_at(web, days):
    """link_at("/x"): the link of a source there, which is due."""

    def made(path, **values):
        return factories.source(url=web.url(path), **values).link

    return made


def test_a_link_that_works_is_looked_at_an_hour_after_it_came_and_every_thirty_days(web, days, link_at):
    web.says("/page")
    link = link_at("/page")
    assert (link.state, days.look(minutes=59), days.look(minutes=2)) == ("unchecked", "", "1 link was looked at.")
    link.refresh_from_db()
    assert (link.state, link.status, link.final_address, link.last_error) == (LinkState.ALIVE, 200, "", "")
    assert (len(link.sha256), link.begun, link.lease_until) == (64, 0, None)
    assert link.next_due_at - link.checked_at == timedelta(days=30)
    assert days.look(days=29) == ""
    assert days.look(days=2) == "1 link was looked at."


def test_what_a_verdict_rests_on_is_looked_at_every_week(web, days, checker, editor):
    web.says("/rests")
    claim, source = factories.selected(), factories.source(url=web.url("/rests"))
    factories.evidence(claim, source=source)
    assert days.until(source.link).next_due_at - days.now > timedelta(days=29)
    factories.verdict(checker, editor, on=claim)
    source.link.refresh_from_db()
    assert source.link.next_due_at == START + timedelta(days=7)
    days.until(source.link)
    assert source.link.next_due_at - source.link.checked_at == timedelta(days=7)


def test_where_it_leads_elsewhere_that_address_is_kept(web, days, link_at):
    web.says("/old", b"", 301, Location="/new")
    web.says("/new")
    web.says("/bare", b"", 301, Location="/bare/#top")
    web.says("/bare/")
    moved, same = link_at("/old"), link_at("/bare")
    days.look(hours=2), days.look(hours=2)
    moved.refresh_from_db(), same.refresh_from_db()
    assert (moved.state, moved.final_address) == (LinkState.MOVED, web.url("/new"))
    assert (same.state, same.final_address) == (LinkState.ALIVE, "")


def test_a_page_that_is_gone_counts_as_dead_the_third_time(days, link_at):
    link = link_at("/gone")
    seen = [(days.until(link).state, link.next_due_at - link.checked_at) for _ in range(4)]
    half = timedelta(hours=12)
    missing, dead = LinkState.MISSING, LinkState.DEAD
    assert seen == [(missing, half), (missing, 2 * half), (dead, 4 * half), (dead, 8 * half)]
    assert (link.status, link.dead_since) == (404, link.failing_since)
    assert link.dead_since < link.dead_at < link.checked_at


def test_what_is_dead_may_come_back(web, days, link_at):
    link = link_at("/returns")
    for _ in range(3):
        days.until(link)
    web.says("/returns")
    assert (days.until(link).state, link.attempts, link.dead_since) == (LinkState.ALIVE, 0, None)


def test_a_claim_whose_verdict_rests_on_a_dead_page_comes_back_to_the_desk(web, days, checker, editor):
    web.says("/lives")
    claim, source = factories.selected(), factories.source(url=web.url("/lives"))
    factories.evidence(claim, source=source)
    factories.verdict(checker, editor, on=claim)
    days.until(source.link)
    del web.pages["/lives"]
    for _ in range(3):
        assert not claim.rechecks.exists()
        days.until(source.link)
    claim.refresh_from_db()
    assert [(each.kind, each.source) for each in claim.rechecks.all()] == [("dead_link", source)]
    assert claim.recheck_due == source.link.dead_at.date()


@pytest.mark.parametrize(
    ("found", "state", "times"),
    [
        (Fetched("", trouble=Trouble.NO_HOST), "missing", 3), (Fetched("", 410), "missing", 3),
        (Fetched("", 503), "silent", 6), (Fetched("", trouble=Trouble.TOO_SLOW), "silent", 6),
        (Fetched("", trouble=Trouble.UNTRUSTED), "silent", 6),
        (Fetched("", 403), "closed", None), (Fetched("", 429), "closed", None),
        (Fetched("", trouble=Trouble.NOT_PUBLIC), "closed", None),
    ],
)  # fmt: skip
def test_only_what_is_not_there_dies_and_who_does_not_answer_has_longer(days, link_at, found, state, times):
    days.fetch, link = (lambda url: found), link_at("/any")
    seen = [days.until(link).state for _ in range(7)]
    assert seen == ([state] * (times - 1) + ["dead"] * (8 - times) if times else [state] * 7)


def test_an_answer_between_ends_the_row(days, link_at):
    answers = [404, 404, 503, 404, 404, 200, 404]
    days.fetch, link = (lambda url: Fetched(url, answers.pop(0), sha256="")), link_at("/up-and-down")
    seen = [days.until(link).state for _ in range(7)]
    assert seen == ["missing", "missing", "silent", "missing", "missing", "alive", "missing"]


def test_a_text_counts_as_changed_when_the_same_other_words_were_read_twice(web, days, link_at):
    link = link_at("/news")
    web.says("/news", PAGE)
    days.until(link)
    web.says("/news", PAGE.replace(b"<p>", b"<p class=new><!-- 1 -->"))
    assert (days.until(link).changed_at, link.other_sha256) == (None, "")
    web.says("/news", PAGE.replace(b"41", b"40"))
    first = days.until(link).checked_at
    assert (link.changed_at, link.next_due_at - first) == (None, timedelta(days=1))
    assert (days.until(link).changed_at, link.other_sha256, link.state) == (first, "", LinkState.ALIVE)


def test_a_page_that_reads_anew_each_time_is_never_called_changed(web, days, link_at):
    link = link_at("/restless")
    for number in range(5):
        web.says("/restless", PAGE.replace(b"41", b"%d" % number))
        days.until(link)
    assert (link.changed_at, link.restless) == (None, True)
    assert link.next_due_at - link.checked_at == timedelta(days=30)


def test_a_host_is_asked_by_one_at_a_time_and_with_a_pause(web, days, link_at):
    links = [link_at(f"/polite-{number}") for number in range(3)]
    days.now += timedelta(hours=2)
    assert look_after_links(days, days.fetch) == "1 link was looked at."
    assert look_after_links(days, days.fetch) == ""
    days.now += PAUSE
    assert look_after_links(days, days.fetch) == "1 link was looked at."
    assert {link.host for link in links} == {web.host}


def test_other_hosts_are_asked_meanwhile(days, web):
    for host in ("127.0.0.1", "127.0.0.3", "127.0.0.4"):
        factories.source(url=web.url("/x", host=host))
        factories.source(url=web.url("/y", host=host))
    days.now += timedelta(hours=2)
    assert look_after_links(days, days.fetch) == "3 links were looked at."


@pytest.mark.parametrize(
    "values",
    [{"protected": True}, {"url": ""}, {"url": "https://gazette.example/"}, {"url": "http://www.example.org/"}],
)
def test_what_is_protected_has_no_address_or_is_nobody_s_is_never_asked(days, web, values):
    source = factories.source(**{"url": web.url("/secret")} | values)
    assert not LinkCheck.objects.filter(source=source).exists()


def test_no_host_learns_that_somebody_looks_at_a_protected_source(web, days):
    web.requests.clear()
    source, other = factories.source(url=web.url("/becomes")), factories.source(url=web.url("/evidence"))
    edit_source(source, by=None, protected=True)
    piece = factories.evidence(factories.claim(), source=other, protected=True)
    assert (days.look(days=40), web.requests) == ("", [])
    edit_evidence(piece, by=None, protected=False)
    assert LinkCheck.objects.get().source == other
    # Even where a row was left.
    LinkCheck.objects.create(source=source, host=web.host, next_due_at=START)
    factories.evidence(factories.claim(), source=other)
    edit_evidence(piece, by=None, protected=True)
    LinkCheck.objects.get_or_create(source=other, defaults={"host": web.host, "next_due_at": START})
    assert (days.look(days=40), web.requests) == ("", [])


def test_undoing_protects_again(days, web, checker):
    source = factories.source(url=web.url("/undone"))
    piece = factories.evidence(factories.claim(), source=source, protected=True)
    edit_evidence(piece, by=checker, protected=False)
    assert LinkCheck.objects.filter(source=source).exists()
    undo(factories.last_act(piece), by=checker)
    assert not LinkCheck.objects.filter(source=source).exists()


def test_another_address_is_another_link(web, days, link_at):
    link = link_at("/gone")
    days.until(link)
    edit_source(link.source, by=None, title="The Test Gazette, another title")
    assert LinkCheck.objects.get(source=link.source).status == 404
    edit_source(link.source, by=None, url=web.url("/mended"))
    assert LinkCheck.objects.get(source=link.source).state == LinkState.UNCHECKED


def test_one_setting_switches_it_off(days, link_at, settings):
    link_at("/off")
    settings.CHECK_LINKS = False
    assert days.look(days=40) == ""


@pytest.mark.django_db(transaction=True)
def test_many_workers_ask_for_each_link_once_and_hold_no_transaction_meanwhile(settings, web):
    settings.CHECK_LINKS = True
    for number in range(2, 10):
        factories.source(url=web.url("/many", host=f"127.0.0.{number}"))
    now, asked, held = timezone.now() + timedelta(hours=2), [], []

    def fetch(url):
        held.append(connection.in_atomic_block)
        asked.append(url)
        time.sleep(0.02)
        return Fetched(url, 404)

    def work():
        look_after_links(lambda: now, fetch)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(asked) == sorted(set(asked))
    assert (len(asked), any(held)) == (8, False)


def database_url():
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    secret = f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else ""
    return f"postgres://{given['USER']}{secret}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


WORKER = """
import django
from datetime import timedelta
django.setup()
from django.utils import timezone
from claims.fetching.fetch import Fetcher
from claims.jobs.links import look_after_links
look_after_links(lambda: timezone.now() + timedelta(hours=2), Fetcher(open_to=frozenset({{("{host}", {port})}})))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_the_link_to_the_next_one(settings, web):
    settings.CHECK_LINKS = True
    asked, link = threading.Event(), factories.source(url=web.url("/killed")).link
    web.pages["/killed"] = lambda handler: (asked.set(), time.sleep(5))
    env = os.environ | {
        "CHECK_LINKS": "on",
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "factcheck.settings",
    }
    command = [sys.executable, "-c", WORKER.format(host=web.host, port=web.port)]
    worker = subprocess.Popen(command, cwd=ROOT, env=env)
    assert asked.wait(60)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    web.says("/killed")
    later = timezone.now() + timedelta(hours=2)
    assert look_after_links(lambda: later, web.fetcher()) == ""
    later += LEASE + timedelta(seconds=30)
    assert look_after_links(lambda: later, web.fetcher()) == "1 link was looked at."
    link.refresh_from_db()
    assert (link.state, link.begun, link.lease_until) == (LinkState.ALIVE, 0, None)
    assert look_after_links(lambda: later + LEASE, web.fetcher()) == ""


def test_a_link_that_workers_die_of_is_put_off(days, link_at):
    link = link_at("/deadly")
    LinkCheck.objects.update(begun=3)
    days.fetch = None
    assert days.until(link).state == LinkState.SILENT
    assert link.next_due_at - days.now > timedelta(hours=11)
