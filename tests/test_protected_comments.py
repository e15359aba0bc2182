"""A comment made protected after it was written: who reads it, its answers and its old words from then on."""

from uuid import uuid4

import pytest
from django.urls import reverse

from claims.admin.base import admin_address
from claims.models import Act, Comment, Notification
from claims.models.comments import add_comment
from claims.models.log import Change
from tests import factories

WORDS = "Test: the canary called @anna"


@pytest.fixture
def auditor(db):
    """Anna, who reads all but what is protected."""
    return factories.person("anna", "auditor", name="Anna Testauditor")


@pytest.fixture
def answered(checker, editor):
    """Vera's comment, with an answer by Edda."""
    comment = factories.comment(factories.claim(), by=checker, text=WORDS)
    factories.comment(comment.claim, by=editor, text="Test: which canary?", answers=comment)
    return comment


def protect(comment, checker):
    return comment.edit(by=checker, text=comment.text, protected=True)


def test_it_leaves_every_page_of_those_who_may_not_see_it_with_its_answers_and_its_history(
    client, auditor, checker, answered
):
    answered.edit(by=checker, text="Test: it called")
    protect(answered, checker)
    assert set(Comment.objects.values_list("protected", flat=True)) == {True}
    client.force_login(auditor)
    for name in ("claim", "claim_history"):
        assert "canary" not in client.get(reverse(name, args=[answered.claim_id])).text
    assert "2 comments tell what is protected" in client.get(answered.claim.get_absolute_url()).text
    client.force_login(factories.person("nora", "auditor", "administrator"))
    for line in Change.objects.filter(kind="comment"):
        page = client.get(admin_address(line.act))
        assert (page.status_code, "canary" in page.text) == (200, False)


def test_nobody_is_led_any_more_to_what_they_may_not_read(auditor, checker, chief, answered):
    answered.edit(by=checker, text="Test: @anna, @max, look")
    protect(answered, checker)
    assert not Notification.objects.mentions(auditor).exists()
    assert Notification.objects.mentions(chief).count() == 1
    assert list(answered.mentioned.all()) == [chief]


def test_it_is_for_good(checker, answered):
    protect(answered, checker)
    answered.edit(by=checker, text="Test: an open word", protected=False)
    answered.refresh_from_db()
    assert (answered.text, answered.protected) == ("Test: an open word", True)


def test_an_answer_sent_from_a_page_of_before_is_protected_too(checker, editor, answered):
    seen = Comment.objects.get(pk=answered.pk)
    protect(answered, checker)
    assert add_comment(seen.claim, by=editor, text="Test: the canary", answers=seen).protected


def test_an_answer_alone_can_be_protected(editor, answered):
    answer = answered.answered_by.get()
    protect(answer, editor)
    answered.refresh_from_db()
    assert (answer.protected, answered.protected) == (True, False)


def test_the_page_asks_for_it_until_it_is_done(client, checker, answered):
    client.force_login(checker)
    path = reverse("edit_comment", args=[answered.pk])
    assert "This cannot be undone." in client.get(path).text
    client.post(path, {"once": uuid4(), "version": 1, "text": WORDS, "protected": "on"})
    answered.refresh_from_db()
    assert (answered.protected, "protected" in client.get(path).context["form"].fields) == (True, False)
    assert Act.objects.latest("position").verb == "comment.edit"


def test_what_is_resolved_and_opened_again_is_read_before(client, checker):
    comment = factories.comment(factories.claim(), by=checker, text="Test: who counted these?")
    client.force_login(checker)
    assert comment.text in client.get(reverse("resolve_comment", args=[comment.pk])).text
    comment.resolve(by=checker)
    assert comment.text in client.get(reverse("reopen_comment", args=[comment.pk])).text
