"""Where words stand that must go: looked for slice by slice before a second person confirms, and nothing is changed."""

import pytest
from django.urls import reverse

from claims.jobs.redactions import carry_on
from claims.models import Act, DryRun, Redaction
from claims.models.redaction import kepttexts
from claims.models.redaction.dryrun import begin
from claims.models.redaction.kepttexts import holding
from claims.models.redaction.redacting import ask, withdraw
from claims.views import redactions
from tests import factories

NAME = "Zephyrine Quillfeather"


@pytest.fixture
def second(db):
    return factories.person("sam", "managing-editor", name="Sam Testperson")


@pytest.fixture
def asked(checker, editor, chief):
    factories.verdict(checker, editor, summary=f"It was {NAME}, twelve.")
    return ask(by=chief, words=NAME, reason="Test: a minor", ground="Test order 12/26")


@pytest.fixture
def slices(monkeypatch):
    """Small enough that this desk takes many."""
    monkeypatch.setattr(kepttexts, "ROWS", 3)
    monkeypatch.setattr(redactions, "SLICE", 0)


def address(name, redaction):
    return reverse(name, args=[redaction.pk])


def test_slice_by_slice_it_finds_what_one_look_at_everything_finds(asked, slices):
    run = begin(asked)
    looked, rounds = [0], 0
    while not run.ended_at:
        run = DryRun.objects.get(pk=run.pk)
        run.go_on(seconds=0)
        looked.append(run.looked_at)
        rounds += 1
    assert rounds > 10
    assert looked == sorted(looked) and looked[-1] == run.total
    found = list(holding(asked.sought()))
    assert len(found) == sum(run.counts.values()) >= 3
    assert [(held.model, held.pk, held.names) for held in found] == [
        (held.model, held.pk, held.names) for held in run.helds()
    ]


def test_what_two_look_through_at_once_is_counted_once(asked, slices):
    first = begin(asked)
    second = DryRun.objects.get(pk=first.pk)
    first.go_on(seconds=0)
    second.go_on(seconds=0)
    assert 0 < second.looked_at == first.looked_at == DryRun.objects.get().looked_at <= 3


def test_the_first_hundred_are_named_and_the_rest_counted(chief):
    for number in range(60):
        factories.claim(statement=f"Test: {NAME} was seen {number} times.")
    run = begin(ask(by=chief, words=NAME, reason="Test", ground="Test order"))
    run.go_on(seconds=600)
    assert run.counts["claim"] == 60
    assert len(run.helds()) == 100 < sum(run.counts.values())


def test_it_writes_nothing_to_the_log(asked, slices):
    before = Act.objects.count()
    begin(asked).go_on(seconds=600)
    assert Act.objects.count() == before


def test_nobody_confirms_before_every_record_was_looked_through(client, second, asked, slices):
    client.force_login(second)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "Nothing was looked through yet." in page and "Confirm…" not in page
    for response in (
        client.get(address("confirm_redaction", asked), follow=True),
        client.post(address("confirm_redaction", asked), {"version": 1}, follow=True),
    ):
        assert "once all records were looked through" in response.content.decode()
    asked.refresh_from_db()
    assert asked.waits
    rounds = 0
    while not asked.may_be_confirmed:
        response = client.post(address("look_through", asked), headers={"HX-Request": "true"})
        asked, rounds = Redaction.objects.get(), rounds + 1
        if not asked.may_be_confirmed:
            assert f"of about {asked.run.total} records looked through" in response.content.decode()
    assert rounds > 10
    assert response.status_code == 302
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "Confirm…" in page and f"It was <mark>{NAME}</mark>, twelve." in page


def test_looking_again_begins_anew(client, second, asked):
    client.force_login(second)
    client.post(address("look_through", asked))
    seen = Redaction.objects.get().run.counts
    factories.claim(statement=f"Test: {NAME} was seen again.")
    client.post(address("look_through", asked))
    assert Redaction.objects.get().run.counts == seen
    client.post(address("look_through", asked), {"anew": ""})
    assert Redaction.objects.get().run.counts["claim"] == seen.get("claim", 0) + 1


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_costs_the_same_however_many_are_named(number, client, second, chief, django_assert_num_queries):
    for each in range(number):
        factories.claim(statement=f"Test: {NAME} was seen {each} times.")
    asked = ask(by=chief, words=NAME, reason="Test", ground="Test order")
    begin(asked).go_on(seconds=600)
    client.force_login(second)
    client.get(asked.get_absolute_url())
    with django_assert_num_queries(9):
        client.get(asked.get_absolute_url())


def test_who_may_not_redact_cannot_look(client, editor, asked):
    client.force_login(editor)
    assert client.post(address("look_through", asked)).status_code == 403
    assert client.get(address("look_through", asked)).status_code in {403, 405}
    assert not DryRun.objects.exists()


def test_a_large_desk_is_not_blanked_while_the_person_waits(client, second, asked, monkeypatch):
    monkeypatch.setattr(redactions, "SOON", 0)
    client.force_login(second)
    client.post(address("look_through", asked))
    response = client.post(address("confirm_redaction", asked), {"version": 1}, follow=True)
    assert "Confirmed, being carried out" in response.content.decode()
    assert not DryRun.objects.exists()
    assert list(holding(asked.sought()))
    carry_on()
    assert Redaction.objects.get().blanked_at
    assert not list(holding(asked.sought()))


def test_withdrawn_it_is_forgotten(chief, asked):
    begin(asked).go_on(seconds=600)
    withdraw(asked, by=chief, reason="Test: lifted")
    assert not DryRun.objects.exists()
