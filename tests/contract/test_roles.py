"""Every operation of the OpenAPI document, for every role, on own, foreign and absent things.

A new operation fails here until it stands in the table below.
Source: contract/guarantees.md, G8; contract/transport.md, OAuth.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.contract.api import Api, Entity, create, done, everything, issue, new_set, raw_call
from tests.contract.conftest import EntityOf, ServiceOf
from tests.contract.documented import documented_api
from tests.contract.documents import (
    document_in,
    first_item,
    invoice_body,
    memo_body,
    new_invoice,
    payment_body,
)
from tests.contract.second_tenant import second_tenant
from tests.running_service import RunningService

ROLES = ("admin", "issuer", "auditor")
EVERYBODY, ISSUERS, READERS, ADMINS = (
    frozenset(ROLES),
    frozenset({"admin", "issuer"}),
    frozenset({"admin", "auditor"}),
    frozenset({"admin"}),
)
_numbers = itertools.count(1)


def new_name() -> str:
    return f"R{next(_numbers)}X"


@dataclass(frozen=True)
class Access:
    """Who may, with which sound body, on which kind of thing where the path names one."""

    roles: frozenset[str]
    key: str = ""
    body: Callable[[], Any] = lambda: None


PAYER = {"accountNumber": "PAYER"}
"""The account that every entity here has, with an invoice to pay: OPEN."""
ITEMS: dict[str, str] = {}
"""Of each invoice made here, an item."""


def account_body(**changed: Any) -> dict[str, Any]:
    contact = {"firstName": "Ada", "lastName": "Byron"}
    return {"name": "Customer", "currency": "EUR", "billToContact": contact, **changed}


ITEM_OF_THE_KEY = "an item of the invoice that the path names"
MEMO_ITEM = {"amount": 1, "skuName": "S", "invoiceItemId": ITEM_OF_THE_KEY}
TO_OPEN = {"invoices": [{"invoiceId": "OPEN", "amount": 1}]}
REFUND = {"totalAmount": 1, "type": "External", "methodType": "Check"}


def memo_accesses() -> dict[str, Access]:
    """Of both kinds of memo, under the original's new paths and its old ones."""
    rows: dict[str, Access] = {}
    bulk = {"sourceType": "Standalone", "memos": [memo_body(PAYER)]}
    for noun, mark in itertools.product(("CreditMemo", "DebitMemo"), ("", "Old")):
        name = {"CreditMemo": "credit memo", "DebitMemo": "debit memo"}[noun]
        rows |= {
            f"GET_{noun}s{mark}": Access(EVERYBODY),
            f"GET_{noun}{mark}": Access(EVERYBODY, f"draft {name}"),
            f"GET_{noun}Items{mark}": Access(EVERYBODY, f"draft {name}"),
            f"POST_{noun}{mark}": Access(ISSUERS, body=lambda: memo_body(PAYER)),
            f"POST_{noun}FromInvoice{mark}": Access(
                ISSUERS, "posted invoice", lambda: {"items": [MEMO_ITEM]}
            ),
            f"POST_{noun}sBulk{mark}": Access(ISSUERS, body=lambda: bulk),
            f"PUT_{noun}Post{mark}": Access(ISSUERS, f"draft {name}"),
            f"PUT_{noun}Unpost{mark}": Access(ISSUERS, f"posted {name}"),
            f"PUT_{noun}Cancel{mark}": Access(ISSUERS, f"draft {name}"),
            f"DELETE_{noun}{mark}": Access(ISSUERS, f"canceled {name}"),
        }
    for mark in ("", "Old"):
        rows |= {
            f"PUT_CreditMemoApply{mark}": Access(ISSUERS, "posted credit memo", lambda: TO_OPEN),
            f"PUT_CreditMemoUnapply{mark}": Access(ISSUERS, "applied credit memo", lambda: TO_OPEN),
            f"POST_CreditMemoRefund{mark}": Access(ISSUERS, "posted credit memo", lambda: REFUND),
            f"POST_CreditMemoRefunds{mark}": Access(ISSUERS, "posted credit memo", lambda: REFUND),
        }
    return rows


ACCESS = {
    "GET_SequenceSets": Access(EVERYBODY),
    "POST_SequenceSets": Access(ADMINS, body=lambda: {"sequenceSets": [new_set(new_name())]}),
    "GET_SequenceSet": Access(EVERYBODY, "set"),
    "PUT_SequenceSet": Access(ADMINS, "set", lambda: {"chronological": True}),
    "DELETE_SequenceSet": Access(ADMINS, "set"),
    "POST_DocumentNumbers": Access(ISSUERS, body=lambda: {"documentType": "invoice"}),
    "GET_DocumentNumbers": Access(EVERYBODY),
    "GET_DocumentNumber": Access(EVERYBODY, "number"),
    "POST_DocumentNumberConfirm": Access(ISSUERS, "held number", dict),
    "POST_DocumentNumberVoid": Access(ISSUERS, "number", lambda: {"reason": "a test"}),
    "GET_Accounts": Access(EVERYBODY),
    "POST_Account": Access(ISSUERS, body=account_body),
    "GET_Account": Access(EVERYBODY, "account"),
    "PUT_Account": Access(ISSUERS, "account", lambda: {"notes": "changed"}),
    "DELETE_Account": Access(ISSUERS, "account"),
    "GET_Invoices": Access(EVERYBODY),
    "POST_Invoice": Access(ISSUERS, body=lambda: invoice_body(PAYER)),
    "POST_Invoices": Access(ISSUERS, body=lambda: {"invoices": [invoice_body(PAYER)]}),
    "POST_InvoicesPost": Access(ISSUERS, body=lambda: {"invoices": [{"id": "0" * 32}]}),
    "GET_Invoice": Access(EVERYBODY, "draft invoice"),
    "GET_InvoiceItems": Access(EVERYBODY, "draft invoice"),
    "PUT_Invoice": Access(ISSUERS, "draft invoice", lambda: {"comments": "changed"}),
    "PUT_InvoicePost": Access(ISSUERS, "draft invoice"),
    "PUT_InvoiceUnpost": Access(ISSUERS, "posted invoice"),
    "PUT_InvoiceCancel": Access(ISSUERS, "draft invoice"),
    "PUT_InvoiceReverse": Access(ISSUERS, "posted invoice"),
    "PUT_InvoiceWriteOff": Access(ISSUERS, "posted invoice"),
    "DELETE_Invoice": Access(ISSUERS, "draft invoice"),
    **memo_accesses(),
    "GET_Payments": Access(EVERYBODY),
    "POST_Payment": Access(ISSUERS, body=lambda: payment_body(PAYER, 5)),
    "GET_Payment": Access(EVERYBODY, "processed payment"),
    "PUT_PaymentApply": Access(ISSUERS, "processed payment", lambda: TO_OPEN),
    "PUT_PaymentUnapply": Access(ISSUERS, "applied payment", lambda: TO_OPEN),
    "POST_PaymentRefund": Access(ISSUERS, "processed payment", lambda: REFUND),
    "PUT_PaymentCancel": Access(ISSUERS, "processed payment"),
    "DELETE_Payment": Access(ISSUERS, "canceled payment"),
    "GET_Refunds": Access(EVERYBODY),
    "GET_Refund": Access(EVERYBODY, "processed refund"),
    "PUT_RefundCancel": Access(ISSUERS, "processed refund"),
    "DELETE_Refund": Access(ISSUERS, "canceled refund"),
    "GET_SeriesList": Access(EVERYBODY),
    "GET_Series": Access(EVERYBODY, "series"),
    "GET_SeriesGaps": Access(EVERYBODY, "series"),
    "GET_SeriesVerify": Access(EVERYBODY, "series"),
    "GET_SeriesEntries": Access(EVERYBODY, "series"),
    "POST_SeriesCertificate": Access(EVERYBODY, "series", dict),
    "GET_Certificate": Access(EVERYBODY, "certificate"),
    "GET_PublicKey": Access(EVERYBODY),
    "POST_SeriesRelease": Access(ADMINS, "unused series"),
    "GET_Settings": Access(READERS),
    "PUT_Settings": Access(ADMINS, body=lambda: {"timeZone": "UTC"}),
    "GET_Entities": Access(READERS),
    "POST_Entities": Access(ADMINS, body=lambda: {"name": uuid.uuid4().hex}),
    "GET_OAuthClients": Access(READERS),
    "POST_OAuthClients": Access(ADMINS, body=lambda: {"name": "a", "role": "auditor"}),
    "POST_OAuthClientRotate": Access(ADMINS, "client"),
    "POST_OAuthClientRevoke": Access(ADMINS, "client"),
    "GET_AuditTrail": Access(READERS),
    "POST_Imports": Access(ADMINS, body=lambda: announced(new_file())),
    "GET_Import": Access(ADMINS, "import"),
    "PUT_ImportContent": Access(ADMINS, "import", lambda: b"docu"),
    "POST_ImportRun": Access(ADMINS, "whole import", dict),
}
OUTSIDE_THE_ROLES = {"POST_Token"}
TENANT_WIDE = {"client"}
"""What belongs to the tenant and to none of its entities: a sister entity's are one's own."""

ABSENT = {
    "set": uuid.uuid4().hex,
    "number": "ABSENT00000001",
    "held number": "ABSENT00000001",
    "series": uuid.uuid4().hex,
    "unused series": uuid.uuid4().hex,
    "client": str(uuid.uuid4()),
    "certificate": uuid.uuid4().hex,
    "import": uuid.uuid4().hex,
    "whole import": uuid.uuid4().hex,
    "account": uuid.uuid4().hex,
    "draft invoice": uuid.uuid4().hex,
    "posted invoice": uuid.uuid4().hex,
    **{
        access.key: uuid.uuid4().hex
        for access in ACCESS.values()
        if access.key.endswith(("memo", "payment", "refund"))
    },
}


def new_file() -> bytes:
    """A file of used numbers that no other test has."""
    text = f"invoice,old {uuid.uuid4().hex},,2025-03-04,"
    return f"documentType,number,documentDate,reference,lastNumber\n{text}\n".encode()


def announced(file: bytes) -> dict[str, Any]:
    return {"fileSha256": hashlib.sha256(file).hexdigest(), "byteCount": len(file)}


def series_of(api: Api, prefix: str) -> str:
    return next(str(one["id"]) for one in everything(api, "/v1/series") if one["prefix"] == prefix)


def with_payer(api: Api) -> None:
    if not everything(api, "/v1/accounts?number=PAYER"):
        done(api.post("/v1/accounts", account_body(**PAYER)))
        new_invoice(api, PAYER, 1_000_000, invoiceNumber="OPEN", status="Posted")


def new_key(api: Api, kind: str) -> str:
    """A thing of the kind in the entity of `api`, made for this one use."""
    if kind == "client":
        made = done(api.post("/v1/oauth-clients", {"name": "mine", "role": "auditor"}))
        return str(made["clientId"])
    if kind in {"import", "whole import"}:
        file = new_file()
        import_id = str(done(api.post("/v1/imports", announced(file)))["importId"])
        if kind == "whole import":
            done(api.put(f"/v1/imports/{import_id}/content", file))
        return import_id
    if kind == "account":
        return str(done(api.post("/v1/accounts", account_body()))["accountId"])
    if kind in {"draft invoice", "posted invoice"}:
        with_payer(api)
        status = "Draft" if kind == "draft invoice" else "Posted"
        invoice = new_invoice(api, PAYER, status=status)
        ITEMS[invoice["id"]] = first_item(api, invoice)
        return str(invoice["id"])
    if kind.endswith(("memo", "payment", "refund")):
        with_payer(api)
        return str(document_in(api, PAYER, kind)["id"])
    name = new_name()
    (made,) = create(api, new_set(name))
    if kind == "set":
        return str(made["id"])
    if kind == "unused series":
        done(api.delete(f"/v1/sequence-sets/{name}"))
        return series_of(api, f"{name}I")
    held = {"holdSeconds": 600} if kind == "held number" else {}
    number = issue(api, sequenceSet=name, **held)["firstNumber"]
    if kind == "certificate":
        made = done(api.post(f"/v1/series/{series_of(api, f'{name}I')}/certificates", {}))
        return str(made["certificateId"])
    return series_of(api, f"{name}I") if kind == "series" else str(number)


@dataclass
class World:
    """Our entity with a client of each role, a sister entity, and a stranger's tenant."""

    own: Entity
    sister: Entity
    stranger: Api
    clients: dict[str, Api]
    foreign_keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def foreign(self, kind: str, whose: str) -> str:
        """Shape: one for all tests, for none of them may touch it."""
        place = (kind, whose)
        if place not in self.foreign_keys:
            owner = self.stranger if whose == "stranger" else self.sister.admin
            self.foreign_keys[place] = new_key(owner, kind)
        return self.foreign_keys[place]


_worlds: dict[str, World] = {}


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, service_of: ServiceOf) -> World:
    service: RunningService = service_of(request.param)
    if service.url not in _worlds:
        own, sister = (Entity(Api(service, service.client_id, service.client_secret)) for _ in "ab")
        clients = {role: own.client(role) for role in ROLES}
        with_payer(clients["admin"])
        _worlds[service.url] = World(own, sister, second_tenant(service), clients)
    return _worlds[service.url]


@pytest.fixture(scope="module", autouse=True)
def _close_worlds() -> Iterator[None]:
    yield
    for world in _worlds.values():
        world.own.close()
        world.sister.close()
        world.stranger.close()
    _worlds.clear()


def called(
    world: World, api: Api, operation_id: str, key: str, body: Any
) -> tuple[httpx.Response, Any]:
    """The answer, and what is the same in it for any key: its body without ids and key."""
    method, path, _ = documented_api(api.service).operations[operation_id]
    if body is not None and not isinstance(body, bytes):
        item = ITEMS.get(key, ABSENT["draft invoice"])
        body = json.loads(json.dumps(body).replace(ITEM_OF_THE_KEY, item))
    target = path.replace("{key}", key).replace("{id}", key).replace("{number}", key)
    answer = api.call(method, target, body)
    shown = answer.json()
    shown.pop("requestId", None)
    shown.pop("processId", None)
    return answer, repr(shown).replace(key, "<key>") if key else repr(shown)


def test_every_operation_stands_in_the_table(sqlite_api: Api) -> None:
    found = documented_api(sqlite_api.service).operations
    assert set(found) - OUTSIDE_THE_ROLES == set(ACCESS)
    for operation_id, access in ACCESS.items():
        _, path, operation = found[operation_id]
        assert ("{" in path) is bool(access.key)
        assert operation["description"].endswith(f"Roles: {', '.join(sorted(access.roles))}.")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation_id", ACCESS)
def test_operation_is_open_to_its_roles_on_own_things_alone(
    world: World, operation_id: str, role: str
) -> None:
    access, api = ACCESS[operation_id], world.clients[role]
    own = new_key(world.own.admin, access.key) if access.key else ""
    foreign = {}
    if access.key:
        foreign = {
            "absent": ABSENT[access.key],
            "stranger": world.foreign(access.key, "stranger"),
            "sister": world.foreign(access.key, "sister"),
        }
        if access.key in TENANT_WIDE:
            del foreign["sister"]
    refusals = {
        whose: called(world, api, operation_id, key, access.body())
        for whose, key in foreign.items()
    }
    answer, shown = called(world, api, operation_id, own, access.body())
    if role in access.roles:
        assert (answer.status_code, answer.json()["success"]) == (200, True), answer.text
        assert {refusal.status_code for refusal, _ in refusals.values()} <= {404}
    else:
        assert answer.status_code == 403, answer.text
        assert answer.json()["reasons"][0]["code"] == 50000010
        refusals["own"] = (answer, shown)
    bodies = {shown for _, shown in refusals.values()}
    assert len(bodies) <= 1, "a foreign thing looks otherwise than an absent one"
    names = {tuple(sorted(refusal.headers)) for refusal, _ in refusals.values()}
    assert len(names) <= 1
    sizes = {
        int(refusal.headers["Content-Length"]) - len(foreign.get(whose, own))
        for whose, (refusal, _) in refusals.items()
    }
    assert len(sizes) <= 1 or role not in access.roles


@pytest.mark.parametrize("operation_id", ACCESS)
def test_operation_without_a_token_is_refused(
    sqlite_service: RunningService, operation_id: str
) -> None:
    method, path, _ = documented_api(sqlite_service).operations[operation_id]
    for target in (path, path.replace("{key}", "DEFAULT").replace("{id}", "0" * 32)):
        answer = raw_call(sqlite_service, method.encode(), target.encode())
        assert (answer.status, answer.categories) == (401, [11])


def test_foreign_set_named_in_a_body_or_query_looks_absent(world: World) -> None:
    api, answers = world.clients["admin"], []
    before = api.state()
    keys = [ABSENT["set"], world.foreign("set", "stranger"), world.foreign("set", "sister")]
    for key in keys:
        asked = {"documentType": "invoice", "sequenceSet": key}
        found = [
            api.post("/v1/document-numbers", asked),
            api.get("/v1/document-numbers", params={"sequenceSet": key}),
            api.get("/v1/sequence-sets", params={"name": key}),
        ]
        bodies = [answer.json() for answer in found]
        for body in bodies:
            body.pop("requestId", None)
            body.pop("processId", None)
        statuses = [answer.status_code for answer in found]
        answers.append(repr((statuses, bodies)).replace(key, "<key>"))
    assert len(set(answers)) == 1
    assert api.state() == before


def test_entity_of_another_tenant_named_in_a_body_or_header_looks_absent(world: World) -> None:
    api, answers = world.clients["admin"], []
    stranger = done(world.stranger.get("/v1/entities"))["entities"][0]["id"]
    for key in ("0" * 32, stranger):
        body = {"name": "a", "role": "issuer", "entityIds": [key]}
        created = api.post("/v1/oauth-clients", body)
        read = api.get("/v1/sequence-sets", headers={"Zuora-Entity-Ids": key})
        reasons = [created.json()["reasons"], read.json()["reasons"]]
        statuses = (created.status_code, read.status_code)
        answers.append(repr((statuses, reasons)).replace(key, "<key>"))
    assert len(set(answers)) == 1


def test_lists_show_nothing_of_others(world: World) -> None:
    foreign = [
        world.foreign(kind, whose)
        for kind in ("set", "number", "series")
        for whose in ("stranger", "sister")
    ]
    foreign += [world.foreign("client", "stranger"), world.stranger.client_id]
    foreign += [done(world.stranger.get("/v1/entities"))["entities"][0]["id"]]
    api = world.clients["admin"]
    paths = ("sequence-sets", "document-numbers", "series", "entities", "oauth-clients")
    for path in (*paths, "audit-trail", "settings"):
        text = "".join(
            repr(done(api.get(f"/v1/{path}", params={"pageSize": 40, "page": page})))
            for page in (1, 2)
        )
        assert [key for key in foreign if key in text] == [], path


def test_names_prefixes_and_keys_of_others_are_free_to_use(
    entity: Entity, entity_of: EntityOf
) -> None:
    other = entity_of(entity.root.service)
    create(entity.admin, new_set("Same", invoice={"prefix": "SAME", "startNumber": 1}))
    same = new_set("Same", refund={"prefix": "SAMEI-", "startNumber": 1})
    same["creditMemo"] = {"prefix": "same", "startNumber": 1}
    create(other.admin, same)
    key = {"Idempotency-Key": "same"}
    body = {"documentType": "invoice"}
    numbers = [
        done(one.admin.post("/v1/document-numbers", body, headers=key))["firstNumber"]
        for one in (entity, other)
    ]
    assert numbers == ["INV00000001", "INV00000001"]
