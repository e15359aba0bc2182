"""What was said about a claim, as its page and the page of its draft show it, at a constant number of queries."""

from dataclasses import dataclass

from django.urls import reverse

from claims.forms.acts import PlainForm
from claims.forms.comments import AnswerForm, CommentForm
from claims.models import Comment, Notification
from claims.text import in_context

AROUND = 60


@dataclass
class Conversation:
    """A comment with its answers. `context` is (before, words, after) where its passage stands in the draft as it is,
    or None where the draft holds it no more; `settle` is the form that resolves it, or opens it again."""

    first: Comment
    answers: list
    context: tuple | None
    answer: object
    settle: object
    settle_url: str

    @property
    def open(self):
        return not self.first.resolved_at


def _context(comment, checks):
    if not comment.passage:
        return None
    check = checks.get(comment.check_file_id)
    text = getattr(check, comment.passage_field) if check else ""
    return next((in_context(text, start, end, AROUND) for start, end in comment.places(text)), None)


def _conversation(first, answers, checks, user):
    verb = "reopen_comment" if first.resolved_at else "resolve_comment"
    to = f"@{first.author.username} " if first.author and first.author != user and not first.removed_at else ""
    may = user.may("comment")
    return Conversation(
        first,
        answers,
        _context(first, checks),
        AnswerForm(user=user, initial={"text": to}, auto_id=f"answer-{first.pk}-%s") if may else None,
        PlainForm(record=first, auto_id=f"settle-{first.pk}-%s") if may else None,
        reverse(verb, args=[first.pk]),
    )


def conversations(claim, checks, user):
    """Every conversation on the claim that the person may see, oldest first; `checks` are the claim's."""
    seen = list(Comment.objects.visible_to(user).of_claim(claim))
    answers = {}
    for each in seen:
        each.claim = claim
        answers.setdefault(each.answers_id, []).append(each)
    known = {check.pk: check for check in checks}
    made = [_conversation(first, answers.get(first.pk, []), known, user) for first in answers.get(None, [])]
    # What its author removed stays as long as somebody's answer hangs on it.
    return [each for each in made if not each.first.removed_at or any(not one.removed_at for one in each.answers)]


def on_draft(found, check):
    """Of these conversations the open ones about a passage of this check's draft."""
    return [each for each in found if each.open and check and each.first.check_file_id == check.pk]


def comments_context(claim, checks, user):
    """For the claim's page: the conversations, the form that begins one, and what the person was told of the claim."""
    found = conversations(claim, checks, user)
    check = next((each for each in checks if each.is_open), None)
    discussed = on_draft(found, check)
    return {
        "conversations": [each for each in found if each.open],
        "settled": [each for each in found if not each.open],
        "comments_hidden": Comment.objects.kept_from(claim, user).count(),
        "comment_form": CommentForm(user=user, check=check, auto_id="comment-%s") if user.may("comment") else None,
        "discussed": discussed,
        "in_summary": [each.first for each in discussed if each.first.passage_field == Comment.Field.SUMMARY],
        "in_explanation": [each.first for each in discussed if each.first.passage_field == Comment.Field.EXPLANATION],
        "told": list(Notification.objects.unread(user).of_claim(claim).for_list()),
    }
