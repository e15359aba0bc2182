"""Where words stand that must go: looked for slice by slice before a second person confirms, and nothing is changed."""

from contextlib import suppress

import pytest
from django.urls import reverse
from django.utils import timezone

from claims.jobs.redactions import carry_on
from claims.models import Act, DryRun, HostTurn, KeptDraft, Redaction
from claims.models.redaction import kepttexts, redacting
from claims.models.redaction.dryrun import begin, look
from claims.models.redaction.kepttexts import holding, portions
from claims.models.redaction.redacting import ask, carry_out, confirm, withdraw
from claims.states import Refused, WrongState
from claims.text import Words
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
    assert 0 < first.looked_at == DryRun.objects.get().looked_at <= 3


def test_the_first_hundred_are_named_and_the_rest_counted(chief):
    for number in range(60):
        factories.claim(statement=f"Test: {NAME} was seen {number} times.")
    run = begin(ask(by=chief, words=NAME, reason="Test", ground="Test order"))
    run.go_on(seconds=600)
    assert run.counts["claim"] == 60
    assert len(run.helds()) == 100 < sum(run.counts.values())


def test_keys_that_are_words_are_looked_through_in_slices_too(asked, slices):
    """On both databases in the order in which they compare."""
    for name in ("a", "A", "ä", "b", "quillfeather.example", "quill-feather.example", "_", "0", "zephyrine.example"):
        HostTurn.objects.create(name=name, free_at=timezone.now())
    sought = Words("quillfeather*\nzephyrine*")
    found = {held.pk for held in holding(sought) if held.model is HostTurn}
    assert found == {"quillfeather.example", "zephyrine.example"}
    looked = [portion.last for portion in portions(sought) if portion.model is HostTurn]
    assert len(looked) == 3
    again = [portion.last for portion in portions(sought, HostTurn, looked[0]) if portion.model is HostTurn]
    assert again == looked[1:]


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
    assert response["HX-Refresh"] == "true"
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
    with django_assert_num_queries(10):
        client.get(asked.get_absolute_url())


def test_who_may_not_redact_cannot_look(client, editor, asked):
    client.force_login(editor)
    assert client.post(address("look_through", asked)).status_code == 403
    assert client.get(address("look_through", asked)).status_code == 403
    assert not DryRun.objects.exists()


def test_led_there_by_the_log_in_it_shows_the_redaction_and_looks_at_nothing(client, second, asked):
    client.force_login(second)
    assert client.get(address("look_through", asked)).url == asked.get_absolute_url()
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


def test_withdrawn_or_confirmed_meanwhile_nothing_is_left_of_it(client, chief, second, asked):
    run = begin(asked)
    withdraw(Redaction.objects.get(), by=chief, reason="Test: lifted")
    run.go_on(seconds=600)  # whoever was looking
    assert begin(asked) is None  # and whoever asks for another look, with a page that shows it waiting
    assert not DryRun.objects.exists()
    client.force_login(second)
    response = client.post(address("look_through", asked), headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (200, "true")


def test_no_verb_confirms_what_was_not_looked_through(second, asked, slices):
    with pytest.raises(WrongState):
        confirm(asked, by=second)
    look(asked, seconds=0)
    with pytest.raises(WrongState):
        confirm(asked, by=second)
    confirm(factories.looked_through(asked), by=second)


def test_no_other_run_remembers_a_key_that_is_a_word(chief, second, asked):
    HostTurn.objects.create(name="quillfeather.example", free_at=timezone.now())
    other = factories.looked_through(ask(by=chief, words="quillfeather*", reason="Test", ground="Test order"))
    assert ["claims.HostTurn", "quillfeather.example", ["name"]] in DryRun.objects.get(pk=other.pk).named
    with suppress(Refused):  # the transaction of this test is in the way of cleaning
        carry_out(confirm(factories.looked_through(asked), by=second))
    assert not DryRun.objects.exists()


def test_what_is_gone_since_is_said(client, second, asked):
    draft = KeptDraft.objects.keep(second, "claim.note", {"statement": [f"Test: {NAME}"]})
    client.force_login(second)
    factories.looked_through(asked)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "gone since" not in page and "Kept draft" in page
    KeptDraft.objects.all().delete()
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "1 record that was found is gone since. Look again." in page and "record more" not in page, draft


def test_a_run_that_an_upgrade_overtook_begins_anew(asked, slices):
    look(asked, seconds=0)
    DryRun.objects.update(model="claims.Candle", last=7, named=[["claims.Candle", 7, ["name"]]])
    assert DryRun.objects.get().helds() == []
    factories.looked_through(asked)
    run = DryRun.objects.get()
    assert (run.looked_at, sum(run.counts.values())) == (run.total, len(list(holding(asked.sought()))))


def test_where_much_is_to_be_blanked_the_person_does_not_wait(client, second, asked, monkeypatch):
    monkeypatch.setattr(redactions, "FEW", 0)
    client.force_login(second)
    factories.looked_through(asked)
    client.post(address("confirm_redaction", asked), {"version": 1})
    assert Redaction.objects.get().is_under_way and list(holding(asked.sought()))


def test_the_worker_blanks_for_a_while_and_goes_on_at_its_next_turn(second, asked, monkeypatch):
    monkeypatch.setattr(redacting, "PORTION", 1)
    redaction = confirm(factories.looked_through(asked), by=second)
    left = [len(list(holding(asked.sought())))]
    while left[-1]:
        assert carry_out(redaction, seconds=0).state == Redaction.State.CONFIRMED
        left.append(len(list(holding(asked.sought()))))
    assert left == sorted(left, reverse=True) and len(left) > 3
    with suppress(Refused):
        carry_out(redaction, seconds=0)
    assert redaction.state == Redaction.State.BLANKED
