"""Several people at once, on real connections of their own: nobody waits for ever, and nothing is done twice."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from claims.models import Act, Check, Claim, Evidence, Source, Topic, User, Verdict
from claims.models import bulk as bulks
from claims.models.bulk import go_on, stage
from claims.models.chain import chain_breaks
from claims.models.editing import add_topic, edit_claimant, edit_source
from claims.models.evidencing import remove_evidence
from claims.models.leaving import deactivate
from claims.models.noting import add_appearance, edit_claim
from claims.models.publishing import publish
from claims.search.find import matching
from claims.states import Refused
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(*jobs):
    """Run the jobs in threads that start together; what each returned or raised, in order."""
    start, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        start.wait()
        try:
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_same_form_at_the_same_moment_acts_once(checker):
    once = uuid.uuid4()
    results = all_at_once(*[lambda: add_topic(by=checker, name="Lamps", once=once)] * 8)
    assert sorted(type(each).__name__ for each in results) == ["AlreadyDone"] * 7 + ["Topic"], results
    assert Topic.objects.count() == 1


def test_of_many_stale_saves_one_is_kept_and_the_others_are_told(checker):
    claim = factories.claim(by=checker)
    results = all_at_once(
        *[
            lambda number=number: edit_claim(
                Claim.objects.get(pk=claim.pk), by=checker, version=claim.version, statement=f"{number} lamps"
            )
            for number in range(8)
        ]
    )
    kept = [each for each in results if isinstance(each, Claim)]
    assert len(kept) == 1
    assert sum(isinstance(each, Refused) for each in results) == 7
    assert Claim.objects.get(pk=claim.pk).statement == kept[0].statement


def test_what_an_approval_rests_on_changes_meanwhile(checker, editor, chief):
    """Whoever comes first, no verdict says what its approver did not see, and nobody is left in a deadlock."""
    for number in range(6):
        check = factories.submitted(checker)
        source = check.claim.principal_appearance.source

        def approve_and_publish(check=check):
            found = Check.objects.get(pk=check.pk)
            return publish(found.approve(by=editor), by=editor)

        results = all_at_once(
            approve_and_publish,
            lambda check=check: Check.objects.get(pk=check.pk).take_back(by=checker),
            lambda source=source, number=number: edit_source(
                Source.objects.get(pk=source.pk), by=chief, title=f"Another title {number}"
            ),
        )
        wrong = [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
        assert wrong == []
        verdict = Verdict.objects.filter(claim=check.claim).first()
        assert verdict is None or verdict.is_intact()
        if verdict:
            approved = Act.objects.filter(verb="check.approve").order_by("-position").first().position
            retitled = Act.objects.filter(verb="source.edit").order_by("-position").first().position
            assert verdict.source_title == source.title or retitled < approved
    assert list(chain_breaks()) == []


def test_two_administrators_do_not_remove_each_other(db):
    ada, boss = factories.person("ada", "administrator"), factories.person("boss", "administrator")
    results = all_at_once(
        lambda: deactivate(User.objects.get(pk=ada.pk), by=boss),
        lambda: deactivate(User.objects.get(pk=boss.pk), by=ada),
    )
    assert sorted(isinstance(each, Refused) for each in results) == [False, True], results
    assert User.objects.who_may("manage_accounts").count() == 1


def while_open(first, second):
    """Do `second` while all that `first` did is written and not yet committed."""
    written = threading.Event()

    def held():
        try:
            with transaction.atomic():
                result = first()
                written.set()
                time.sleep(1)
        finally:
            written.set()
        return result

    def other():
        written.wait()
        return second()

    results = all_at_once(held, other)
    assert not [each for each in results if isinstance(each, Exception)], results


def found(query):
    return matching(Claim.objects.all(), query).exists()


def test_a_claim_is_found_by_what_two_people_changed_at_the_same_moment():
    person, source = factories.claimant(), factories.source(text="Zebras cross here.\n")
    claim = factories.claim(said_by=person)
    while_open(
        lambda: add_appearance(Claim.objects.get(), by=None, source=source, quote="Zebras cross"),
        lambda: edit_claimant(person, by=None, name="Amaryllis Otherwise"),
    )
    assert [found(query) for query in ("zebras", "amaryllis", "mirabel")] == [True, True, False]
    while_open(
        lambda: edit_source(Source.objects.get(pk=source.pk), by=None, protected=True),
        lambda: edit_claim(Claim.objects.get(pk=claim.pk), by=None, statement="Candles burn"),
    )
    assert [found(query) for query in ("zebras", "candles")] == [False, True]


def test_evidence_removed_by_two_clicks_at_once_and_by_two_people(checker, editor):
    piece, once = factories.evidence(factories.claim()), uuid.uuid4()
    another = factories.evidence(piece.claim)

    def removing(record, by, once):
        mine = Evidence.objects.get(pk=record.pk)
        return lambda: remove_evidence(mine, by=by, reason="Test", once=once)

    def both(*jobs):
        """Let both wait for the claim, with the evidence before their eyes."""
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            list(Claim.objects.select_for_update())
            doing = pool.submit(all_at_once, *jobs)
            time.sleep(1)
        return sorted(type(each).__name__ for each in doing.result())

    assert both(*[removing(piece, checker, once)] * 2) == ["AlreadyDone", "Claim"]
    assert both(removing(another, checker, uuid.uuid4()), removing(another, editor, uuid.uuid4())) == [
        "Claim",
        "Refused",
    ]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL wakes whoever waits, in their order")
def test_between_two_portions_of_a_bulk_act_others_write(chief, monkeypatch):
    monkeypatch.setattr(bulks, "PORTION", 1)
    claims, other = [factories.claim() for _number in range(3)], factories.claim()
    bulk = stage("priority", Claim.objects.filter(pk__in=[claim.pk for claim in claims]), by=chief, priority=4)
    held = threading.Event()

    def portion_by_portion():
        done = bulk
        # Until whoever waits looks for the lock as seldom as SQLite ever does.
        with transaction.atomic():
            held.set()
            time.sleep(0.4)
        while not done.finished:
            done = go_on(done, by=chief, expected=done.done)

    def meanwhile():
        held.wait()
        edit_claim(other, by=chief, priority=1)

    assert all_at_once(portion_by_portion, meanwhile) == [None, None]
    portions = Act.objects.filter(batch=bulk.pk).order_by("position").values_list("position", flat=True)
    assert len(portions) == len(claims)
    assert Act.objects.get(batch=None, verb="claim.edit").position < portions.last()
