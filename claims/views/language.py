"""The language of the pages: the person's own, else what the cookie says, else what the browser asks for."""

from django.conf import settings
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from claims.access import public
from claims.views.theme import A_YEAR, back_to_page


# Without a token, as the colours: a stranger could change the words of the tools at most.
@csrf_exempt
@public
@require_POST
def language(request):
    """Keep what was chosen and go back to the page it was chosen on."""
    answer = back_to_page(request)
    wanted = request.POST.get("language")
    if wanted in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=A_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
    return answer
