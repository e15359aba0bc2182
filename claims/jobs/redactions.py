"""Going on with redactions that broke off, and cleaning the database when nobody was in its way."""

from django.utils import timezone
from django.utils.translation import gettext as _

from claims.models import Redaction
from claims.models.redaction.redacting import carry_out
from claims.states import Refused


def carry_on(clock=timezone.now):
    said = []
    for redaction in Redaction.objects.waiting():
        try:
            carry_out(redaction)
        except Refused as refusal:
            said.append(f"{redaction}: {refusal}")
        else:
            said.append(_("%(redaction)s is done.") % {"redaction": redaction})
    return " ".join(said)
