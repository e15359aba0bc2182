"""Comments on a claim and on passages of its draft: who may, who is told, and what the page shows of them."""

import re
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.safestring import mark_safe

from claims.models import Act, Change, Comment, Notification
from claims.models.chain import chain_breaks
from claims.models.comments import add_comment
from claims.models.leaving import deactivate
from claims.states import NotAllowed, OutsideVerb, WrongState
from claims.templatetags.talk import comment_words, with_passages
from tests import factories

DRAFT = {"summary": "Test data: 41 lamps were counted.", "explanation": "The *harbour office* counted **41** lamps."}


@pytest.fixture
def auditor(db):
    return factories.person("anna", "auditor", name="Anna Testauditor")


@pytest.fixture
def check(checker):
    return factories.draft(by=checker, **DRAFT)


def told(person):
    return [each.comment for each in Notification.objects.of(person).filter(kind="mentioned").order_by("pk")]


def page(client, claim):
    return client.get(claim.get_absolute_url()).content.decode()


def send(client, name, pk, **values):
    return client.post(reverse(name, args=[pk]), {"once": uuid4(), **values})


# The verbs


def test_who_is_mentioned_is_told_once_and_nobody_else(checker, editor, chief):
    claim = factories.claim()
    comment = factories.comment(claim, by=checker, text="@edda, could you look? (cc @edda @vera @nobody.here)")
    assert told(editor) == [comment]
    assert (told(checker), told(chief)) == ([], [])
    assert {*comment.mentioned.all()} == {editor, checker}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@edda", True),
        ("Ask @edda.", True),
        ("(@edda)", True),
        ("@Edda!", True),
        ("@edda's count", True),
        ("@eddas", False),
        ("edda@desk.example", False),
        ("x@edda", False),
        ("@ edda", False),
        ("https://social.example/@edda", False),
    ],
)
def test_what_mentions_somebody(checker, editor, text, meant):
    factories.comment(factories.claim(), by=checker, text=text)
    assert bool(told(editor)) == meant


def test_only_people_who_may_read_it_are_told(checker, editor, auditor, outsider):
    gone = factories.person("gone", "editor")
    deactivate(gone, by=None)
    text = "@otto @gone @anna @edda"
    assert {*factories.comment(factories.claim(), by=checker, text=text).mentioned.all()} == {auditor, editor}
    secret = factories.comment(factories.claim(), by=checker, text=text, protected=True)
    assert [*secret.mentioned.all()] == [editor]
    answer = factories.comment(secret.claim, by=checker, text=text, answers=secret)
    assert (answer.protected, [*answer.mentioned.all()]) == (True, [editor])
    assert len(told(auditor)) == 1


def test_an_edit_tells_those_mentioned_for_the_first_time(checker, editor, chief):
    comment = factories.comment(factories.claim(), by=checker, text="@edda look")
    comment.edit(by=checker, text="@edda and @max, look")
    assert (told(editor), told(chief)) == ([comment], [comment])
    assert comment.edited_at == Act.objects.latest("position").at


def test_only_its_author_changes_or_removes_it(checker, editor):
    comment = factories.comment(factories.claim(), by=checker)
    with pytest.raises(NotAllowed):
        comment.edit(by=editor, text="Test: other words")
    with pytest.raises(NotAllowed):
        comment.remove(by=editor)
    with pytest.raises(OutsideVerb):
        Comment.objects.update(text="Test: other words")


def test_who_may_not_comment_is_refused(auditor, checker):
    claim = factories.claim()
    with pytest.raises(NotAllowed):
        factories.comment(claim, by=auditor)
    comment = factories.comment(claim, by=checker)
    with pytest.raises(NotAllowed):
        comment.resolve(by=auditor)


def test_removed_words_leave_the_page_and_stay_in_the_log(client, checker, editor):
    claim = factories.claim()
    comment = factories.comment(claim, by=checker, text="@edda, a rash word")
    factories.comment(claim, by=editor, text="Test: an answer", answers=comment)
    comment.remove(by=checker)
    client.force_login(editor)
    text = page(client, claim)
    assert "a rash word" not in text
    assert "a rash word" not in client.get(reverse("claim_history", args=[claim.pk])).content.decode()
    assert "Removed by who wrote it." in text
    assert Change.objects.filter(kind="comment").latest("pk").values["text"] == ["@edda, a rash word", ""]
    assert Notification.objects.unread(editor).count() == 0
    assert list(chain_breaks()) == []
    with pytest.raises(WrongState):
        comment.edit(by=checker, text="Test: again")
    with pytest.raises(WrongState):
        factories.comment(claim, by=editor, answers=comment)


def test_what_was_removed_without_an_answer_is_gone_from_the_page(client, checker):
    comment = factories.comment(factories.claim(), by=checker)
    comment.remove(by=checker)
    client.force_login(checker)
    assert 'class="conversation"' not in page(client, comment.claim)


def test_a_conversation_is_resolved_and_opened_again(checker, editor):
    comment = factories.comment(factories.claim(), by=checker)
    answer = factories.comment(comment.claim, by=editor, answers=comment)
    comment.resolve(by=editor)
    assert (comment.resolved_by, comment.resolved_at) == (editor, Act.objects.latest("position").at)
    comment.reopen(by=checker)
    assert (comment.resolved_by, comment.resolved_at) == (None, None)
    with pytest.raises(WrongState):
        answer.resolve(by=checker)


def test_an_answer_to_an_answer_joins_the_conversation(checker, editor):
    first = factories.comment(factories.claim(), by=checker)
    second = factories.comment(first.claim, by=editor, answers=first)
    assert factories.comment(first.claim, by=checker, answers=second).answers == first


def test_an_empty_comment_and_one_of_spaces_are_refused(checker):
    for text in ("", " \n "):
        with pytest.raises(ValidationError):
            factories.comment(factories.claim(), by=checker, text=text)


# Passages of the draft


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("41 lamps were", "summary"),
        ("harbour office counted 41 lamps", "explanation"),
        ("*harbour office* counted **41**", "explanation"),
        ("The harbour\n office", "explanation"),
    ],
)
def test_words_of_the_draft_are_found_as_typed_and_as_read(checker, check, words, field):
    assert factories.comment(check.claim, by=checker, passage=words).passage_field == field


def test_the_address_of_a_link_is_no_part_of_the_words_around_it(checker, check):
    check.edit(by=checker, explanation="See [the report](https://office.example/41) of May.")
    comment = factories.comment(check.claim, by=checker, passage="the report of May")
    assert comment.passage_field == "explanation"


@pytest.mark.parametrize("words", ["42 lamps", "…!"])
def test_words_that_do_not_stand_in_the_draft_are_refused(checker, check, words):
    with pytest.raises(ValidationError, match="do not stand in the draft"):
        factories.comment(check.claim, by=checker, passage=words)


def test_without_an_open_draft_there_are_no_passages(checker):
    with pytest.raises(ValidationError, match="no open draft"):
        factories.comment(factories.claim(), by=checker, passage="41 lamps")


def test_commenting_leaves_draft_claim_and_submission_as_they_are(checker, editor):
    check = factories.submitted(checker, **DRAFT)
    before = check.version, check.claim.version
    comment = factories.comment(check.claim, by=editor, passage="41 lamps were")
    comment.resolve(by=editor)
    check.refresh_from_db()
    check.claim.refresh_from_db()
    assert (check.version, check.claim.version) == before
    check.approve(by=editor)


def test_the_passage_is_marked_in_the_draft_and_beside_it(client, checker, editor, check):
    comment = factories.comment(check.claim, by=checker, passage="office counted 41")
    client.force_login(editor)
    beside = "The *harbour <mark>office* counted **41</mark>** lamps."
    assert page(client, check.claim).count(beside) == 2  # with its conversation, and beside the draft
    check.submit(by=checker)
    more = f'<mark data-comments="{comment.pk}">'
    assert (
        f'The <em>harbour <mark id="passage-{comment.pk}" data-comments="{comment.pk}">office</mark></em>'
        f"{more} counted </mark><strong>{more}41</mark></strong> lamps."
    ) in page(client, check.claim)


def test_a_passage_that_stands_no_more_says_so(client, checker, check):
    factories.comment(check.claim, by=checker, passage="41 lamps were")
    check.edit(by=checker, summary="Test data: 42 lamps were counted.")
    client.force_login(checker)
    text = page(client, check.claim)
    assert "These words stand no more in the draft." in text
    assert "stands no more in the draft" in text
    assert "<del>41 lamps were</del>" in text


def test_marks_break_no_element_and_nothing_typed_becomes_html(checker, check):
    class Discussed:
        def __init__(self, pk, passage):
            self.pk, self.passage = pk, passage

    html = mark_safe('<p>One &lt;b&gt; <a href="https://x.example/">two three</a> four</p>')
    assert with_passages(html, []) == html
    marked = with_passages(html, [Discussed(1, "b two"), Discussed(2, "two three four")])
    assert marked == (
        '<p>One &lt;<mark id="passage-1" data-comments="1">b&gt; </mark>'
        '<a href="https://x.example/"><mark id="passage-2" data-comments="1 2">two</mark>'
        '<mark data-comments="2"> three</mark></a><mark data-comments="2"> four</mark></p>'
    )
    assert with_passages("<i>one</i> two", [Discussed(1, "one")]) == (
        '&lt;i&gt;<mark id="passage-1" data-comments="1">one</mark>&lt;/i&gt; two'
    )


def test_a_comment_s_words_are_escaped_its_links_and_names_are_shown(checker, editor):
    text = "<b>@edda</b>: see https://x.example/a?b=1&c=2). @nobody javascript:alert(1)"
    comment = factories.comment(factories.claim(), by=checker, text=text)
    assert comment_words(comment) == (
        '&lt;b&gt;<span class="mention" title="Edda Testperson">@edda</span>&lt;/b&gt;: see '
        '<a href="https://x.example/a?b=1&amp;c=2" rel="noopener nofollow">https://x.example/a?b=1&amp;c=2</a>). '
        "@nobody javascript:alert(1)"
    )


# The pages


def test_a_comment_is_written_answered_edited_resolved_and_removed_on_the_page(client, checker, editor, check):
    client.force_login(checker)
    claim = check.claim
    to = send(client, "add_comment", claim.pk, text="@edda: enough?", passage="41 lamps were").url
    comment = Comment.objects.get()
    assert to == f"{claim.get_absolute_url()}#comment-{comment.pk}"
    send(client, "edit_comment", comment.pk, version=1, text="@edda: is it enough?")
    client.force_login(editor)
    assert ">\n@vera </textarea>" in page(client, claim)
    send(client, "answer_comment", comment.pk, text="Test: it is")
    assert "Test: it is" in page(client, claim)
    send(client, "resolve_comment", comment.pk, version=2)
    text = page(client, claim)
    assert "1 resolved conversation" in text
    assert f"Resolved by {editor}" in text
    send(client, "reopen_comment", comment.pk, version=3)
    answer = Comment.objects.get(answers=comment)
    assert "Test: it is" in client.get(reverse("remove_comment", args=[answer.pk])).content.decode()
    send(client, "remove_comment", answer.pk, version=1)
    assert "Test: it is" not in page(client, claim)
    assert [act.verb for act in Act.objects.order_by("position") if act.verb.startswith("comment")] == [
        f"comment.{verb}" for verb in ("add", "edit", "add", "resolve", "reopen", "remove")
    ]


def test_what_was_typed_is_kept_where_the_passage_is_wrong(client, checker, check):
    client.force_login(checker)
    text = send(client, "add_comment", check.claim_id, text="Test: my words", passage="42 lamps").content.decode()
    assert "Copy them exactly." in text
    assert ("Test: my words" in text, ">\n42 lamps</textarea>" in text) == (True, True)
    assert Comment.objects.count() == 0


def test_a_stale_edit_changes_nothing(client, checker):
    comment = factories.comment(factories.claim(), by=checker)
    comment.edit(by=checker, text="Test: from the other window")
    client.force_login(checker)
    assert (
        "Somebody else changed this" in send(client, "edit_comment", comment.pk, version=1, text="x").content.decode()
    )


def test_another_s_comment_is_not_offered_for_changing(client, checker, editor):
    comment = factories.comment(factories.claim(), by=checker)
    client.force_login(editor)
    assert reverse("edit_comment", args=[comment.pk]) not in page(client, comment.claim)
    assert send(client, "edit_comment", comment.pk, version=1, text="x").status_code == 403


def test_an_auditor_reads_what_is_open_and_hears_of_the_rest(client, auditor, checker):
    claim = factories.claim()
    factories.comment(claim, by=checker, text="Test: an open word")
    secret = factories.comment(claim, by=checker, text="Test: the canary source", protected=True)
    factories.comment(claim, by=checker, text="Test: more of the canary", answers=secret)
    client.force_login(auditor)
    for name in ("claim", "claim_history"):
        assert "canary" not in client.get(reverse(name, args=[claim.pk])).content.decode()
    text = page(client, claim)
    assert "Test: an open word" in text
    assert "2 comments tell what is protected" in text
    assert 'id="comment-form"' not in text
    assert client.get(reverse("answer_comment", args=[secret.pk])).status_code == 403


def test_the_form_is_folded_until_words_wait_in_it(client, checker):
    claim = factories.claim()
    client.force_login(checker)
    folded = '<details class="offer"><summary data-key="c">'
    assert folded in page(client, claim)
    client.post(reverse("keep_draft"), {"draft": f"comment.add:{claim.pk}", "text": "Test: half a thought"})
    assert folded not in page(client, claim)


def test_comments_are_not_public(client, checker, editor):
    verdict = factories.verdict(checker, editor)
    factories.comment(verdict.claim, by=checker, text="Test: among ourselves")
    assert "among ourselves" not in client.get(verdict.get_absolute_url()).content.decode()


def test_the_claim_s_page_says_what_the_person_was_told_of_it(client, checker, editor):
    claim = factories.claim()
    comment = factories.comment(claim, by=editor, text="@vera look")
    client.force_login(checker)
    assert f'<a href="{comment.get_absolute_url()}">{editor} mentioned you' in page(client, claim)
    client.post(reverse("read_notifications"), {"claim": claim.pk, "next": claim.get_absolute_url()})
    assert "mentioned you" not in page(client, claim)


@pytest.mark.parametrize("number", [8, 20])
def test_the_page_costs_the_same_however_much_was_said(
    client, checker, editor, check, django_assert_num_queries, number
):
    for _each in range(number):
        comment = factories.comment(check.claim, by=editor, text="@vera @max look", passage="41 lamps were")
        factories.comment(check.claim, by=checker, text="@edda yes", answers=comment)
        factories.comment(check.claim, by=editor).resolve(by=editor)
    client.force_login(checker)
    page(client, check.claim)
    with django_assert_num_queries(44):
        page(client, check.claim)


def test_the_names_that_can_be_mentioned(client, checker, editor, auditor, outsider):
    client.force_login(checker)

    def found(asked):
        answer = client.get(reverse("names"), {"q": asked}).json()
        return [each["username"] for each in answer["names"]]

    assert found("") == ["anna", "edda", "vera"]
    assert found("ED") == ["edda"]
    assert found("testa") == ["anna"]
    assert found("otto") == []
    assert client.get(reverse("names"), {"q": "edda"}).json() == {
        "names": [{"username": "edda", "name": "Edda Testperson"}]
    }


def test_a_form_sent_twice_says_it_once(client, checker, editor):
    claim, once = factories.claim(), uuid4()
    client.force_login(checker)
    for _each in range(2):
        client.post(reverse("add_comment", args=[claim.pk]), {"once": once, "text": "@edda once"})
    assert Comment.objects.count() == 1
    assert len(told(editor)) == 1


def test_the_comment_s_own_words_are_not_told_twice_in_the_history(client, checker):
    claim = factories.claim()
    add_comment(claim, by=checker, text="Test: said once")
    client.force_login(checker)
    text = page(client, claim)
    assert text.count("Test: said once") == 1
    assert re.search(r"Vera Testperson</strong> wrote a comment", text)
