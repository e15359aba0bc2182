"""The right of reply: asking for comment on a claim, and recording what came back."""

from functools import partial

from django.http import Http404
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import ReasonForm, posted, refuse_sent_again
from claims.forms.replies import AnswerForm, NoReplyForm, RequestForm
from claims.models import RequestForComment, replies
from claims.views.acts import answer
from claims.views.claims import seen


def _request(request, pk):
    visible = RequestForComment.objects.visible_to(request.user).select_related("claim__claimant", "claimant")
    found = visible.filter(pk=pk).first()
    if found is None:
        refuse_sent_again(request)
        raise Http404
    return found


@desk("write_evidence")
def ask_for_comment(request, pk):
    claim = seen(request, pk)
    form = RequestForm(posted(request), claim=claim, user=request.user)
    verb = partial(replies.ask_for_comment, claim)
    lead = _("Record whom the desk asked, and what. Nothing is sent from here.")
    return answer(request, form, verb, heading=_("Request for comment"), button=_("Record"), back=claim, lead=lead)


@desk("write_evidence")
def edit_request(request, pk):
    record = _request(request, pk)
    form = RequestForm(posted(request), claim=record.claim, user=request.user, record=record)
    verb = partial(replies.edit_request, record)
    return answer(request, form, verb, heading=_("Edit the request for comment"), button=_("Save"), back=record)


@desk("write_evidence")
def record_answer(request, pk):
    record = _request(request, pk)
    form = AnswerForm(posted(request), record=record)
    context = {"heading": _("The answer of %(person)s") % {"person": record.person}, "words": record.question}
    return answer(request, form, partial(replies.record_answer, record), button=_("Record"), back=record, **context)


@desk("write_evidence")
def record_no_reply(request, pk):
    record = _request(request, pk)
    form = NoReplyForm(posted(request), record=record)
    context = {"heading": _("No answer of %(person)s") % {"person": record.person}, "words": record.question}
    return answer(request, form, partial(replies.record_no_reply, record), button=_("Record"), back=record, **context)


@desk("write_evidence")
def remove_request(request, pk):
    record = _request(request, pk)
    form = ReasonForm(posted(request), record=record)
    context = {"heading": _("Remove the request for comment"), "button": _("Remove"), "words": record.question}
    return answer(request, form, partial(replies.remove_request, record), back=record, grave=True, **context)
