"""Sets over HTTP beside the examples: versions, dry runs, warnings, the audit trail, settings.

Source: contract/sequence-sets.md.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import (
    Api,
    Entity,
    create,
    done,
    everything,
    issue,
    new_set,
    refused,
)
from tests.contract.conftest import EntityOf, ServiceOf

SETS = "/v1/sequence-sets"
LAST = 10**20 - 1


def etag(api: Api, key: str) -> str:
    return api.get(f"{SETS}/{key}").headers["ETag"]


def if_match(value: str) -> dict[str, str]:
    return {"If-Match": value}


def test_etag_guards_a_change_and_moves_with_it(api: Api) -> None:
    create(api, new_set("Tag"))
    path = f"{SETS}/Tag"
    before = etag(api, "Tag")
    changed = api.put(path, {"chronological": True}, headers=if_match(before))
    done(changed)
    after = etag(api, "Tag")
    assert (after != before, changed.headers["ETag"]) == (True, after)
    state = api.state()
    for stale in (before, '"x"', f"W/{after}", after.strip('"')):
        refused(api.put(path, {"chronological": False}, headers=if_match(stale)), 412, 50)
        refused(api.delete(path, headers=if_match(stale)), 412, 50)
    assert api.state() == state
    done(api.put(path, {"chronological": False}, headers=if_match(f'"x", {after}')))
    done(api.put(path, {"chronological": True}, headers=if_match("*")))
    done(api.delete(path, headers=if_match(etag(api, "Tag"))))
    refused(api.put(path, {}, headers=if_match("*")), 404, 40)


def test_etag_stays_while_numbers_are_given_and_nothing_changes(api: Api) -> None:
    create(api, new_set("Calm"))
    before, path = etag(api, "Calm"), f"{SETS}/Calm"
    entries = everything(api, "/v1/audit-trail")
    issue(api, sequenceSet="Calm", count=7)
    assert etag(api, "Calm") == before
    read = api.get(path).json()
    for change in ({}, {"name": "Calm"}, {"invoice": {"startNumber": 8}}, read):
        answer = api.put(path, change)
        done(answer)
        assert (answer.headers["ETag"], etag(api, "Calm")) == (before, before)
    assert everything(api, "/v1/audit-trail") == entries


def test_end_of_a_series_is_written_back_as_it_was_read(api: Api) -> None:
    create(api, new_set("End", invoice={"prefix": "ENDI", "startNumber": LAST}))
    assert issue(api, sequenceSet="End")["firstNumber"] == f"ENDI{LAST}"
    read = done(api.get(f"{SETS}/End"))
    assert read["invoice"]["startNumber"] == LAST + 1
    assert read["invoice"]["nextDocumentNumber"] is None
    done(api.put(f"{SETS}/End", read))
    assert done(api.get(f"{SETS}/End")) == read
    over = {"invoice": {"startNumber": LAST + 2}}
    refused(api.put(f"{SETS}/End", over), 200, 20)
    other = {"invoice": {"prefix": "NEWI", "startNumber": LAST + 1}}
    refused(api.put(f"{SETS}/End", other), 200, 20)
    asked = {"documentType": "invoice", "sequenceSet": "End"}
    refused(api.post("/v1/document-numbers", asked), 200, 30)


def test_dry_run_answers_as_the_call_would_and_changes_nothing(api: Api) -> None:
    create(api, new_set("Run"))
    issue(api, sequenceSet="Run", count=2)
    before = api.state()
    asked: list[tuple[str, str, Any]] = [
        ("POST", SETS, {"sequenceSets": [new_set("Dry")]}),
        ("PUT", f"{SETS}/Run", {"invoice": {"startNumber": 10}, "payment": None}),
        ("DELETE", f"{SETS}/Run", None),
    ]
    answers = [done(api.call(*one, params={"dryRun": "true"})) for one in asked]
    assert api.state() == before
    assert all(answer["dryRun"] is True for answer in answers)
    made, changed, deleted = (answer["effects"] for answer in answers)
    assert {effect["documentType"] for effect in made} == {
        *("invoice", "creditMemo", "debitMemo", "payment", "refund")
    }
    assert answers[0]["sequenceSets"][0]["name"] == "Dry"
    assert changed[0] == {
        "sequenceSet": "Run",
        "documentType": "invoice",
        "nextDocumentNumbers": ["RUNI00000010", "RUNI00000011", "RUNI00000012"],
        "skips": {"firstNumber": "RUNI00000003", "lastNumber": "RUNI00000009", "count": 7},
        "accounts": 0,
        "drafts": 0,
    }
    assert {effect["sequenceSet"] for effect in deleted} == {"Run"}


def test_dry_run_is_refused_as_the_call_would_be(api: Api) -> None:
    before = api.state()
    bad = {"sequenceSets": [{"name": "no name"}]}
    dry, real = (api.post(SETS, bad, params=given).json() for given in ({"dryRun": "true"}, {}))
    assert dry["reasons"] == real["reasons"]
    refused(api.delete(f"{SETS}/DEFAULT", params={"dryRun": "true"}), 200, 30)
    refused(api.put(f"{SETS}/none", {}, params={"dryRun": "true"}), 404, 40)
    for value in ("1", "yes", "True", ""):
        refused(api.post(SETS, bad, params={"dryRun": value}), 400, 27)
    assert api.state() == before
    create(api, new_set("Real"), params={"dryRun": "false"})


def test_entangled_prefixes_are_told_on_saving(api: Api) -> None:
    create(api, new_set("A", invoice={"prefix": "23", "startNumber": 10000300}))
    made = done(
        api.post(SETS, {"sequenceSets": [new_set("B", invoice={"prefix": "2", "startNumber": 1})]})
    )
    assert [(one["path"], one["firstCollision"]) for one in made["warnings"]] == [
        ("sequenceSets[0].invoice.prefix", "2310000300")
    ]
    changed = done(api.put(f"{SETS}/B", {"chronological": True}))
    assert [one["path"] for one in changed["warnings"]] == ["invoice.prefix"]
    assert "warnings" not in done(api.put(f"{SETS}/B", {"invoice": {"prefix": "BX"}}))


def test_every_change_is_in_the_audit_trail(entity: Entity) -> None:
    api = entity.admin
    body = {"sequenceSets": [new_set("Aud")]}
    made = api.post(SETS, body)
    changed = api.put(f"{SETS}/Aud", {"name": "Aud2", "refund": None})
    refused(api.put(f"{SETS}/Aud2", {"name": "no name"}), 200, 20)
    deleted = api.delete(f"{SETS}/Aud2")
    newest = everything(entity.client("auditor"), "/v1/audit-trail")
    ours = [entry for entry in newest if entry["subjectKind"] == "sequence_set"]
    assert [entry["action"] for entry in ours] == ["delete", "update", "create"]
    for entry, response in zip(ours, (deleted, changed, made), strict=True):
        assert entry["requestId"] == response.headers["Zuora-Request-Id"]
        assert entry["actor"] == f"client:{api.client_id}"
        assert entry["subjectId"] == done(made)["sequenceSets"][0]["id"]
    assert ours[2]["before"] is None
    assert ours[2]["after"] == ours[1]["before"]
    assert ours[1]["before"]["refund"] == {"prefix": "AUDR-", "startNumber": 1}
    assert (ours[1]["after"]["name"], "refund" in ours[1]["after"]) == ("Aud2", False)
    assert ours[0]["before"] == ours[1]["after"]
    numbers = [entry["auditNumber"] for entry in newest]
    assert numbers == list(range(len(numbers), 0, -1))


MEMOS = ("creditMemo", "debitMemo")


def test_memos_are_hidden_everywhere_while_invoice_settlement_is_off(api: Api) -> None:
    create(api, new_set("Before"))
    shown = done(api.get(f"{SETS}/Before"))
    issue(api, documentType="creditMemo", sequenceSet="Before")
    done(api.put("/v1/settings", {"invoiceSettlement": False}))

    assert not {*MEMOS} & done(api.get(f"{SETS}/Before")).keys()
    assert all(not {*MEMOS} & one.keys() for one in everything(api, SETS))
    thin = {key: value for key, value in new_set("During").items() if key not in MEMOS}
    (made,) = create(api, thin)
    assert not {*MEMOS} & made.keys()
    effects = done(api.delete(f"{SETS}/Before", params={"dryRun": "true"}))["effects"]
    assert [effect["documentType"] for effect in effects] == ["invoice", "payment", "refund"]

    state = api.state()
    refused(api.post(SETS, {"sequenceSets": [new_set("Full")]}), 200, 10, 10)
    for memo in MEMOS:
        refused(api.put(f"{SETS}/Before", {memo: {"startNumber": 50}}), 200, 10)
        refused(api.post("/v1/document-numbers", {"documentType": memo}), 200, 10)
    refused(api.post(SETS, {"sequenceSets": [5]}), 200, 20)
    refused(api.put(f"{SETS}/Before", b"[]"), 200, 20)
    assert api.state() == state
    issue(api, documentType="invoice", sequenceSet="Before")

    done(api.put("/v1/settings", {"invoiceSettlement": True}))
    again = done(api.get(f"{SETS}/Before"))
    assert again["debitMemo"] == shown["debitMemo"]
    assert again["creditMemo"]["startNumber"] == 2
    assert not {*MEMOS} & done(api.get(f"{SETS}/During")).keys()
    given = issue(api, documentType="debitMemo", sequenceSet="During")
    assert given["firstNumber"] == "DM00000001"


@pytest.mark.parametrize("http_status", ["original", "standard"])
def test_switched_off_feature_has_a_status_of_its_own(
    service_of: ServiceOf, entity_of: EntityOf, http_status: str
) -> None:
    api = entity_of(service_of("sqlite", http_status=http_status)).admin
    done(api.put("/v1/settings", {"invoiceSettlement": False}))
    answer = api.post("/v1/document-numbers", {"documentType": "creditMemo"})
    refused(answer, 200 if http_status == "original" else 403, 10)


def test_unknown_fields_are_ignored_where_the_setting_says_so(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("sqlite", unknown_fields="ignore")).admin
    new = new_set("New", future=1, invoice={"prefix": "NI", "startNumber": 1, "x": [None]})
    made = done(api.post(SETS, {"sequenceSets": [new], "new": {}}))["sequenceSets"][0]
    assert "future" not in made
    done(api.put(f"{SETS}/New", {"future": {"deep": 1}}))
    issue(api, later=True)
    done(api.put("/v1/settings", {"later": 1}))
    # Everything else is as strict as ever.
    refused(api.post(SETS, {"sequenceSets": [{**new_set("X"), "name": 5, "y": 1}]}), 200, 20)


def test_key_of_another_set_is_taken_in_any_form(api: Api) -> None:
    (made,) = create(api, new_set("Keys", sequenceSetNumber="NR-1"))
    taken = [made["id"], made["id"].upper(), "keys", "nr-1", "default", "SS-00000000"]
    for number in taken:
        rival = new_set("Rival", sequenceSetNumber=number)
        messages = refused(api.post(SETS, {"sequenceSets": [rival]}), 200, 30)
        assert messages[0].startswith("sequenceSets[0].sequenceSetNumber: ")
    for name in ("keys", "nr-1", "Default", "SS-00000000"):
        refused(api.post(SETS, {"sequenceSets": [new_set(name, "RX")]}), 200, 30)
    create(api, new_set("Free"))
    for name in ("KEYS", "nr-1", "default"):
        refused(api.put(f"{SETS}/Free", {"name": name}), 200, 30)
    done(api.put(f"{SETS}/Keys", {"name": "KEYS"}))
    for key in (made["id"].upper(), "kEyS", "nR-1"):
        assert done(api.get(f"{SETS}/{key}"))["name"] == "KEYS"


def test_new_prefix_alone_joins_or_goes_on(api: Api) -> None:
    create(api, new_set("J1"), new_set("J2"))
    issue(api, sequenceSet="J1", count=4)
    issue(api, sequenceSet="J2", count=2)
    done(api.put(f"{SETS}/J2", {"invoice": {"prefix": "J1I"}}))
    assert done(api.get(f"{SETS}/J2"))["invoice"]["startNumber"] == 5
    done(api.put(f"{SETS}/J2", {"invoice": {"prefix": "FRESH"}}))
    assert done(api.get(f"{SETS}/J2"))["invoice"]["startNumber"] == 5
