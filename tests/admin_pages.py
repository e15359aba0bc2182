"""What a browser sends of a page of the admin, and what came of it."""

from django.contrib.messages import get_messages
from django.urls import reverse

from claims.models import Act


def address(record, page="change"):
    return reverse(f"admin:claims_{record._meta.model_name}_{page}", args=[record.pk])


def listing(model, page="changelist"):
    return reverse(f"admin:claims_{model._meta.model_name}_{page}")


def act(record, name):
    return reverse(f"admin:claims_{record._meta.model_name}_act", args=[record.pk, name])


def _values(form):
    for field in form:
        value = field.value()
        if value is not None and value is not False:
            yield field.html_name, value


def sent(page, typed=None):
    """Every field of the page as it stands, with what was typed over it: {name: value}."""
    data = {"once": str(page.context["once"])} | dict(_values(page.context["adminform"].form))
    for each in page.context["inline_admin_formsets"]:
        for form in [each.formset.management_form, *each.formset.forms]:
            data |= dict(_values(form))
    return data | (typed or {})


def button(page, name):
    """What the button of this name sends, or None where it is not offered."""
    for each in page.context["buttons"]:
        if each["button"].name == name:
            return {"act": name} | dict(_values(each["form"]))
    return None


def added_row(page, prefix, **values):
    """A row added to an inline as the page's script adds it, filled with these values."""
    formset = next(each.formset for each in page.context["inline_admin_formsets"] if each.formset.prefix == prefix)
    number = formset.total_form_count()
    row = {name.replace("__prefix__", str(number)): value for name, value in _values(formset.empty_form)}
    typed = {f"{prefix}-{number}-{name}": value for name, value in values.items()}
    return {f"{prefix}-TOTAL_FORMS": number + 1} | row | typed


def errors(page):
    """{field: messages} over all forms of the page; "" for what belongs to a whole form."""
    found = {}
    forms = [page.context["adminform"].form]
    for each in page.context["inline_admin_formsets"]:
        forms += each.formset.forms
    for form in forms:
        for name, messages in form.errors.items():
            found[form.add_prefix("" if name == "__all__" else name).strip("-")] = list(messages)
    return found


def verbs():
    return list(Act.objects.order_by("position").values_list("verb", flat=True))


def said(response):
    return [str(each) for each in get_messages(response.wsgi_request)]
