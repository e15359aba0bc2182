"""Everybody's own account: name, time zone, e-mail address, password, two-step sign-in."""

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.shortcuts import redirect, render

from claims.access import own
from claims.forms.acts import posted
from claims.forms.people import AddressForm, ProfileForm
from claims.models import User
from claims.views.acts import done


@own
def profile(request):
    me = User.objects.get(pk=request.user.pk)
    form = ProfileForm(posted(request), record=me)
    if done(request, form, me.edit_own):
        return redirect("profile")
    return render(request, "desk/profile.html", {"form": form, "second_step": me.has_second_step()})


@own
@reauthentication_required()
def profile_address(request):
    """Asks for the password first, since whoever holds the address can set a new one. Both addresses hear of it."""
    me = User.objects.get(pk=request.user.pk)
    before = me.email
    form = AddressForm(posted(request), record=me)
    if done(request, form, me.edit_own):
        for address in sorted({before, me.email} - {""}):
            get_adapter().send_notification_mail("account/email/address_changed", me, email=address)
        return redirect("profile")
    return render(request, "desk/profile_address.html", {"form": form})
