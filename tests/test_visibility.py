"""Rule 11: who sees what is written once, on the querysets."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import strip_tags

from claims.filters import filtered_claims
from claims.models import (
    Anchor,
    Appearance,
    Check,
    ChosenEvidence,
    Claim,
    Evidence,
    Snapshot,
    Source,
    User,
    Verdict,
)
from claims.models.editing import edit_source
from claims.models.evidencing import remove_evidence
from claims.models.leaving import deactivate
from claims.models.noting import add_appearance, find_attribution
from claims.search.find import matching
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(checker, editor):
    """One published claim and one noted, the latter seen in a protected source, and evidence of each sort."""
    factories.verdict(checker, editor)
    secret = factories.source(title="The clerk's note", protected=True)
    noted = factories.claim(where=secret)
    factories.evidence(noted, source=secret)
    factories.evidence(noted, protected=True)
    factories.evidence(noted)


def seen_by(user):
    counted = (Claim, Source, Snapshot, Appearance, Anchor, Evidence, Check, ChosenEvidence, Verdict)
    return {model.__name__: model.objects.visible_to(user).count() for model in counted}


ALL = {
    "Claim": 2, "Source": 5, "Snapshot": 5, "Appearance": 2, "Anchor": 2, "Evidence": 4, "Check": 1,
    "ChosenEvidence": 1, "Verdict": 1,
}  # fmt: skip
PUBLIC = dict.fromkeys(ALL, 0) | {"Claim": 1, "Verdict": 1}


@pytest.mark.parametrize("role", ["contributor", "fact-checker", "editor", "managing-editor"])
def test_who_works_on_claims_sees_all(role, desk):
    assert seen_by(factories.person("somebody", role)) == ALL


def test_an_auditor_sees_all_but_what_is_protected(desk):
    auditor = factories.person("aude", "auditor")
    assert seen_by(auditor) == ALL | {"Source": 4, "Snapshot": 4, "Appearance": 1, "Anchor": 1, "Evidence": 2}


def test_chosen_evidence_is_seen_by_who_sees_the_evidence(desk, checker):
    claim = factories.selected()
    factories.evidence(claim, protected=True)
    factories.draft(on=claim, by=checker)
    assert seen_by(checker)["ChosenEvidence"] == 2
    assert seen_by(factories.person("aude", "auditor"))["ChosenEvidence"] == 1


def test_nobody_finds_a_claim_by_who_said_it_in_a_protected_source(desk, checker):
    claim, secret = factories.claim(statement="Lamps"), Source.objects.get(protected=True)
    add_appearance(
        claim, by=checker, source=secret, quote=factories.QUOTE, claimant=factories.claimant("Quintus Testnote")
    )
    assert list(matching(Claim.objects.all(), "quintus")) == []


def found(user, querystring):
    claims, filterset = filtered_claims(QueryDict(querystring), user)
    assert filterset.errors == {}
    return list(claims)


def read(client, user, *addresses):
    client.force_login(user)
    return " ".join(strip_tags(client.get(address).text) for address in addresses)


def test_role_and_day_of_a_protected_source_are_neither_shown_nor_found_out(client, checker):
    secret, auditor = factories.source(), factories.person("aude", "auditor")
    told = {"role": "night clerk", "said_on": "2026-05-04"}
    first = factories.claim(where=secret, appearance=told)
    second = factories.claim(where=secret, appearance=told | {"said_on": "2026-05-01"})
    day, pages = "said_from=2026-05-04&said_to=2026-05-04", (reverse("claims"), first.get_absolute_url())
    assert (found(auditor, day), found(auditor, "sort=said_on")) == ([first], [second, first])
    edit_source(secret, by=checker, protected=True)
    assert (found(auditor, day), found(auditor, "said_to=2026-05-04")) == ([], [])
    assert found(auditor, "sort=said_on") == [first, second]
    shown, kept = read(client, checker, *pages), read(client, auditor, *pages)
    assert [words in shown for words in ("night clerk", "4 May 2026")] == [True, True]
    assert [words in kept for words in ("night clerk", "4 May 2026")] == [False, False]
    edit_source(secret, by=checker, protected=False)
    assert found(auditor, day) == [first]


def test_reasons_of_acts_on_what_is_protected_are_kept_from_the_history(client, checker):
    claim, auditor = factories.claim(where=factories.source(protected=True)), factories.person("aude", "auditor")
    find_attribution(claim.principal_appearance, "as_reported", by=checker, reason="Heard on tape")
    removed = factories.evidence(claim, by=checker, protected=True)
    remove_evidence(removed, by=checker, reason="The clerk asked")
    remove_evidence(factories.evidence(claim, by=checker), by=checker, reason="Found twice")
    claim.select(by=checker, why="reach", reason="Many met it")
    pages = claim.get_absolute_url(), reverse("claim_history", args=[claim.pk])
    reasons = ("Heard on tape", "The clerk asked", "Found twice", "Many met it")
    assert [words in read(client, checker, *pages) for words in reasons] == [True] * 4
    assert [words in read(client, auditor, *pages) for words in reasons] == [False, False, True, True]


def test_a_publisher_of_protected_sources_alone_is_known_to_who_may_see_them(client, checker):
    auditor = factories.person("aude", "auditor")
    for name, told in (("Clerks' Test Post", {"protected": True}), ("Open Test Post", {})):
        factories.source(publisher=name, **told)
    factories.publisher("Test Post of nothing")
    both, one = read_names(client, checker), read_names(client, auditor)
    assert both - one == {"Clerks' Test Post"}
    assert {"Open Test Post", "Test Post of nothing"} <= one


def read_names(client, user):
    client.force_login(user)
    filterset = client.get(reverse("claims")).context["filterset"]
    return set(dict(filterset.suggestions())["known-publisher"])


@pytest.mark.parametrize("roles", [[], ["administrator"]], ids=["no role", "administrator"])
def test_accounts_without_the_desk_see_what_the_public_sees(roles, desk):
    assert seen_by(factories.person("somebody", *roles)) == PUBLIC


def test_the_public_sees_published_verdicts(desk):
    assert seen_by(AnonymousUser()) == PUBLIC


def test_who_was_deactivated_sees_what_the_public_sees(desk, checker):
    deactivate(checker, by=factories.person("ada", "administrator"))
    assert seen_by(User.objects.get(pk=checker.pk)) == PUBLIC


@pytest.mark.parametrize("command", [["loaddata", "verdicts.json"], ["flush", "--noinput"]])
def test_commands_do_not_go_round_the_rules(command, desk):
    with pytest.raises(CommandError):
        call_command(*command)
    assert Verdict.objects.count() == 1
