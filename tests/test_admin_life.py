"""The whole life of a claim in the admin, by two editors."""

from claims.models import Act, Claim, Verdict
from claims.models.chain import chain_breaks
from tests import factories
from tests.admin_pages import act, added_row, address, button, listing, sent


def press(client, record, name, **typed):
    """Press a button on the record's page; it must be offered there."""
    response = client.post(act(record, name), button(client.get(address(record)), name) | typed)
    assert response.status_code == 302
    return response.url


def note_with_evidence(client):
    typed = {
        "statement": "41 lamps were relit in May",
        "claimant": factories.claimant().pk,
        "appearances-0-source": factories.source().pk,
        "appearances-0-quote": factories.QUOTE,
    }
    client.post(listing(Claim, "add"), sent(client.get(listing(Claim, "add")), typed))
    claim = Claim.objects.get()
    office = factories.source(text="Test data: 41 lamps\n")
    page = client.get(address(claim))
    piece = {"stance": "supports", "source": office.pk, "origin": "Test office", "excerpt": "Test data: 41 lamps"}
    client.post(address(claim), sent(page, added_row(page, "evidence", kind="document", **piece)))
    return claim


def test_from_noted_to_published(client, editor):
    client.force_login(editor)
    claim = note_with_evidence(client)
    press(client, claim, "select", why="reach", reason="Test: many have met it")
    check_page = press(client, claim, "start")
    check = claim.checks.get()
    assert check_page == address(check)
    rating = check._meta.get_field("rating").related_model.objects.get(slug="true")
    draft = {"checks-0-rating": rating.pk, "checks-0-summary": "Test data: the office counted 41."}
    client.post(address(claim), sent(client.get(address(claim)), draft))
    refused = client.post(act(check, "submit"), button(client.get(address(check)), "submit"))
    assert "Nothing chosen contradicts the claim." in refused.content.decode()
    # What an outsider would ask is answered on the desk's own page.
    check.refresh_from_db()
    check.edit(by=editor, answers=factories.answers())
    press(client, check, "submit")

    second = factories.person("nora", "editor", name="Nora Testperson")
    client.force_login(second)
    press(client, check, "approve")
    verdict_page = press(client, check, "publish")

    verdict = Verdict.objects.get()
    claim.refresh_from_db()
    assert verdict_page == address(verdict)
    assert client.get(verdict_page).status_code == 200
    assert (verdict.author, verdict.approver) == ("Edda Testperson", "Nora Testperson")
    assert (verdict.rating_label, verdict.evidence_count) == ("True", 1)
    assert (claim.verdict, claim.status) == (verdict, "published")
    assert verdict.is_intact()
    assert list(chain_breaks()) == []
    assert list(Act.objects.of_claim(claim).values_list("verb", flat=True)) == [
        "check.publish", "check.approve", "check.submit", "check.edit", "check.edit", "check.start", "claim.select",
        "evidence.add", "claim.note",
    ]  # fmt: skip
