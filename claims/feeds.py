"""Corrections and updates as Atom (RFC 4287): an entry is one verdict that replaced another, and never changes."""

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from claims.access import public
from claims.forms.replaced import CorrectionsForm, UpdatesForm

ENTRIES = 50


class ReplacedFeed(Feed):
    """The newest of a list, under the list's own filter. Addresses are the desk's own, whatever Host header came."""

    feed_type = Atom1Feed
    description_template = "public/_feed_entry.html"

    def __init__(self, form_class):
        self.form_class = form_class

    def get_object(self, request):
        form = self.form_class(request.GET)
        if not form.is_valid():
            raise Http404(_("This filter cannot be read."))
        form.address = f"?{request.GET.urlencode()}" if request.GET else ""
        return form

    def title(self, form):
        return f"{settings.DESK_NAME}: {form.title}"

    def subtitle(self, form):
        return form.lead

    def link(self, form):
        return settings.SITE_URL + reverse(form.page) + form.address

    def feed_url(self, form):
        return settings.SITE_URL + reverse(form.atom) + form.address

    def author_name(self):
        return settings.DESK_NAME

    author_link = settings.SITE_URL

    def items(self, form):
        return form.found.select_related("supersedes")[:ENTRIES]

    def item_title(self, verdict):
        return f"{verdict.get_replacement_kind_display()} – {verdict.statement}"

    def item_link(self, verdict):
        return settings.SITE_URL + verdict.own_url

    def item_pubdate(self, verdict):
        return verdict.published_at

    item_updateddate = item_pubdate


corrections_atom = public(require_safe(ReplacedFeed(CorrectionsForm)))
updates_atom = public(require_safe(ReplacedFeed(UpdatesForm)))
