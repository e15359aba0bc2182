"""The desk's own pages: what is to be done, the list of claims, and what waits for a second person."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from claims import access
from claims.filters import filtered_claims
from claims.models import Check, Claim, following
from claims.paging import counted, found_page, page_of
from claims.text import whole
from claims.views.my_work import work_context
from claims.views.queue import queue_of

OWN = 10


@access.public
def home(request):
    """To where this person works; nobody without a role is sent on to a page that refuses them."""
    user = request.user
    if not user.is_authenticated or user.may("read_desk"):
        return redirect("desk")
    return redirect("admin:index") if user.is_staff else render(request, "no_role.html")


@access.desk()
def desk(request):
    return render(request, "desk/home.html", work_context(request.user))


@access.desk()
@require_POST
def mark_seen(request):
    """Whoever looks has seen what the page showed; what happened after it was made is still to come."""
    until = whole(request.POST.get("until", ""))
    if until is not None:
        following.mark_seen(request.user, until)
        messages.success(request, _("Marked as seen."))
    return redirect("desk")


@access.desk()
def claims(request):
    _claims, filterset = filtered_claims(request.GET, request.user)
    key, descending = filterset.order
    page, count = found_page(filterset.found, Claim.objects.for_list(), request.GET, key, descending=descending)
    return render(request, "desk/claims.html", {"filterset": filterset, "count": count, "page": page})


@access.desk()
def review(request):
    queue = queue_of(request.user)
    own = Check.objects.visible_to(request.user).submitted_by(request.user)
    context = {
        "page": page_of(queue.for_review(), request.GET, "submitted_at"),
        "count": counted(queue),
        "own": own.for_review()[:OWN],
        "own_count": counted(own),
    }
    return render(request, "desk/review.html", context)
