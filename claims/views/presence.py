"""Who else has a claim open: a page says every half minute that it is looked at, and is told who else does."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from claims.access import desk
from claims.models import Claim, Presence


@desk()
@require_POST
def here(request, pk):
    """`doing` is one of Presence.Doing; with `gone` the page says that it is being left."""
    claim, doing = get_object_or_404(Claim.objects.visible_to(request.user), pk=pk), request.POST.get("doing")
    if doing not in Presence.Doing:
        return HttpResponse(status=400)
    if "gone" in request.POST:
        Presence.objects.leave(claim, request.user, doing)
        return HttpResponse(status=204)
    Presence.objects.say(claim, request.user, doing)
    return render(request, "desk/_also_here.html", {"also_here": Presence.objects.beside(claim, request.user)})
