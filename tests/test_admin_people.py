"""The admin: an administrator makes and changes accounts, and deletes none."""

import pytest

from claims.models import Act, KeptDraft, LastSeen, Notification, User
from claims.models.following import mark_seen
from tests import factories
from tests.admin_pages import act, address, button, errors, listing, said, sent, verbs


@pytest.fixture
def administrator(db):
    return factories.person("ada", "administrator", name="Ada Testperson")


def test_an_administrator_makes_an_account_with_a_password_shown_once(client, administrator):
    client.force_login(administrator)
    page = client.get(listing(User, "add"))
    typed = {"username": "newt", "name": "Newt Testperson", "email": "newt@desk.example", "roles": ["editor"]}
    response = client.post(listing(User, "add"), sent(page, typed))
    made = User.objects.get(username="newt")
    password = said(response)[-1].rpartition(" ")[2]
    assert made.check_password(password)
    assert (made.roles, made.must_change_password) == (["editor"], True)
    assert Act.objects.get(verb="user.create", actor=administrator).changes.get().object_id == made.pk
    assert password not in str(list(Act.objects.values())) + str(
        [c.values for a in Act.objects.all() for c in a.changes.all()]
    )


def test_an_account_sent_twice_is_one_account(client, administrator):
    client.force_login(administrator)
    data = sent(client.get(listing(User, "add")), {"username": "newt", "roles": ["editor"]})
    client.post(listing(User, "add"), data)
    again = client.post(listing(User, "add"), data)
    assert again.url == address(User.objects.get(username="newt"))
    assert said(again)[-1] == "This form was sent twice. It was done once."


def test_roles_are_changed_by_the_verb(client, administrator, checker):
    client.force_login(administrator)
    page = client.get(address(checker))
    client.post(address(checker), sent(page, {"roles": ["editor", "fact-checker"]}))
    checker.refresh_from_db()
    assert sorted(checker.roles) == ["editor", "fact-checker"]
    assert verbs()[-1] == "user.edit"
    stale = client.post(address(checker), sent(page, {"name": "Other"}) | {"once": ""})
    assert errors(stale)[""] == ["Somebody else changed this meanwhile. Nothing was overwritten."]
    assert client.post(address(checker, "delete"), {"post": "yes"}).status_code == 403


def test_open_work_of_whom_the_roles_are_taken_from_goes_to_who_was_chosen(client, administrator, checker, editor):
    claim = factories.selected().assign(checker, by=editor)
    client.force_login(administrator)
    page = client.get(address(checker))
    client.post(address(checker), sent(page, {"roles": ["contributor"], "successor": editor.pk}))
    claim.refresh_from_db()
    assert (claim.assignee, verbs()[-2:]) == (editor, ["user.edit", "user.hand_over"])
    assert "successor" not in client.get(address(checker)).context["adminform"].form.fields


def test_a_new_one_time_password(client, administrator, checker):
    client.force_login(administrator)
    response = client.post(act(checker, "give-password"), button(client.get(address(checker)), "give-password"))
    checker.refresh_from_db()
    assert checker.check_password(said(response)[-1].rpartition(" ")[2])
    assert checker.must_change_password
    assert Act.objects.get(verb="user.give_password").actor == administrator


def test_an_editor_gives_no_passwords(client, editor, checker):
    client.force_login(editor)
    asked = {"act": "give-password", "version": checker.version}
    assert client.post(act(checker, "give-password"), asked).status_code == 403
    checker.refresh_from_db()
    assert checker.check_password(factories.PASSWORD)


def test_somebody_leaves_and_comes_back_by_the_same_verbs_as_on_the_desk(client, administrator, checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    client.force_login(administrator)
    asked = button(client.get(address(checker)), "deactivate") | {"successor": editor.pk, "reason": "moved away"}
    client.post(act(checker, "deactivate"), asked)
    checker.refresh_from_db()
    claim.refresh_from_db()
    assert (checker.is_active, claim.assignee) == (False, editor)
    assert verbs()[-2:] == ["user.deactivate", "user.hand_over"]
    page = client.get(address(checker))
    assert (button(page, "deactivate"), button(page, "hand-over")) == (None, None)
    client.post(act(checker, "reactivate"), button(page, "reactivate"))
    checker.refresh_from_db()
    assert (checker.is_active, verbs()[-1]) == (True, "user.reactivate")


def test_the_last_administrator_keeps_that_role(client, administrator):
    client.force_login(administrator)
    page = client.get(address(administrator))
    answer = client.post(address(administrator), sent(page, {"roles": ["editor"]}))
    assert errors(answer)["roles"] == [
        "Nobody else here can log in and manage accounts. Give that role to somebody else first."
    ]
    administrator.refresh_from_db()
    assert administrator.roles == ["administrator"]


def test_what_somebody_was_told_and_has_seen_is_shown_to_nobody_else(client, checker, editor, chief):
    for person in (checker, editor):
        factories.claim().assign(person, by=chief)
        mark_seen(person, 1)
    for reader, seen in ((editor, 200), (chief, 302)):
        client.force_login(reader)
        for model in (Notification, LastSeen):
            own, others = model.objects.get(person=editor), model.objects.get(person=checker)
            assert client.get(address(own)).status_code == seen
            assert client.get(address(others)).status_code == 302
            rows = client.get(listing(model)).context["cl"].result_list
            assert [row.person for row in rows] == ([editor] if reader == editor else [])


def test_what_somebody_typed_and_did_not_save_is_shown_to_nobody_else(client, checker):
    KeptDraft.objects.keep(checker, "claim.note", {"statement": ["Words for nobody else"]})
    client.force_login(factories.person("ada", "administrator"))
    for address_of_it in (listing(KeptDraft), address(KeptDraft.objects.get())):
        page = client.get(address_of_it)
        assert page.status_code == 200
        assert "claim.note" in page.text
        assert "Words for nobody else" not in page.text
