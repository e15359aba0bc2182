"""Rule 12 to the last byte: a made-up name is put into every text there is; redacted, it is not in the database's files
nor in a dump of it."""

import os
import secrets
import string
import subprocess
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache.backends.db import DatabaseCache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import timezone

from claims.checklist import WARNINGS
from claims.models import BulkAct, Claim, KeptDraft, LinkCheck, Mail, Redaction, SnapshotFile
from claims.models.bulk import stage
from claims.models.fields import Link
from claims.models.files import add_file
from claims.models.links import HostTurn
from claims.models.log import acting
from claims.models.opinions import ask_opinion
from claims.models.periods import today
from claims.models.publishing import publish
from claims.models.redaction.kepttexts import holding, searched, text_names
from claims.models.redaction.redacting import ask, carry_out, confirm
from claims.models.replies import record_answer
from claims.models.superseding import reopen
from claims.models.verifying import Verification
from claims.text import Words
from tests import factories

# What this test does not fill: a Wikidata id, what the scale says, and what other parts of the desk write.
UNFILLED = {
    "claims.Claimant.wikidata", "claims.Verdict.rating_label", "claims.Verdict.rating_meaning",
}  # fmt: skip


@pytest.fixture
def name():
    """Two words that stand nowhere else on this machine."""
    first, last = ("".join(secrets.choice(string.ascii_lowercase) for _letter in range(12)) for _word in "ab")
    return f"Zy{first} Wo{last}"


@pytest.fixture
def second(db):
    return factories.person("sam", "managing-editor", name="Sam Testperson")


def fitting(field, name):
    """A value of this field that holds the name."""
    slug = name.lower().replace(" ", "-")
    if field.name == "answers":
        return {item.slug: {"sentence": f"{name}, {item.slug}", "public": True} for item in WARNINGS}
    if isinstance(field, Link):
        return f"https://x.example/{slug}"
    return f"{slug}.example" if field.name == "site" else f"{name} {field.name}"[: field.max_length]


def fill(record, name, leaving=()):
    names = [each for each in text_names(type(record)) if each not in {"wikidata", "answered", *leaving}]
    with acting("claim.edit", by=None, reason=f"Because of {name}") as act:
        act.lock(record)
        act.change(record, **{each: fitting(record._meta.get_field(each), name) for each in names})
    return record


def put_everywhere(name, checker, editor, chief):
    """A claim, its source, evidence, drafts and verdicts, all of whose texts hold the name."""
    paper = factories.publisher()
    text = f"So {name} told: “{name} relit 41 lamps.” And {name} went.\n"
    source = fill(factories.source(text=text, publisher=paper), name)
    fill(paper, name)
    add_file(source, file=ContentFile(name.encode(), f"{name}.txt"), by=checker)
    who = factories.claimant("Not Yet", aliases=[name], roles=[{"role": name, "party": name}])
    claim = factories.selected(where=source, quote=f"“{name} relit 41 lamps.”", said_by=fill(who, name), topics=[name])
    fill(claim, name)
    fill(claim.principal_appearance, name, leaving=["quote"])
    evidence = fill(factories.evidence(claim, source=source, primary=False, why_not_primary=name), name)
    check = fill(factories.draft(on=claim, by=checker, evidence=[evidence]), name, leaving=["returned_because"])
    fill(factories.comment(claim, by=checker, text="Test?"), name)
    asked = record_answer(factories.request(claim), by=checker, answer="Test", answered_on=today(), quotable=True)
    fill(asked, name)
    check.submit(by=checker)
    check.send_back(by=editor, reason=f"Test: {name} is a minor")
    judge = factories.person("jude", "fact-checker")
    ask_opinion(check, by=checker, asked_of=judge).give(by=judge, rating=None, reasons=name)
    # An account that was called so; while it is, no redaction of the name is taken.
    namesake = factories.person("nameless", "managing-editor", name=name)
    check.submit(by=namesake)
    publish(check.approve(by=namesake, override_reason=f"Test: {name} waits"), by=editor)
    namesake.edit(by=None, name="Nobody Testperson")
    again = reopen(Claim.objects.get(pk=claim.pk), by=chief, reason=f"Test: {name} again")
    fill(again, name, leaving=["replacement_kind"])
    again.edit(by=checker, replacement_kind="correction", evidence=[evidence])
    publish(again.submit(by=checker).approve(by=editor), by=editor)
    abandoned = fill(factories.draft(by=checker), name)
    abandoned.abandon(by=checker, reason=name)


def put_beside(name, checker, chief, mails):
    """What is no record of the desk: drafts being typed, staged work, sessions, caches, mails on disk."""
    KeptDraft.objects.keep(checker, "claim.note", {"statement": [f"{name} says"]})
    slug = name.lower().replace(" ", "-")
    found = {"source": factories.source(), "host": f"{slug}.example", "final_address": slug}
    LinkCheck.objects.create(**found, next_due_at=timezone.now())
    HostTurn.take(f"{slug}.example", timezone.now())
    bulk = stage("decline", Claim.objects.in_status("noted"), by=chief, reason=name)
    BulkAct.objects.filter(pk=bulk.pk).update(values={"said": name}, refused=[[1, name]])
    Mail.objects.create(person=checker, last_error=f"550 {name}")
    LogEntry.objects.create(
        user=chief, action_flag=1, object_id=name, object_repr=name, change_message=f'[{{"said": "{name}"}}]'
    )
    session = SessionStore()
    session["said"] = name
    session.create()
    DatabaseCache("desk_cache", {}).set(f"guesses-of-{name.split()[0]}", name, 1_000)
    box = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(mails))
    EmailMessage("Test", f"“{name}”", to=["x@desk.example"], connection=box).send()


def bytes_kept():
    """What the database's files, or a dump of it, and the kept files hold."""
    return _database() + b"".join(
        path.read_bytes() for path in Path(default_storage.location).rglob("*") if path.is_file()
    )


def _database():
    if connection.vendor == "sqlite":
        path = connection.settings_dict["NAME"]
        files = [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]
        return b"".join(file.read_bytes() for file in files if file.exists())
    at = connection.settings_dict
    where = {"PGHOST": at["HOST"], "PGPORT": at["PORT"], "PGUSER": at["USER"], "PGPASSWORD": at["PASSWORD"]}
    asked = ["pg_dump", "--no-owner", "--dbname", at["NAME"]]
    return subprocess.run(asked, env=os.environ | where, capture_output=True, check=True).stdout


def words_in(data, name):
    """Which of the two words stand there, whatever their case; cut a little, as an index cuts them."""
    return [word for word in name.lower().split() if word[:10].encode() in data.lower()]


@pytest.mark.django_db(transaction=True)
def test_a_name_is_nowhere_any_more(name, checker, editor, chief, second, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    put_everywhere(name, checker, editor, chief)
    factories.claim(statement=f"{name} waits")
    put_beside(name, checker, chief, tmp_path)
    filled = {f"{each.model._meta.label}.{field}" for each in holding(Words(name)) for field in each.names}
    everything = {f"{model._meta.label}.{field}" for model in searched() for field in text_names(model)}
    own = {each for each in everything if each.startswith("claims.Redaction.")}
    assert everything - filled - own - {"claims.Change.values"} == UNFILLED
    assert words_in(bytes_kept(), name) == name.lower().split()

    file = SnapshotFile.objects.get().sha256
    redaction = ask(by=chief, words=name, file_sha256=file, reason="Test", ground="Test order")
    redaction = carry_out(confirm(factories.looked_through(redaction), by=second))

    assert redaction.state == Redaction.State.DONE
    assert list(holding(Words(f"{name.split()[0]}*\n{name.split()[1]}*"))) == []
    assert (Session.objects.count(), list(tmp_path.iterdir())) == (0, [])
    assert words_in(bytes_kept(), name) == []
    assert list(Verification()) == []
