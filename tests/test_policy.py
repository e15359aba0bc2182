"""The two documents that the program executes, and what the desk says at start-up where they are wrong."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from claims.models import Act, Rating
from claims.models.ratings import load_ratings
from claims.policy import Unreadable, permissions_of, ratings, read_ratings, read_roles, roles
from claims.states import PERMISSIONS, VERBS
from tests import factories


@pytest.fixture
def rewritten(settings, tmp_path):
    """The seeds folder with one of its files rewritten: rewritten("roles.toml", old, new)."""

    def rewrite(name, old, new):
        for each in ("roles.toml", "ratings.toml"):
            text = (settings.SEEDS_DIR / each).read_text()
            (tmp_path / each).write_text(text.replace(old, new) if each == name else text)
        settings.SEEDS_DIR = tmp_path
        return tmp_path / name

    yield rewrite
    roles.cache_clear()
    ratings.cache_clear()


def test_the_roles_are_those_of_the_desk():
    assert list(roles()) == [
        "contributor",
        "fact-checker",
        "editor",
        "managing-editor",
        "administrator",
        "auditor",
    ]
    assert permissions_of(["administrator"]) == {"manage_accounts", "use_admin"}
    assert permissions_of(["auditor"]) == {"read_desk", "export"}
    assert permissions_of(["gone", "auditor"]) == {"read_desk", "export"}
    assert permissions_of([]) == frozenset()


def test_every_verb_asks_for_a_permission_that_exists():
    assert {verb.permission for verb in VERBS.values()} - {None} <= PERMISSIONS.keys()


def test_the_scale_is_as_ordered():
    rows = [(row["label"], row["value"]) for row in read_ratings(settings.SEEDS_DIR / "ratings.toml")]
    assert rows == [
        ("True", 5), ("Mostly true", 4), ("Half true", 3), ("Mostly false", 2), ("False", 1),
        ("Misleading", None), ("Unproven", None), ("Outdated", None), ("Misattributed", None), ("Satire", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "roles.toml",
            '"see_protected", ',
            '"see_everything", ',
            "contributor has unknown permissions: see_everything",
        ),
        ("roles.toml", '"redact",', "", "no role may redact. Give it to a role."),
        ("roles.toml", 'label = "Editor"', "", "editor has no label"),
        ("roles.toml", "[[role]]", "[[role", "roles.toml: "),
        ("ratings.toml", "value = 5", 'value = "five"', "true: value must be a whole number"),
        ("ratings.toml", 'slug = "mostly-true"', 'slug = "true"', "true stands twice"),
        ("ratings.toml", "[[rating]]", "[[other]]", "holds no rating"),
    ],
)
def test_a_wrong_file_is_named_at_start_up_with_a_hint(name, old, new, says, rewritten):
    path = rewritten(name, old, new)
    with pytest.raises(Unreadable) as refusal:
        (read_roles if name == "roles.toml" else read_ratings)(path)
    assert says in str(refusal.value)
    assert str(refusal.value).startswith(f"{name}: ")
    with pytest.raises(SystemCheckError) as stopped:
        call_command("check")
    assert says in str(stopped.value)
    assert f"HINT: Mend seeds/{name}" in str(stopped.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Unreadable, match=r"roles.toml: cannot be read \(No such file or directory\)"):
        read_roles(tmp_path / "roles.toml")


@pytest.mark.django_db
def test_loading_the_scale_again_changes_nothing():
    before = Act.objects.count()
    load_ratings()
    assert Act.objects.count() == before


@pytest.mark.django_db
def test_a_rating_that_left_the_scale_is_kept_and_not_offered(rewritten, checker, editor):
    verdict = factories.verdict(checker, editor)
    rewritten("ratings.toml", 'slug = "true"', 'slug = "correct"')
    ratings.cache_clear()
    load_ratings()
    assert Rating.objects.get(slug="true").offered is False
    assert Rating.objects.get(slug="correct").offered is True
    verdict.refresh_from_db()
    assert (verdict.rating_slug, verdict.is_intact()) == ("true", True)
