"""People and processes at one moment, and processes killed at their work: the functions of the benchmarks, in small.

They run in a process of their own, on the tests' database."""

import json
import subprocess
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.db import connection

from tests.benchmarks.__main__ import Bench
from tests.benchmarks.racing import KILLED, SMALL, approvals, killed, many_edits, one_form, self_approval

pytestmark = pytest.mark.django_db(transaction=True)


def url():
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{where['NAME']}"
    who = f"{quote(where['USER'])}:{quote(where['PASSWORD'])}@{where['HOST']}:{where['PORT']}"
    return f"postgres://{who}/{where['NAME']}"


class OneProcess(Bench):
    """A bench that does its steps in one process, since each process needs a second to begin."""

    def __init__(self, *about):
        super().__init__(*about)
        self.process = self.start("one_by_one", stdin=subprocess.PIPE)

    def run(self, *step):
        self.process.stdin.write(f"{json.dumps(step)}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"The step {step} failed."
        return json.loads(answer)


@pytest.fixture(scope="module")
def process(django_db_setup, tmp_path_factory):
    one = OneProcess("Test", url(), str(tmp_path_factory.mktemp("races")))
    yield one
    one.process.stdin.close()
    one.process.wait()


@pytest.fixture
def bench(process):
    process.bounds = []
    yield process
    assert process.bounds == [True]


@pytest.mark.parametrize("race", [many_edits, one_form, approvals], ids=lambda race: race.__name__)
def test_nothing_is_lost_or_done_twice_or_approved_unseen(bench, race):
    race(bench, SMALL)


@pytest.mark.parametrize("kind", KILLED)
def test_a_killed_process_leaves_all_as_before_or_as_after(bench, kind):
    # Each redaction ends with the cleaning of the whole database, which takes seconds.
    killed(bench, kind, replace(SMALL, kills=1) if kind == "redact" else SMALL)


def test_nobody_approves_their_own_submission_by_any_door(bench):
    self_approval(bench)
