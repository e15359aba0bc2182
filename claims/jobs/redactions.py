"""Going on with redactions that broke off, and cleaning the database when nobody was in its way."""

from django.utils import timezone
from django.utils.translation import gettext as _

from claims.models import Redaction
from claims.models.redaction.redacting import carry_out
from claims.states import Refused

# So long one redaction is blanked before the other jobs have their turn.
SECONDS = 60


def carry_on(clock=timezone.now):
    said = []
    for redaction in Redaction.objects.waiting():
        try:
            carry_out(redaction, seconds=SECONDS)
        except Refused as refusal:
            said.append(f"{redaction}: {refusal}")
        else:
            ended = redaction.state == Redaction.State.DONE
            word = _("%(redaction)s is done.") if ended else _("%(redaction)s goes on.")
            said.append(word % {"redaction": redaction})
    return " ".join(said)
