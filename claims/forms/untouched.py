"""What a form showed when it was opened, so that a field which nobody typed into can follow what a colleague saved.

The hidden field `seen` carries the time, and a digest of every value as it was shown. A field that comes back exactly
as it was shown says nothing of its own: after a conflict it takes over what stands now, and only what was typed is left
to decide."""

import json
from datetime import UTC, datetime
from hashlib import blake2b

from django import forms
from django.forms.widgets import ChoiceWidget
from django.utils import timezone

# Before the time, where the name of a field stands before its digest.
OPENED = "@"


def as_sent(field, value):
    """The words in which a browser sends `value` of `field` back; None where that cannot be told."""
    widget = field.widget
    if isinstance(widget, forms.FileInput | forms.MultiWidget):
        return None
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if widget.check_test(field.prepare_value(value)) else []
    shown = widget.format_value(field.prepare_value(value))
    if isinstance(widget, ChoiceWidget):
        one_is_always_chosen = isinstance(widget, forms.Select) and not widget.allow_multiple_selected
        return sorted(map(str, shown)) or ([""] if one_is_always_chosen else [])
    return ["" if shown is None else str(shown)]


def _digest(words):
    """Line ends come back as CRLF, and whitespace at the ends is stripped by every field."""
    plain = sorted(word.replace("\r\n", "\n").strip() for word in words)
    return blake2b(json.dumps(plain).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def seen_of(form, value_of):
    """The content of `seen` where every visible field shows value_of(name)."""
    digests = [f"{OPENED}:{int(timezone.now().timestamp())}"]
    for name, field in form.fields.items():
        words = None if field.widget.is_hidden else as_sent(field, value_of(name))
        if words is not None:
            digests.append(f"{name}:{_digest(words)}")
    return " ".join(digests)


def seen_in(form):
    return seen_of(form, lambda name: form.get_initial_for_field(form.fields[name], name))


def _parts(seen):
    return dict(each.split(":", 1) for each in seen.split() if ":" in each)


def untouched(form, seen):
    """The names of the fields that came back as `seen` says they were shown."""
    shown = _parts(seen)
    return {
        name
        for name in form.fields.keys() & shown.keys()
        if shown[name] == _digest(form.data.getlist(form.add_prefix(name)))
    }


def fits(form, name, value, seen):
    """Does `seen` say that the field showed this value? False where it says nothing of the field."""
    sent = as_sent(form.fields[name], value)
    return sent is not None and _parts(seen).get(name) == _digest(sent)


def opened_at(seen):
    """When the form was shown; None where `seen` does not say it."""
    try:
        return datetime.fromtimestamp(int(_parts(seen)[OPENED]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
