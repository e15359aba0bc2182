"""Lists of the admin are quick: their order is one that an index has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories


@pytest.mark.parametrize(("column", "way"), [("1", "ASC"), ("-1", "DESC"), ("5", "ASC"), ("-5", "DESC")])
def test_equals_follow_in_the_direction_of_the_column(column, way, chief, client):
    factories.claim()
    client.force_login(chief)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/admin/claims/claim/", {"o": column}).status_code == 200
    (listed,) = [each["sql"] for each in asked if "ORDER BY" in each["sql"] and "claims_claim" in each["sql"]]
    order = listed.rpartition("ORDER BY")[2].partition("LIMIT")[0].split(",")
    assert [each.split()[-1] for each in order] == [way, way]
    assert order[1].split()[0].replace('"', "") == "claims_claim.id"


def test_without_a_column_the_newest_come_first(chief, client):
    first, second = factories.claim(statement="First lamp"), factories.claim(statement="Second lamp")
    client.force_login(chief)
    page = client.get("/admin/claims/claim/").content.decode()
    assert page.index(second.statement) < page.index(first.statement)
