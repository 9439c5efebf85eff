"""Settings, entities, clients and series. Source: contract/transport.md, Beside the API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.contract.api import Api, Entity, create, done, everything, issue, new_set, refused
from tests.contract.conftest import EntityOf

SETTINGS = "/v1/settings"
FIRST_SETTINGS = {
    "invoiceSettlement": True,
    "flexibleBillingAttributes": True,
    "numberAssignment": "creation",
    "timeZone": "UTC",
    "success": True,
}


def test_settings_change_field_by_field_and_are_audited(entity: Entity) -> None:
    api = entity.admin
    assert done(api.get(SETTINGS)) == FIRST_SETTINGS
    change = {"timeZone": "Europe/Berlin", "numberAssignment": "posting"}
    assert done(api.put(SETTINGS, change)) == {**FIRST_SETTINGS, **change}
    read = done(entity.client("auditor").get(SETTINGS))
    assert read == {**FIRST_SETTINGS, **change}
    done(api.put(SETTINGS, read))
    done(api.put(SETTINGS, {}))
    entries = [one for one in everything(api, "/v1/audit-trail") if one["action"] == "update"]
    assert len(entries) == 1
    assert entries[0]["before"]["timeZone"] == "UTC"
    assert entries[0]["after"]["numberAssignment"] == "posting"


@pytest.mark.parametrize(
    ("field", "value", "category"),
    [
        ("timeZone", "Mars/Olympus", 20),
        ("timeZone", "", 20),
        ("timeZone", "../../etc/passwd", 20),
        ("timeZone", "/etc/localtime", 20),
        ("timeZone", "Europe", 20),
        ("timeZone", "a" * 5000, 20),
        ("timeZone", "\u00e9", 20),
        ("timeZone", 1, 20),
        ("timeZone", None, 22),
        ("numberAssignment", "never", 20),
        ("numberAssignment", "Creation", 20),
        ("numberAssignment", ["creation"], 20),
        ("invoiceSettlement", "true", 20),
        ("invoiceSettlement", 1, 20),
        ("flexibleBillingAttributes", {}, 20),
        ("unheard_of", True, 21),
    ],
)
def test_setting_out_of_bounds_is_refused(
    sqlite_api: Api, field: str, value: Any, category: int
) -> None:
    before = sqlite_api.state()
    answer = sqlite_api.put(SETTINGS, {"invoiceSettlement": False, field: value})
    (message,) = refused(answer, 200, category)
    assert message.startswith(f"{field}: ")
    assert sqlite_api.state() == before


def test_today_is_that_of_the_entitys_time_zone(sqlite_api: Api) -> None:
    days = set()
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):  # 26 hours apart: never the same day
        done(sqlite_api.put(SETTINGS, {"timeZone": zone}))
        days.add(issue(sqlite_api)["documentDate"])
    assert len(days) == 2


def test_entities_are_created_with_their_own_default(entity: Entity) -> None:
    api = entity.admin
    made = done(api.post("/v1/entities", {"name": f"Made by {entity.name}"}))
    assert len(made["id"]) == 32
    listed = done(entity.client("auditor").get("/v1/entities"))["entities"]
    assert {"id": made["id"], "name": made["name"]} in listed
    inside = entity.client("admin", made["id"])
    create(inside, new_set("Inside"))
    names = [one["name"] for one in everything(inside, "/v1/sequence-sets")]
    assert names == ["DEFAULT", "Inside"]
    assert [one["name"] for one in everything(api, "/v1/sequence-sets")] == ["DEFAULT"]


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("", 20),
        (" ", 20),
        (" padded", 20),
        ("padded ", 20),
        ("a" * 101, 20),
        ("a" + " " * 5000, 20),
        ("two\nlines", 20),
        ("\u202ebidi", 20),
        (None, 22),
        (1, 20),
    ],
)
def test_name_out_of_bounds_is_refused(api: Api, name: Any, category: int) -> None:
    before = api.state()
    for path, body in (
        ("/v1/entities", {"name": name}),
        ("/v1/oauth-clients", {"name": name, "role": "issuer"}),
    ):
        (message,) = refused(api.post(path, body), 200, category)
        assert message.startswith("name: ")
    assert api.state() == before


def test_entity_name_taken_is_refused_without_case(entity: Entity) -> None:
    taken = entity.name if entity.id else ""
    for name in (taken, taken.upper(), taken.lower()):
        refused(entity.admin.post("/v1/entities", {"name": name}), 200, 30)
    done(entity.admin.post("/v1/entities", {"name": f"{entity.name} Gro\u00df \u65e5\u672c"}))


def test_client_is_created_for_the_callers_entity_and_its_secret_shown_once(
    entity: Entity,
) -> None:
    made = done(entity.admin.post("/v1/oauth-clients", {"name": "Mine", "role": "issuer"}))
    assert made["entityIds"] == [entity.id]
    assert 16 <= len(made["clientSecret"]) <= 42
    assert str(uuid.UUID(made["clientId"])) == made["clientId"]
    listed = entity.admin.get("/v1/oauth-clients")
    assert made["clientSecret"] not in listed.text
    shown = [one for one in done(listed)["clients"] if one["clientId"] == made["clientId"]]
    assert shown == [{key: made[key] for key in made if key not in ("clientSecret", "success")}]


@pytest.mark.parametrize(
    ("changed", "categories"),
    [
        ({"role": "root"}, (20,)),
        ({"role": ""}, (20,)),
        ({"role": None}, (22,)),
        ({"entityIds": []}, (20,)),
        ({"entityIds": [""]}, (40,)),
        ({"entityIds": ["0" * 32]}, (40,)),
        ({"entityIds": [1]}, (20,)),
        ({"entityIds": [None]}, (22,)),
        ({"entityIds": "all"}, (20,)),
        ({"entityIds": ["0" * 32, "1" * 32], "role": "x"}, (20, 40, 40)),
        ({"entityIds": ["x"] * 101}, (20,)),
        ({"entityIds": [[]] * 3000}, (20,)),
        ({"secret": "mine"}, (21,)),
    ],
)
def test_client_out_of_bounds_is_refused(
    sqlite_api: Api, changed: dict[str, Any], categories: tuple[int, ...]
) -> None:
    before = done(sqlite_api.get("/v1/oauth-clients"))
    body = {"name": "Client", "role": "issuer", **changed}
    refused(sqlite_api.post("/v1/oauth-clients", body), 200, *categories)
    assert done(sqlite_api.get("/v1/oauth-clients")) == before


def test_client_with_an_entity_twice_is_refused(entity: Entity, entity_of: EntityOf) -> None:
    other = entity_of(entity.root.service).id
    dashed = str(uuid.UUID(other))
    body = {"name": "Twice", "role": "issuer", "entityIds": [other, entity.id, dashed]}
    (message,) = refused(entity.admin.post("/v1/oauth-clients", body), 200, 20)
    assert message == "entityIds[2]: stands twice"


def test_client_changes_are_audited(entity: Entity) -> None:
    api = entity.admin
    made = done(api.post("/v1/oauth-clients", {"name": "Audited", "role": "issuer"}))
    path = f"/v1/oauth-clients/{made['clientId']}"
    done(api.post(f"{path}/rotate"))
    done(api.post(f"{path}/revoke"))
    trail = api.get("/v1/audit-trail")
    actions = [
        entry["action"]
        for entry in done(trail)["auditTrail"]
        if entry["subjectId"] == made["clientId"]
    ]
    assert actions == ["revoke", "rotate", "create"]
    assert made["clientSecret"] not in trail.text


def test_series_shows_what_became_of_its_numbers(api: Api) -> None:
    create(api, new_set("Ser", invoice={"prefix": "SER", "startNumber": 5}))
    issue(api, sequenceSet="Ser", count=3)
    done(api.put("/v1/sequence-sets/Ser", {"invoice": {"startNumber": 20}}))
    listed = {one["prefix"]: one for one in everything(api, "/v1/series")}
    assert list(listed) == sorted(listed, key=str.casefold)
    shown = done(api.get(f"/v1/series/{listed['SER']['id']}"))
    assert shown == {**listed["SER"], "success": True}
    expected = {"origin": 5, "nextNumber": 20, "issued": 3, "skipped": 12, "entries": 2}
    assert {key: shown[key] for key in expected} == expected
    assert done(api.get(f"/v1/series/{listed['SER']['id'].upper()}")) == shown
    verified = done(api.get(f"/v1/series/{shown['id']}/verify"))
    assert verified == {
        "verified": True,
        "entries": 2,
        "numbers": 15,
        "headHash": shown["headHash"],
        "firstFault": None,
        "success": True,
    }


def series_id(api: Api, prefix: str) -> str:
    return next(str(one["id"]) for one in everything(api, "/v1/series") if one["prefix"] == prefix)


def test_release_lets_go_a_prefix_that_gave_nothing(api: Api) -> None:
    create(api, new_set("Typo", invoice={"prefix": "TYPPO", "startNumber": 1}))
    typo = series_id(api, "TYPPO")
    refused(api.post(f"/v1/series/{typo}/release"), 200, 30)
    done(api.put("/v1/sequence-sets/Typo", {"invoice": {"prefix": "TYPO"}}))
    wrong_type = new_set("Other", creditMemo={"prefix": "TYPPO", "startNumber": 3})
    refused(api.post("/v1/sequence-sets", {"sequenceSets": [wrong_type]}), 200, 30)
    released = done(api.post(f"/v1/series/{typo}/release"))
    assert released["released"] is True
    done(api.post(f"/v1/series/{typo}/release"))
    create(api, wrong_type)
    actions = [one["action"] for one in everything(api, "/v1/audit-trail")]
    assert actions.count("release") == 1


def test_release_refuses_a_prefix_that_gave_a_number(api: Api) -> None:
    create(api, new_set("Used"))
    issue(api, sequenceSet="Used")
    done(api.delete("/v1/sequence-sets/Used"))
    refused(api.post(f"/v1/series/{series_id(api, 'USEDI')}/release"), 200, 30)
    done(api.post(f"/v1/series/{series_id(api, 'USEDC')}/release"))


@pytest.mark.parametrize(
    "key", ["0" * 32, "x", "' OR 1=1", "%00", "%2e%2e", "\u0660" * 32, "a" * 900]
)
def test_series_nobody_has_is_not_found(api: Api, key: str) -> None:
    for method, ending in (("GET", ""), ("GET", "/verify"), ("POST", "/release")):
        refused(api.call(method, f"/v1/series/{key}{ending}"), 404, 40)
