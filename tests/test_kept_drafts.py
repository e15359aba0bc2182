"""What is typed is kept until it is saved: for whom, how long, and what becomes of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims.models import Act, KeptDraft
from claims.models.comments import add_comment
from claims.models.keptdrafts import LONGEST, MOST
from tests import factories

SAID = "Test data: half a sentence"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


@pytest.fixture
def check(checker):
    return factories.draft(by=checker, summary="Test data: what stands")


def keep(client, key, **typed):
    return client.post(reverse("keep_draft"), {"draft": key, "csrfmiddlewaretoken": "x", "once": uuid4(), **typed})


def keep_draft_of(client, check, **typed):
    return keep(client, f"check.edit:{check.pk}", version=check.version, **{"rating": check.rating_id} | typed)


def draft_form(client, check, page="claim", **params):
    url = check.get_absolute_url() if page == "claim" else reverse("edit_check", args=[check.pk])
    answer = client.get(url, params)
    return answer.context["draft" if page == "claim" else "form"]


def chosen(check):
    return list(check.evidence.values_list("pk", flat=True))


def test_it_says_when_it_was_kept_and_leaves_no_line_in_the_log(desk, check, checker):
    before = Act.objects.count()
    answer = keep_draft_of(desk, check, summary=SAID, evidence=[4, 5])
    kept = KeptDraft.objects.get()
    assert answer.content.decode() == f"Kept at {kept.kept_at:%H:%M}, not saved yet."
    assert (kept.user, kept.key, kept.version) == (checker, f"check.edit:{check.pk}", check.version)
    assert kept.content == {"summary": [SAID], "evidence": ["4", "5"], "rating": [str(check.rating_id)]}
    assert Act.objects.count() == before
    keep_draft_of(desk, check, summary="Test data: a whole sentence")
    assert KeptDraft.objects.get().content["summary"] == ["Test data: a whole sentence"]


@pytest.mark.parametrize("page", ["claim", "edit_check"])
def test_it_is_offered_and_taken_up_on_every_page_of_the_form(desk, check, page):
    keep_draft_of(desk, check, summary=SAID, evidence=chosen(check))
    form = draft_form(desk, check, page)
    assert (form.kept, form.taken_up, form["summary"].value()) == (KeptDraft.objects.get(), None, check.summary)
    form = draft_form(desk, check, page, kept=form.kept_as)
    assert (form.kept, form.taken_up, form["summary"].value()) == (None, KeptDraft.objects.get(), SAID)


def test_the_page_says_so_in_words(desk, check):
    keep_draft_of(desk, check, summary=SAID)
    keep(desk, f"evidence.add:{check.claim_id}", excerpt=SAID)
    text = desk.get(check.get_absolute_url()).content.decode()
    assert "and did not save it." in text
    assert "Evidence that you wrote here at" in text
    assert SAID not in text


def test_what_is_no_different_is_not_offered(desk, check):
    values = {"summary": check.summary, "explanation": "", "disclosures": "", "evidence_until": ""}
    keep_draft_of(desk, check, evidence=chosen(check), **values)
    assert draft_form(desk, check).kept is None
    keep_draft_of(desk, check, evidence=[], **values)
    assert draft_form(desk, check).kept is not None


def test_saving_forgets_it_and_a_refused_save_does_not(desk, check, checker):
    keep_draft_of(desk, check, summary=SAID)
    url = reverse("edit_check", args=[check.pk])
    values = {"once": uuid4(), "rating": check.rating_id, "summary": SAID, "evidence": chosen(check)}
    assert desk.post(url, values | {"version": check.version + 7}).status_code == 200
    assert KeptDraft.objects.count() == 1
    assert desk.post(url, values | {"version": check.version}).status_code == 302
    assert KeptDraft.objects.count() == 0


def test_what_was_typed_over_an_older_version_overwrites_nothing_unseen(desk, check, editor):
    keep_draft_of(desk, check, summary=SAID, evidence=chosen(check))
    check.edit(by=editor, summary="Test data: the editor's")
    form = draft_form(desk, check, "edit_check", kept=f"check.edit:{check.pk}")
    assert form["version"].value() == check.version - 1
    values = {"once": uuid4(), "rating": check.rating_id, "summary": form["summary"].value()}
    answer = desk.post(reverse("edit_check", args=[check.pk]), values | {"version": form["version"].value()})
    assert ("Summary", "Test data: the editor's", SAID) in answer.context["form"].differences()


def test_evidence_and_a_new_claim_are_kept_too(desk, checker):
    claim, where = factories.claim(), factories.source()
    keep(desk, "claim.note", statement=SAID, source=f"{where.pk}. {where.title}", said_on_inferred="on", kind="figure")
    keep(desk, f"evidence.add:{claim.pk}", excerpt=SAID, kind="interview")
    note = desk.get(reverse("new_claim"), {"kept": "claim.note"}).context["form"]
    assert (note["statement"].value(), note["source"].value(), note["said_on_inferred"].value()) == (
        SAID, f"{where.pk}. {where.title}", True,
    )  # fmt: skip
    url = reverse("add_evidence", args=[claim.pk])
    form = desk.get(url, {"kept": f"evidence.add:{claim.pk}"}).context["form"]
    assert (form["excerpt"].value(), form["kind"].value(), form["primary"].value()) == (SAID, "interview", False)
    desk.post(
        url,
        {"once": uuid4(), "kind": "interview", "stance": "context", "origin": "T", "excerpt": SAID, "primary": "on"},
    )
    assert [kept.key for kept in KeptDraft.objects.all()] == ["claim.note"]


def test_it_is_thrown_away(desk, check):
    for headers, back in (({}, f"/desk/claims/{check.claim_id}/"), ({"HX-Request": "true"}, None)):
        keep_draft_of(desk, check, summary=SAID)
        values = {"draft": f"check.edit:{check.pk}", "back": f"/desk/claims/{check.claim_id}/"}
        answer = desk.post(reverse("drop_draft"), values, headers=headers)
        assert (answer.get("Location"), KeptDraft.objects.count()) == (back, 0)
    assert desk.post(reverse("drop_draft"), {"draft": "x", "back": "https://elsewhere.example/"}).url == "/"


def test_nobody_else_reads_it_or_throws_it_away(desk, check, editor):
    keep_draft_of(desk, check, summary=SAID)
    other = Client()
    other.force_login(editor)
    assert draft_form(other, check, "edit_check").kept is None
    assert draft_form(other, check, "edit_check", kept=f"check.edit:{check.pk}")["summary"].value() == check.summary
    other.post(reverse("drop_draft"), {"draft": f"check.edit:{check.pk}"})
    assert KeptDraft.objects.count() == 1


def test_what_was_typed_beside_protected_words_is_for_who_still_sees_them(desk, check, checker, monkeypatch):
    keep_draft_of(desk, check, summary=SAID)
    assert KeptDraft.objects.of(checker).count() == 1
    may = type(checker).may
    monkeypatch.setattr(type(checker), "may", lambda self, what: what != "see_protected" and may(self, what))
    assert KeptDraft.objects.of(checker).count() == 0
    keep_draft_of(desk, check, summary="Test data: typed since")
    assert KeptDraft.objects.of(checker).count() == 1


def test_it_lasts_thirty_days(desk, check, checker):
    keep_draft_of(desk, check, summary=SAID)
    KeptDraft.objects.update(kept_at=timezone.now() - timedelta(days=30, minutes=1))
    assert draft_form(desk, check).kept is None
    keep(desk, "claim.note", statement=SAID)
    assert [kept.key for kept in KeptDraft.objects.all()] == ["claim.note"]


def test_one_person_keeps_so_many_and_no_longer_ones(desk):
    for number in range(MOST + 3):
        keep(desk, f"evidence.add:{number}", excerpt=SAID)
    assert KeptDraft.objects.count() == MOST
    assert not KeptDraft.objects.filter(key="evidence.add:2").exists()
    answer = keep(desk, "claim.note", statement="x" * (LONGEST + 1))
    assert (answer.status_code, answer.content) == (413, b"This is too long to be kept while you type. Save it.")
    assert not KeptDraft.objects.filter(key="claim.note").exists()


def test_what_no_database_keeps_does_no_harm(desk):
    assert keep(desk, "claim.note", statement="a\x00b\x1bc").status_code == 200
    assert KeptDraft.objects.get().content["statement"] == ["a\ufffdb\ufffdc"]
    for key in ("", "x" * 200, "check.edit:", "../etc", "check.edit:1\n", "check.edit:" + "9" * 30):
        assert keep(desk, key, statement=SAID).status_code == 400
    assert keep(desk, "claim.note", version="9" * 40).status_code == 200
    assert desk.get(reverse("new_claim"), {"kept": "claim.note"}).status_code == 200


def test_a_get_keeps_and_drops_nothing(desk):
    for name in ("keep_draft", "drop_draft", "preview"):
        assert desk.get(reverse(name), {"draft": "claim.note"}).status_code == 405
    assert KeptDraft.objects.count() == 0


def test_only_with_the_token_and_only_for_who_is_logged_in(checker, outsider):
    client = Client(enforce_csrf_checks=True)
    client.force_login(checker)
    assert keep(client, "claim.note", statement=SAID).status_code == 403
    assert (
        Client().post(reverse("keep_draft"), {"draft": "claim.note"}, headers={"HX-Request": "true"}).status_code == 401
    )
    other = Client()
    other.force_login(outsider)
    assert keep(other, "claim.note", statement=SAID).status_code == 403
    assert KeptDraft.objects.count() == 0


def test_keeping_costs_the_same_each_time(desk, check, django_assert_num_queries):
    for number in range(5):
        keep(desk, f"evidence.add:{number}", excerpt=SAID)
    keep_draft_of(desk, check, summary=SAID)
    with django_assert_num_queries(6):
        keep_draft_of(desk, check, summary="Test data: more")


def test_the_preview_is_the_public_page_s_rendering(desk):
    text = "Counted *twice*. <script>alert(1)</script> [x](javascript:alert(1))"
    part = desk.post(
        reverse("preview"), {"preview": "explanation", "explanation": text}, headers={"HX-Request": "true"}
    )
    page = desk.post(reverse("preview"), {"preview": "explanation", "explanation": text})
    shown = "<p>Counted <em>twice</em>. &lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1))</p>"
    assert shown in part.content.decode()
    assert shown in page.content.decode()
    assert ("<html" in part.content.decode(), "<html" in page.content.decode()) == (False, True)
    empty = desk.post(reverse("preview"), {"preview": "explanation"})
    assert "There is nothing to show yet" in empty.content.decode()


def test_comments_and_words_marked_in_a_text_are_kept_too(desk, checker):
    claim = factories.claim()
    first = add_comment(claim, by=checker, text="Test: who counted?")
    where = claim.principal_appearance.source
    forms = {
        f"comment.add:{claim.pk}": (claim, lambda context: context["comment_form"], "text"),
        f"comment.answer:{first.pk}": (claim, lambda context: context["conversations"][0].answer, "text"),
        f"source.mark:{where.pk}": (where, lambda context: context["form"], "statement"),
    }
    for key, (record, form_in, field) in forms.items():
        keep(desk, key, **{field: SAID})
        assert form_in(desk.get(record.get_absolute_url()).context).kept.key == key
        taken = form_in(desk.get(record.get_absolute_url(), {"kept": key}).context)
        assert (taken.taken_up.key, taken[field].value()) == (key, SAID)
    desk.post(reverse("add_comment", args=[claim.pk]), {"once": uuid4(), "text": SAID})
    desk.post(reverse("answer_comment", args=[first.pk]), {"once": uuid4(), "text": SAID})
    assert [kept.key for kept in KeptDraft.objects.all()] == [f"source.mark:{where.pk}"]
