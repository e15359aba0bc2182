"""Random people doing random things break no rule of design.md §3; tests.benchmarks lets many more of them live."""

import pytest
from hypothesis import Phase

from tests.life import live


@pytest.mark.django_db
def test_whatever_people_do_no_rule_is_broken():
    live(examples=12, steps=20, derandomize=True, phases=[Phase.generate, Phase.shrink])
