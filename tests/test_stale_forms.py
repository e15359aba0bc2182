"""Rule 6, no lost update: every form of the desk that changes a record carries its version. Sent over a newer one it
changes nothing, keeps what was typed, shows it beside what stands and what stood, and saves when it is sent again."""

import ast
import re
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from claims.forms.people import role_choices
from claims.models import Act, User, noting, replies
from claims.models.claimants import add_claimant
from claims.models.editing import archive_source, edit_claimant, edit_source
from claims.models.evidencing import edit_evidence
from claims.models.inviting import invite
from claims.models.leaving import deactivate
from claims.models.publishing import publish
from claims.models.redaction import redacting
from tests import factories

VIEWS = Path(__file__).resolve().parent.parent / "claims" / "views"

# What adds something overwrites nobody's words, so it carries no version. Each with what keeps it from harm.
ADDING = {
    "new_claim": "a new record; the list beside it shows what is there already",
    "mark_quote": "a new claim or appearance; the claims with words like these are shown beside it",
    "add_appearance": "a new record beside the others",
    "add_evidence": "a new record beside the others; it joins the choice of an open draft, which grows stale by it",
    "add_comment": "a new record; a passage that is no longer in the draft is refused",
    "answer_comment": "a new record; an answer to removed words is refused",
    "ask_redaction": "a new record, of which nothing comes before a second person confirms it",
    "ask_for_comment": "a new record beside the others",
    "new_source": "a new record; an address that is known is refused where a source is named",
    "add_file": "a new file beside the others; of the same content there is one",
    "paste_text": "a new snapshot beside the earlier ones, which never change",
    "new_claimant": "a new record; namesakes are asked about where somebody is named",
    "ask_opinion": "a new record; who is asked already, or has seen the draft by now, is refused",
    "give_opinion": "given once, by one person; where it is not awaited any more that is said",
    "withdraw_opinion": "ends once; where it is not awaited any more that is said",
    "invite_person": "a new account; a user name or an address that is taken is refused",
    "undo_act": "names an act that never changes; what was done on top of it since is an obstacle, found under locks",
}


def forms_of_views():
    """{view: whether its form knows the record}, of each view that fills a form with what was sent."""
    found = {}
    for path in sorted(VIEWS.glob("*.py")):
        for view in ast.parse(path.read_text(encoding="utf-8")).body:
            said = ast.unparse(view)
            if isinstance(view, ast.FunctionDef) and "posted(request)" in said:
                found[view.name] = bool(re.search(r"record=|'record': ", said))
    return found


def test_a_form_without_a_version_is_one_that_adds():
    assert {view for view, versioned in forms_of_views().items() if not versioned} == ADDING.keys()


def test_every_other_form_is_tried_below():
    through = {"_ask"}  # the one function behind the pages of one account
    assert {view for view, versioned in forms_of_views().items() if versioned} - through == TRIED - OF_AN_ACCOUNT
    named = re.findall(r"def (\w+)\(request, pk\):(?:\n(?!def ).*)*?return _ask\(", (VIEWS / "people.py").read_text())
    assert set(named) == OF_AN_ACCOUNT


@pytest.fixture
def me(client, db):
    """Mona Testperson, who may do everything, logged in by her password."""
    person = factories.person("mona", "managing-editor", "administrator", name="Mona Testperson")
    client.post(reverse("account_login"), {"login": "mona", "password": factories.PASSWORD})
    return person


def shown_on(page):
    """What a browser would send of the form as the page shows it."""
    form = page.context["form"]
    sent = {name: form[name].value() for name in ("version", "seen")}
    for field in form.visible_fields():
        value = field.value()
        if value is not False:
            sent[field.html_name] = "" if value is None else value
    return sent


def record_of(view, record):
    return type(record).objects.get(pk=record.pk)


def stale(client, view, record, typed, meanwhile):
    """Open the page, let somebody else do something, and send: the answer, where nothing came of it."""
    url = reverse(view, args=[] if view in OWN else [record.pk])
    page = client.get(url)
    if page.status_code == 302:
        page = client.post(page.url, {"password": factories.PASSWORD}, follow=True)
    sent = shown_on(page) | typed
    meanwhile(record_of(view, record))
    before = [Act.objects.count(), vars_of(record)]
    answer = client.post(url, sent)
    assert [Act.objects.count(), vars_of(record)] == before
    form = answer.context["form"]
    assert form.non_field_errors() == ["Somebody else changed this meanwhile. Nothing was overwritten."]
    assert {name: form[name].value() for name in typed} == typed
    return answer


def vars_of(record):
    return type(record).objects.filter(pk=record.pk).values().get()


def claim_edited(**values):
    return lambda record: noting.edit_claim(record, by=None, **values)


def answered(record, answer):
    return replies.record_answer(record, by=None, answer=answer, answered_on=record.asked_on)


# view: (how its record is made, what is typed, what somebody else does meanwhile, the field with what it said, says
# and should say, and how the record says it in the end)
OWN = {"profile", "profile_address", "choose_mail"}
ROLE = dict(role_choices())
TEXT = "The lamps were counted in May. Nobody disputes it."
THEIRS, MINE = TEXT.replace("May", "June"), TEXT.replace("disputes", "denies")


WRITING = {
    "edit_claim": (
        lambda me: factories.claim(statement=TEXT),
        {"statement": MINE},
        claim_edited(statement=THEIRS),
        ("Statement", TEXT, THEIRS, MINE),
    ),
    "assign_claim": (
        lambda me: factories.claim(due_on="2026-05-01"),
        {"due_on": "2026-05-03"},
        claim_edited(due_on="2026-05-02"),
        ("Due", "2026-05-01", "2026-05-02", "2026-05-03"),
    ),
    "edit_appearance": (
        lambda me: factories.claim(appearance={"role": "Keeper"}).principal_appearance,
        {"role": "Head keeper"},
        lambda record: noting.edit_appearance(record, by=None, role="Former keeper"),
        ("Role as stated", "Keeper", "Former keeper", "Head keeper"),
    ),
    "find_attribution": (
        lambda me: factories.claim().principal_appearance,
        {"attribution": "not_so", "reason": "Test: heard the tape"},
        lambda record: noting.find_attribution(record, "cannot_tell", by=None),
        ("Said as reported?", "", "Cannot tell", "Not said so"),
    ),
    "edit_evidence": (
        lambda me: factories.evidence(factories.claim(), excerpt=TEXT),
        {"excerpt": MINE},
        lambda record: edit_evidence(record, by=None, excerpt=THEIRS),
        ("Excerpt", TEXT, THEIRS, MINE),
    ),
    "edit_check": (
        lambda me: factories.draft(explanation=TEXT),
        {"explanation": MINE},
        lambda record: record.edit(by=None, explanation=THEIRS, evidence=[]),
        ("Explanation", TEXT, THEIRS, MINE),
    ),
    "edit_comment": (
        lambda me: factories.comment(factories.claim(), by=me, text=TEXT),
        {"text": MINE},
        lambda record: record.edit(by=record.author, text=THEIRS),
        ("Comment", TEXT, THEIRS, MINE),
    ),
    "edit_request": (
        lambda me: factories.request(factories.claim(), question=TEXT),
        {"question": MINE},
        lambda record: replies.edit_request(record, by=None, question=THEIRS),
        ("What was asked", TEXT, THEIRS, MINE),
    ),
    "record_answer": (
        lambda me: answered(factories.request(factories.claim()), TEXT),
        {"answer": MINE},
        lambda record: answered(record, THEIRS),
        ("Answer", TEXT, THEIRS, MINE),
    ),
    "edit_source": (
        lambda me: factories.source(publisher="The Test Gazette"),
        {"publisher": "The Test Herald"},
        lambda record: edit_source(record, by=None, publisher="The Test Mercury"),
        ("Publisher", "The Test Gazette", "The Test Mercury", "The Test Herald"),
    ),
    "archive_source": (
        lambda me: factories.source(archive_url="https://archive.example/1"),
        {"archive_url": "https://archive.example/3"},
        lambda record: archive_source(record, by=None, archive_url="https://archive.example/2"),
        ("Archived copy", *(f"https://archive.example/{number}" for number in (1, 2, 3))),
    ),
    "edit_claimant": (
        lambda me: add_claimant(by=None, name="Ada Testmann", aliases=["A.", "B."]),
        {"aliases": "A.\nB.\nC."},
        lambda record: edit_claimant(record, by=None, aliases=["A."]),
        ("Other forms of the name", "A.\nB.", "A.", "A.\nB.\nC."),
    ),
    "profile": (
        lambda me: me,
        {"name": "Mona Mine"},
        lambda record: record.edit_own(by=record, name="Mona Theirs"),
        ("Name", "Mona Testperson", "Mona Theirs", "Mona Mine"),
    ),
    "profile_address": (
        lambda me: me,
        {"email": "mine@desk.example"},
        lambda record: record.edit(by=None, email="theirs@desk.example"),
        ("E-mail", "mona@desk.example", "theirs@desk.example", "mine@desk.example"),
    ),
    "choose_mail": (
        lambda me: me,
        {"mail_choice": "never"},
        lambda record: record.choose_mail("daily", by=record),
        ("Mail", "At once", "Once a day, in the morning", "Never"),
    ),
    "edit_person": (
        lambda me: factories.person("pina", "contributor", name="Pina Testperson"),
        {"roles": ["auditor"]},
        lambda record: record.edit(by=None, roles=["contributor", "editor"]),
        ("Roles", ROLE["contributor"], f"{ROLE['contributor']}, {ROLE['editor']}", ROLE["auditor"]),
    ),
}  # fmt: skip


def last_done():
    act = Act.objects.order_by("-position").first()
    return act.label, act.actor


@pytest.mark.parametrize("view", WRITING)
def test_the_three_are_shown_and_sent_again_it_is_saved(client, me, view):
    make, typed, meanwhile, row = WRITING[view]
    record = make(me)
    answer = stale(client, view, record, typed, meanwhile)
    conflict = answer.context["form"].conflict
    assert [(each.label, each.base, each.theirs, each.mine) for each in conflict.rows] == [row]
    assert last_done() in [(act.label, act.actor) for act in conflict.acts]
    shown = re.sub(r"<[^>]+>|\[[^]]*\] ?", "", answer.content.decode())
    assert all(words in shown for words in ("When you opened the form", *row[1].split("\n")))
    url = answer.request["PATH_INFO"]
    assert client.post(url, shown_on(answer)).status_code == 302
    assert Act.objects.latest("position").actor == me
    saved = client.get(url).context["form"]
    typed.pop("reason", None)
    assert {name: plain(saved[name].value()) for name in typed} == typed


def plain(value):
    """As it is typed."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def edited(check):
    check.edit(by=None, disclosures="Test: none")


def resubmitted(check):
    check.take_back(by=check.submitted_by).submit(by=User.objects.get(username="vera"))


def sent_back_and_submitted(check):
    by = check.submitted_by
    check.send_back(by=None, reason="Test: a word").submit(by=by)


def approved_again(check):
    author, second = check.submitted_by, check.approved_by
    check.withdraw_approval(by=None, reason="Test: a word").submit(by=author).approve(by=second)


def said(me):
    return factories.comment(factories.claim(), by=me)


def said_otherwise(comment):
    comment.edit(by=comment.author, text="Test: other words")


def approved(me):
    return factories.approved(factories.person("vera", "fact-checker"), me)


def due_again(me):
    return noting.edit_claim(publish(approved(me), by=me).claim, by=None, recheck_on="2026-01-01")


def further(me):
    return noting.add_appearance(factories.claim(), by=None, source=factories.source(), quote=factories.QUOTE)


def asked_otherwise(record):
    replies.edit_request(record, by=None, question="Test: and when?")


def somebody(me):
    return factories.person("pina", "fact-checker", name="Pina Testperson")


def at_work(me):
    person = somebody(me)
    factories.selected().assign(person, by=me)
    return person


def with_passkey(me):
    person = somebody(me)
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    return person


def renamed(person):
    person.edit(by=None, name="Theirs Testperson")


WHY = {"reason": "Test: my words"}
urgent = claim_edited(priority=4)

# view: (how its record is made, what somebody else does meanwhile, what is typed)
ACTING = {
    "select_claim": (lambda me: factories.claim(), urgent, WHY | {"why": "harm"}),
    "decline_claim": (lambda me: factories.claim(), urgent, WHY),
    "put_back_claim": (lambda me: factories.selected(), urgent, WHY),
    "start_check": (lambda me: factories.selected(), urgent, {}),
    "reopen_claim": (lambda me: publish(approved(me), by=me).claim, urgent, WHY),
    "nothing_to_change": (due_again, urgent, WHY),
    "make_principal": (
        further, lambda seen: urgent(seen.claim), {},
    ),
    "remove_evidence": (
        lambda me: factories.evidence(factories.claim()), lambda piece: edit_evidence(piece, by=None, excerpt="x"), WHY,
    ),
    "record_no_reply": (lambda me: factories.request(factories.claim()), asked_otherwise, {}),
    "remove_request": (lambda me: factories.request(factories.claim()), asked_otherwise, WHY),
    "submit_check": (lambda me: factories.draft(), edited, {}),
    "abandon_check": (lambda me: factories.draft(), edited, WHY),
    "approve_check": (lambda me: factories.submitted(factories.person("vera", "fact-checker")), resubmitted, {}),
    "send_back_check": (lambda me: factories.submitted(factories.person("vera", "fact-checker")), resubmitted, WHY),
    "take_back_check": (factories.submitted, sent_back_and_submitted, {}),
    "publish_check": (approved, approved_again, {}),
    "withdraw_approval": (approved, approved_again, WHY),
    "remove_comment": (said, said_otherwise, {}),
    "resolve_comment": (said, said_otherwise, {}),
    "reopen_comment": (lambda me: said(me).resolve(by=me), said_otherwise, {}),
    "invite_person_again": (lambda me: invite(by=me, email="pina@desk.example"), renamed, {}),
    "give_password": (somebody, renamed, {}),
    "remove_second_step": (with_passkey, renamed, WHY),
    "hand_over": (at_work, renamed, WHY),
    "deactivate_person": (somebody, renamed, WHY),
    "reactivate_person": (lambda me: deactivate(somebody(me), by=me), renamed, {}),
}  # fmt: skip
OF_AN_ACCOUNT = {
    "edit_person", "invite_person_again", "give_password", "remove_second_step", "hand_over", "deactivate_person",
    "reactivate_person",
}  # fmt: skip
# Whatever is done to these records ends them, so that a second word is refused too.
ENDED = {"confirm_redaction": {}, "withdraw_redaction": WHY}
TRIED = WRITING.keys() | ACTING.keys() | ENDED.keys()


@pytest.mark.parametrize("view", ACTING)
def test_an_act_that_somebody_else_went_before_waits_for_a_second_word(client, me, view):
    make, meanwhile, typed = ACTING[view]
    record = make(me)
    answer = stale(client, view, record, typed, meanwhile)
    conflict = answer.context["form"].conflict
    assert (conflict.rows, last_done() in [(act.label, act.actor) for act in conflict.acts]) == ([], True)
    before = Act.objects.count()
    assert client.post(answer.request["PATH_INFO"], shown_on(answer)).status_code == 302
    assert Act.objects.count() > before


@pytest.mark.parametrize("view", ENDED)
def test_what_somebody_else_ended_is_not_done_again(client, me, chief, view):
    asked = redacting.ask(by=chief, reason="Test: an order", ground="law", words="Mirabel Testwell")
    factories.looked_through(asked)
    answer = stale(client, view, asked, ENDED[view], lambda record: redacting.withdraw(record, by=chief, **WHY))
    again = client.post(answer.request["PATH_INFO"], shown_on(answer))
    assert again.context["form"].non_field_errors() == ["This cannot be done now: it is “Withdrawn”."]
    assert vars_of(asked)["state"] == "withdrawn"
