"""What the two cases of seeds/ hold: the real one, of which nothing is invented, and the made-up one."""

import hashlib

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import transaction

from claims.models import (
    Anchor,
    Appearance,
    Check,
    Claim,
    Claimant,
    Evidence,
    Publisher,
    Rating,
    Snapshot,
    Source,
    User,
    Verdict,
)
from claims.models.chain import chain_breaks

ARTICLE = "000_75e2195bb06669c1.txt"
ARTICLE_SHA256 = "6fa41fda365c002087753d261b748bfd192480077067f79cfb40be5bff9f26b5"
SUMMARY = "The sum holds: 266 and 304 make 570. That 266 and 304 people arrived is not confirmed by any document yet."


def loaded(blocker, *name):
    """Load a case once for all tests of this file that ask for it; nothing of it stays."""
    with blocker.unblock(), transaction.atomic():
        call_command("seed", *name, verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="class")
def real_case(django_db_setup, django_db_blocker):
    yield from loaded(django_db_blocker)


@pytest.fixture(scope="class")
def demo(django_db_setup, django_db_blocker):
    yield from loaded(django_db_blocker, "demo")


@pytest.mark.usefixtures("real_case")
class TestTheRealCase:
    def test_the_article_is_kept_byte_for_byte(self):
        assert hashlib.sha256((project.SEEDS_DIR / ARTICLE).read_bytes()).hexdigest() == ARTICLE_SHA256
        article = Snapshot.objects.get(sha256=ARTICLE_SHA256)
        assert article.text.encode() == (project.SEEDS_DIR / ARTICLE).read_bytes()
        assert (article.source.url, article.source.publisher, article.how) == ("", None, "file")

    def test_the_real_case_holds_what_a_careful_reader_finds(self):
        assert 40 <= Claim.objects.count() <= 50
        assert {claim.external_id.split("/")[0] for claim in Claim.objects.all()} == {"maduro-call"}
        for anchor in Anchor.objects.select_related("snapshot", "appearance"):
            assert anchor.state == Anchor.State.EXACT
            assert anchor.snapshot.text[anchor.start : anchor.end] == anchor.appearance.quote
        assert Appearance.objects.filter(anchors=None).count() == 0
        assert Claim.objects.filter(principal_appearance=None).count() == 0

    def test_the_real_case_invents_nothing(self):
        assert Verdict.objects.count() == 0
        assert list(Evidence.objects.values_list("kind", "calculation")) == [("calculation", "266 + 304 = 570")]
        assert set(Source.objects.values_list("url", flat=True)) == {""}
        assert set(Publisher.objects.values_list("name", "site")) == {("EFE", "")}
        assert set(Claimant.objects.values_list("wikidata", "homepage")) == {("", "")}
        assert User.objects.count() == 0
        assert set(Appearance.objects.values_list("attribution", flat=True)) == {""}

    def test_every_claim_of_the_real_case_is_noted_or_selected_and_one_is_drafted(self):
        assert set(Claim.objects.values_list("status", flat=True)) == {"noted", "selected", "drafting"}
        for claim in Claim.objects.filter(status="selected"):
            assert claim.why_selected and claim.decision_reason
        check = Check.objects.get()
        assert (check.state, check.claim.external_id, check.rating) == ("drafting", "maduro-call/570-in-a-day", None)
        assert check.evidence.get() == Evidence.objects.get()

    def test_the_draft_says_that_the_sum_holds_and_its_parts_are_not_confirmed(self):
        assert Check.objects.get().summary == SUMMARY

    def test_what_one_sentence_says_of_two_things_is_two_claims(self):
        quotes = {
            "21-raids": "21 bombing raids", "82-dead": "at least 82 dead",
            "14407-returned": "14,407 migrants have returned", "78-percent": "78% of the total number",
        }  # fmt: skip
        for name, words in quotes.items():
            claim = Claim.objects.get(external_id=f"maduro-call/{name}")
            [appearance] = claim.appearances.all()
            assert (claim.kind, words in appearance.quote) == ("figure", True)
            assert claim.principal_appearance == appearance

    def test_broken_all_the_deals_appears_in_the_article_and_in_the_post(self):
        claim = Claim.objects.get(external_id="maduro-call/broke-all-deals")
        said = [
            (each.source.contained_in is not None, each.reported_via, str(each.said_on), each.said_on_precision)
            for each in claim.appearances.order_by("pk")
        ]
        assert said == [
            (False, "", "2025-12-03", "about"),
            (True, "EFE's post of 4 December 2025", "2025-12-03", "about"),
        ]
        assert {each.claimant.name for each in claim.appearances.all()} == {"Marco Rubio"}

    def test_how_the_words_came_and_when_they_were_said(self):
        def told(name):
            each = Claim.objects.get(external_id=f"maduro-call/{name}").principal_appearance
            said_on = each.said_on and str(each.said_on)
            return each.mode, each.reported_via, said_on, each.said_on_precision, each.said_on_inferred

        assert told("breached-five-agreements") == (
            "paraphrase", "interview with Fox News", "2025-12-03", "about", True,
        )  # fmt: skip
        assert told("call-cordial") == (
            "direct", "televised event, according to press reports", "2025-12-03", "day", True,
        )  # fmt: skip
        assert told("maduro-chancellor")[:3] == ("own_voice", "", None)

    def test_the_text_s_own_voice_is_the_article_s(self):
        spoken = Appearance.objects.filter(mode="own_voice")
        assert set(spoken.values_list("claimant__kind", "claimant__name")) == {
            ("outlet", "The article (outlet not known)")
        }

    def test_the_post_of_the_agency_stands_in_the_article(self):
        post = Source.objects.exclude(contained_in=None).get()
        assert (post.publisher.name, str(post.published_on)) == ("EFE", "2025-12-04")
        assert post.contained_in.snapshots.get().sha256 == ARTICLE_SHA256
        assert "broken all the deals" in post.appearances.get().quote

    def test_quotes_that_read_as_translated_say_so(self):
        quoted = Appearance.objects.filter(mode__in=["direct", "mixed"])
        assert set(quoted.values_list("original_language", flat=True)) == {"es"}


@pytest.mark.usefixtures("demo")
class TestTheDemo:
    def test_the_demo_shows_every_state_and_every_rating(self):
        assert set(Claim.objects.values_list("status", flat=True)) == {
            "noted", "selected", "not_checking", "drafting", "submitted", "approved", "published",
        }  # fmt: skip
        assert set(Check.objects.values_list("state", flat=True)) == {
            "drafting", "submitted", "approved", "published", "abandoned",
        }  # fmt: skip
        first = Verdict.objects.filter(number=1)
        published = sorted(first.exclude(rating_slug="").values_list("rating_slug", flat=True))
        assert published == sorted(Rating.objects.values_list("slug", flat=True))
        assert list(first.filter(rating_slug="").values_list("attribution", flat=True)) == ["not_so"]

    def test_one_verdict_was_clarified_one_corrected_one_updated_and_one_retracted(self):
        def told(verdict):
            return verdict.replacement_kind, verdict.supersedes.rating_slug, verdict.rating_slug

        assert [told(each) for each in Verdict.objects.filter(number__gt=1).order_by("pk")] == [
            ("clarification", "mostly-false", "mostly-false"),
            ("update", "mostly-true", "outdated"),
            ("retraction", "unproven", ""),
            ("correction", "misattributed", "misattributed"),
        ]
        assert {each.superseded_by.number for each in Verdict.objects.exclude(superseded_by=None)} == {2}

    def test_what_the_demo_published_holds(self):
        assert list(chain_breaks()) == []
        for verdict in Verdict.objects.all():
            assert verdict.is_intact()
            assert verdict.author and verdict.approver
            assert (verdict.author == verdict.approver) == bool(verdict.override_reason)

    def test_the_demo_leads_nowhere_outside(self):
        hosts = {url.split("/")[2] for url in Source.objects.exclude(url="").values_list("url", flat=True)}
        assert {host.rsplit(".")[-1] for host in hosts} == {"example"}
        assert {email.rsplit(".")[-1] for email in User.objects.values_list("email", flat=True)} == {"example"}
