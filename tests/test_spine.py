from claims.models import Act
from claims.models.chain import chain_breaks
from tests import factories


def test_a_claim_goes_from_noted_to_published(checker, editor):
    verdict = factories.verdict(checker, editor)
    assert verdict.is_intact()
    assert verdict.claim.verdict == verdict
    assert verdict.author == "Vera Testperson"
    assert verdict.approver == "Edda Testperson"
    assert list(chain_breaks()) == []
    verbs = list(Act.objects.of_claim(verdict.claim).values_list("verb", flat=True))
    assert verbs == [
        "check.publish", "check.approve", "check.submit", "check.edit", "check.start", "evidence.add",
        "claim.select", "claim.note",
    ]  # fmt: skip
