"""What should not be sent, sent all the same: a message at the field, what was typed kept, nothing changed."""

from functools import partial
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart
from django.urls import reverse

from claims.admin.base import admin_address
from claims.models import Act, BulkAct, Claim, Claimant, Notification, Source
from claims.models.bulk import stage
from claims.models.noting import edit_claim
from tests import factories
from tests.admin_pages import errors, sent

FORM = "application/x-www-form-urlencoded"
KEPT = "This holds a character that cannot be kept"
EVERYTHING = "🙂👩‍👩‍👧 שלום עולם \u202bمرحبا\u202c =SUM(A1) <script>alert(1)</script> “é” e\u0301 \ufffd"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def claim_form(**values):
    return {
        "once": uuid4(), "statement": "41 test lamps were relit", "kind": "figure", "language": "en", "priority": 2,
        "said_by": "Mirabel Testwell", "quote": factories.QUOTE, "mode": "direct", "said_on_precision": "day",
    } | values  # fmt: skip


def edit_form(claim, **values):
    return {
        "once": uuid4(), "version": claim.version, "statement": claim.statement, "kind": claim.kind, "language": "en",
        "priority": 2, "said_by": claim.claimant.name, "topics": "",
    } | values  # fmt: skip


def refusal(answer, field):
    """What the page says at the field."""
    assert answer.status_code == 200
    (message,) = answer.context["form"].errors[field]
    assert message in answer.content.decode().replace("&#x27;", "'").replace("&quot;", '"')
    return message


def test_a_quote_that_is_not_in_the_text(desk):
    where = factories.source()
    answer = desk.post(reverse("mark_quote", args=[where.pk]), claim_form(quote="We relit 42 lamps"))
    assert refusal(answer, "quote") == "These words are not in the text. Copy them exactly as they stand there."
    assert answer.context["form"]["quote"].value() == "We relit 42 lamps"
    assert Claim.objects.count() == 0


def test_a_quote_with_other_marks_is_answered_with_the_words_of_the_text(desk):
    where = factories.source(text="It’s “so – very” so.\n")
    answer = desk.post(reverse("mark_quote", args=[where.pk]), claim_form(quote='It\'s "so - very" so.'))
    assert refusal(answer, "quote") == (
        "The text has these words with other marks. Copy them as they stand: It’s “so – very” so."
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)", "ftp://x.example/"])
def test_links_lead_to_the_web_alone(desk, url):
    where = factories.source()
    values = {"once": uuid4(), "title": "T", "language": "en", "url": url}
    for answer in (
        desk.post(reverse("new_source"), values),
        desk.post(reverse("edit_source", args=[where.pk]), values | {"version": where.version}),
    ):
        assert refusal(answer, "url") == "This is not a web address. It begins with https:// or http://."
        assert answer.context["form"]["url"].value() == url
    assert [source.url for source in Source.objects.all()] == [""]


@pytest.mark.parametrize(("name", "char"), [("NUL", "\x00"), ("escape", "\x1b"), ("bell", "\x07")])
def test_control_characters(desk, name, char):
    where = factories.source()
    answer = desk.post(reverse("new_claim"), claim_form(source=where.pk, statement=f"Before{char}after"))
    assert refusal(answer, "statement").startswith(KEPT)
    answer = desk.post(reverse("mark_quote", args=[where.pk]), claim_form(topics=f"lamps{char}"))
    assert refusal(answer, "topics").startswith(KEPT)
    answer = desk.post(reverse("paste_text", args=[where.pk]), {"once": uuid4(), "text": f"Before{char}after"})
    assert refusal(answer, "text").startswith(KEPT)
    claim = factories.claim()
    answer = desk.post(
        reverse("decline_claim", args=[claim.pk]), {"once": uuid4(), "version": claim.version, "reason": f"A{char}"}
    )
    assert refusal(answer, "reason").startswith(KEPT)
    assert Claim.objects.get().status == "noted"


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%ED%A0%BD%ED%B8%80", "%FF", "%C3"])
def test_lone_surrogates_and_other_broken_bytes(desk, raw):
    where = factories.source()
    values = claim_form(source=where.pk, statement="BROKEN")
    body = urlencode(values).replace("BROKEN", f"Before{raw}after")
    answer = desk.post(reverse("new_claim"), body, content_type=FORM)
    assert refusal(answer, "statement").startswith(KEPT)
    assert answer.context["form"]["quote"].value() == factories.QUOTE
    assert list(answer.context["form"].errors) == ["statement"]
    assert Claim.objects.count() == 0


@pytest.mark.parametrize("raw", [b"\xed\xa0\x80", b"\xff"])
def test_broken_bytes_are_refused_in_a_form_with_files_too(desk, raw):
    values = {"name": "BROKEN", "kind": "person", "aliases": "", "roles": "", "once": str(uuid4())}
    body = encode_multipart(BOUNDARY, values).replace(b"BROKEN", b"Before" + raw + b"after")
    answer = desk.post(reverse("new_claimant"), body, content_type=f"multipart/form-data; boundary={BOUNDARY}")
    assert refusal(answer, "name").startswith(KEPT)
    assert (list(answer.context["form"].errors), Claimant.objects.count()) == (["name"], 0)


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF"])
def test_broken_bytes_are_refused_wherever_a_form_is(client, editor, raw):
    client.force_login(editor)

    def answer(url, **values):
        return client.post(url, urlencode(values).replace("BROKEN", f"a{raw}"), content_type=FORM)

    def said(form, field):
        return form.errors[field][0].startswith(KEPT)

    claim, person = factories.claim(), factories.claimant("Osric Testbury")
    wrong = {"name": "BROKEN", "kind": "person", "aliases": "BROKEN", "once": uuid4()}
    for url, more in (("new_claimant", {}), ("edit_claimant", {"version": person.version})):
        form = answer(reverse(url, args=[person.pk] if more else []), **wrong, **more).context["form"]
        assert (said(form, "name"), said(form, "aliases"), list(form.errors)) == (True, True, ["name", "aliases"])
    assert said(
        answer(reverse("admin:claims_topic_add"), name="BROKEN", once=uuid4()).context["adminform"].form, "name"
    )
    page = client.get(reverse("admin:claims_claim_change", args=[claim.pk]))
    typed = sent(page, {"appearances-0-cue": "BROKEN", "topic_names": "BROKEN"})
    found = errors(answer(page.wsgi_request.path, **typed))
    assert [(name, told[0].startswith(KEPT)) for name, told in found.items()] == [
        ("topic_names", True), ("appearances-0-cue", True),
    ]  # fmt: skip
    url = reverse("admin:claims_claim_act", args=[claim.pk, "decline"])
    assert said(answer(url, act="decline", version=claim.version, reason="BROKEN").context["form"], "reason")
    assert Act.objects.filter(actor=editor).count() == 0


def test_a_megabyte_of_paste(desk):
    where, paste = factories.source(), "x" * 1_048_576
    answer = desk.post(reverse("new_claim"), claim_form(source=where.pk, statement=paste))
    assert refusal(answer, "statement") == "Ensure this value has at most 500 characters (it has 1048576)."
    assert answer.context["form"]["statement"].value() == paste
    answer = desk.post(reverse("mark_quote", args=[where.pk]), claim_form(quote=paste))
    assert refusal(answer, "quote") == "Ensure this value has at most 5000 characters (it has 1048576)."
    answer = desk.post(reverse("new_source"), {"once": uuid4(), "title": "T", "language": "en", "text": paste})
    assert refusal(answer, "text") == "Ensure this value has at most 1000000 characters (it has 1048576)."
    desk.post(reverse("paste_text", args=[where.pk]), {"once": uuid4(), "text": paste[:1_000_000]})
    assert where.full_text().text == paste[:1_000_000]


def test_any_script_and_emoji_are_kept_exactly(desk):
    values = {"once": uuid4(), "title": EVERYTHING, "language": "ar", "text": EVERYTHING}
    desk.post(reverse("new_source"), urlencode(values), content_type=FORM)
    source = Source.objects.get()
    assert (source.title, source.full_text().text) == (EVERYTHING, EVERYTHING)
    values = claim_form(quote=EVERYTHING, statement=EVERYTHING, said_by="مريم", cue=EVERYTHING)
    desk.post(reverse("mark_quote", args=[source.pk]), urlencode(values), content_type=FORM)
    claim = Claim.objects.get()
    said = claim.principal_appearance
    assert (claim.statement, said.quote, said.cue, claim.claimant.name) == (EVERYTHING, EVERYTHING, EVERYTHING, "مريم")
    for url in (claim.get_absolute_url(), source.get_absolute_url(), reverse("claim_history", args=[claim.pk])):
        text = desk.get(url).content.decode()
        assert "<script>alert" not in text
        assert "👩‍👩‍👧 שלום" in text


def test_line_ends_of_textareas_are_stored_as_lf(desk):
    where = factories.source(text="One line.\nAnother line.\n")
    desk.post(reverse("mark_quote", args=[where.pk]), claim_form(quote="One line.\r\nAnother line."))
    claim = Claim.objects.get()
    assert claim.principal_appearance.quote == "One line.\nAnother line."
    values = {"once": uuid4(), "version": claim.version, "reason": "First.\r\nSecond."}
    desk.post(reverse("decline_claim", args=[claim.pk]), values)
    assert Claim.objects.get().decision_reason == "First.\nSecond."


@pytest.mark.parametrize("day", ["20255-12-03", "0025-12-03", "2025-02-30", "yesterday", "2300-01-01"])
def test_days_that_cannot_be(desk, day):
    answer = desk.post(reverse("new_claim"), claim_form(source=factories.source().pk, said_on=day))
    assert "Write the day as year-month-day, for example 2025-12-03." in refusal(answer, "said_on")
    assert answer.context["form"]["said_on"].value() == day
    assert f'value="{day}"' in answer.content.decode()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1 degrees", "@home", "'quoted"])
def test_cells_that_a_spreadsheet_would_run_are_kept_as_typed(desk, cell):
    claim = factories.claim(topics=[])
    statement = f"{cell} lamps"
    desk.post(reverse("edit_claim", args=[claim.pk]), edit_form(claim, statement=statement, external_id=cell))
    claim = Claim.objects.get()
    assert (claim.statement, claim.external_id) == (statement, cell)


def test_a_form_sent_twice_has_one_result(desk):
    where = factories.source()
    values = claim_form()
    url = reverse("mark_quote", args=[where.pk])
    first, second = desk.post(url, values), desk.post(url, values)
    claim = Claim.objects.get()
    assert first.url == f"{where.get_absolute_url()}#words-{claim.principal_appearance_id}"
    assert (second.status_code, second.url) == (302, claim.get_absolute_url())
    again = {"once": uuid4(), "version": claim.version, "why": "reach", "reason": "Test"}
    url = reverse("select_claim", args=[claim.pk])
    answers = [desk.post(url, again) for _each in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Act.objects.filter(verb="claim.select").count() == 1


def test_a_stale_form_overwrites_nothing_and_shows_both(desk, editor):
    claim = factories.claim(statement="First words", topics=["lamps"])
    typed = edit_form(claim, statement="My words", topics="oil")
    edit_claim(Claim.objects.get(), by=editor, statement="Their words", topics=["harbours"])
    answer = desk.post(reverse("edit_claim", args=[claim.pk]), typed)
    form = answer.context["form"]
    assert form.non_field_errors() == ["Somebody else changed this meanwhile. Nothing was overwritten."]
    assert form.differences() == [("Statement", "Their words", "My words"), ("Topics", "harbours", "oil")]
    assert (form["statement"].value(), form["topics"].value()) == ("My words", "oil")
    text = answer.content.decode()
    assert ("Their words" in text, "My words" in text) == (True, True)
    assert Claim.objects.get().statement == "Their words"


def test_a_version_that_is_no_number_is_refused(desk):
    claim = factories.claim()
    for version in ("", "x", "-1", "9" * 40):
        answer = desk.post(reverse("edit_claim", args=[claim.pk]), edit_form(claim, version=version, statement="New"))
        assert answer.status_code == 200
    assert Claim.objects.get().statement == claim.statement


def test_a_wrong_role_is_refused_and_logged(client, db):
    auditor = factories.person("anna", "auditor")
    claim = factories.claim()
    client.force_login(auditor)
    url = reverse("edit_claim", args=[claim.pk])
    assert client.post(url, edit_form(claim, statement="New")).status_code == 403
    act = Act.objects.order_by("-position").first()
    assert (act.verb, act.actor) == ("refusal", auditor)
    assert act.changes.get().values == {"path": [None, url], "method": [None, "POST"]}
    assert Claim.objects.get().statement == claim.statement


def test_nobody_logged_in_is_sent_to_the_log_in_and_back(client, db):
    claim = factories.claim()
    for name in ("claim", "edit_claim", "claim_history"):
        url = reverse(name, args=[claim.pk])
        assert client.get(url).url == f"{reverse('account_login')}?next={url}"


def test_a_form_without_its_token_is_refused(checker):
    client = Client(enforce_csrf_checks=True)
    client.force_login(checker)
    claim = factories.claim()
    answer = client.post(reverse("edit_claim", args=[claim.pk]), edit_form(claim, statement="New"))
    assert answer.status_code == 403
    assert Claim.objects.get().statement == claim.statement


def test_a_get_changes_nothing(desk, checker):
    claim = factories.claim()
    piece = factories.evidence(claim)
    appearance, where = claim.principal_appearance, factories.source()
    before = Act.objects.count()
    pages = [
        *(("claim", "edit_claim", "select_claim", "decline_claim", "put_back_claim", "assign_claim"), claim),
        *(("add_appearance", "add_evidence", "start_check", "claim_history"), claim),
        *(("edit_appearance", "find_attribution", "make_principal"), appearance),
        *(("edit_evidence", "remove_evidence"), piece),
        *(("source", "edit_source", "paste_text", "mark_quote"), where),
    ]
    for names, record in zip(pages[::2], pages[1::2], strict=True):
        for name in names:
            answer = desk.get(reverse(name, args=[record.pk]), edit_form(claim, statement="New", reason="Test"))
            assert answer.status_code == (302 if name == "mark_quote" else 200)
    for name in ("new_claim", "new_source", "sources"):
        assert desk.get(reverse(name), claim_form()).status_code == 200
    assert Act.objects.count() == before


@pytest.mark.parametrize("nothing", ["\u200b", "\u2060", "\u00ad", "\u3164", "\u2800", "\u202e"])
def test_what_nobody_can_see_is_no_reason_and_no_statement(desk, checker, chief, nothing):
    check = factories.draft(by=chief, summary=nothing)
    claim = factories.claim(by=checker)
    for wrong, verb in (
        ("reason", partial(claim.select, by=checker, why="reach", reason=nothing)),
        ("reason", partial(stage, "decline", Claim.objects.all(), by=chief, reason=nothing)),
        ("statement", partial(edit_claim, claim, by=checker, statement=nothing)),
        ("excerpt", partial(factories.evidence, claim, kind="interview", excerpt=nothing)),
        ("quote", partial(factories.claim, where=factories.source(text=nothing), quote=nothing)),
        ("text", partial(factories.comment, claim, by=checker, text=nothing)),
        ("summary", partial(check.submit, by=chief)),
    ):
        with pytest.raises(ValidationError) as refused:
            verb()
        assert list(refused.value.error_dict) == [wrong]
    check.edit(by=chief, summary="Test data: counted.").submit(by=chief)
    with pytest.raises(ValidationError, match="Give the reason why you approve it alone"):
        check.approve(by=chief, override_reason=nothing)
    sent_in_vain = {"once": uuid4(), "version": claim.version, "why": "reach", "reason": nothing}
    answer = desk.post(reverse("select_claim", args=[claim.pk]), sent_in_vain)
    assert refusal(answer, "reason") == "Give the reason; it stays in the history."
    assert Claim.objects.get(pk=claim.pk).status == "noted"


@pytest.mark.parametrize("number", [0, 10**12, 10**30])
def test_numbers_of_nothing_are_not_found(desk, number):
    for name in ("claim", "source", "edit_appearance", "edit_evidence", "edit_check"):
        assert desk.get(reverse(name, args=[number])).status_code == 404


LONG = "9" * 5_000  # Python refuses to read such a number


@pytest.mark.parametrize(
    "query",
    ["source=1%00", "source=x", f"source={'9' * 23}", pytest.param(f"source={LONG}", id="long"), "quote=%ED%A0%80"],
)
def test_hostile_addresses_of_a_prefilled_form(desk, query):
    more, claim = f"{query}&text={quote_plus('%_' + chr(0))}&after=x", factories.claim().pk
    for address in map(reverse, ("new_claim", "sources")):
        assert desk.get(f"{address}?{more}").status_code == 200
    for name in ("add_appearance", "add_evidence"):
        assert desk.get(f"{reverse(name, args=[claim])}?{more}").status_code == 200


def test_numbers_that_nobody_can_read_are_none(desk, chief, checker):
    source = factories.source()
    factories.claim().assign(checker, by=chief)
    assert desk.get(reverse("nearest_claims", args=[source.pk]), {"quote": "lamps", "start": LONG}).status_code == 200
    assert desk.get(reverse("claims"), {"source": f"#{LONG}"}).context["page"].rows == []
    for name in ("read", "claim"):
        assert desk.post(reverse("read_notifications"), {name: LONG}).status_code == 302
    assert Notification.objects.unread(checker).count() == 1
    assert desk.post(reverse("mark_seen"), {"until": LONG}).status_code == 302
    bulk = stage("priority", Claim.objects.all(), by=chief, priority=4)
    desk.force_login(chief)
    assert desk.post(admin_address(bulk), {"expected": LONG}).status_code < 400
    assert not BulkAct.objects.get().begun


def test_words_typed_after_going_back_are_another_sending(client, checker):
    client.force_login(checker)
    once = str(uuid4())
    for name in ("Mirabel Testwell", "Amaryllis Otherwise", "Amaryllis Otherwise"):
        client.post("/desk/claimants/new/", {"once": once, "name": name, "kind": "person"})
    assert sorted(Claimant.objects.values_list("name", flat=True)) == ["Amaryllis Otherwise", "Mirabel Testwell"]
