"""What leaves the desk as CSV: the contract's bytes, the list's filter, nothing protected, a line in the log."""

import csv
import re
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from claims.exchange.csv_export import (
    EXPORTS,
    RAW,
    ROWS_AT_ONCE,
    SPREADSHEET,
    Stream,
    from_spreadsheet_cell,
    line_writer,
    logged,
    spreadsheet_cell,
)
from claims.models import Act, Claim, Verdict
from claims.models.chain import chain_breaks
from claims.models.editing import edit_source
from claims.models.noting import find_attribution
from tests import factories

VERDICT_COLUMNS = (
    "claim_id,claim,claimant,claimant_role,said_on,topics,kind,source_title,source_publisher,source_url,quote,"
    "appearances,verdict_number,rating,rating_value,attribution,summary,explanation,evidence_until,author,approver,"
    "override,published_at,supersedes,replacement_kind,replacement_note,evidence_count,independent_origins,claim_url"
)
CLAIM_COLUMNS = (
    "claim_id,claim,claimant,claimant_role,said_on,topics,kind,status,priority,assignee,source_title,"
    "source_publisher,source_url,quote,appearances,rating,rating_value,attribution,verdict_number,published_at,"
    "evidence_count,external_id,noted_at,claim_url"
)
EVIDENCE_COLUMNS = (
    "claim_id,verdict_number,rating,line,kind,stance,source_title,source_publisher,source_url,source_published_on,"
    "snapshot_sha256,calculation,excerpt,locator,primary,why_not_primary,origin,interests,about_attribution,protected"
    ",files,archive_url"
)
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
TEXT = 'She said: “=SUM(1;2) is 3, "I think".”\nNothing else.\n'
QUOTE = '=SUM(1;2) is 3, "I think"'


def exported(name, flavour=RAW, claims=None):
    return b"".join(Stream(EXPORTS[name], Claim.objects.all() if claims is None else claims, flavour))


def read(data):
    return list(csv.DictReader(TextIOWrapper(BytesIO(data), "utf-8-sig", newline="")))


def rows(name, **wanted):
    return read(exported(name, **wanted))


@pytest.fixture
def published(checker, editor):
    """A verdict on words that a spreadsheet would run."""
    where = factories.source(
        TEXT, "The Test Gazette", url="https://gazette.example/1", publisher=factories.publisher(), language="en"
    )
    claim = factories.selected(
        statement="The sum is 3", kind="figure", where=where, quote=QUOTE, topics=["Sums", "Lamps lit"],
        appearance={"role": "-teacher", "said_on": "2026-05-04"},
    )  # fmt: skip
    factories.evidence(claim, kind="calculation", calculation="1 + 2 = 3", origin="@desk", excerpt="")
    return factories.verdict(
        checker, editor, on=claim, summary="Test data: it is.", explanation="One line.\n\n- two", rating="true",
        evidence_until="2026-05-05",
    )  # fmt: skip


@pytest.fixture
def chief_client(client, chief):
    client.force_login(chief)
    return client


# ---- The bytes


def test_a_verdict_in_the_spreadsheet_flavour(published):
    data = exported("verdicts", SPREADSHEET).decode()
    pk, at = published.claim_id, f"{published.published_at:%Y-%m-%dT%H:%M:%SZ}"
    assert data == (
        f"\ufeff{VERDICT_COLUMNS}\r\n"
        f'{pk},"The sum is 3","Mirabel Testwell","\'-teacher",2026-05-04,"Lamps lit; Sums","figure",'
        '"The Test Gazette","The Test Gazette","https://gazette.example/1","\'=SUM(1;2) is 3, ""I think""",1,1,'
        '"True",5,"","Test data: it is.","One line.\n\n- two",2026-05-05,"Vera Testperson","Edda Testperson","",'
        f'{at},,"","",1,1,"http://127.0.0.1:8000/claims/{pk}/"\r\n'
    )


def test_a_verdict_in_the_raw_flavour(published):
    raw, spreadsheet = exported("verdicts").decode(), exported("verdicts", SPREADSHEET).decode()
    assert raw == spreadsheet.replace("\ufeff", "").replace('"\'-teacher"', '"-teacher"').replace("\"'=SUM", '"=SUM')
    assert raw.splitlines()[0] == VERDICT_COLUMNS


def test_a_claim_without_a_verdict(db):
    claim = factories.claim(statement="=1+1", topics=["Lamps"], external_id="test/1", priority=3)
    row = exported("claims", SPREADSHEET).decode()
    source = claim.principal_appearance.source
    assert re.fullmatch(
        re.escape(
            f"\ufeff{CLAIM_COLUMNS}\r\n"
            f'{claim.pk},"\'=1+1","Mirabel Testwell","",,"Lamps","event","noted","high","","{source.title}","","",'
            f'"{factories.QUOTE}",1,"",,"",,,0,"test/1",'
        )
        + TIME
        + re.escape(f',"http://127.0.0.1:8000/desk/claims/{claim.pk}/"\r\n'),
        row,
    )


def test_a_claim_with_a_verdict(published):
    [row] = rows("claims")
    assert list(row) == CLAIM_COLUMNS.split(",")
    assert {name: row[name] for name in ("status", "rating", "rating_value", "verdict_number", "evidence_count")} == {
        "status": "published", "rating": "True", "rating_value": "5", "verdict_number": "1", "evidence_count": "1",
    }  # fmt: skip
    assert row["topics"] == "Lamps lit; Sums"
    assert row["published_at"] == f"{published.published_at:%Y-%m-%dT%H:%M:%SZ}"
    assert row["claim_url"] == f"http://127.0.0.1:8000/claims/{published.claim_id}/"


def test_a_piece_of_evidence(published):
    assert exported("verdict-evidence", SPREADSHEET).decode() == (
        f"\ufeff{EVIDENCE_COLUMNS}\r\n"
        f'{published.claim_id},1,"True",1,"calculation","supports","","","",,"","1 + 2 = 3","","",true,"","\'@desk","",'
        'false,false,"",""\r\n'
    )


def test_a_verdict_on_the_attribution_alone_has_no_rating(checker, editor):
    claim = factories.selected()
    find_attribution(claim.principal_appearance, "not_so", by=None)
    factories.verdict(checker, editor, on=claim, rating="")
    [row] = rows("verdicts")
    assert (row["rating"], row["rating_value"], row["attribution"]) == ("", "", "not_so")


def test_without_a_verdict_the_attribution_is_the_finding_on_the_principal_appearance(db):
    find_attribution(factories.claim().principal_appearance, "cannot_tell", by=None)
    [row] = rows("claims")
    assert (row["attribution"], row["verdict_number"]) == ("cannot_tell", "")


def test_an_override_shows(chief):
    check = factories.submitted(chief)
    check.approve(by=chief, override_reason="Test: nobody else was in.")
    factories.publish(check, by=chief)
    [row] = rows("verdicts")
    assert (row["author"], row["approver"]) == ("Max Testperson", "Max Testperson")
    assert row["override"] == "Test: nobody else was in."


def test_rows_are_in_the_order_of_publication_whatever_the_list_shows(checker, editor):
    first, second = (factories.verdict(checker, editor) for _ in range(2))
    backwards = rows("verdicts", claims=Claim.objects.order_by("-pk"))
    assert [row["claim_id"] for row in backwards] == [str(first.claim_id), str(second.claim_id)]


def test_an_export_of_nothing_is_its_header(db):
    assert exported("verdicts") == f"{VERDICT_COLUMNS}\r\n".encode()


@pytest.mark.parametrize("name", EXPORTS)
def test_more_rows_than_are_read_at_once(db, name, monkeypatch, checker, editor):
    monkeypatch.setattr("claims.exchange.csv_export.ROWS_AT_ONCE", 2)
    verdicts = [factories.verdict(checker, editor) for _ in range(5)]
    assert ROWS_AT_ONCE > 5
    assert [row["claim_id"] for row in rows(name)] == [str(verdict.claim_id) for verdict in verdicts]


# ---- A cell comes back as it was

CELLS = st.text(st.characters(exclude_categories=["Cs"])) | st.from_regex(r"\A[=+\-@\t\r\n'].*\Z")


@given(CELLS)
def test_a_spreadsheet_cell_comes_back_as_it_was(text):
    assert from_spreadsheet_cell(spreadsheet_cell(text)) == text


@given(CELLS)
def test_no_spreadsheet_cell_begins_like_a_formula(text):
    assert not re.match(r"[=+\-@\t\r\n]", spreadsheet_cell(text))


class Texts:
    columns, typed = ("one", "two"), frozenset()


@given(CELLS, CELLS)
def test_the_csv_of_any_text_reads_back(one, two):
    def read_back(flavour):
        line = line_writer(Texts, flavour)([one, two])
        return list(csv.reader(StringIO(line, newline=""), strict=True))

    assert read_back(RAW) == [[one, two]]
    assert read_back(SPREADSHEET) == [[spreadsheet_cell(one), spreadsheet_cell(two)]]


# ---- What is protected


def test_protected_evidence_leaves_without_title_address_and_excerpt(checker, editor):
    claim = factories.selected()
    secret = factories.source("Test data: secret\n", "Secret title", url="https://secret.example/", protected=True)
    factories.evidence(claim, source=secret, excerpt="Secret excerpt", origin="Secret clerk")
    factories.evidence(claim, kind="interview", protected=True, excerpt="Secret words", origin="Secret skipper")
    factories.verdict(checker, editor, on=claim)
    everything = b"".join(exported(name) for name in EXPORTS).decode()
    assert "secret" not in everything.lower()
    assert [row["protected"] for row in rows("verdict-evidence")] == ["true", "true"]


def test_a_protected_source_of_a_claim_stays_at_the_desk(checker, editor):
    secret = factories.source(
        "Canary: “Canary words.”\n", "Canary letter", url="https://canary.example/1", byline="Canary",
        publisher=factories.publisher("Canary Press", "canary.example"), protected=True,
    )  # fmt: skip
    told = {"where": secret, "quote": "Canary words.", "appearance": {"role": "canary clerk", "said_on": "2026-05-04"}}
    plain, judged = factories.claim(**told), factories.selected(**told)
    factories.verdict(checker, editor, on=judged)
    for flavour in (RAW, SPREADSHEET):
        everything = b"".join(exported(name, flavour) for name in EXPORTS).decode()
        assert "canary" not in everything.lower()
    for row, claim in zip(rows("claims"), (plain, judged), strict=True):
        names = ("claimant_role", "said_on", "source_title", "source_publisher", "source_url", "quote")
        assert [row[name] for name in names] == [""] * 6
        assert row["claim"] == claim.statement
    assert "2026-05-04" not in exported("verdicts").decode()


def test_what_was_published_openly_and_protected_since_stays_at_the_desk(published):
    edit_source(published.claim.principal_appearance.source, by=None, protected=True)
    [row] = rows("claims")
    assert (row["claimant_role"], row["said_on"], row["source_title"], row["quote"]) == ("", "", "", "")


# ---- The pages


@pytest.mark.parametrize("name", ["verdicts_csv", "claims_csv", "verdict_evidence_csv"])
def test_the_page_is_a_file_with_a_name_and_a_date(chief_client, name, published):
    response = chief_client.get(reverse(name))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="(verdicts|claims|verdict-evidence)-\d{4}-\d\d-\d\d\.csv"',
        response["Content-Disposition"],
    )
    assert response.getvalue().startswith(b"\xef\xbb\xbfclaim_id,")


def test_the_raw_flavour_is_asked_for_in_the_address(chief_client, published):
    response = chief_client.get(reverse("verdicts_csv"), {"flavour": "raw"})
    assert response.getvalue() == exported("verdicts", RAW)


def test_the_filter_is_the_list_s(chief_client, checker, editor):
    wanted = factories.claim(kind="promise", statement="The pier will shine")
    factories.claim(kind="figure")
    factories.verdict(checker, editor)
    response = chief_client.get(reverse("claims_csv"), {"kind": "promise"})
    assert [row["claim_id"] for row in read(response.getvalue())] == [str(wanted.pk)]
    assert read(chief_client.get(reverse("verdicts_csv"), {"kind": "promise"}).getvalue()) == []
    assert len(read(chief_client.get(reverse("verdicts_csv"), {"rating": "true"}).getvalue())) == 1
    assert len(read(chief_client.get(reverse("claims_csv"), {"text": "pier shines"}).getvalue())) == 1


def test_a_mistyped_filter_exports_nothing_and_leads_to_the_list(chief_client, published):
    response = chief_client.get(reverse("verdicts_csv"), {"kind": "rumour"})
    assert (response.status_code, response["Location"]) == (302, f"{reverse('claims')}?kind=rumour")


def test_a_mistyped_flavour_exports_nothing_and_leads_to_the_list(chief_client, published):
    response = chief_client.get(reverse("verdicts_csv"), {"kind": "figure", "flavour": "rwa"})
    assert response["Location"] == f"{reverse('claims')}?kind=figure&flavour=rwa"
    page = chief_client.get(response["Location"])
    assert (list(page.context["page"].rows), "flavour" in str(page.context["filterset"].errors)) == ([], True)


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_slowly_keeps_no_transaction_open(monkeypatch, checker, editor):
    monkeypatch.setattr("claims.exchange.csv_export.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("claims.exchange.csv_export.NUMBERS_IN_MEMORY", 8)
    claims = [factories.claim() for _ in range(5)]
    pieces = iter(Stream(EXPORTS["claims"], Claim.objects.all(), RAW))
    read_so_far = [next(pieces), next(pieces)]
    assert not connection.in_atomic_block
    if connection.vendor == "postgresql":
        assert connection.connection.info.transaction_status.name == "IDLE"
    factories.claim()
    assert len(b"".join([*read_so_far, *pieces]).splitlines()) == 1 + len(claims)


def test_who_may_not_export_is_refused_and_that_is_logged(client, published):
    client.force_login(factories.person("pim", "administrator"))
    assert client.get(reverse("verdicts_csv")).status_code == 403
    assert Act.objects.order_by("-position")[0].verb == "refusal"


def test_nobody_logged_in_is_sent_to_the_log_in_and_back(client, db):
    response = client.get(reverse("verdicts_csv"), {"kind": "promise"})
    assert response["Location"].startswith(reverse("account_login"))
    assert "kind%3Dpromise" in response["Location"]


# ---- The log


def last_line():
    act = Act.objects.order_by("-position")[0]
    return act.verb, act.actor, {name: new for name, (_old, new) in act.changes.get().values.items()}


def test_a_whole_export_is_logged_when_it_ends(chief_client, chief, published):
    before = Act.objects.count()
    response = chief_client.get(reverse("verdicts_csv"), {"kind": "figure", "flavour": "raw"})
    assert Act.objects.count() == before
    response.getvalue()
    assert last_line() == (
        "export", chief,
        {"what": "verdicts.csv", "flavour": "raw", "filter": {"kind": ["figure"]}, "rows": "1", "ended": "whole"},
    )  # fmt: skip
    assert list(chain_breaks()) == []


def test_a_broken_export_is_logged_with_what_left(chief, checker, editor, monkeypatch):
    monkeypatch.setattr("claims.exchange.csv_export.ROWS_AT_ONCE", 2)
    for _ in range(5):
        factories.verdict(checker, editor)
    pieces = logged(Stream(EXPORTS["verdicts"], Claim.objects.all(), RAW), by=chief, wanted={})
    assert [next(pieces).count(b"\r\n") for _ in range(2)] == [1, 2]
    pieces.close()
    verb, actor, values = last_line()
    assert (verb, actor, values["rows"], values["ended"]) == ("export", chief, "2", "broken")


def test_an_export_writes_nothing_but_its_log_line(chief_client, published):
    before = Act.objects.count(), list(Claim.objects.values()), list(Verdict.objects.values())
    chief_client.get(reverse("claims_csv")).getvalue()
    assert (Act.objects.count() - 1, list(Claim.objects.values()), list(Verdict.objects.values())) == before


# ---- Queries


@pytest.mark.parametrize(("name", "queries"), [("verdicts", 2), ("claims", 5), ("verdict-evidence", 2)])
def test_as_many_queries_for_thirty_rows_as_for_one(checker, editor, name, queries):
    def count():
        with CaptureQueriesContext(connection) as captured:
            exported(name)
        return len([each for each in captured.captured_queries if "SELECT" in each["sql"]])

    factories.verdict(checker, editor)
    one = count()
    for _ in range(29):
        factories.verdict(checker, editor)
    assert (one, count()) == (queries, queries)


# ---- The command


def test_the_command_writes_a_file_and_logs_as_the_system(published, tmp_path):
    path = tmp_path / "verdicts.csv"
    call_command("export_csv", "verdicts", "--raw", "--output", str(path))
    assert path.read_bytes() == exported("verdicts", RAW)
    assert last_line() == (
        "export", None, {"what": "verdicts.csv", "flavour": "raw", "filter": {}, "rows": "1", "ended": "whole"},
    )  # fmt: skip


def test_the_command_writes_to_the_standard_output(published, capfdbinary):
    call_command("export_csv", "claims")
    assert capfdbinary.readouterr().out == exported("claims", SPREADSHEET)


def test_a_file_that_cannot_be_written_is_one_line(db, tmp_path):
    with pytest.raises(CommandError, match=r"none/x.csv cannot be written \(No such file or directory\)\.$"):
        call_command("export_csv", "claims", "--output", str(tmp_path / "none" / "x.csv"))
    assert Act.objects.filter(verb="export").count() == 0


def test_a_full_disk_is_one_line_and_logged_as_broken(published):
    with pytest.raises(CommandError, match=r"^/dev/full cannot be written \(No space left on device\)\.$"):
        call_command("export_csv", "verdicts", "--output", "/dev/full")
    assert last_line()[2]["ended"] == "broken"
