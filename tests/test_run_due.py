"""`manage.py run_due`: once, in a loop, and beside the desk, with which it ends."""

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError

from claims.jobs import Job
from claims.jobs.worker import Worker
from claims.models import Notification
from tests import factories
from tests.test_desk_command import PATIENCE, ROOT, Browser, desk, empty_database, environment, interrupt


def test_once_says_what_it_did_and_nothing_where_nothing_was_due(checker, editor):
    factories.selected().assign(checker, by=editor, due_on="2026-11-20")
    Notification.objects.all().delete()
    said = StringIO()
    call_command("run_due", stdout=said)
    assert said.getvalue() == "due: 1 claim is due: its assignee was told.\nmails: 1 mail sent.\n"
    assert len(mail.outbox) == 1
    said = StringIO()
    call_command("run_due", stdout=said)
    assert said.getvalue() == ""


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_holds_no_other_up_and_is_tried_again(caplog):
    said, tries = [], []

    def fails():
        tries.append(1)
        raise [OperationalError("the server is away"), ZeroDivisionError("a fault of ours")][len(tries) % 2]

    worker = Worker([], said.append)
    worker.jobs = [
        Job("first", timedelta(0), fails),
        Job("second", timedelta(0), lambda: worker.leave() if len(tries) > 2 else "done"),
    ]
    with caplog.at_level(logging.WARNING):
        worker.loop()
    assert (len(tries), said) == (3, ["second: done"] * 2)
    assert [record.message for record in caplog.records] == [
        "first failed",
        "first: the database cannot be used: the server is away",
        "first failed",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_job_has_its_times():
    done = []
    worker = Worker([], print)
    worker.jobs = [
        Job("seldom", timedelta(hours=1), lambda: done.append("seldom")),
        Job("often", timedelta(0), lambda: done.append("often") or (worker.leave() if len(done) > 3 else "")),
    ]
    worker.loop()
    assert done == ["seldom", "often", "often", "often"]


# Processes


def worker_of(process):
    """The process id of the worker beside this desk, once it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ps = ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)]
        rows = subprocess.run(ps, capture_output=True, text=True, check=False).stdout.splitlines()
        if found := [int(row.split()[0]) for row in rows if "run_due" in row]:
            return found[0]
        time.sleep(0.1)
    return pytest.fail("The desk has no worker beside it.")


def ended(pid):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with empty_database("run_due") as database:
        env = environment(tmp_path_factory.mktemp("run_due") / "var", **database)
        with desk(env) as (_address, _printed, process):
            yield env, process


def test_ctrl_c_ends_both_and_nothing_is_left(opened):
    with desk(opened[0]) as (address, _printed, process):
        worker = worker_of(process)
        Browser(address).get("/")
        assert interrupt(process) == (0, "")
        assert not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_a_desk_that_is_ended_alone(opened, number):
    with desk(opened[0]) as (_address, _printed, process):
        worker = worker_of(process)
        process.send_signal(number)
        assert ended(worker)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_loop_on_its_own_ends_when_asked_to(opened, number):
    command = [sys.executable, "manage.py", "run_due", "--loop"]
    worker = subprocess.Popen(command, cwd=ROOT, env=opened[0], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + PATIENCE
    handled = 1 << (signal.SIGTERM - 1)
    while time.monotonic() < end:
        status = Path(f"/proc/{worker.pid}/status").read_text()
        if int(status.partition("SigCgt:")[2].split()[0], 16) & handled:
            break
        time.sleep(0.1)
    os.kill(worker.pid, number)
    assert worker.communicate(timeout=PATIENCE) == (b"", b"")
    assert worker.returncode == 0


def test_without_a_database_it_says_so_in_a_line(tmp_path):
    env = environment(tmp_path / "var", DATABASE_URL=f"sqlite:///{tmp_path}")
    done = subprocess.run(
        [sys.executable, "manage.py", "run_due"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stderr == "CommandError: The database cannot be used: unable to open database file.\n"
