"""Loading a case file: again and again, whole claims alone, and every fault named before anything is written."""

import shutil
from io import StringIO

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command

from claims.exchange.case_file import FaultyCase
from claims.exchange.seeding import Loading, checked_case, load_case
from claims.models import (
    Act,
    Anchor,
    Appearance,
    Check,
    Claim,
    Claimant,
    Evidence,
    Publisher,
    Snapshot,
    Source,
    Topic,
    User,
    Verdict,
)
from claims.models.chain import chain_breaks
from claims.models.editing import edit_claimant, edit_source

KINDS = (Act, Anchor, Appearance, Check, Claim, Claimant, Evidence, Publisher, Snapshot, Source, Topic, User, Verdict)

SMALL = """
[[person]]
username = "tilda.testwell"
name = "Tilda Testwell"
email = "tilda@desk.example"
roles = ["fact-checker"]

[[person]]
username = "edgar.testwell"
name = "Edgar Testwell"
email = "edgar@desk.example"
roles = ["editor"]

[[claimant]]
key = "mirabel"
name = "Mirabel Testwell"
kind = "person"

[[source]]
key = "gazette"
title = "The Test Gazette"
text = "She said: “We relit 41 lamps.” He said: “We relit 41 lamps.”"

[[claim]]
id = "test/lamps"
statement = "41 lamps were relit"
kind = "figure"
claimant = "mirabel"
selected = { why = "reach", reason = "Test: many have met it" }

[[claim.appearance]]
source = "gazette"
claimant = "mirabel"
quote = "We relit 41 lamps."
occurrence = 2
mode = "direct"

[[claim.evidence]]
key = "sum"
kind = "calculation"
calculation = "40 + 1 = 41"
stance = "supports"
about_appearance = 1
origin = "This test"

[claim.check]
by = "tilda.testwell"
rating = "true"
summary = "Test data: the sum holds."
answers = [
    { to = "one-origin", sentence = "Test: nobody else counted.", public = true },
    { to = "one-sided", sentence = "Test: no other count was found." },
    { to = "interests", sentence = "Test: nobody gains." },
    { to = "not-asked", sentence = "Test: nobody answers there." },
]
submitted_by = "tilda.testwell"
approved_by = "edgar.testwell"
published_by = "edgar.testwell"
"""


ASKED = SMALL.replace(
    "[claim.check]",
    """[[claim.asked]]
by = "tilda.testwell"
claimant = "mirabel"
asked_on = "2026-03-01"
deadline = "2026-03-04"
question = "Test: who counted?"
answered_on = "2026-03-02"
answer = "Test: I did."
quotable = true

[[claim.asked]]
by = "tilda.testwell"
whom = "The test office"
way = "letter"
asked_on = "2026-03-01"
question = "Test: who counted?"
no_reply_on = "2026-03-09"

[claim.check]""",
)
REPLACED = (
    SMALL.replace('["editor"]', '["editor", "managing-editor"]')
    + """
[[claim.replacement]]
reopened_by = "edgar.testwell"
reason = "Test: counted again"
kind = "correction"
note = "Test: one was counted twice."
by = "tilda.testwell"
summary = "Test data: 40 lamps."
submitted_by = "tilda.testwell"
approved_by = "edgar.testwell"
published_by = "edgar.testwell"

[[claim.replacement.evidence]]
key = "again"
kind = "calculation"
calculation = "20 + 20 = 40"
stance = "contradicts"
origin = "This test"
"""
)


@pytest.fixture
def seeds(tmp_path, settings):
    """A copy of seeds/ in which a test may write; seeds/test/claims.toml is the small case above."""
    folder = tmp_path / "seeds"
    shutil.copytree(project.SEEDS_DIR, folder)
    (folder / "test").mkdir()
    (folder / "test" / "claims.toml").write_text(SMALL, encoding="utf-8")
    settings.SEEDS_DIR = folder
    return folder


def seed(*name):
    out = StringIO()
    call_command("seed", *name, stdout=out)
    return out.getvalue().splitlines()


def counts():
    return {model.__name__: model.objects.count() for model in KINDS}


def refusal(seeds, old, new, case=SMALL):
    """What the command says when `old` stands as `new` in a small case; and that it wrote nothing."""
    assert case.count(old) >= 1
    (seeds / "test" / "claims.toml").write_text(case.replace(old, new, 1), encoding="utf-8")
    before = counts()
    with pytest.raises(CommandError) as refused:
        seed("test")
    assert refused.value.returncode == 1
    assert counts() == before
    return str(refused.value)


def test_people_get_a_one_time_password_that_is_said_once(db):
    said = [line.rsplit(" ", 1) for line in seed("demo") if line.startswith("New account")]
    assert len(said) == User.objects.count() == 6
    for line, password in said:
        user = User.objects.get(username=line.split()[2])
        assert user.check_password(password)
        assert user.must_change_password
    assert [line for line in seed("demo") if line.startswith("New account")] == []


# ---- Again and again


@pytest.mark.parametrize("name", [[], ["demo"]])
def test_loading_again_doubles_nothing(db, name):
    seed(*name)
    before = counts()
    assert seed(*name)[-1].split(": ")[1].startswith("0 claims loaded")
    assert counts() == before


def test_a_desk_may_rename_what_was_loaded_and_load_again(db, seeds):
    seed("test")
    edit_claimant(Claimant.objects.get(), by=None, name="Mirabel Testwell-Renamed")
    edit_source(Source.objects.get(), by=None, title="The Test Gazette, evening edition")
    before = counts()
    seed("test")
    assert counts() == before


def test_a_killed_load_goes_on_without_doubles(db, monkeypatch):
    whole, loaded = Loading.claim, []

    def killed_in_the_third(self, row):
        loaded.append(row)
        whole(self, row)
        if len(loaded) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Loading, "claim", killed_in_the_third)
        with pytest.raises(KeyboardInterrupt):
            seed("demo")
    assert Claim.objects.count() == 2
    assert seed("demo")[-1] == "seeds/demo/claims.toml: 22 claims loaded, 2 were there."
    names = list(Claimant.objects.values_list("name", "kind"))
    titles = list(Source.objects.values_list("title", flat=True))
    assert (len(names), len(titles)) == (len(set(names)), len(set(titles)))
    assert list(chain_breaks()) == []


def test_the_named_occurrence_is_the_one_that_is_anchored(db, seeds):
    seed("test")
    anchor = Anchor.objects.get()
    assert anchor.start == anchor.snapshot.text.rfind("We relit")
    assert Evidence.objects.get().appearance == anchor.appearance


# ---- Refusals: file, record, reason


def test_a_quote_that_is_not_in_the_text(db, seeds):
    said = refusal(seeds, 'quote = "We relit 41 lamps."', 'quote = "We relit 42 lamps."')
    assert said == (
        "seeds/test/claims.toml: claim “test/lamps”, appearance 1: The quote does not occur in the text of "
        "source “gazette”: We relit 42 lamps."
    )


def test_a_quote_that_stands_there_with_other_marks(db, seeds):
    said = refusal(seeds, 'quote = "We relit 41 lamps."', 'quote = "“We relit  41 lamps.”"')
    assert said.endswith("It stands there as: “We relit 41 lamps.”")


def test_a_quote_that_occurs_twice_without_a_word_which(db, seeds):
    said = refusal(seeds, "occurrence = 2\n", "")
    assert said == (
        "seeds/test/claims.toml: claim “test/lamps”, appearance 1: It occurs 2 times in source “gazette”; "
        "say which by “occurrence”: We relit 41 lamps."
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('claimant = "mirabel"', 'claimant = "nobody"', "claim “test/lamps”: There is no claimant “nobody”."),
        ('source = "gazette"', 'source = "other"', "claim “test/lamps”, appearance 1: There is no source “other”."),
        ('id = "test/lamps"', 'id = "test/lamps"\nparent = "test/none"', "“test/none” (parent) must stand before it."),
        ('title = "The Test Gazette"', "", "source “gazette”: “title” is missing."),
        ('title = "The Test Gazette"', "title = 3", "source “gazette”: “title” is of the wrong type: 3."),
        ('kind = "figure"', 'kind = "figure"\nkinds = "x"', "claim “test/lamps”: “kinds” is not known here."),
        ('kind = "figure"', 'kind = "rumour"', "claim “test/lamps”: kind: Value 'rumour' is not a valid choice."),
        ('text = "She', 'text_file = "none.txt"\ntext = "She', "none.txt cannot be read (No such file or directory)."),
        ('title = "The', 'url = "javascript:alert(1)"\ntitle = "The', "“gazette”: url: This is not a web address."),
        ('mode = "direct"', 'mode = "direct"\nsaid_on = "20255-12-03"', "said_on: “20255-12-03” value has an invalid"),
        ('rating = "true"', 'rating = "maybe"', "check: rating: “maybe” is not in ratings.toml."),
        ('stance = "supports"', "stance = \"supports\"\nprimary = false", "evidence sum: why_not_primary: Say why"),
        ('approved_by = "edgar', 'approved_by = "tilda', "Who submitted it approves it, without an override_reason."),
        ('published_by = "edgar', 'published_by = "tilda', "has no role that may publish_checks."),
        ('approved_by = "edgar.testwell"\n', "", "check: It is published, but was not approved."),
        ('roles = ["editor"]', 'roles = ["king"]', "person “edgar.testwell”: roles: No such role: king."),
        ('summary = "Test data: the sum holds."', "", "check: It is submitted without a summary."),
        ("[[claim]]", "[[claims]]\n[[claim]]", "claims: There is no such table."),
        ("[[claim]]", "[[claim]", "Expected ']]' at the end of an array declaration (at line"),
        ("lamps.” He", "lamps.”\\u0000 He", "source “gazette”: “text” holds a character that cannot be kept"),
    ],
)  # fmt: skip
def test_what_does_not_resolve_is_refused_before_anything_is_written(db, seeds, old, new, said):
    assert said in refusal(seeds, old, new)
    assert refusal(seeds, old, new).startswith("seeds/test/claims.toml: ")


def test_a_replacement_keeps_what_it_leaves_out_and_takes_what_was_found_since(db, seeds):
    (seeds / "test" / "claims.toml").write_text(REPLACED, encoding="utf-8")
    seed("test")
    verdict = Verdict.objects.get(number=2)
    assert (verdict.replacement_kind, verdict.replacement_note) == ("correction", "Test: one was counted twice.")
    assert (verdict.rating_slug, verdict.summary) == ("true", "Test data: 40 lamps.")
    assert [each.calculation for each in verdict.frozen_evidence.all()] == ["40 + 1 = 41", "20 + 20 = 40"]
    assert verdict.check_file.reopened_because == "Test: counted again"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('published_by = "edgar.testwell"\n', "", "It replaces nothing: no verdict was published before it."),
        ('reason = "Test: counted again"', 'reason = " "', "Give the reason for which the claim was reopened."),
        (
            'note = "Test: one was counted twice."',
            'note = ""',
            "Give the note that tells readers what changed and why.",
        ),
        ('kind = "correction"', 'kind = "slip"', "replacement_kind: Value 'slip' is not a valid choice."),
        ('kind = "correction"\n', "", "“kind” is missing."),
        ('by = "edgar.testwell"\nreason', 'by = "nobody"\nreason', "There is no person “nobody”."),
        (', "managing-editor"', "", "reopened_by: person “edgar.testwell” has no role that may supersede_verdicts."),
        ('kind = "calculation"\ncalculation = "20', 'kind = "x"\ncalculation = "20', "evidence again: kind: Value 'x'"),
    ],
)
def test_a_fault_of_a_replacement_is_named(db, seeds, old, new, said):
    assert f"seeds/test/claims.toml: claim “test/lamps”, replacement 1{'' if 'again' in said else ':'}" in (
        told := refusal(seeds, old, new, REPLACED)
    )
    assert said in told


def test_every_fault_is_named_at_once(db, seeds):
    twice = SMALL.replace("41 lamps.”", "40 lamps.”") + '\n[[publisher]]\nkey = "idle"\nname = "The Idle Press"\n'
    (seeds / "test" / "claims.toml").write_text(twice, encoding="utf-8")
    with pytest.raises(FaultyCase) as refused:
        checked_case(seeds / "test" / "claims.toml", "case")
    assert refused.value.faults == [
        "case: publisher “idle”: Nothing in the file names it, so it would not be loaded.",
        "case: claim “test/lamps”, appearance 1: The quote does not occur in the text of source “gazette”: "
        "We relit 41 lamps.",
    ]


def test_a_case_that_is_not_there(db, seeds):
    with pytest.raises(CommandError, match=r"^seeds/none/claims.toml: cannot be read \(No such file or directory\)\.$"):
        seed("none")


def test_a_refusal_of_a_verb_names_the_record_and_keeps_whole_claims_alone(db, seeds):
    case = checked_case(seeds / "test" / "claims.toml", "case")
    User.objects.create_user("edgar.testwell", roles=["contributor"], by=None)
    with pytest.raises(FaultyCase) as refused:
        load_case(case, lambda user, password: None)
    assert refused.value.faults == ["case: claim “test/lamps”: Your role does not allow this."]
    assert (Claim.objects.count(), Evidence.objects.count(), Verdict.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_whom_the_desk_asked_and_what_came_back_stands_in_the_verdict(seeds):
    (seeds / "test" / "claims.toml").write_text(ASKED, encoding="utf-8")
    seed("test")
    first, second = Verdict.objects.get().asked
    assert (first["whom"], first["answer"], first["answered_on"]) == ("Mirabel Testwell", "Test: I did.", "2026-03-02")
    assert (second["whom"], second["way"], second["no_reply_on"]) == ("The test office", "letter", "2026-03-09")
    assert Act.objects.filter(verb="reply.ask", actor__username="tilda.testwell").count() == 2


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ('claimant = "mirabel"\nasked_on', 'claimant = "nobody"\nasked_on', "asked 1: There is no claimant “nobody”."),
        ('whom = "The test office"', 'whom = ""', "asked 2: whom: Say who was asked."),
        ('answer = "Test: I did."', 'answer = ""', "asked 1: answer: Write what came back."),
        ('way = "letter"', 'way = "pigeon"', "asked 2: way: Value 'pigeon' is not a valid choice."),
        ('by = "tilda.testwell"\nwhom', 'by = "tim"\nwhom', "asked 2: There is no person “tim”."),
    ],
)
def test_what_is_wrong_with_a_request_is_named(seeds, written, instead, fault):
    path = seeds / "test" / "claims.toml"
    path.write_text(ASKED.replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(FaultyCase) as faulty:
        checked_case(path, "test")
    assert fault in str(faulty.value)
