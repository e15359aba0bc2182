"""The exported log verifies with a script that knows nothing of this program, and one changed byte in it is found."""

import copy
import json
import re
import subprocess
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from claims.exchange.csv_export import logged
from claims.exchange.log_export import LogStream
from claims.models import Change, LogHead, Verdict, VerdictEvidence
from claims.models.evidencing import remove_evidence
from claims.models.opinions import ask_opinion
from claims.models.redaction.redacting import ask, carry_out, confirm
from claims.models.verdicts import sealed_in
from claims.models.withholding import PERHAPS_PROTECTED
from claims.states import Refused
from tests import factories, stranger
from tests.test_readme import section

pytestmark = pytest.mark.django_db
SCRIPT = Path(stranger.__file__)


def exported(**options):
    return b"".join(LogStream(**options))


def lines_of(data):
    return data.splitlines(keepends=True)


def wrong(data, noted=None):
    """What the stranger says first, as from the shell, or None."""
    return stranger.verify(lines_of(data), noted)[0]


@pytest.fixture
def demo(db):
    call_command("seed", "demo", verbosity=0)


def run(path, *noted):
    ran = subprocess.run([sys.executable, "-I", SCRIPT, path, *noted], capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_demo_case_is_exported_and_a_stranger_finds_each_change_in_it(demo, tmp_path):
    file = tmp_path / "log.jsonl"
    call_command("export_log", output=str(file))
    whole = file.read_bytes()
    head = f"{LogHead.objects.get().position - 1}:{Change.objects.latest('pk').act.previous}"
    says = f"All fits: {head.partition(':')[0]} acts, {Verdict.objects.count()} verdicts, head {head}\n"
    assert run(file) == run(file, head) == (0, says)
    noted = f"1:{stranger.sha256(b'')}"
    assert run(file, noted) == (1, f"The head {noted} stands nowhere in this log.\n")
    middle = whole.index(b"\n", len(whole) // 2) - 20
    number = whole.count(b"\n", 0, middle) + 1
    file.write_bytes(whole[:middle] + b"~" + whole[middle + 1 :])
    code, says = run(file)
    assert (code, says.startswith(f"Line {number} ")) == (1, True)
    changed_bytes_are_found(lines_of(whole))
    moved_lines_are_found(lines_of(whole))


def changed_bytes_are_found(lines):
    """Every line with bytes flipped here and there: what is found is found in that line itself."""
    log = stranger.Log()
    for number, line in enumerate(lines):
        step = max(len(line) // 5, 1)
        for place in range(number % step, len(line), step):
            for bit in (0x01, 0x20):
                flipped = line[:place] + bytes([line[place] ^ bit]) + line[place + 1 :]
                with pytest.raises((stranger.Wrong, *stranger.UNREADABLE)):
                    copy.deepcopy(log).read(flipped)
        log.read(line)


def moved_lines_are_found(lines):
    verify = stranger.verify
    for number in range(0, len(lines), 61):
        assert verify(lines[:number] + lines[number + 1 :])[0].startswith(f"Line {number + 1} ")
        assert verify(lines[:number])[0] == f"Line {number + 1} is missing: the file ends before the head."
        doubled = verify([*lines[: number + 1], *lines[number:]])[0]
        assert doubled.startswith(f"Line {number + 2} ")
    for number in range(1, len(lines) - 1, 59):
        swapped = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
        assert verify(swapped)[0].startswith((f"Line {number + 1} ", f"Line {number + 2} "))
    assert verify([*lines, lines[-1]])[0] == f"Line {len(lines) + 1} stands behind the head."


def test_what_is_protected_stays_at_the_desk_and_its_hash_leaves(checker, editor):
    secret = factories.source(text="Test: the night clerk saw 41 lamps", title="Test: the clerk's note", protected=True)
    claim = factories.selected(where=secret, quote="the night clerk saw 41 lamps")
    factories.evidence(claim, source=secret, excerpt="Test: said the clerk", origin="Test: the clerk of the night")
    factories.comment(claim, by=checker, text="Test: never name the clerk", protected=True)
    piece = factories.evidence(claim, excerpt="Test: a second look")
    remove_evidence(piece, by=checker, reason="Test: it names the clerk")
    factories.verdict(checker, editor, on=claim)
    withheld, whole = exported(), exported(protected=True)
    assert wrong(withheld) is None and wrong(whole) is None
    for word in ("clerk", "desk.example"):
        assert (word.encode() in withheld, word.encode() in whole) == (False, True)
    assert withheld.count(b'"hash"') == whole.count(b'"hash"')


def test_a_draft_that_somebody_is_to_judge_blind_stays_until_the_opinion_is_given(checker, editor, chief):
    check = factories.draft(by=checker, summary="Test: forty-one, and no lamp more.")
    opinion = ask_opinion(check, by=checker, asked_of=editor)
    assert (b"no lamp more" in exported(), b"no lamp more" in exported(protected=True)) == (False, True)
    assert wrong(exported()) is None
    opinion.give(by=editor, rating=None, reasons="Test: I counted forty.")
    assert b"no lamp more" in exported() and b"I counted forty" in exported()


def test_what_was_redacted_is_gone_and_what_was_blanked_otherwise_is_found(checker, editor, chief):
    name = "Zephyrine Quillfeather"
    claim = factories.selected(statement=f"{name} relit 41 lamps")
    factories.evidence(claim, excerpt=f"Test data: {name}")
    verdict = factories.verdict(checker, editor, on=claim, summary=f"Test: it was {name}.")
    second = factories.person("sam", "managing-editor")
    redaction = ask(by=chief, words=name, reason="Test: a minor", ground="Test order 1")
    redaction = confirm(factories.looked_through(redaction), by=second)
    with suppress(Refused):  # the database is cleaned outside the transaction of a test
        carry_out(redaction)
    whole = exported(protected=True)
    assert (wrong(exported()), wrong(whole)) == (None, None)
    assert (b"Quillfeather" in whole, b"Test: it was [redacted]." in whole) == (False, True)
    lines = [json.loads(line) for line in lines_of(whole)]
    (number,) = (number for number, line in enumerate(lines) if line["line"] == "verdict")
    assert lines[number]["values"]["summary"].keys() == {"hash", "salt"}
    for sealed in (lines[number]["values"]["quote"], lines[number]["evidence"][0]["locator"], lines[3]["reason"]):
        kept = dict(sealed)
        sealed |= {"salt": None}
        del sealed["value"]
        at = 4 if sealed is lines[3]["reason"] else number + 1
        found = wrong(b"".join(stranger.canonical(line) + b"\n" for line in lines))
        assert found == f"Line {len(lines)} ends a log whose line {at} lost a value by no redaction."
        sealed |= kept
    assert verdict.frozen_evidence.get().seals["excerpt"][0] is None


def test_a_verdict_left_out_or_another_in_its_place_is_found(checker, editor):
    for _number in range(2):
        factories.verdict(checker, editor)
    lines = lines_of(exported())
    first, second = (number for number, line in enumerate(lines) if b'"line":"verdict"' in line)
    assert wrong(b"".join(lines[:first] + lines[first + 1 :])).startswith(f"Line {first + 1} stands where the verdict")
    lines[first] = lines[second]
    assert wrong(b"".join(lines)) == f"Line {first + 1} is not the verdict that the act published."


def test_an_empty_log_verifies():
    head = {"line": "head", "position": "0", "hash": "0" * 64}
    assert wrong(exported().splitlines(keepends=True)[0] + stranger.canonical(head) + b"\n") is None


@pytest.mark.parametrize(("pieces", "ended"), [(99, "whole"), (1, "broken")])
def test_an_export_stands_in_the_log_when_it_ended_or_broke(pieces, ended):
    factories.claim()
    acts = LogHead.objects.get().position
    stream = logged(LogStream(), by=None, wanted={})
    assert list(islice(stream, pieces))
    stream.close()
    line = Change.objects.latest("pk")
    assert (line.act.verb, line.act_id) == ("export", acts + 1)
    told = {"what": "log.jsonl", "protected": False, "filter": {}, "rows": str(acts * (pieces > 1)), "ended": ended}
    assert {name: new for name, (_old, new) in line.values.items()} == told


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_logged(tmp_path):
    before = LogHead.objects.get().position
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_log", output=str(tmp_path / "none" / "log.jsonl"))
    assert LogHead.objects.get().position == before


README = section("The log and the digests")


def test_the_readme_s_examples_are_right():
    salt = re.search(r"all with the salt `(\w+)`", README).group(1).encode()
    examples = re.findall(r"^\| `(.+)` \| `(\w{64})` \|$", README, re.M)
    assert len(examples) == 6
    assert [stranger.sha256(salt + b"\n" + text.encode()) for text, _hash in examples] == [
        its for _text, its in examples
    ]
    body = re.search(r"```json\n(.*)\n```", README).group(1).encode()
    hashes = re.findall(r"^`(\w{64})`[,;]", README, re.M)
    its = stranger.sha256(body)
    assert hashes == [its, stranger.sha256(b"1\n" + b"0" * 64 + b"\n" + its.encode())]


def test_the_readme_and_the_stranger_know_the_names_of_each_form():
    for model, before in ((Verdict, "  Values: "), (VerdictEvidence, "  Of each piece of evidence: ")):
        names = README.split(before)[1].split("].\n")[0] + "]"
        new = re.findall(r"`(\w+)`", "".join(re.findall(r"\[(.*?)\]", names, re.S)))
        every = re.findall(r"`(\w+)`", names)
        place = [Verdict, VerdictEvidence].index(model)
        assert set(every) == set(model.SEALED) == stranger.FORMS["verdict/2"][place]
        assert set(every) - set(new) == sealed_in("verdict/1", model.SEALED) == stranger.FORMS["verdict/1"][place]


def test_the_readme_names_what_is_withheld():
    assert set(re.findall(r"`(\w+)`", README.split("Withheld are")[1].split("the reasons of")[0])) == PERHAPS_PROTECTED
