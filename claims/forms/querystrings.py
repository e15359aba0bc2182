"""What an address of a list or of an export may ask for, and what is said of the rest."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.exchange.csv_export import FLAVOURS

# Beside a list's own filters: where its page begins, and how an export of it is written.
BESIDE = frozenset({"after", "before", "flavour"})


def refuse_unknown(form, known, *, passed_over=()):
    """Tell the form of every name that is none of these, and of a flavour that is none: a mistyped filter must not
    find, or export, everything. Names that begin with one of `passed_over` count as not there."""
    for name in sorted(set(form.data) - known - BESIDE):
        if not name.startswith(tuple(passed_over)):
            said = _("“%(name)s” is no filter of this list. Check how it is spelt, or take it out of the address.")
            form.add_error(None, ValidationError(said, code="unknown", params={"name": name[:60]}))
    if form.data.get("flavour", FLAVOURS[0]) not in FLAVOURS:
        said = _("The flavour of an export is one of: %(flavours)s.")
        form.add_error(None, ValidationError(said, code="flavour", params={"flavours": ", ".join(FLAVOURS)}))
