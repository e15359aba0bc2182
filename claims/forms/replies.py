"""Whom the desk asked for comment, and what came back."""

from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import Claimant, RequestForComment
from claims.models.periods import today


class RequestForm(ActForm):
    """`claim` decides whom it offers: its claimant, and who else said it."""

    asks = {
        RequestForComment: ("claimant", "whom", "way", "asked_on", "deadline", "question", "protected"),
    }
    short = frozenset({"question"})

    def __init__(self, *args, claim, user, **kwargs):
        super().__init__(*args, **kwargs)
        said = claim.appearances.visible_to(user).values("claimant")
        known = [claim.claimant_id, self.record and self.record.claimant_id]
        offered = Claimant.objects.filter(pk__in=known) | Claimant.objects.filter(pk__in=said)
        self.fields["claimant"].queryset = offered.by_name()
        self.fields["claimant"].empty_label = _("Somebody else, named below")
        if self.record is None:
            self.initial = {"claimant": claim.claimant_id, "asked_on": today()} | self.initial


class AnswerForm(ActForm):
    asks = {RequestForComment: ("answered_on", "answer", "quotable")}
    short = frozenset({"answer"})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["answered_on"] = self.initial["answered_on"] or today()


class NoReplyForm(ActForm):
    asks = {RequestForComment: ("no_reply_on",)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["no_reply_on"] = self.initial["no_reply_on"] or today()
