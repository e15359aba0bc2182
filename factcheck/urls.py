"""The root of all addresses: log-in, admin, and the pages of claims/urls.py.

allauth's views are named one by one, so that a new version of it opens no door that nobody here stamped."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from claims.access import own, public
from claims.admin.site import site

handler400 = "claims.views.errors.bad_request"
handler403 = "claims.views.errors.forbidden"
handler404 = "claims.views.errors.not_found"
handler500 = "claims.views.errors.server_error"

accounts = [
    path("login/", public(account.login), name="account_login"),
    path("logout/", public(account.logout), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("signup/", public(account.signup), name="account_signup"),
    path("reauthenticate/", public(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", public(account.password_change), name="account_change_password"),
    path("password/set/", public(account.password_set), name="account_set_password"),
    path("password/reset/", public(account.password_reset), name="account_reset_password"),
    path("password/reset/done/", public(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        public(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        public(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]

two_step = [
    path("", own(mfa.index), name="mfa_index"),
    path("enter/", public(mfa.authenticate), name="mfa_authenticate"),
    path("confirm/", own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("app/add/", own(totp.activate_totp), name="mfa_activate_totp"),
    path("app/remove/", own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", own(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("codes/new/", own(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("codes/file/", own(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    # The passkeys stand on the first page; allauth leads here when one was changed.
    path("passkeys/", own(RedirectView.as_view(pattern_name="mfa_index")), name="mfa_list_webauthn"),
    path("passkeys/add/", own(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/confirm/", own(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("passkeys/enter/", public(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("passkeys/<int:pk>/rename/", own(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", own(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
]

urlpatterns = [
    path("admin/", site.urls),
    path("accounts/two-step/", include(two_step)),
    path("accounts/", include(accounts)),
    path("", include("claims.urls")),
]
