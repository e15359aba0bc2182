"""Forms whose words are kept while they are typed, and offered again when the form is opened."""

from django.http import QueryDict

from claims.forms.acts import HIDDEN
from claims.models import KeptDraft


def _typed(form, content):
    """{name: what the form's own widget reads from the kept values}."""
    data = QueryDict(mutable=True)
    for name, values in content.items():
        data.setlist(name, values)
    widgets = {name: field.widget for name, field in form.fields.items() if name not in HIDDEN}
    return {
        name: widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, widget in widgets.items()
        if not widget.value_omitted_from_data(data, {}, form.add_prefix(name))
    }


def _differs(form, typed):
    """Would using what was kept change anything?"""
    return any(
        form.fields[name].has_changed(form.get_initial_for_field(form.fields[name], name), value)
        for name, value in typed.items()
    )


def offer_kept(form, key, kept, wanted=""):
    """Let `form` keep its words under `key`, and show what was kept: `form.kept` is on offer, `form.taken_up` stands
    in the fields since `wanted`, the key that the address asks for, is this one.

    What was typed over an older version of the record keeps that version: saved, it overwrites nobody's work unseen."""
    form.kept_as, form.kept, form.taken_up = key, None, None
    typed = {} if kept is None or form.is_bound else _typed(form, kept.content)
    if _differs(form, typed):
        if wanted == key:
            form.taken_up = kept
            form.initial = form.initial | typed
            if "version" in form.fields and kept.version:
                form.initial["version"] = kept.version
                form.initial["seen"] = kept.content.get("seen", [""])[0]
        else:
            form.kept = kept
    return form


def kept_form(request, form, key):
    """offer_kept() for a page with one form."""
    kept = None if form.is_bound else KeptDraft.objects.of(request.user).filter(key=key).first()
    return offer_kept(form, key, kept, request.GET.get("kept", ""))
