"""Random people doing random things break no rule of design.md §3; tests.benchmarks lets many more of them live."""

import pytest
from hypothesis import Phase

from tests.life import lives


@pytest.mark.django_db
def test_whatever_people_do_no_rule_is_broken():
    found = lives(12, 20, derandomize=True, phases=[Phase.generate, Phase.shrink])
    assert found["faults"] == []
    # They got somewhere: else nothing would be shown.
    assert (found["lives"] >= 12, found["verdicts"] >= 10, found["replaced"] >= 3) == (True, True, True), found
