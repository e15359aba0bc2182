"""Whom the desk asked for comment, and what came back: at the desk, under an approval, and before the public."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.jobs.due import tell_due
from claims.jobs.overdue import tell_overdue
from claims.models import Act, Change, Check, Notification, RequestForComment
from claims.models.editing import edit_claimant
from claims.models.periods import today
from claims.models.publishing import publish
from claims.models.ready import asked_of, claimant_was_asked
from claims.models.replies import edit_request, record_answer, record_no_reply, remove_request
from claims.models.superseding import reopen
from claims.models.verifying import Verification
from claims.states import CheckState, NotAllowed, Refused, Stale
from tests import factories
from tests.admin_pages import act, address, sent
from tests.test_redacting import NAME, redacted

DAY = timedelta(days=1)


@pytest.fixture
def claim(checker):
    return factories.selected(by=checker)


def public(client, claim):
    page = client.get(reverse("public_claim", args=[claim.pk])).text
    found = page.partition('aria-labelledby="reply"')[2].partition("</section>")[0]
    return " ".join(found.split())


def told(verdict):
    return [{name: value for name, value in each.items() if value} for each in verdict.asked]


# ---- The verbs


def test_a_request_says_whom_who_when_how_until_when_and_what(claim, checker):
    request = factories.request(claim, by=checker, way="telephone", deadline=today() + DAY)
    assert (request.claimant, request.asked_by, request.asked_on) == (claim.claimant, checker, today())
    assert (request.person, request.is_waiting) == ("Mirabel Testwell", True)
    assert factories.request(claim, whom="The test office").person == "The test office"
    both = factories.request(claim, whom="The test office", claimant=claim.claimant)
    assert both.person == "The test office (Mirabel Testwell)"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"claimant": None}, "whom"),
        ({"question": " "}, "question"),
        ({"asked_on": date(2026, 3, 5), "deadline": date(2026, 3, 4)}, "deadline"),
        ({"way": "pigeon"}, "way"),
    ],
)
def test_a_request_that_says_too_little_is_refused(claim, checker, values, field):
    with pytest.raises(ValidationError) as refusal:
        factories.request(claim, by=checker, **values)
    assert refusal.value.error_dict.keys() == {field}
    assert not RequestForComment.objects.exists()


def test_an_answer_is_recorded_late_too_and_corrected_and_is_no_silence(claim, checker):
    request = factories.request(claim, by=checker)
    record_no_reply(request, by=checker)
    assert (request.no_reply_on, request.is_waiting) == (today(), False)
    record_answer(request, by=checker, answer="Test: at the pier.", answered_on=today())
    assert (request.no_reply_on, request.answer) == (None, "Test: at the pier.")
    with pytest.raises(Refused):
        record_no_reply(request, by=checker)
    record_answer(request, by=checker, answer="Test: on the pier.", answered_on=today(), quotable=True)
    assert RequestForComment.objects.get().told()["answer"] == "Test: on the pier."
    for wrong in ({"answer": "", "answered_on": today()}, {"answer": "Test", "answered_on": None}):
        with pytest.raises(ValidationError):
            record_answer(request, by=checker, **wrong)


def test_who_may_not_record_evidence_asks_nobody_and_a_stale_form_changes_nothing(claim, checker):
    request = factories.request(claim, by=checker)
    with pytest.raises(NotAllowed):
        factories.request(claim, by=factories.person("nora", "auditor"))
    edit_request(request, by=checker, deadline=today())
    with pytest.raises(Stale):
        record_no_reply(RequestForComment.objects.get(), by=checker, version=1)


def test_a_request_recorded_by_mistake_goes_until_a_verdict_may_have_told_of_it(claim, checker, editor):
    with pytest.raises(ValidationError):
        remove_request(factories.request(claim, by=checker), by=checker, reason="")
    remove_request(RequestForComment.objects.get(), by=checker, reason="Test: the other claim was meant")
    assert not claim.requests.exists()
    request = factories.request(claim, by=checker)
    factories.verdict(checker, editor, on=claim)
    with pytest.raises(Refused):
        remove_request(request, by=checker, reason="Test")


def test_the_checklist_asks_for_the_claimant_s_word_until_they_were_asked(claim, checker):
    def open_now():
        found = asked_of(Check.objects.get(pk=check.pk))
        return "not-asked" in {each.item.slug for each in found if each.state == "open"}

    check = factories.draft(by=checker, on=claim, answers={})
    factories.request(claim, whom="The test office")
    assert open_now()
    factories.request(claim, protected=True)
    assert not open_now()
    unnamed = factories.claim(said_by=factories.claimant("A test skipper", kind="unnamed"))
    assert (claimant_was_asked(claim), claimant_was_asked(unnamed)) == (True, None)


# ---- Under an approval


def test_an_answer_that_comes_while_a_draft_waits_lets_the_approval_fall_visibly(claim, checker, editor, client):
    request = factories.request(claim, by=checker)
    check = factories.approved(checker, editor, on=claim)
    record_answer(request, by=checker, answer="Test: at the pier.", answered_on=today())
    check = Check.objects.get(pk=check.pk)
    assert (check.state, check.approved_digest) == (CheckState.DRAFTING, "")
    assert "What readers learn of a request for comment changed after it was submitted" in check.returned_because
    client.force_login(checker)
    assert "What readers learn of a request" in client.get(claim.get_absolute_url()).text


def test_another_name_of_who_was_asked_lets_the_approval_fall_visibly(claim, checker, editor):
    other = factories.claimant("Corwin Testman")
    factories.request(claim, by=checker, claimant=other)
    check = factories.approved(checker, editor, on=claim)
    edit_claimant(other, by=checker, name="Corwin Testmann")
    assert Check.objects.get(pk=check.pk).state == CheckState.DRAFTING
    check = factories.approved(checker, editor, on=factories.selected(by=checker))
    factories.request(check.claim, by=checker, claimant=other, protected=True)
    edit_claimant(other, by=checker, name="Corwin Testman")
    assert Check.objects.get(pk=check.pk).state == CheckState.APPROVED


def test_what_readers_do_not_learn_leaves_an_approval_alone(claim, checker, editor):
    request = factories.request(claim, by=checker, protected=True)
    check = factories.submitted(checker, on=claim)
    record_answer(request, by=checker, answer="Test: at the pier.", answered_on=today(), quotable=True)
    other = factories.request(claim, by=checker, protected=True)
    edit_request(other, by=checker, question="Test: who counted?")
    assert Check.objects.get(pk=check.pk).state == CheckState.SUBMITTED
    edit_request(other, by=checker, protected=False)
    assert Check.objects.get(pk=check.pk).state == CheckState.DRAFTING


# ---- Before the public


def test_a_verdict_tells_whom_the_desk_asked_and_what_came_back(claim, checker, editor, client):
    asked = {"asked_on": date(2026, 3, 1), "deadline": date(2026, 3, 4)}
    quoted, spoken, silent = (factories.request(claim, by=checker, **asked) for _ in range(3))
    factories.request(claim, whom="The <test> office", way="letter", question="Canary", **asked)
    factories.request(claim, whom="The canary", question="Canary", protected=True)
    record_answer(quoted, by=checker, answer="Test: at <b>the</b> pier.", answered_on=date(2026, 3, 2), quotable=True)
    record_answer(spoken, by=checker, answer="Canary", answered_on=date(2026, 3, 3))
    record_no_reply(silent, by=checker, no_reply_on=date(2026, 3, 5))
    verdict = factories.verdict(checker, editor, on=claim)
    first = {"whom": "Mirabel Testwell", "way": "mail", "asked_on": "2026-03-01", "deadline": "2026-03-04"}
    assert told(verdict) == [
        first | {"answered_on": "2026-03-02", "answer": "Test: at <b>the</b> pier."},
        first | {"answered_on": "2026-03-03"},
        first | {"no_reply_on": "2026-03-05"},
        first | {"whom": "The <test> office", "way": "letter"},
    ]
    assert verdict.is_intact()
    page = public(client, claim)
    assert "was asked for comment by e-mail on 1 March 2026." in page
    assert "The answer of 2 March 2026:" in page and "Test: at &lt;b&gt;the&lt;/b&gt; pier." in page
    assert "An answer came on 3 March 2026; its words are not for quotation." in page
    assert "An answer was asked for by 4 March 2026. None had come by 5 March 2026." in page
    assert "by letter" in page and "None had come when this was published." in page
    assert "canary" not in client.get(reverse("public_claim", args=[claim.pk])).text.lower()


def test_where_nobody_was_asked_the_page_says_nothing_of_it(claim, checker, editor, client):
    factories.verdict(checker, editor, on=claim)
    assert public(client, claim) == ""


def test_the_next_verdict_tells_of_what_was_asked_before_the_first_too_and_the_first_stays(
    claim, checker, editor, chief
):
    factories.request(claim, by=checker)
    first = factories.verdict(checker, editor, on=claim)
    check = reopen(claim, by=chief, reason="Test: a letter came", assignee=checker)
    record_answer(claim.requests.get(), by=checker, answer="Test: late.", answered_on=today(), quotable=True)
    factories.request(claim, by=checker, whom="The test office")
    check.edit(by=checker, replacement_kind="update", replacement_note="Test: an answer came.")
    second = publish(check.submit(by=checker).approve(by=editor), by=editor)
    first.refresh_from_db()
    assert [each["answer"] for each in first.asked] == [""]
    assert [each["answer"] for each in second.asked] == ["Test: late.", ""]
    assert first.is_intact() and second.is_intact()


def test_a_name_that_the_law_orders_gone_goes_from_what_was_asked_and_answered_too(claim, checker, editor, chief):
    request = factories.request(claim, by=checker, whom=f"Office of {NAME}", question=f"Test: where was {NAME}?")
    record_answer(request, by=checker, answer=f"Test: {NAME} was here.", answered_on=today(), quotable=True)
    verdict = factories.verdict(checker, editor, on=claim)
    redacted(chief, factories.person("sam", "managing-editor"))
    request.refresh_from_db()
    verdict.refresh_from_db()
    assert (request.whom, request.answer) == ("Office of [redacted]", "Test: [redacted] was here.")
    assert [each["answer"] for each in verdict.asked] == ["Test: [redacted] was here."]
    assert NAME not in str(list(Change.objects.values_list("values")))
    assert (list(Verification()), verdict.is_intact()) == ([], True)


# ---- The desk's pages


def test_a_fact_checker_asks_records_corrects_and_removes_on_pages(claim, checker, client):
    client.force_login(checker)
    page = client.get(claim.get_absolute_url()).text
    assert "Ask Mirabel Testwell before the verdict" in page
    new = reverse("ask_for_comment", args=[claim.pk])
    form = {"claimant": claim.claimant_id, "way": "mail", "asked_on": "2026-03-01", "question": "Test: where?"}
    wrong = client.post(new, form | {"asked_on": "2126-03-01"})
    assert "This day has not come yet." in wrong.text and "Test: where?" in wrong.text
    assert client.post(new, form).status_code == 302
    request = RequestForComment.objects.get()
    answer = {"answered_on": "2026-03-02", "answer": "Test: at the pier.", "quotable": "on", "version": 1}
    assert client.post(reverse("record_answer", args=[request.pk]), answer).url.endswith(f"#request-{request.pk}")
    page = client.get(claim.get_absolute_url()).text
    assert "Answer of 2 March 2026" in page and "may be quoted" in page and "asked by Vera Testperson" in page
    edit = form | {"claimant": "", "whom": "The test office", "version": 2}
    client.post(reverse("edit_request", args=[request.pk]), edit)
    none = reverse("record_no_reply", args=[request.pk])
    assert "An answer is recorded already." in client.post(none, {"no_reply_on": "2026-03-04", "version": 3}).text
    client.post(reverse("remove_request", args=[request.pk]), {"reason": "Test: twice", "version": 3})
    assert not RequestForComment.objects.exists()
    history = client.get(reverse("claim_history", args=[claim.pk])).text
    for line in ("asked for comment", "recorded an answer", "edited a request for comment", "Test: twice"):
        assert line in history
    assert "The test office" in history and "By e-mail" in history


def test_what_is_protected_is_for_those_who_may_see_it(claim, checker, client):
    request = factories.request(claim, by=checker, whom="The canary", protected=True, question="Canary?")
    edit_request(request, by=checker, question="Canary, who?")
    remove_request(factories.request(claim, whom="A canary", protected=True), by=checker, reason="Canary reason")
    client.force_login(factories.person("nora", "auditor"))
    for page in (claim.get_absolute_url(), reverse("claim_history", args=[claim.pk])):
        shown = client.get(page).text
        assert "canary" not in shown.lower()
    assert "1 protected request is not shown to you." in client.get(claim.get_absolute_url()).text
    client.force_login(checker)
    assert "Canary, who?" in client.get(claim.get_absolute_url()).text


def test_the_claim_s_page_costs_as_many_queries_for_many_requests_as_for_one(claim, checker, client):
    def count():
        with CaptureQueriesContext(connection) as captured:
            client.get(claim.get_absolute_url())
        return len(captured)

    client.force_login(checker)
    factories.request(claim, by=checker)
    client.get(claim.get_absolute_url())
    one = count()
    for _ in range(5):
        factories.request(claim, by=checker)
    # Each request is an act, and the history at the foot shows those.
    assert count() == one


def test_the_admin_asks_and_records_by_the_same_verbs(claim, editor, client):
    client.force_login(editor)
    new = "/admin/claims/requestforcomment/add/"
    typed = {"claim": claim.pk, "claimant": claim.claimant_id, "asked_on": "2026-03-01", "question": "Test: where?"}
    assert client.post(new, sent(client.get(new), typed)).status_code == 302
    request = RequestForComment.objects.get()
    answer = {"answered_on": "2026-03-02", "answer": "Test: there.", "version": 1}
    assert client.post(act(request, "record"), answer | {"act": "1"}).status_code == 302
    assert "Test: there." in client.get(address(request)).text
    assert [each.verb for each in Act.objects.of(request)] == ["reply.record", "reply.ask"]


# ---- My work


@pytest.fixture
def late(claim, editor):
    return factories.request(claim, by=editor, asked_on=today() - 9 * DAY, deadline=today() - DAY)


def test_an_overdue_request_is_work_of_who_asked_and_of_who_drafts_the_check(late, claim, checker, editor):
    def overdue_of(person):
        return list(RequestForComment.objects.overdue_of(person))

    factories.request(claim, by=editor, asked_on=today(), deadline=today())
    assert (overdue_of(editor), overdue_of(checker)) == ([late], [])
    check = factories.draft(by=checker, on=claim)
    assert (overdue_of(editor), overdue_of(checker)) == ([late], [late])
    check.abandon(by=checker, reason="Test")
    record_no_reply(late, by=editor)
    assert (overdue_of(editor), overdue_of(checker)) == ([], [])


def test_my_work_shows_it_and_the_list_finds_the_same_at_constant_queries(late, claim, editor, client):
    def pages():
        with CaptureQueriesContext(connection) as captured:
            found = [client.get(reverse("desk")).text, client.get(reverse("claims"), {"work": "unanswered"}).text]
        return len(captured), found

    client.force_login(editor)
    client.get(reverse("desk"))
    one, (work, listed) = pages()
    section = work.partition('aria-labelledby="unanswered"')[2].partition("</section>")[0]
    assert "Mirabel Testwell" in section and "overdue since" in section
    assert claim.statement in listed and 'href="/desk/claims/?work=unanswered' in section
    for _ in range(4):
        other = factories.claim()
        factories.request(other, by=editor, asked_on=today() - 9 * DAY, deadline=today() - 2 * DAY)
    assert pages()[0] == one


def test_the_worker_tells_who_asked_and_who_drafts_once_on_the_next_morning(claim, checker, editor, clock):
    def told_at(moment):
        clock.at(moment)
        said = tell_overdue(lambda: clock.now)
        return said, sorted(Notification.objects.filter(kind="no_answer").values_list("person__username", "due_on"))

    clock.at("2026-03-01 12:00")
    factories.draft(by=checker, on=claim)
    for _ in range(2):
        factories.request(claim, by=editor, deadline=date(2026, 3, 4))
    record_no_reply(factories.request(factories.claim(), by=editor, deadline=date(2026, 3, 4)), by=editor)
    assert told_at("2026-03-04 23:00") == ("", [])
    assert told_at("2026-03-05 05:00") == ("", [])
    both = [("edda", date(2026, 3, 4)), ("vera", date(2026, 3, 4))]
    assert told_at("2026-03-05 06:00") == ("2 notices of answers that are overdue.", both)
    assert told_at("2026-03-06 06:00") == ("", both)
    told = Notification.objects.get(kind="no_answer", person=checker)
    assert (told.says, told.still_holds()) == (f"An answer asked for on claim {claim.pk} is overdue", True)
    assert told.get_absolute_url().endswith("#reply")
    for each in claim.requests.all():
        record_no_reply(each, by=editor)
    assert not told.still_holds()


def test_a_claim_due_and_an_answer_overdue_on_one_day_are_two_things_to_know(claim, checker, clock):
    clock.at("2026-03-01 12:00")
    claim.assign(checker, by=None, due_on=date(2026, 3, 4))
    factories.request(claim, by=checker, deadline=date(2026, 3, 4))
    factories.request(factories.claim(), by=checker, deadline=date(2026, 3, 4), protected=True)
    clock.at("2026-03-05 07:00")
    tell_overdue(lambda: clock.now)
    tell_due(lambda: clock.now)
    found = Notification.objects.filter(due_on=date(2026, 3, 4)).values_list("kind", flat=True)
    assert sorted(found) == ["due", "no_answer", "no_answer"]
