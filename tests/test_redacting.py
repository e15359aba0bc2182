"""Rule 12: what the law orders gone is gone from every place, by two people, and everything still verifies."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from claims.jobs.redactions import carry_on
from claims.models import Change, Claim, KeptDraft, Redaction, SnapshotFile, Topic
from claims.models.claimants import Alias
from claims.models.editing import add_topic
from claims.models.files import add_file, place_of
from claims.models.redaction.redacting import ask, carry_out, confirm, second_people, withdraw
from claims.models.verifying import Verification
from claims.search.find import matching
from claims.states import CheckState, NotAllowed, Refused, WrongState
from tests import factories

pytestmark = pytest.mark.django_db
NAME = "Zephyrine Quillfeather"


@pytest.fixture
def second(db):
    return factories.person("sam", "managing-editor", name="Sam Testperson")


def asked(by, words=NAME, **values):
    return ask(by=by, words=words, **{"reason": "Test: a minor", "ground": "Test order 12/26", **values})


def redacted(by, second, words=NAME, **values):
    """Carried out but for the cleaning, which the transaction of a test keeps out; see test_gone_for_good.py."""
    redaction = confirm(factories.looked_through(asked(by, words, **values)), by=second)
    with suppress(Refused):
        carry_out(redaction)
    return redaction


def test_a_name_goes_from_everything_and_everything_still_verifies(checker, editor, chief, second):
    text = f"Before. {NAME} said: “We relit 41 lamps in May.” After {NAME}.\n"
    source = factories.source(text=text, title=f"On {NAME}", url="https://x.example/zephyrine-quillfeather")
    who = factories.claimant(NAME, aliases=[NAME.upper(), "ZQ"])
    quote = f"{NAME} said: “We relit 41 lamps in May.”"
    claim = factories.selected(where=source, quote=quote, said_by=who, statement=f"{NAME} relit 41 lamps")
    comment = factories.comment(claim, by=checker, text=f"Is {NAME} really twelve?")
    factories.evidence(claim, excerpt=f"Test data: {NAME}, 41", origin=NAME)
    verdict = factories.verdict(checker, editor, on=claim, summary=f"It was {NAME}.")
    KeptDraft.objects.keep(checker, "claim.note", {"statement": [f"{NAME} again"]})
    redaction = redacted(chief, second)
    for record in (verdict, claim, comment, who, source, redaction):
        record.refresh_from_db()
    assert (verdict.summary, verdict.statement) == ("It was [redacted].", "[redacted] relit 41 lamps")
    assert verdict.frozen_evidence.get().excerpt == "Test data: [redacted], 41"
    assert (claim.statement, comment.text) == ("[redacted] relit 41 lamps", "Is [redacted] really twelve?")
    assert (source.title, source.url) == ("On [redacted]", "https://x.example/" + "█" * len(NAME))
    assert (who.name, claim.claimant_key, source.words) == (
        "[redacted]",
        "redacted",
        "on redacted https x example",
    )
    assert KeptDraft.objects.get().content == {"statement": ["[redacted] again"]}
    assert not matching(Claim.objects.all(), "Quillfeather").exists()
    assert (redaction.state, redaction.words, redaction.salt) == (Redaction.State.BLANKED, "", "")
    # Rule 1 holds, and offsets stay true.
    anchor = claim.principal_appearance.anchors.get()
    assert anchor.snapshot.text == text.replace(NAME, "█" * len(NAME))
    assert anchor.snapshot.text[anchor.start : anchor.end] == claim.principal_appearance.quote
    assert (list(Verification()), verdict.is_intact()) == ([], True)


def test_words_cut_off_around_a_quote_go_too(chief, second):
    source = factories.source(text=f"{NAME} said so: We relit 41 lamps in May. So {NAME} and others.")
    claim = factories.claim(where=source, quote="said so: We relit 41 lamps in May. So Zeph")
    redacted(chief, second)
    anchor = claim.principal_appearance.anchors.get()
    assert (anchor.prefix, anchor.suffix) == ("█" * len(NAME) + " ", "█" * 18 + " and others.")
    claim.principal_appearance.refresh_from_db()
    assert claim.principal_appearance.quote == "said so: We relit 41 lamps in May. So ████"
    kept = Change.objects.get(kind="anchor", values__has_key="start")
    assert (kept.values["prefix"][1], kept.values["suffix"][1]) == (anchor.prefix, anchor.suffix)


def test_a_file_goes_and_its_row_says_so(chief, second, editor, django_capture_on_commit_callbacks):
    source = factories.source()
    file = add_file(source, file=ContentFile(b"%PDF-1.4 illegal", "illegal.pdf"), by=editor)
    with django_capture_on_commit_callbacks(execute=True):
        redacted(chief, second, words="", file_sha256=file.sha256)
    assert not default_storage.exists(place_of(file.sha256))
    assert [each.forgotten for each in SnapshotFile.objects.of_source(source)] == [True]
    with pytest.raises(Refused):
        file.opened()
    with pytest.raises(ValidationError):
        add_file(source, file=ContentFile(b"%PDF-1.4 illegal", "again.pdf"), by=editor)
    with pytest.raises(ValidationError) as refusal:
        asked(chief, words="", file_sha256=file.sha256)
    assert set(refusal.value.error_dict) == {"file_sha256"}
    assert list(Verification()) == []


# Two people, and what is refused


def test_one_person_alone_redacts_nothing(chief, editor, second):
    claim = factories.claim(statement=f"{NAME} relit lamps")
    redaction = asked(chief)
    for by in (chief, editor, None):
        with pytest.raises(NotAllowed):
            confirm(redaction, by=by)
    with pytest.raises(NotAllowed):
        asked(editor)
    carry_out(redaction)
    claim.refresh_from_db()
    assert (claim.statement, list(second_people(chief))) == (f"{NAME} relit lamps", [second])


def test_what_was_withdrawn_is_not_confirmed_and_keeps_no_words(chief, second):
    redaction = withdraw(asked(chief), by=second, reason="Test: the order was lifted")
    with pytest.raises(WrongState):
        confirm(redaction, by=second)
    assert (Redaction.objects.get().words, Redaction.objects.get().salt) == ("", "")
    assert not any(NAME in str(line.values) for line in Change.objects.all())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"words": " \n"}, "words"),
        ({"words": f"{NAME}\nZe"}, "words"),
        ({"words": "Redacted"}, "words"),
        ({"words": "otto@desk.example"}, "words"),
        ({"reason": "Because of zephyrine QUILLFEATHER"}, "reason"),
        ({"ground": f"Test order on {NAME}"}, "ground"),
        ({"ground": ""}, "ground"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_at_its_field(values, field, chief, outsider):
    with pytest.raises(ValidationError) as refusal:
        asked(chief, **values)
    assert set(refusal.value.error_dict) == {field}
    assert not Redaction.objects.exists()


def test_a_draft_that_waits_falls_back_visibly_and_a_form_opened_before_is_stale(checker, chief, second):
    check = factories.submitted(checker, summary=f"It was {NAME}.")
    version = check.version
    redacted(chief, second)
    check.refresh_from_db()
    assert (check.state, check.summary) == (CheckState.DRAFTING, "It was [redacted].")
    assert check.returned_because.startswith("Words were redacted after it was submitted")
    assert check.version > version


def test_no_guess_can_be_tested_against_the_digest_of_a_draft(checker, editor, chief, second):
    check = factories.verdict(checker, editor, summary=f"It was {NAME}.").check_file
    check.refresh_from_db()
    salt, digest = check.salt, check.approved_digest
    redacted(chief, second)
    check.refresh_from_db()
    assert check.salt != salt
    assert (check.approved_digest, check.is_open) == (digest, False)


def test_records_that_must_differ_still_differ(chief, second):
    for name in (NAME, "Gibbering Quay"):
        add_topic(by=None, name=name)
    factories.claimant("A. N. Other", aliases=[NAME, NAME.upper()])
    redacted(chief, second, f"{NAME}\nGibbering Quay")
    assert sorted(Topic.objects.values_list("name", flat=True)) == ["[redacted]", "[redacted] 2"]
    assert sorted(Alias.objects.values_list("name", flat=True)) == ["[redacted]", "[redacted] 2"]


def test_a_second_redaction_of_the_same_values_verifies_too(checker, editor, chief, second):
    verdict = factories.verdict(checker, editor, summary=f"It was {NAME}, of Gibbering Quay.")
    redacted(chief, second)
    redacted(second, chief, "gibbering quay")
    verdict.refresh_from_db()
    assert verdict.summary == "It was [redacted], of [redacted]."
    assert (list(Verification()), verdict.is_intact()) == ([], True)


@pytest.mark.django_db(transaction=True)
def test_what_broke_off_is_carried_out_by_the_worker(chief, second):
    claim = factories.claim(statement=f"{NAME} relit lamps")
    redaction = confirm(factories.looked_through(asked(chief)), by=second)
    assert carry_on() == f"{redaction} is done."
    claim.refresh_from_db()
    assert (claim.statement, carry_on()) == ("[redacted] relit lamps", "")


@pytest.mark.django_db(transaction=True)
def test_a_database_in_use_is_cleaned_later(chief, second):
    redaction = confirm(factories.looked_through(asked(chief)), by=second)
    with transaction.atomic(), pytest.raises(Refused):
        carry_out(redaction)
    assert carry_out(Redaction.objects.get()).state == Redaction.State.DONE
