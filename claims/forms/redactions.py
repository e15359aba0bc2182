"""What the law orders gone: which words, why, and by what law."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import Redaction
from claims.models.fields import CleanFormField


class AskForm(ActForm):
    """Not kept while it is typed: the words would stand in one place more."""

    asks = {Redaction: ("words", "reason", "ground")}
    short = frozenset({"words", "reason"})
    field_order = ("words", "file_sha256")

    file_sha256 = CleanFormField(
        label=_("Or a file that must go"),
        required=False,
        lines=False,
        validators=[RegexValidator(r"^[0-9a-f]{64}$", _("A SHA-256 has 64 digits and letters from a to f."))],
        help_text=_("Its SHA-256, as it stands beside the file on the page of its source."),
    )
