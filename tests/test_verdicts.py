"""Rule 2: a published verdict is never changed and never deleted, and nothing it rests on can change its meaning."""

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from claims.models import Rating, Verdict, VerdictEvidence
from claims.models.editing import edit_claimant, edit_source
from claims.models.evidencing import edit_evidence, remove_evidence
from claims.models.noting import edit_appearance, edit_claim
from claims.models.publishing import publish
from claims.states import NotAllowed, Refused, WrongState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def verdict(checker, editor):
    return factories.verdict(checker, editor)


def as_published(verdict):
    verdict = Verdict.objects.get(pk=verdict.pk)
    values = {field.name: getattr(verdict, field.attname) for field in Verdict._meta.concrete_fields}
    return values, list(verdict.frozen_evidence.values())


def test_what_it_rests_on_may_change_and_the_verdict_does_not(verdict, checker):
    claim, before = verdict.claim, as_published(verdict)
    appearance = claim.principal_appearance
    edit_claim(claim, by=checker, statement="Forty lamps were relit in June")
    edit_claimant(claim.claimant, by=checker, name="Mirabel Otherwise")
    edit_source(appearance.source, by=checker, title="Another title")
    edit_appearance(appearance, by=checker, role="night porter", attribution="not_so")
    edit_evidence(claim.evidence.get(), by=checker, excerpt="Something else")
    assert as_published(verdict) == before
    assert Verdict.objects.get(pk=verdict.pk).is_intact()


def test_evidence_of_a_published_check_stays(verdict, chief):
    with pytest.raises(Refused, match="rests on this evidence"):
        remove_evidence(verdict.claim.evidence.get(), by=chief, reason="I want it gone")
    assert verdict.claim.evidence.count() == 1


def test_the_number_digest_and_copies_are_those_of_the_day(verdict):
    piece = verdict.frozen_evidence.get()
    assert (verdict.number, verdict.supersedes) == (1, None)
    assert (verdict.rating_slug, verdict.rating_label, verdict.rating_value) == ("true", "True", 5)
    assert (verdict.quote, verdict.claimant) == (factories.QUOTE, "Mirabel Testwell")
    assert (verdict.evidence_count, verdict.independent_origins, verdict.appearances) == (1, 1, 1)
    assert (piece.excerpt, piece.origin, piece.snapshot_sha256) == (
        "Test data: 41",
        "Test office",
        verdict.claim.evidence.get().snapshot.sha256,
    )


@pytest.mark.parametrize("model", [Verdict, VerdictEvidence], ids=lambda model: model.__name__)
def test_one_changed_value_breaks_the_digest(model, checker, editor, drop_guards):
    verdict = factories.verdict(checker, editor)
    drop_guards()
    field = {Verdict: "summary", VerdictEvidence: "excerpt"}[model]
    models.QuerySet(model).update(**{field: "Something else"})
    assert Verdict.objects.get(pk=verdict.pk).is_intact() is False


def test_a_removed_or_added_piece_of_evidence_breaks_the_digest(checker, editor, drop_guards):
    verdict = factories.verdict(checker, editor)
    drop_guards()
    piece = verdict.frozen_evidence.get()
    piece.pk, piece.line = None, 2
    models.Model.save_base(piece, force_insert=True)
    assert Verdict.objects.get(pk=verdict.pk).is_intact() is False
    models.QuerySet(VerdictEvidence).delete()
    assert Verdict.objects.get(pk=verdict.pk).is_intact() is False


def test_nothing_is_published_twice(verdict, editor):
    with pytest.raises(WrongState):
        publish(verdict.check_file, by=editor)
    assert Verdict.objects.count() == 1


def test_the_system_publishes_nothing(checker, editor):
    check = factories.approved(checker, editor)
    with pytest.raises(NotAllowed):
        publish(check, by=None)


def test_evidence_is_needed_save_where_the_rating_says_otherwise(checker, editor):
    with pytest.raises(ValidationError) as refusal:
        factories.submitted(checker, with_evidence=False)
    assert list(refusal.value.message_dict) == ["evidence"]
    assert Rating.objects.get(slug="satire").without_evidence is True
    assert factories.verdict(checker, editor, with_evidence=False, rating="satire").evidence_count == 0


def test_a_verdict_may_be_for_the_attribution_alone(checker, editor):
    with pytest.raises(ValidationError) as refusal:
        factories.submitted(checker, rating=None)
    assert list(refusal.value.message_dict) == ["rating"]
    claim = factories.selected(appearance={"attribution": "not_so"})
    verdict = factories.verdict(checker, editor, rating=None, on=claim)
    assert (verdict.rating_label, verdict.attribution, claim.rating) == ("", "not_so", None)


def test_what_is_protected_is_not_copied(checker, editor):
    claim = factories.selected()
    secret = factories.source(text="Test data: the clerk saw 41 lamps", title="The clerk's note", protected=True)
    factories.evidence(claim, source=secret, excerpt="the clerk saw 41 lamps", origin="The clerk")
    verdict = factories.verdict(checker, editor, on=claim)
    piece = verdict.frozen_evidence.get()
    assert piece.protected is True
    assert {getattr(piece, name) for name in ("source_title", "source_url", "excerpt", "origin", "locator")} == {""}
    assert verdict.independent_origins == 1
    assert verdict.is_intact()


def test_the_words_of_a_protected_source_are_not_copied_and_approval_covers_them(checker, editor):
    secret = factories.source(title="The clerk's note", protected=True)
    claim = factories.selected(where=secret, appearance={"role": "night clerk", "said_on": "2026-05-04"})
    check = factories.approved(checker, editor, on=claim)
    edit_appearance(claim.principal_appearance, by=checker, quote="We relit 41 lamps")
    check.refresh_from_db()
    assert check.state == "drafting"
    verdict = publish(check.submit(by=checker).approve(by=editor), by=editor)
    frozen = (verdict.quote, verdict.claimant_role, verdict.source_title, verdict.source_url, verdict.source_publisher)
    assert frozen == ("", "", "", "", "")
    assert (verdict.said_on, verdict.said_on_precision, verdict.said_on_inferred) == (None, "", False)
    assert (verdict.source_protected, verdict.is_intact()) == (True, True)


def test_the_verdict_names_who_said_the_words_it_quotes(checker, editor):
    claim = factories.selected()
    other = factories.claimant("Amaryllis Otherwise")
    edit_claim(claim, by=checker, claimant=other)
    appearance = claim.principal_appearance
    appearance.refresh_from_db()
    assert appearance.claimant == other
    edit_appearance(appearance, by=checker, claimant=factories.claimant())
    claim.refresh_from_db()
    assert claim.claimant.name == "Mirabel Testwell"
    assert factories.verdict(checker, editor, on=claim).claimant == "Mirabel Testwell"
