"""Requests for comment: on a page of their own, with the acts that record what came back."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from claims.admin.acts import ActsAdmin, Button, form_of
from claims.admin.base import person
from claims.admin.site import site
from claims.forms.acts import ReasonForm
from claims.forms.replies import AnswerForm, NoReplyForm
from claims.models import RequestForComment
from claims.models.replies import ask_for_comment, edit_request, record_answer, record_no_reply, remove_request

CAME_BACK = ["answered_on", "answer", "quotable", "no_reply_on", person(RequestForComment, "asked_by")]


def does(verb):
    return lambda request: lambda **asked: verb(request, **asked)


@admin.register(RequestForComment, site=site)
class RequestForCommentAdmin(ActsAdmin):
    writes = adds = "write_evidence"
    add_verb = staticmethod(ask_for_comment)
    edit_verb = staticmethod(edit_request)
    fields = ["claim", "claimant", "whom", ("way", "asked_on", "deadline"), "question", "protected", *CAME_BACK]
    autocomplete_fields = ["claim", "claimant"]
    list_display = ["__str__", "claim", "way", "asked_on", "deadline", "answered_on", "no_reply_on", "protected"]
    list_select_related = ["claim", "claimant"]
    list_filter = ["way", "quotable", "protected"]
    buttons = [
        Button("reply.record", _("Record the answer"), does(record_answer), form_of(AnswerForm)),
        Button("reply.none", _("Record that no answer came"), does(record_no_reply), form_of(NoReplyForm)),
        Button("reply.remove", _("Remove this request"), does(remove_request), form_of(ReasonForm)),
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["claim", *CAME_BACK] if obj else CAME_BACK

    def offered(self, record, user):
        verbs = super().offered(record, user)
        return [verb for verb in verbs if verb != "reply.none" or not record.answered_on]
