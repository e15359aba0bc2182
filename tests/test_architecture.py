"""The rooms of the code: how long, and which way imports run (design.md §4)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(
    path
    for room in ("claims", "factcheck", "tests")
    for path in (ROOT / room).rglob("*.py")
    if "migrations" not in path.parts
)
TEMPLATES = sorted(path for room in ("templates", "claims") for path in (ROOT / room).rglob("*.html"))

# Who may import whom: a room imports from its own row and from those above it.
ROWS = [
    {"text", "wording", "merging", "states", "seals", "formats", "field_names", "fetching", "file_kinds", "storage"}
    | {"checklist"},
    {"policy"},
    {"models"},
    {"search", "exchange"},
    {"access"},
    {"forms", "filters", "paging"},
    {"templatetags", "views", "feeds", "sitemaps", "admin"},
    {"urls", "system_checks", "apps", "jobs"},
    {"management"},
]
ROW = {room: number for number, row in enumerate(ROWS) for room in row}


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path):
    parts = path.relative_to(ROOT / "claims").with_suffix("").parts
    return parts[0]


def imported(node):
    if isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "claims" else [node.module]
    else:
        names = [alias.name for alias in node.names]
    return [name.split(".")[1] for name in names if name and name.startswith("claims.")]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_and_no_function_is_too_long(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno + 1 > 40
    ]
    assert long == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_is_too_long_and_nothing_in_it_is_inline(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 130
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=\"|\son[a-z]+=\"", text) == []


@pytest.mark.parametrize(
    "path", [each for each in CODE if "tests" not in each.parts], ids=lambda path: str(path.relative_to(ROOT))
)
def test_imports_stand_at_the_top_and_run_downwards(path):
    inside = [
        node.lineno
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    # Django loads models between importing apps.py and calling ready(), so what needs models is imported there.
    assert inside == [] or path.name == "apps.py"
    if path.parts[-2] == "factcheck" or path == ROOT / "claims" / "__init__.py":
        return
    assert room(path) in ROW, f"{room(path)} is no room of the house"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for other in imported(node):
                assert ROW[other] <= ROW[room(path)], f"{room(path)} imports {other}, which stands above it"


def test_raw_states_are_named_in_models_alone():
    pattern = re.compile(r"\.(filter|exclude)\([^)]*\b(state|status|decision)(__\w+)?=")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in CODE
        if "claims" in path.parts and "models" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_only_the_log_writes_past_the_guards():
    pattern = re.compile(
        r"models\.Model\.(save|delete)\(|models\.QuerySet\(|QuerySet\(\w+\)\.(update|bulk|filter|delete)"
    )
    allowed = {"log.py", "many.py", "searchdocuments.py"}
    found = {
        path.name
        for path in CODE
        if "claims" in path.relative_to(ROOT).parts[0] and pattern.search(path.read_text(encoding="utf-8"))
    }
    assert found <= allowed


def test_no_file_names_a_path_of_a_machine_or_a_package_registry():
    forbidden = re.compile(r"(?<![\w.])/(wor" + r"k|far" + r"m|tm" + r"p/w)/|pypi\.o" + r"rg|registry\.npm" + r"js")
    for path in [*CODE, *TEMPLATES, ROOT / "README.md", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]:
        if path.exists():
            assert forbidden.findall(path.read_text(encoding="utf-8")) == [], path
