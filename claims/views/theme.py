"""Light, dark, or as the system has it: kept in a cookie, so that the first byte of a page knows it already."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from claims.access import public

COOKIE = "theme"
LIGHT, DARK, SYSTEM = "light", "dark", "system"
THEMES = ((SYSTEM, _("System")), (LIGHT, _("Light")), (DARK, _("Dark")))
A_YEAR = 60 * 60 * 24 * 365


def chosen(request):
    wanted = request.COOKIES.get(COOKIE)
    return wanted if wanted in {LIGHT, DARK} else SYSTEM


def theme_context(request):
    return {"theme": chosen(request), "themes": THEMES}


def back_to_page(request):
    """To the page of ours that the form stood on."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    return HttpResponseRedirect(back)


# Without a token of its own, so that a page without a session needs none: a stranger could change the colours at most.
@csrf_exempt
@public
@require_POST
def theme(request):
    """Keep what was chosen and go back to the page it was chosen on."""
    answer = back_to_page(request)
    wanted = request.POST.get("theme")
    if wanted in {LIGHT, DARK}:
        answer.set_cookie(COOKIE, wanted, max_age=A_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
    else:
        answer.delete_cookie(COOKIE, samesite="Lax")
    return answer
