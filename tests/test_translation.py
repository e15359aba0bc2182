"""Every text of a page goes through gettext, and every language that is offered is translated to the last word."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse

from tests import factories
from tests.test_architecture import CODE, ROOT, TEMPLATES

CATALOGS = ROOT / "claims" / "locale"
TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")
# Words that are the same in every language, and names of classes that a template hands to another.
NO_WORDS = {
    "desk", "wide", "narrow", "entrance", "public", "system", "light", "dark", "colM", "report", "SHA", "Wikidata",
    "CSV", "PDF", "htmx", "config",
}  # fmt: skip
SHOWN = {"label", "help_text", "description", "verbose_name", "verbose_name_plural", "empty_label"}
SAID = {"ValidationError", "Refused", "NotAllowed", "WrongState"}
MESSAGES = {"success", "info", "warning", "error"}


def catalog(code):
    return polib.pofile(CATALOGS / code / "LC_MESSAGES" / "django.po")


def forms_of(entry):
    return [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_untranslated_or_doubtful(code):
    entries = catalog(code)
    assert [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy or entry.obsolete] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_keeps_the_places_that_the_program_fills(code):
    for entry in catalog(code):
        wanted = set(PLACES.findall(entry.msgid_plural or entry.msgid))
        *first, last = forms_of(entry)
        assert set(PLACES.findall(last)) == wanted, entry.msgid
        assert all(set(PLACES.findall(form)) <= wanted for form in first), entry.msgid


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_compiled_catalog_says_what_the_readable_one_says(code):
    compiled = polib.mofile(CATALOGS / code / "LC_MESSAGES" / "django.mo")
    said = {(entry.msgctxt, entry.msgid): forms_of(entry) for entry in compiled}
    assert said == {(entry.msgctxt, entry.msgid): forms_of(entry) for entry in catalog(code)}


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_catalog_holds_exactly_the_texts_of_the_program(code, tmp_path):
    if not shutil.which("xgettext"):
        assert "CI" not in os.environ, "gettext is missing"
        pytest.skip("Needs xgettext (Debian's package gettext).")
    for name in ("manage.py", "factcheck", "claims", "templates"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "manage.py", "makemessages", "-l", code, "--no-obsolete", "--no-location"]
    env = {**os.environ, "VAR_DIR": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    found = polib.pofile(tmp_path / "claims" / "locale" / code / "LC_MESSAGES" / "django.po")
    known = {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalog(code)}
    assert {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in found} == known


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_words_of_its_own(path):
    whole = path.read_text(encoding="utf-8")
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", whole, flags=re.DOTALL)
    text = re.sub(r"{%\s*blocktrans(late)?\b.*?{%\s*endblocktrans(late)?\s*%}", "", text, flags=re.DOTALL)
    text = re.sub(r"{{.*?}}|{%.*?%}", "", text, flags=re.DOTALL)
    assert not re.search(r"""date:["']([djF]|l)\b.*?[FMY]""", whole), "Days go by DATE_FORMAT, which each language has."
    words = re.findall(r"\b(?:title|alt|aria-label|placeholder)=\"([^\"]*)\"", text)
    words.append(re.sub(r"<[^>]*>|&\w+;|data-[\w-]+=\"\"", " ", text))
    assert set(re.findall(r"[A-Za-z]{2,}", " ".join(words))) <= NO_WORDS


@pytest.mark.parametrize(
    "path",
    [each for each in CODE if "claims" in each.relative_to(ROOT).parts],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_message_and_no_label_in_the_code_is_bare(path):
    bare = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            of_a_page = name in MESSAGES and getattr(getattr(node.func, "value", None), "id", "") == "messages"
            texts = list(node.args) if name in SAID or of_a_page else []
            texts += [keyword.value for keyword in node.keywords if keyword.arg in SHOWN]
            bare += [text.value for text in texts if isinstance(text, ast.Constant) and _is_prose(text.value)]
    assert bare == []


def test_every_field_has_a_name_in_every_language():
    models = apps.get_app_config("claims").get_models()
    named = [(field, field.verbose_name) for model in models for field in model._meta.fields]
    named += [(model, model._meta.verbose_name) for model in apps.get_app_config("claims").get_models()]
    bare = [str(each) for each, name in named if isinstance(name, str) and name != "once"]
    assert bare == []


def test_a_text_is_marked_by_a_name_that_makemessages_knows():
    named = re.compile(r"^from django\.utils\.translation import (\w*gettext\w*) as (\w+)$", re.MULTILINE)
    names = {name for path in CODE for _function, name in named.findall(path.read_text(encoding="utf-8"))}
    assert names == {"_"}


def _is_prose(value):
    return isinstance(value, str) and bool(re.search(r"[A-Z][a-z]+|[a-z]+ [a-z]+", value))


# Pages


def test_a_page_speaks_the_language_that_the_browser_asks_for(client, db):
    page = client.get(reverse("account_login"), headers={"Accept-Language": "es-CO, en;q=0.5"})
    assert "¿Olvidó su contraseña?" in page.text
    assert '<html lang="es"' in page.text
    assert page.headers["Content-Language"] == "es"


def test_the_switch_is_kept_in_a_cookie_and_leads_back(client, db):
    back = reverse("account_login")
    answer = client.post(reverse("language"), {"language": "es", "next": back})
    assert answer.url == back
    assert "Entrar" in client.get(back).text
    assert client.post(reverse("language"), {"language": "xx", "next": "//elsewhere.example"}).url == "/"
    assert "Entrar" in client.get(back).text


def test_the_language_of_the_profile_comes_before_all_others(client, checker):
    checker.edit_own(by=checker, language="es")
    claim = factories.selected()
    client.force_login(checker)
    page = client.get(claim.get_absolute_url(), headers={"Accept-Language": "en"})
    assert "Seleccionada" in page.text
    assert reverse("language") not in page.text
    listed = client.get(reverse("claims"), headers={"Accept-Language": "en"}).text
    assert "Anotar una afirmación" in listed
    assert claim.statement in listed


def test_days_are_written_as_the_language_writes_them(client, checker, editor):
    factories.verdict(checker, editor)
    claim = factories.claim(appearance={"said_on": "2025-12-03"})
    client.force_login(checker)
    address = claim.get_absolute_url()
    assert "3 December 2025" in client.get(address).text
    assert "3 de diciembre de 2025" in client.get(address, headers={"Accept-Language": "es"}).text


def test_an_unknown_language_is_refused_at_the_start(tmp_path):
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DESK_LANGUAGE": "tlh"}
    command = [sys.executable, "manage.py", "check"]
    said = subprocess.run(command, cwd=Path(ROOT), env=env, capture_output=True, text=True)
    assert said.returncode == 1
    assert "DESK_LANGUAGE must be one of en, es, not 'tlh'." in said.stderr
