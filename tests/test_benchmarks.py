"""The desk that the benchmarks fill by SQL is as the verbs would have made it: else its figures would mean nothing."""

import pytest

from claims.models import Anchor, Claim, SearchDocument, Verdict
from claims.models.publishing import publish
from claims.models.ratings import load_ratings
from claims.models.searchdocuments import _document
from claims.models.superseding import reopen
from claims.models.verifying import Verification
from tests import factories
from tests.benchmarks.filling import fill_up
from tests.benchmarks.logs import log
from tests.benchmarks.newsroom import BASE, EDITOR, open_desk

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = ("statement", "quotes", "names", "sources")


def stored(record, values):
    return {name: getattr(record, name) for name in values}


def test_what_is_derived_and_searched_is_what_the_verbs_would_write():
    factories.person(EDITOR, "managing-editor")
    factories.person("second", "editor")
    factories.person("third", "fact-checker")
    load_ratings()
    open_desk(200)
    open_desk(400)
    claims = Claim.objects.filter(pk__gt=BASE)
    assert claims.count() == 400
    assert set(claims.values_list("checks__waiting", flat=True)) == {None, False, True}
    for claim in claims:
        assert stored(claim, claim.derived()) == claim.derived()
        for check in claim.checks.all():
            assert stored(check, check.derived()) == check.derived()
        assert claim.has_evidence == claim.evidence.exists()
        written, wanted = SearchDocument.objects.get(claim=claim), _document(claim)
        assert [getattr(written, name) for name in COLUMNS] == [getattr(wanted, name) for name in COLUMNS]
    for anchor in Anchor.objects.filter(pk__gt=BASE):
        anchor.clean()


def test_the_log_they_fill_is_chained_as_the_verbs_would():
    factories.person(EDITOR, "managing-editor")
    assert log(250) == {"acts": 250}
    assert list(Verification()) == []


def test_the_verdicts_they_copy_are_each_of_a_claim_of_their_own(checker, editor, chief):
    replaced = factories.verdict(checker, editor)
    check = reopen(replaced.claim, by=chief, reason="Test: a reader counted again", assignee=checker)
    check.edit(by=checker, replacement_kind="correction", replacement_note="Test: one was counted twice.")
    publish(check.submit(by=checker).approve(by=editor), by=editor)
    factories.verdict(checker, editor)
    fill_up(30)
    copies = Verdict.objects.filter(seals={})
    assert (Verdict.objects.count(), copies.count()) == (30, 27)
    for verdict in copies.select_related("claim", "check_file"):
        assert (verdict.claim.verdict_id, verdict.check_file.claim_id) == (verdict.pk, verdict.claim_id)
