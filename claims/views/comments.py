"""Comments on a claim and on passages of its draft, and the names that can be mentioned."""

from functools import partial

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import PlainForm, posted
from claims.forms.comments import AnswerForm, CommentForm, EditCommentForm
from claims.forms.kept import kept_form
from claims.models import Comment, User
from claims.models.comments import add_comment as add
from claims.text import folded
from claims.views.acts import answer
from claims.views.claims import seen

MOST_NAMES = 8


def _comment(request, pk):
    visible = Comment.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("claim", "answers", "author"), pk=pk)


@desk("comment")
def add_comment(request, pk):
    claim = seen(request, pk)
    form = CommentForm(posted(request), user=request.user, check=claim.checks.open().visible_to(request.user).first())
    kept_form(request, form, f"comment.add:{claim.pk}")
    return answer(request, form, partial(add, claim), heading=_("Comment"), button=_("Comment"), back=claim)


@desk("comment")
def answer_comment(request, pk):
    comment = _comment(request, pk)
    form = kept_form(request, AnswerForm(posted(request), user=request.user), f"comment.answer:{comment.pk}")
    verb = partial(add, comment.claim, answers=comment)
    context = {"heading": _("Answer"), "button": _("Answer"), "back": comment.claim, "words": comment.text}
    return answer(request, form, verb, **context)


@desk("comment")
def edit_comment(request, pk):
    comment = _comment(request, pk)
    form = EditCommentForm(posted(request), record=comment, user=request.user)
    return answer(request, form, comment.edit, heading=_("Edit your comment"), button=_("Save"), back=comment.claim)


@desk("comment")
def remove_comment(request, pk):
    comment = _comment(request, pk)
    form = PlainForm(posted(request), record=comment)
    context = {"heading": _("Remove your comment"), "button": _("Remove"), "words": comment.text, "grave": True}
    return answer(request, form, comment.remove, back=comment.claim, **context)


@desk("comment")
def resolve_comment(request, pk):
    comment = _comment(request, pk)
    form = PlainForm(posted(request), record=comment)
    context = {"heading": _("Mark as resolved"), "button": _("Mark as resolved"), "words": comment.text}
    return answer(request, form, comment.resolve, back=comment.claim, **context)


@desk("comment")
def reopen_comment(request, pk):
    comment = _comment(request, pk)
    form = PlainForm(posted(request), record=comment)
    context = {"heading": _("Open it again"), "button": _("Open again"), "words": comment.text}
    return answer(request, form, comment.reopen, back=comment.claim, **context)


@desk("comment")
def names(request):
    """The people whose user name or name begins, or has a word that begins, with `q`, as JSON."""
    asked = folded(request.GET.get("q", ""))
    found = [
        {"username": person.username, "name": person.name}
        for person in User.objects.who_may("read_desk")
        if any(word.startswith(asked) for word in [folded(person.username), *folded(person.name).split()])
    ]
    return JsonResponse({"names": found[:MOST_NAMES]})
