"""Who may enter: the stamps on views, and what every request passes through.

A view carries @public, or @desk("permission"). A view without a stamp makes tests/test_access.py fail.
"""

import logging
from functools import wraps
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.models.following import visit_begins, visit_ends
from claims.models.log import log_refusal
from claims.models.results import result_of
from claims.models.users import mail_language, own_language
from claims.policy import permissions_of
from claims.states import AlreadyDone, NotAllowed, Refused

logger = logging.getLogger(__name__)

PUBLIC = "public"
OWN = "own account"

# Nothing but what this site serves itself, nothing inline.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


def public(view):
    """Everybody may enter."""
    view.access = PUBLIC
    return view


def desk(permission="read_desk"):
    """Only who is logged in and may do `permission` (states.PERMISSIONS) enters; nobody else learns what is inside."""

    def stamp(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated and asks_in_place(request):
                return render(request, "_logged_out.html", status=401)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.may(permission):
                raise NotAllowed(_("Your role does not allow this."))
            return view(request, *args, **kwargs)

        guarded.access = permission
        return guarded

    return stamp


def own(view):
    """Everybody who is logged in enters, whatever their roles: the page is about their own account."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    guarded.access = OWN
    return guarded


def asks_in_place(request):
    """Does a script ask for a part of the page that is open? A whole page has no place in it."""
    return bool(getattr(request, "htmx", False))


def refused(request, message, status):
    if asks_in_place(request):
        return render(request, "_refused.html", {"message": message}, status=status)
    return render(request, f"{status}.html", {"message": message}, status=status)


def came_too_close(error):
    """Was it a deadlock, or a lock that did not come in time? Then the transaction was undone as a whole."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in {"40P01", "40001", "55P03"} or "is locked" in str(error)


class RefusalMiddleware:
    """Turns a refusal that no view answered into a page; a refusal of permission is written to the log."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, NotAllowed | PermissionDenied):
            if request.user.is_authenticated:
                log_refusal(by=request.user, path=request.path[:500], method=request.method)
            return refused(request, str(exception) or _("Your role does not allow this."), 403)
        if isinstance(exception, AlreadyDone):
            messages.info(request, _("This form was sent twice. It was done once."))
            return redirect(result_of(exception.act) or request.path)
        if isinstance(exception, Refused):
            return refused(request, exception.message, 409)
        if isinstance(exception, OperationalError) and came_too_close(exception):
            logger.warning("%s %s: %s", request.method, request.path, exception)
            return refused(request, _("The desk is busy just now. Nothing was saved; go back and send it again."), 503)
        return None


class CompressionMiddleware(GZipMiddleware):
    """Pages travel compressed. What is streamed does not: an export is written as fast as it is read."""

    def process_response(self, request, response):
        return response if response.streaming else super().process_response(request, response)


class SecurityPolicyMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class OwnTimeAndLanguageMiddleware:
    """Times and words on pages are the person's. What is the desk's for everybody, as the day of a verdict, says so
    itself."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        language = own_language(request.user) or translation.get_language()
        with timezone.override(own_time_zone(request.user)), translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def own_time_zone(user):
    """The zone that somebody chose; the desk's where none was, or where this machine no longer knows it."""
    try:
        return ZoneInfo(getattr(user, "time_zone", "") or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()


def _elsewhere(request, *names):
    """Is this neither one of the named pages nor below one, nor what every page needs?"""
    return not request.path.startswith(
        (*map(reverse, [*names, "account_logout", "theme", "language"]), settings.STATIC_URL)
    )


def _first(request, message, page):
    """Lead to the page of what comes before anything else; where a script asks for a part of another page, tell it."""
    if asks_in_place(request):
        return render(request, "_first.html", {"message": message, "page": page}, status=401)
    messages.warning(request, message)
    return redirect(page)


class OwnPasswordMiddleware:
    """Somebody who came in with a one-time password chooses an own one before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if user.is_authenticated and user.must_change_password and _elsewhere(request, "account_change_password"):
            return _first(request, _("Choose a password of your own first."), "account_change_password")
        return self.get_response(request)


class SecondStepMiddleware:
    """Where REQUIRE_MFA is set, somebody without two-step sign-in sets it up before anything else."""

    ALLOWED = ("mfa_index", "account_reauthenticate", "account_change_password")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (
            settings.REQUIRE_MFA
            and request.user.is_authenticated
            and _elsewhere(request, *self.ALLOWED)
            and not request.user.has_second_step()
        ):
            return _first(request, _("This desk asks for two-step sign-in. Set it up first."), "mfa_index")
        return self.get_response(request)


class Accounts(DefaultAccountAdapter):
    """Accounts are made by an administrator; nobody signs up."""

    def is_open_for_signup(self, request):
        return False

    def post_login(self, request, user, **kwargs):
        visit_begins(user)
        return super().post_login(request, user, **kwargs)

    def logout(self, request):
        if request.user.is_authenticated:
            visit_ends(request.user)
        super().logout(request)

    def get_reset_password_from_key_url(self, key):
        """Of the desk's own address: the Host header is whatever somebody sent."""
        return settings.SITE_URL + urlsplit(super().get_reset_password_from_key_url(key)).path

    def _get_login_attempts_cache_key(self, request, **credentials):
        """By the login alone: allauth adds the Host header, and with each further port in it go five more guesses."""
        return credentials.get("email", credentials.get("username", "")).lower()

    def get_password_change_redirect_url(self, request):
        return reverse("home")

    def clean_password(self, password, user=None):
        if user is not None and user.must_change_password and user.check_password(password):
            raise ValidationError(_("This is the one-time password. Choose another, which nobody else has seen."))
        return super().clean_password(password, user)

    def set_password(self, user, password):
        user.must_change_password = False
        super().set_password(user, password)

    def login(self, request, user):
        """Whoever was deactivated between password and second step is not let in, not even into a session that would
        wake when the account comes back."""
        if not user.is_active:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """One mail for all changes of an account, with what changed in words: those of its owner, whoever did it. What
        was done stays done where the mail cannot be sent."""
        said = {"user": user, "what": NOTICES[template_prefix]} | (context or {})
        try:
            with translation.override(mail_language(user)), timezone.override(own_time_zone(user)):
                super().send_notification_mail("account/email/notice", user, said, email)
        except OSError:
            logger.exception("The notice to account %s was not sent.", user.pk)


NOTICES = {
    "account/email/password_changed": gettext_lazy("The password was changed."),
    "account/email/password_set": gettext_lazy("A password was set."),
    "account/email/password_reset": gettext_lazy("A new password was chosen through a link in a mail."),
    "account/email/address_changed": gettext_lazy("The e-mail address was changed."),
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was removed."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New recovery codes were made."),
    "mfa/email/removed": gettext_lazy("An administrator removed the two-step sign-in."),
}


class SecondStep(DefaultMFAAdapter):
    """Two-step sign-in: an app's codes, passkeys, recovery codes."""

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": settings.DESK_NAME}

    def get_totp_label(self, user):
        return user.username

    def generate_authenticator_name(self, user, type):
        return _("Passkey %(number)d") % {"number": user.authenticator_set.filter(type=type).count() + 1}


def desk_context(request):
    """What every template may ask: the desk's name, and may.<permission> of whoever looks."""
    user = getattr(request, "user", None)
    return {
        "desk_name": settings.DESK_NAME,
        "site_url": settings.SITE_URL,
        "second_step_demanded": settings.REQUIRE_MFA,
        "may": SimpleLazyObject(
            lambda: dict.fromkeys(permissions_of(user.roles), True) if user and user.is_authenticated else {}
        ),
    }
