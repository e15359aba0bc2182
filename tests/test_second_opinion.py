"""A blind second opinion: nothing shows the draft to who is to judge without it, whatever they may do; then both stand
side by side."""

import json
import re
from contextlib import suppress

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.test import Client
from django.urls import NoReverseMatch, reverse

from claims.jobs.mails import gather
from claims.models import (
    Act,
    Change,
    Check,
    Claim,
    Comment,
    KeptDraft,
    Mail,
    Notification,
    Rating,
    SecondOpinion,
)
from claims.models.bulk import attempt, go_on, stage
from claims.models.opinions import ask_opinion
from claims.models.publishing import publish
from claims.models.redaction import redacting
from claims.models.undoing import undo
from claims.states import NotAllowed, Refused, WrongState
from tests import factories
from tests.test_access import views
from tests.test_check_pages import at, page, send

pytestmark = pytest.mark.django_db
CANARY = "xylophone"
UNFOLDED = re.compile(rf"{CANARY}[a-z]*", re.IGNORECASE)


@pytest.fixture
def second(db):
    """Sela Testperson, who may see and do all that anybody may."""
    return factories.person("sela", "managing-editor", name="Sela Testperson")


@pytest.fixture
def check(checker, editor, chief, second):
    """A draft with a canary in each of its words, sent back once and submitted again, and talked about."""
    rating = Rating.objects.get(slug="misattributed")
    words = {name: f"{CANARY}{name}" for name in ("summary", "explanation", "disclosures")}
    answers = factories.answers(f"{CANARY}answer", public=True)
    claim = factories.selected(statement="Forty lamps were relit in May")
    check = factories.draft(by=checker, on=claim, rating="misattributed", answers=answers, **words)
    opinion = ask_opinion(check, by=checker, asked_of=second)
    factories.comment(claim, by=editor, text=f"{CANARY}passage @sela", passage=f"{CANARY}summary")
    factories.comment(claim, by=editor, text=f"{CANARY}comment @sela")
    other = ask_opinion(check, by=checker, asked_of=chief)
    other.give(by=chief, rating=rating, reasons=f"{CANARY}other")
    check.submit(by=checker).send_back(by=editor, reason=f"{CANARY}reason")
    check.submit(by=checker)
    opinion.refresh_from_db()
    return Check.objects.get()


def opinion_of(person):
    return SecondOpinion.objects.get(asked_of=person)


def numbers_of(name):
    """Of the records that an address of this name may lead to: the admin's says which model, the desk's what it is."""
    words = name.split("_")
    models = {model._meta.model_name: model for model in apps.get_app_config("claims").get_models()}
    kind = words[1] if name.startswith("claims_") else next((word for word in reversed(words) if word in models), "")
    kind = {"act": "act", "opinion": "secondopinion"}.get(words[-1], kind) or "check"
    if kind == "change":
        return [line.pk for line in Change.objects.all() if CANARY in json.dumps(line.values)]
    if kind == "act":
        told = Change.objects.filter(pk__in=numbers_of("claims_change_change")).values("act_id")
        return list(Act.objects.filter(Q(pk__in=told) | Q(reason__contains=CANARY)).values_list("pk", flat=True))
    return list(models[kind]._base_manager.values_list("pk", flat=True)[:12])


def addresses():
    """Every address of the desk and of the admin that can be written out, for each record it may lead to."""
    for space, pattern in views():
        name, keys = pattern.name or "", set(pattern.pattern.converters)
        full = f"{space}:{name}" if space else name
        if not name or name in LEAVING or name.endswith("_delete") or not keys <= {"pk", "object_id"}:
            continue
        for arguments in [[number] for number in numbers_of(name)] if keys else [[]]:
            with suppress(NoReverseMatch):
                yield name, reverse(full, args=arguments)


LEAVING = {"account_logout", "jsi18n", "autocomplete"}
ADDED = {
    "claims": ["?work=approval", "?work=changed", "?work=mentioned", "?work=opinion"],
    "statistics_csv": ["?part=ratings", "?part=agreement", "?part=agreement-by-topic"],
}


def all_that(person, wanted=lambda name: True):
    """{address: what it says} of every page that can be asked for, as this person."""
    client, said = at(person), {}
    for name, address in addresses():
        if not wanted(name):
            continue
        for more in ["", *ADDED.get(name, [])]:
            answer = client.get(address + more, follow=True)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            said[address + more] = body.decode(errors="replace")
    return said


def test_no_address_of_desk_or_admin_shows_any_of_it_before_the_opinion_is_given(check, second):
    shown = {address: sorted(set(UNFOLDED.findall(text))) for address, text in all_that(second).items()}
    assert {address: words for address, words in shown.items() if words} == {}
    assert len(shown) > 150
    opinion_of(second).give(by=second, rating=None, reasons="Test: I could not tell.")
    pages = all_that(second, {"claim", "edit_check", "claims_change_change", "claims_check_change"}.__contains__)
    for address, told in {
        check.claim.get_absolute_url(): "summary explanation disclosures answer passage comment other reason",
        reverse("admin:claims_check_change", args=[check.pk]): "summary explanation disclosures answer",
        reverse("edit_check", args=[check.pk]): "summary explanation disclosures answer passage",
    }.items():
        assert set(UNFOLDED.findall(pages[address])) >= {CANARY + word for word in told.split()}
    assert all(
        CANARY in text for address, text in pages.items() if "/change/" in address and "/claims/change/" in address
    )


def test_nor_does_the_rating_show(check, second):
    label = "Misattributed"
    for address in (
        reverse("claim", args=[check.claim_id]),
        reverse("claim_history", args=[check.claim_id]),
        reverse("review"),
        reverse("desk"),
        reverse("admin:claims_check_changelist"),
        reverse("admin:claims_claim_change", args=[check.claim_id]),
    ):
        text = re.sub(
            r"<select.*?</select>|<nav id=.changelist-filter.*?</nav>", "", at(second).get(address).text, flags=re.S
        )
        assert label not in text, address
    assert list(Check.objects.visible_to(second)) == []


def test_the_page_says_what_is_kept_and_asks_for_the_opinion(check, second):
    shown = page(at(second), check.claim)
    assert "Vera Testperson asks for your second opinion" in shown
    assert "Shown to you once your second opinion is given." in shown
    assert "(withheld until your second opinion is given)" in shown
    assert 'name="reasons"' in shown


def test_given_both_stand_side_by_side_with_the_rating_that_the_draft_had_then(check, second, checker):
    send(at(second), "give_opinion", opinion_of(second), rating="", reasons="")
    assert opinion_of(second).given_at is None
    rating = Rating.objects.get(slug="false")
    send(at(second), "give_opinion", opinion_of(second), rating=rating.pk, reasons="Test: the office said no.")
    opinion = opinion_of(second)
    assert (opinion.rating, opinion.first_rating) == (rating, check.rating)
    for person in (second, checker):
        shown = page(at(person), check.claim)
        assert "Sela Testperson, without having seen it" in shown
        assert "Test: the office said no." in shown and f"{CANARY}summary" in shown
    told = Notification.objects.filter(kind="given").values_list("person__username", flat=True)
    assert set(told) == {"vera"}


def test_reasons_are_asked_for_at_their_field_and_the_typed_is_kept(check, second):
    rating = Rating.objects.get(slug="false")
    answer = send(at(second), "give_opinion", opinion_of(second), rating=rating.pk, reasons="  ")
    assert list(answer.context["form"].errors) == ["reasons"]
    assert f'<option value="{rating.pk}" selected>' in answer.text


ACTS = {
    "edit": lambda check, by: check.edit(by=by, summary="Other"),
    "send back": lambda check, by: check.send_back(by=by, reason="Test"),
    "approve": lambda check, by: check.approve(by=by),
    "publish": lambda check, by: publish(check, by=by),
    "withdraw": lambda check, by: check.withdraw_approval(by=by, reason="Test"),
    "abandon": lambda check, by: check.abandon(by=by, reason="Test"),
    "ask another": lambda check, by: ask_opinion(check, by=by, asked_of=factories.person("wim", "fact-checker")),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_who_is_to_judge_blind_does_nothing_to_the_draft(act, check, second):
    before = Check.objects.values().get()
    with pytest.raises(NotAllowed, match="Your second opinion is awaited"):
        act(check, second)
    assert Check.objects.values().get() == before


def test_its_pages_are_not_there_for_them_and_no_passage_can_be_guessed(check, second):
    sela = at(second)
    names = ["edit_check", "submit_check", "approve_check", "send_back_check", "publish_check", "abandon_check"]
    assert {sela.get(reverse(name, args=[check.pk])).status_code for name in names} == {404}
    send(sela, "add_comment", check.claim, text="Test: of my own", passage=f"{CANARY}summary")
    assert Comment.objects.get(author=second).passage == ""
    assert "Test: of my own" in page(sela, check.claim)
    with pytest.raises(ValidationError, match="There is no open draft"):
        factories.comment(check.claim, by=second, passage=f"{CANARY}summary")


def test_nothing_of_it_is_undone_or_done_in_bulk_by_them(check, second, checker):
    with pytest.raises(Refused, match="Your second opinion is awaited"):
        undo(Act.objects.filter(verb="check.submit").latest("position"), by=second)
    for deed, values in (("submit", {}), ("send-back", {}), ("rate", {"rating": None})):
        bulk = stage(deed, Claim.objects.all(), by=second, reason="Test", **values)
        tried = attempt(bulk, by=second)
        assert [str(why) for _claim, why in tried.refused] == [
            "Your second opinion is awaited: until you have given it, the draft is kept from you."
        ]
        assert go_on(bulk, by=second, expected=0).changed == 0


def test_a_mention_in_what_is_kept_waits_with_its_mail(check, second, settings):
    mine = Notification.objects.unread(second)
    assert [each.kind for each in mine] == ["opinion"]
    gather(Notification.objects.latest("pk").at)
    assert [each.kind for each in Mail.objects.get(person=second).notifications.all()] == ["opinion"]
    opinion_of(second).give(by=second, rating=None, reasons="Test")
    assert sorted(each.kind for each in mine.all()) == ["mentioned", "mentioned"]


def test_who_has_worked_on_the_draft_or_was_shown_it_cannot_be_asked(check, checker, editor, second):
    typist = factories.person("tilda", "fact-checker")
    KeptDraft.objects.keep(typist, f"check.edit:{check.pk}", {"summary": ["Test: typed and never saved"]})
    for person, why in (
        (editor, "has worked on this draft"),
        (typist, "has worked on this draft"),
        (second, "is asked already"),
        (checker, "You have seen the draft"),
        (SecondOpinion.objects.given().get().asked_of, "has worked on this draft or was shown it"),
        (factories.person("cora", "contributor"), "may not check claims"),
    ):
        with pytest.raises(ValidationError) as refusal:
            ask_opinion(check, by=checker, asked_of=person)
        assert why in refusal.value.message_dict["asked_of"][0]
    answer = at(checker).post(reverse("ask_opinion", args=[check.pk]), {"asked_of": editor.pk})
    assert list(answer.context["form"].errors) == ["asked_of"]


def test_declined_or_withdrawn_with_a_reason_it_is_over_and_the_draft_is_seen(check, second, checker):
    stranger = factories.person("wim", "fact-checker")
    opinion = opinion_of(second)
    with pytest.raises(NotAllowed):
        opinion.withdraw(by=stranger, reason="Test")
    send(at(second), "withdraw_opinion", opinion, reason="Test: I know the clerk.")
    with pytest.raises(WrongState):
        opinion_of(second).give(by=second, rating=None, reasons="Test")
    assert f"{CANARY}summary" in page(at(second), check.claim)
    with pytest.raises(ValidationError, match="was shown it"):
        ask_opinion(check, by=checker, asked_of=second)


def test_only_who_was_asked_gives_it_and_once(check, second, editor):
    with pytest.raises(NotAllowed):
        opinion_of(second).give(by=editor, rating=None, reasons="Test")
    opinion = opinion_of(second).give(by=second, rating=None, reasons="Test")
    with pytest.raises(WrongState):
        opinion.give(by=second, rating=None, reasons="Again")


def test_once_published_everybody_reads_it(check, second, editor):
    publish(check.approve(by=editor), by=editor)
    assert list(Check.objects.visible_to(second)) == [check]
    with pytest.raises(WrongState):
        opinion_of(second).give(by=second, rating=None, reasons="Test")


def test_what_is_to_be_redacted_shows_them_no_word_of_the_draft_around_it(check, second, chief):
    redaction = redacting.ask(by=chief, reason="Test: a court said so", ground="Test law", words=f"{CANARY}summary")
    factories.looked_through(redaction)
    marked = f"<mark>{CANARY}summary</mark>"
    for name in ("redaction", "confirm_redaction"):
        address = reverse(name, args=[redaction.pk])
        assert [marked in at(person).get(address).text for person in (second, chief)] == [False, True]


def test_evidence_is_theirs_to_add_meanwhile(check, second):
    vera = Client(headers={"HX-Request": "true"})
    vera.force_login(second)
    piece = {
        "kind": "observation",
        "stance": "context",
        "excerpt": "Test",
        "origin": "The coast guard",
        "primary": "on",
    }
    answer = send(vera, "add_evidence", check.claim, **piece)
    assert answer["HX-Retarget"] == "#evidence-list"
    assert CANARY not in answer.text and "check-section" not in answer.text


def test_what_is_typed_is_kept_for_them_alone(check, second, checker):
    opinion = opinion_of(second)
    KeptDraft.objects.keep(second, f"opinion.give:{opinion.pk}", {"reasons": ["Test: half a thought"]}, 1)
    assert "You wrote this at" in page(at(second), check.claim)
    assert "half a thought" not in page(at(checker), check.claim)


def test_my_work_leads_to_the_claim(check, second):
    sections = {each.name: each for each in at(second).get(reverse("desk")).context["sections"]}
    assert [row.check_file.claim for row in sections["opinion"].rows] == [check.claim]
    listed = at(second).get(reverse("claims"), {"work": "opinion"}).context["page"].rows
    assert list(listed) == [check.claim]


@pytest.mark.parametrize("verb", ["give", "withdraw"])
def test_an_opinion_given_or_withdrawn_is_asked_for_no_more(check, second, checker, verb):
    asked = Notification.objects.unread(second).filter(kind=Notification.Kind.OPINION)
    assert asked.count() == 1
    if verb == "give":
        opinion_of(second).give(by=second, rating=None, reasons="Test")
    else:
        opinion_of(second).withdraw(by=checker, reason="Test")
    assert asked.count() == 0
