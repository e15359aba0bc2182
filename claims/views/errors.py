"""Pages for what went wrong. None of them shows a traceback, and none of them needs the database."""

from django.shortcuts import render

from claims.access import public


@public
def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


@public
def not_found(request, exception=None):
    return render(request, "404.html", status=404)


@public
def forbidden(request, exception=None):
    return render(request, "403.html", status=403)


@public
def server_error(request):
    return render(request, "500.html", status=500)


@public
def expired_form(request, reason=""):
    """Django calls this where the form's token does not fit the session, mostly because of a log-in in between."""
    return render(request, "expired_form.html", status=403)
