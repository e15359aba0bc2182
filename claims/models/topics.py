"""Topics: what claims are about, by a name that is written in one way only."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.models.fields import Line, SortKey
from claims.models.guarded import Logged
from claims.text import sort_key


class Topic(Logged):
    name = Line(_("name"), max_length=80)
    name_key = SortKey(unique=True)

    UNLOGGED = frozenset({"name_key"})
    # They part topics from each other, in a form's line and in the cell of an export.
    PARTING = frozenset(",;")
    UNPARTED = _("A topic’s name holds no comma and no semicolon: they part topics from each other.")

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("topic"), _("topics")

    def __str__(self):
        return self.name

    def derived(self, changed=None):
        return {"name_key": sort_key(self.name)}

    def clean(self):
        if not sort_key(self.name):
            raise ValidationError({"name": _("A topic needs a letter or a digit.")})
        if self.PARTING & set(self.name):
            raise ValidationError({"name": self.UNPARTED})


def topics_named(act, names):
    """The topics of these names, made where they are new, in an open act."""
    found = []
    for name in dict.fromkeys(filter(None, (name.strip() for name in names))):
        topic = Topic.objects.filter(name_key=sort_key(name)).first() or act.add(Topic(name=name))
        if topic not in found:
            found.append(topic)
    return found
