"""The desk's admin: behind the desk's own log-in, for whoever may use it, and for nobody else."""

from functools import wraps

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db import DataError
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from claims.access import PUBLIC
from claims.forms.acts import posted
from claims.states import NotAllowed

ENTRY = "use_admin"


def _stamp(patterns):
    """Write on each view who may enter, as @desk does; admin_view() below holds it."""
    for each in patterns:
        if hasattr(each, "url_patterns"):
            _stamp(each.url_patterns)
        else:
            each.callback.access = PUBLIC if each.name == "login" else ENTRY


class DeskAdminSite(admin.AdminSite):
    site_header = site_title = settings.DESK_NAME
    index_title = _("Administration")
    site_url = reverse_lazy("home")
    index_template = "admin/claims/front.html"

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.may(ENTRY)

    def admin_view(self, view, cacheable=False):
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def entered(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise NotAllowed(_("Your role does not allow this."))
            posted(request)  # what is no text in it is found here once, and refused by the form that it was sent to
            try:
                response = guarded(request, *args, **kwargs)
                # Here and not later: Django's forms look up what the address names while they are drawn.
                return response.render() if hasattr(response, "render") else response
            except (ValueError, OverflowError, DataError) as error:
                if request.method == "POST" and not isinstance(error, OverflowError):
                    raise
                raise BadRequest(f"A value that was sent cannot be read: {error}") from error

        return entered

    def get_app_list(self, request, app_label=None):
        """What the person may change before what they may only look up, where both are asked for together."""
        apps = super().get_app_list(request, app_label)
        if app_label or not apps:
            return apps
        written = [model for model in apps[0]["models"] if not model["view_only"]]
        shown = [model for model in apps[0]["models"] if model["view_only"]]
        parts = ((_("To work on"), written), (_("To look up"), shown))
        return [{**apps[0], "name": name, "models": models} for name, models in parts if models]

    def get_urls(self):
        urls = super().get_urls()
        _stamp(urls)
        return urls

    # One log-out and one change of password for the whole site: allauth's, with its limits.

    def logout(self, request, extra_context=None):
        return redirect("account_logout")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")


site = DeskAdminSite()
site.login = secure_admin_login(site.login)
