"""The original's own Python client, unmodified but for its host, against this service."""

from __future__ import annotations

import gzip
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api import Api, Entity

pytestmark = [
    # Its models use what pydantic 2 has deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

EXAMPLES = Path(__file__).parent / "examples"
PLACES = {"ZuoraClient": "zuora_sdk.zuora_client"}
TYPES = ("invoice", "credit_memo", "debit_memo", "payment", "refund")


class _Sdk:
    """The client's own names, imported with the first one asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pytest's, which looks for fixtures in each worker
            raise AttributeError(name)
        return getattr(importlib.import_module(PLACES.get(name, "zuora_sdk")), name)


sdk = _Sdk()


@pytest.fixture
def client(entity: Entity) -> Iterator[Any]:
    yield from connected(entity.admin)


def connected(api: Api) -> Iterator[Any]:
    config = sdk.Configuration(host=api.service.url)
    made = sdk.ZuoraClient(api.client_id, api.client_secret, env=None, config=config)
    made.initialize()
    yield made
    # Its thread sleeps ten minutes at a time, and would then ask a service that is gone for a new
    # token and print that it got none, into the output of whatever test runs. `stop_auto_auth`
    # says the same, and waits five seconds for the sleeper; so does `__del__`, unless it has none.
    made._stop_refresh.set()
    made._refresh_timer = None
    made.api_client.rest_client.pool_manager.clear()


def new_set(name: str, **changed: Any) -> Any:
    return sdk.CreateSequenceSetRequest(
        name=name,
        invoice=sdk.InvoiceEntityPrefix(prefix=f"{name}I", start_number=1),
        credit_memo=sdk.CreditMemoEntityPrefix(prefix=f"{name}C", start_number=1),
        debit_memo=sdk.DebitMemoEntityPrefix(prefix=f"{name}D", start_number=1),
        **changed,
    )


def create(client: Any, *sets: Any) -> list[Any]:
    made = client.sequence_sets_api().create_sequence_sets(
        sdk.CreateSequenceSetsRequest(sequence_sets=list(sets))
    )
    assert made.success is True
    assert made.reasons is None
    return list(made.sequence_sets)


def test_sdk_initialized_holds_a_token_for_an_hour(client: Any) -> None:
    assert client.token["access_token"]
    assert client.api_client.default_headers["Authorization"].startswith("Bearer ")


def test_sdk_creating_the_published_example_gives_typed_sets(client: Any) -> None:
    example = json.loads((EXAMPLES / "create-request.json").read_text())
    request = sdk.CreateSequenceSetsRequest.from_dict(example)
    assert request is not None

    made = client.sequence_sets_api().create_sequence_sets(request)

    assert made.success is True
    assert [one.name for one in made.sequence_sets] == ["FR", "ITA"]
    france = made.sequence_sets[0]
    assert isinstance(france, sdk.GetSequenceSetResponse)
    assert len(france.id) == 32
    assert isinstance(france.invoice, sdk.InvoiceEntityPrefix)
    assert isinstance(france.credit_memo, sdk.CreditMemoEntityPrefix)
    assert isinstance(france.debit_memo, sdk.DebitMemoEntityPrefix)
    assert isinstance(france.payment, sdk.PaymentEntityPrefix)
    assert isinstance(france.refund, sdk.RefundEntityPrefix)
    shown = [(getattr(france, kind).prefix, getattr(france, kind).start_number) for kind in TYPES]
    assert shown == [("FINV", 10), ("FCM", 10), ("FDM", 10), ("FP-", 10), ("FR-", 10)]


def test_sdk_creating_without_payments_shows_none(client: Any) -> None:
    (made,) = create(client, new_set("Thin", sequence_set_number="SS-THIN"))
    assert made.payment is None
    assert made.refund is None
    assert made.additional_properties["sequenceSetNumber"] == "SS-THIN"


def test_sdk_listing_45_sets_gives_each_once_over_pages(client: Any) -> None:
    create(client, *[new_set(f"L{index:03d}X") for index in range(45)])
    api = client.sequence_sets_api()
    by_page, page = [], 1
    while True:
        listed = api.get_sequence_sets(page_size=20, page=page)
        assert listed.success is True
        by_page += [one.name for one in listed.sequence_sets]
        if "nextPage" not in listed.additional_properties:
            break
        page += 1
    assert page == 3
    assert by_page == ["DEFAULT", *(f"L{index:03d}X" for index in range(45))]


def test_sdk_following_next_page_as_it_stands_gives_the_same_sets(client: Any) -> None:
    create(client, *[new_set(f"N{index:03d}X") for index in range(45)])
    listed = client.sequence_sets_api().get_sequence_sets(page_size=20)
    found = [one.name for one in listed.sequence_sets]
    while (address := listed.additional_properties.get("nextPage")) is not None:
        assert address.startswith(client.api_client.configuration.host + "/v1/sequence-sets?")
        response = client.api_client.call_api(
            "GET", address, header_params=dict(client.api_client.default_headers)
        )
        response.read()
        listed = client.api_client.response_deserialize(
            response, {"200": "GetSequenceSetsResponse"}
        ).data
        found += [one.name for one in listed.sequence_sets]
    assert found == ["DEFAULT", *(f"N{index:03d}X" for index in range(45))]


def test_sdk_listing_by_name_gives_that_set_alone(client: Any) -> None:
    create(client, new_set("One"), new_set("Other"))
    listed = client.sequence_sets_api().get_sequence_sets(name="one")
    assert [one.name for one in listed.sequence_sets] == ["One"]


def test_sdk_reading_by_id_number_and_name_gives_the_same_set(client: Any) -> None:
    (made,) = create(client, new_set("Keys", sequence_set_number="SS-KEYS"))
    api = client.sequence_sets_api()
    found = [api.get_sequence_set(id=key) for key in (made.id, "SS-KEYS", "Keys", "keys")]
    assert [one.to_dict() for one in found] == [found[0].to_dict()] * 4
    assert found[0].id == made.id
    assert found[0].invoice.start_number == 1


def test_sdk_updating_with_the_published_example_merges(client: Any) -> None:
    example = json.loads((EXAMPLES / "create-request.json").read_text())
    api = client.sequence_sets_api()
    request = sdk.CreateSequenceSetsRequest.from_dict(example)
    assert request is not None
    made = api.create_sequence_sets(request).sequence_sets[0]
    # The client's own models want both fields of a document type: the example goes as a dict.
    change = json.loads((EXAMPLES / "update-request.json").read_text())
    response = client.api_client.call_api(
        "PUT",
        f"{client.api_client.configuration.host}/v1/sequence-sets/{made.id}",
        header_params={
            **client.api_client.default_headers,
            "Content-Type": "application/json",
        },
        body=change,
    )
    response.read()
    answer = client.api_client.response_deserialize(response, {"200": "UpdateSequenceSetResponse"})
    assert answer.data.success is True

    after = api.get_sequence_set(id="FR")
    shown = [(getattr(after, kind).prefix, getattr(after, kind).start_number) for kind in TYPES]
    assert shown == [("FINV", 100), ("FR-CM", 10), ("FDM", 10), ("FR-P-", 10), ("FR-", 10)]


def test_sdk_updating_with_its_models_changes_what_they_name(client: Any) -> None:
    (made,) = create(client, new_set("Old"))
    api = client.sequence_sets_api()
    change = sdk.UpdateSequenceSetRequest(
        name="New",
        invoice=sdk.InvoiceEntityPrefix(prefix="OldI", start_number=10**20 - 1),
        refund=sdk.RefundEntityPrefix(prefix="NewR-", start_number=7),
    )
    assert api.update_sequence_set(id=made.id, request=change).success is True
    after = api.get_sequence_set(id="New")
    assert after.id == made.id
    assert after.invoice.start_number == 10**20 - 1
    assert (after.refund.prefix, after.refund.start_number) == ("NewR-", 7)
    assert after.credit_memo.prefix == "OldC"


def test_sdk_writing_back_what_it_read_changes_nothing(client: Any) -> None:
    (made,) = create(client, new_set("Same"))
    api = client.sequence_sets_api()
    before = api.get_sequence_set(id=made.id)
    change = sdk.UpdateSequenceSetRequest.from_dict(before.to_dict())
    assert api.update_sequence_set(id=made.id, request=change).success is True
    assert api.get_sequence_set(id=made.id).to_dict() == before.to_dict()


def test_sdk_deleting_ends_the_set(client: Any) -> None:
    (made,) = create(client, new_set("Gone"))
    api = client.sequence_sets_api()
    assert api.delete_sequence_set(id=made.id).success is True
    with pytest.raises(sdk.exceptions.NotFoundException) as raised:
        api.get_sequence_set(id=made.id)
    assert json.loads(raised.value.body)["reasons"][0]["code"] == 50000040


def test_sdk_refusal_is_parsed_with_every_reason(client: Any) -> None:
    bad = new_set("Bad")
    bad.name = "not a name"
    bad.invoice.prefix = "P-"
    answer = client.sequence_sets_api().create_sequence_sets(
        sdk.CreateSequenceSetsRequest(sequence_sets=[bad])
    )
    assert answer.success is False
    assert answer.sequence_sets is None
    assert len(answer.process_id) == 16
    assert len(answer.request_id) == 36
    assert sorted(reason.code % 100 for reason in answer.reasons) == [20, 30]
    assert all(reason.message.startswith("sequenceSets[0].") for reason in answer.reasons)


def test_sdk_refusal_of_update_and_delete_is_parsed(client: Any) -> None:
    api = client.sequence_sets_api()
    renamed = api.update_sequence_set(
        id="DEFAULT", request=sdk.UpdateSequenceSetRequest(name="Mine")
    )
    assert (renamed.success, [one.code % 100 for one in renamed.reasons]) == (False, [30])
    deleted = api.delete_sequence_set(id="DEFAULT")
    assert (deleted.success, [one.code % 100 for one in deleted.reasons]) == (False, [30])


def test_sdk_bad_page_raises_bad_request(client: Any) -> None:
    with pytest.raises(sdk.exceptions.BadRequestException) as raised:
        client.sequence_sets_api().get_sequence_sets(page_size=0)
    assert raised.value.data.success is False
    assert [reason.code % 100 for reason in raised.value.data.reasons] == [27]
    assert raised.value.get_zuora_request_id() == raised.value.data.request_id


def test_sdk_forged_token_raises_unauthorized(client: Any) -> None:
    client.api_client.default_headers["Authorization"] = "Bearer forged"
    with pytest.raises(sdk.exceptions.UnauthorizedException):
        client.sequence_sets_api().get_sequence_sets()


def test_sdk_foreign_entity_raises_forbidden(client: Any) -> None:
    with pytest.raises(sdk.exceptions.ForbiddenException):
        client.sequence_sets_api().get_sequence_sets(zuora_entity_ids="0" * 32)


def test_sdk_headers_come_back_as_the_client_reads_them(client: Any) -> None:
    answer = client.sequence_sets_api().get_sequence_sets_with_http_info(zuora_track_id="track 7")
    assert answer.get_zuora_track_id() == "track 7"
    assert len(answer.get_zuora_request_id()) == 36
    assert answer.get_concurrency_limit_type() == "Default"
    assert answer.get_concurrency_limit_limit() == 512
    assert answer.get_concurrency_limit_remaining() == 511


def test_sdk_taking_gzip_reads_the_list(client: Any) -> None:
    create(client, *[new_set(f"Z{index:03d}X") for index in range(15)])
    listed = client.sequence_sets_api().get_sequence_sets(accept_encoding="gzip")
    assert len(listed.sequence_sets) == 16


def test_sdk_repeating_with_a_key_creates_once(client: Any) -> None:
    api = client.sequence_sets_api()
    request = sdk.CreateSequenceSetsRequest(sequence_sets=[new_set("Key")])
    first = api.create_sequence_sets(request, idempotency_key="sdk-1")
    again = api.create_sequence_sets(request, idempotency_key="sdk-1")
    assert again.to_dict() == first.to_dict()
    assert len(api.get_sequence_sets().sequence_sets) == 2


def test_sdk_sending_a_gzipped_body_is_understood(client: Any) -> None:
    body = json.dumps({"sequenceSets": [new_set("Zip").to_dict()]}).encode()
    pool = client.api_client.rest_client.pool_manager
    answer = pool.request(
        "POST",
        f"{client.api_client.configuration.host}/v1/sequence-sets",
        body=gzip.compress(body),
        headers={
            **client.api_client.default_headers,
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        },
    )
    assert answer.status == 200
    assert json.loads(answer.data)["success"] is True
