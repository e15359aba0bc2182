"""Two-step sign-in: the forms of allauth in this desk's words, and codes that work once."""

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from claims.models.fields import CleanFormField

# For how long a code of the app may be right: its own period, and those before and after that are let through.
RIGHT_FOR = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)


class CodeField(CleanFormField):
    def __init__(self, **kwargs):
        attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        super().__init__(lines=False, max_length=40, widget=forms.TextInput(attrs=attributes), **kwargs)


class SpentCodes:
    """A code that was right is spent: allauth itself takes it again after one period, and takes the code that added
    the app once more at log-in. The cache is shared, so it is spent for every process."""

    def clean_code(self):
        code = super().clean_code()
        digits = "".join(each for each in code if each.isalnum())
        if not cache.add(f"code-spent:{self.user.pk}:{digits}", True, timeout=RIGHT_FOR):
            raise get_adapter().validation_error("incorrect_code")
        return code


class FirstCodeForm(SpentCodes, ActivateTOTPForm):
    code = CodeField(label=_("The code that the app shows now"))


class CodeForm(SpentCodes, AuthenticateForm):
    code = CodeField(label=_("Code"), help_text=_("Six digits from your app, or one of your recovery codes."))


class CodeAgainForm(SpentCodes, ReauthenticateForm):
    code = CodeField(label=_("Code"), help_text=_("Six digits from your app, or one of your recovery codes."))


def _name(**kwargs):
    return CleanFormField(label=_("Name of the passkey"), lines=False, max_length=100, **kwargs)


class PasskeyForm(AddWebAuthnForm):
    name = _name(required=False, help_text=_("By which you know it again: “phone”, “key on my ring”."))
    passwordless = forms.BooleanField(
        label=_("Log in with it alone, without a password"), required=False, initial=True,
        help_text=_("Your device then asks for its PIN, your finger or your face. Old security keys cannot do that."),
    )  # fmt: skip


class PasskeyNameForm(EditWebAuthnForm):
    name = _name()
