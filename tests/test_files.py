"""Evidence that stays: files of a source, taken by what they are and handed out so that nothing in them can act."""

import gzip
import hashlib
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from claims.file_kinds import ENDS, MediaType, saved_as, tame
from claims.models import Act, Check, Evidence, ForgottenContent, Snapshot, SnapshotFile, Verdict
from claims.models.evidencing import add_evidence, edit_evidence
from claims.models.files import add_file, forget_content, place_of, remove_forgotten
from claims.models.log import acting
from claims.models.verifying import Verification
from tests import factories

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(30)
PDF = b"%PDF-1.7\nTEST DATA\n"
KINDS = {
    MediaType.PDF: PDF,
    MediaType.PNG: PNG,
    MediaType.JPEG: b"\xff\xd8\xff\xe0" + bytes(20),
    MediaType.WEBP: b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(8),
    MediaType.TEXT: "Test data: ¿41 lamps? 🙂\r\n".encode(),
    MediaType.HTML: b"\xef\xbb\xbf  <!doctype html><script>alert(1)</script>",
    MediaType.WARC: b"WARC/1.1\r\nWARC-Type: warcinfo\r\n",
    MediaType.WARC_GZ: gzip.compress(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n"),
}
INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    options = settings.STORAGES["default"]["OPTIONS"] | {"location": tmp_path}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def sha(content):
    return hashlib.sha256(content).hexdigest()


def put(source, content=PDF, name="report.pdf", **values):
    return add_file(source, file=ContentFile(content, name), by=None, **values)


def send(client, source, content, name="report.pdf", **typed):
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return client.post(reverse("add_file", args=[source.pk]), {"once": uuid4(), "file": file} | typed)


def refusal(answer):
    return answer.context["form"].errors["file"]


def verified():
    out = StringIO()
    try:
        call_command("verify_files", stdout=out, stderr=StringIO())
    except CommandError:
        return out.getvalue().splitlines(), False
    return out.getvalue().splitlines(), True


@pytest.mark.parametrize("kind", MediaType)
def test_a_file_is_what_its_content_is_and_nothing_in_it_can_act(desk, kind):
    source = factories.source()
    answer = send(desk, source, KINDS[kind], "whatever.pdf")
    kept = SnapshotFile.objects.get()
    assert answer.url == f"{source.get_absolute_url()}#files"
    assert (kept.media_type, kept.size, kept.sha256) == (kind, len(KINDS[kind]), sha(KINDS[kind]))
    answer = desk.get(reverse("file", args=[kept.pk]))
    assert b"".join(answer) == KINDS[kind]
    assert {name: answer.headers[name] for name in INERT} == INERT
    shown = kind in {MediaType.PDF, MediaType.PNG, MediaType.JPEG, MediaType.WEBP, MediaType.TEXT}
    ending = ".pdf" if kind == MediaType.PDF else f".pdf{ENDS[kind][0]}"
    disposition = f'{"inline" if shown else "attachment"}; filename="whatever{ending}"'
    assert answer.headers["Content-Disposition"] == disposition
    own = {MediaType.HTML: "application/octet-stream", MediaType.TEXT: "text/plain; charset=utf-8"}
    assert answer.headers["Content-Type"] == own.get(kind, kind.value)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "report.pdf"),
        (b"PK\x03\x04 a letter", "picture.png"),
        (b"\x89PNG\r\n\x1a\n no picture", "picture.png"),
        ("Größe".encode("latin-1"), "other.txt"),
        (b"text with a \x00 in it", "nul.txt"),
        (b"cut \xf0\x9f\x98", "cut.txt"),
        (gzip.compress(bytes(10_000_000)), "bomb.warc.gz"),
        (b"\x1f\x8b\x08 broken", "broken.warc.gz"),
    ],
)  # fmt: skip
def test_what_is_of_no_kind_that_is_kept_is_refused_at_the_field(desk, content, name):
    source = factories.source()
    answer = send(desk, source, content, name)
    assert "whatever its name says: PDF, PNG, JPEG, WebP, plain text" in refusal(answer)[0]
    assert "choose it again" in answer.content.decode()
    assert (SnapshotFile.objects.count(), default_storage.listdir("")) == (0, ([], []))


def test_as_large_as_it_may_be_and_one_byte_more(desk, settings):
    settings.MAX_FILE_MB = 3  # more than Django keeps in memory
    source, most = factories.source(), 3 * 1024 * 1024
    assert send(desk, source, b"a" * most).status_code == 302
    assert refusal(send(desk, source, b"b" * (most + 1))) == [
        "This file is larger than 3 MB, which is the most that is kept."
    ]
    assert refusal(send(desk, source, b"")) == ["The submitted file is empty."]
    assert refusal(desk.post(reverse("add_file", args=[source.pk]), {"once": uuid4()})) == ["This field is required."]
    assert SnapshotFile.objects.get().size == most


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\desk\\report.pdf", "report.pdf"),
        ("gnp.\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", "gnp.fdp.exe"),
        ('a"b\r\nSet-Cookie: x=1.pdf', "a_bSet-Cookie_ x=1.pdf"),
        ("<script>.pdf", "_script_.pdf"),
        ("..", ""),
        ("\x00", ""),
        ("é" * 300 + ".pdf", "é" * 130 + "é" * 16 + ".pdf"),
    ],
)  # fmt: skip
def test_a_hostile_name_is_made_harmless(name, kept):
    assert tame(name) == kept
    file = put(factories.source(), name=name)
    assert (file.name, file.saved_as.endswith(".pdf") or kept == "passwd.pdf") == (kept, True)
    assert saved_as("", MediaType.WEBP) == "file.webp"


def test_the_same_sent_twice_is_kept_once_and_everywhere_stored_once(desk):
    source, once = factories.source(), uuid4()
    first, again = (send(desk, source, PDF, once=once) for _time in range(2))
    assert first.url == again.url
    send(desk, source, PDF, "other name.pdf")
    assert (SnapshotFile.objects.count(), Act.objects.filter(verb="source.add_file").count()) == (1, 1)
    send(desk, source, PNG, once=once)  # another file after going back is another sending
    put(factories.source(), PDF)
    assert list(SnapshotFile.objects.order_by("pk").values_list("sha256", flat=True)) == [sha(PDF), sha(PNG), sha(PDF)]
    assert sorted(default_storage.listdir("")[0]) == sorted({sha(PDF)[:2], sha(PNG)[:2], "unfinished"})
    assert default_storage.listdir("unfinished") == ([], [])


def test_where_a_file_is_all_there_is_it_is_a_snapshot_of_its_own(desk):
    source = factories.source(text="")
    send(desk, source, PDF)
    snapshot = Snapshot.objects.get()
    assert (snapshot.how, snapshot.text, snapshot.sha256) == ("file", "", sha(PDF))
    assert list(Verification()) == []
    assert (source.full_text(), source.as_evidence()) == (None, snapshot)
    claim = factories.claim(where=source, quote="Only these words.")
    assert claim.principal_appearance.anchors.get().snapshot.how == "quote_only"
    assert source.as_evidence() == snapshot
    page = desk.get(source.get_absolute_url()).content.decode()
    assert "Its text is not kept here; its files are below." in page
    assert f'<a href="{reverse("file", args=[1])}"'.replace("1", str(SnapshotFile.objects.get().pk)) in page


def test_a_file_belongs_to_the_content_that_is_chosen(desk):
    source, other = factories.source(), factories.source()
    text = source.full_text()
    offered = desk.get(reverse("add_file", args=[source.pk])).context["form"]["snapshot"]
    assert ([key for key, _label in offered.field.choices], offered.value()) == ([text.pk, ""], text.pk)
    send(desk, source, PNG, snapshot=text.pk)
    send(desk, source, PDF, snapshot="")
    assert "snapshot" in send(desk, source, PDF, snapshot=other.full_text().pk).context["form"].errors
    assert [(each.snapshot.how, each.media_type) for each in SnapshotFile.objects.order_by("pk")] == [
        ("pasted", MediaType.PNG),
        ("file", MediaType.PDF),
    ]


@pytest.mark.parametrize("number", [1, 20])
def test_the_page_of_a_source_costs_the_same_however_many_files(desk, django_assert_num_queries, number):
    source = factories.source()
    for each in range(number):
        put(source, PDF + bytes([32 + each]), snapshot=source.full_text())
    desk.get(source.get_absolute_url())
    with django_assert_num_queries(12):
        desk.get(source.get_absolute_url())


def test_only_who_sees_the_source_sees_its_files(client, desk, checker, outsider):
    closed = put(factories.source(protected=True), name="the hidden ledger.pdf")
    opened = put(factories.source(), PNG)
    addresses = [reverse("file", args=[each.pk]) for each in (closed, opened)]
    attach = reverse("add_file", args=[closed.snapshot.source_id])

    def seen(user):
        client.force_login(user)
        return [client.get(address).status_code for address in addresses]

    assert seen(checker) == [200, 200]
    assert seen(factories.person("anna", "auditor")) == [404, 200]
    assert client.post(attach, {"file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 403
    assert client.get(reverse("admin:claims_snapshotfile_changelist")).status_code == 403
    assert seen(outsider) == [403, 403]
    client.logout()
    assert [client.get(address).status_code for address in addresses] == [302, 302]


def test_who_may_not_see_the_evidence_does_not_get_its_file_by_way_of_the_source(client, checker):
    claim, auditor = factories.selected(), factories.person("anna", "auditor")
    file = ContentFile(PDF, "the hidden ledger.pdf")
    piece = factories.evidence(claim, by=checker, file=file)
    kept, pages = piece.snapshot.files.get(), (piece.source.get_absolute_url(), claim.get_absolute_url())

    def seen(user):
        client.force_login(user)
        shown = [kept.name in client.get(address).text for address in pages]
        return [client.get(reverse("file", args=[kept.pk])).status_code, *shown]

    assert seen(auditor) == [200, True, True]
    edit_evidence(piece, by=checker, protected=True)
    assert (seen(auditor), seen(checker)) == ([404, False, False], [200, True, True])


def test_a_file_attached_with_the_evidence_is_sealed_in_the_verdict(client, checker, editor):
    client.force_login(checker)
    claim = factories.selected()
    typed = {
        "once": uuid4(), "kind": "document", "stance": "supports", "origin": "Test office", "primary": "on",
        "source_title": "A test report", "file": SimpleUploadedFile("report.pdf", PDF),
    }  # fmt: skip
    client.post(reverse("add_evidence", args=[claim.pk]), typed)
    piece = claim.evidence.get()
    assert (piece.snapshot.how, piece.snapshot.files.get().sha256) == ("file", sha(PDF))
    verdict = factories.verdict(checker, editor, on=claim)
    frozen = verdict.frozen_evidence.get()
    assert (frozen.files, frozen.snapshot_sha256, verdict.is_intact()) == ([sha(PDF)], sha(PDF), True)
    client.logout()
    page = client.get(verdict.get_absolute_url()).content.decode()
    assert f"A file that the desk keeps: SHA-256 <code>{sha(PDF)}</code>" in page


def test_the_files_of_protected_evidence_are_not_in_the_verdict(checker, editor):
    claim = factories.selected()
    piece = factories.evidence(claim, protected=True)
    put(piece.source, snapshot=piece.snapshot)
    frozen = factories.verdict(checker, editor, on=claim).frozen_evidence.get()
    assert (frozen.files, frozen.protected) == ([], True)


def test_a_file_that_joins_what_an_approval_rests_on_voids_it(checker, editor):
    claim = factories.selected()
    piece = factories.evidence(claim)
    check = factories.approved(checker, editor, on=claim)
    put(piece.source)  # of its own: the evidence rests on another content
    assert Check.objects.get(pk=check.pk).state == "approved"
    put(piece.source, snapshot=piece.snapshot)
    check = Check.objects.get(pk=check.pk)
    assert (check.state, check.approved_by) == ("drafting", None)
    assert check.returned_because.startswith("A file of a source changed after it was submitted")
    assert Verdict.objects.count() == 0


def test_a_file_needs_a_source_and_an_edit_brings_one(desk):
    claim = factories.claim()
    file = ContentFile(PNG, "seen.png")
    with pytest.raises(Exception, match="A file belongs to a source"):
        add_evidence(claim, by=None, kind="observation", stance="context", origin="x", excerpt="Seen", file=file)
    piece = factories.evidence(claim)
    text = piece.snapshot
    edit_evidence(piece, by=None, file=file)
    assert (Evidence.objects.get().snapshot, text.files.get().sha256) == (text, sha(PNG))
    page = desk.get(claim.get_absolute_url()).content.decode()
    assert f'<a href="{reverse("file", args=[text.files.get().pk])}" dir="auto">seen.png</a> (PNG, 46\xa0bytes)' in page


def test_files_that_are_missing_altered_or_nobody_s_are_named(desk):
    missing, altered, _whole = (put(factories.source(), PDF + each) for each in (b"1", b"2", b"3"))
    assert verified() == (["3 kept, 0 redacted, 0 missing, 0 altered, 0 not gone, 0 orphaned"], True)
    default_storage.delete(place_of(missing.sha256))
    Path(default_storage.path(place_of(altered.sha256))).write_bytes(b"%PDF-1.7 something else")
    default_storage.save(place_of(sha(PNG)), ContentFile(PNG))
    Path(default_storage.path("unfinished/under way")).write_bytes(b"an upload")
    lines, good = verified()
    assert not good
    assert sorted(lines) == sorted([
        f"{missing.sha256} is missing",
        f"{altered.sha256} was altered: its content has another hash",
        f"{place_of(sha(PNG))} is named by no record",
        "1 kept, 0 redacted, 1 missing, 1 altered, 0 not gone, 1 orphaned",
    ])  # fmt: skip
    for file, words in ((missing, "is missing from the storage"), (altered, "was altered in the storage")):
        answer = desk.get(reverse("file", args=[file.pk]))
        assert (answer.status_code, words in answer.content.decode()) == (404, True)
    for file, content in ((missing, b"1"), (altered, b"2")):
        put(file.snapshot.source, PDF + content)  # sent again, it is mended
    put(factories.source(), PNG)
    assert verified()[1]


def test_forgotten_content_is_gone_counts_as_redacted_and_never_comes_back(desk, django_capture_on_commit_callbacks):
    kept, source = put(factories.source()), factories.source()
    put(source)
    with django_capture_on_commit_callbacks(execute=True), acting("refusal", by=None) as act:
        forget_content(act, kept.sha256)
    assert not default_storage.exists(place_of(kept.sha256))
    assert verified() == (["0 kept, 1 redacted, 0 missing, 0 altered, 0 not gone, 0 orphaned"], True)
    answer = desk.get(reverse("file", args=[kept.pk]))
    assert (answer.status_code, "removed for good" in answer.content.decode()) == (404, True)
    assert "removed for good" in desk.get(source.get_absolute_url()).content.decode()
    assert refusal(send(desk, source, PDF)) == ["What this file holds was removed for good, and is not kept again."]
    assert not default_storage.exists(place_of(kept.sha256))
    default_storage.save(place_of(kept.sha256), ContentFile(PDF))  # as where the process died before it was removed
    assert verified()[0][0] == f"{kept.sha256} was redacted, and is still there"
    assert (remove_forgotten(), verified()[1], ForgottenContent.objects.count()) == ([kept.sha256], True, 1)
