"""What concerns a person: the list of it, marking it as read, and the choice of mails."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import posted
from claims.forms.notifications import MailChoiceForm
from claims.models import Notification, User
from claims.paging import counted, page_of
from claims.text import whole
from claims.views.acts import answer


@desk()
def notifications(request):
    mine = Notification.objects.of(request.user)
    page = page_of(mine.for_list(), request.GET, "id", descending=True)
    context = {"page": page, "unread_count": counted(mine.unread(request.user))}
    return render(request, "desk/notifications.html", context)


@desk()
def read_notifications(request):
    """Marks as read what was sent: one (`read`), those of a claim (`claim`), or all. A page that is only asked for
    changes nothing."""
    if request.method == "POST":
        unread = Notification.objects.unread(request.user)
        for name, lookup in (("read", "pk"), ("claim", "claim")):
            if name in request.POST:
                unread = unread.filter(**{lookup: whole(request.POST[name])})
        unread.mark_read()
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else "notifications")


@desk()
def choose_mail(request):
    person = get_object_or_404(User, pk=request.user.pk)
    form = MailChoiceForm(posted(request), record=person)
    heading = _("Which mails you get")
    context = {"heading": heading, "button": _("Save"), "back": person, "template": "desk/choose_mail.html"}
    return answer(request, form, person.choose_mail, to="choose_mail", **context)
