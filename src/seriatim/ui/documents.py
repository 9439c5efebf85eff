"""Invoices, memos, payments and refunds: the list of each, and one document with its neighbours."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from seriatim.domain.billing import STATES, DocumentItem, DocumentState
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotFound
from seriatim.service.accounts import get_account
from seriatim.service.document_desk import as_id
from seriatim.service.document_links import find_links
from seriatim.service.documents import (
    DocumentFilter,
    DocumentPage,
    Place,
    list_documents,
    list_items,
)
from seriatim.service.set_search import living_set_names
from seriatim.store.sql_store import Transaction
from seriatim.ui.places import place_in, place_out
from seriatim.ui.rendering import marked
from seriatim.ui.visit import KINDS, Visit

_ROWS_SHOWN: Final = 25
_ITEMS_SHOWN: Final = 100
_FIELDS: Final = ("number", "account", "state")
_TYPES: Final = {kind: document_type for document_type, kind in KINDS.items()}
_ITEM_NAMES: Final = ("chargeName", "skuName", "description", "productRatePlanChargeId", "chargeId")


def show_first(visit: Visit) -> Response:
    return visit.redirect("documents", KINDS[DocumentType.INVOICE])


def show_list(visit: Visit) -> Response:
    """Order: newest first."""
    document_type = _asked_type(visit)
    fields = {name: value for name in _FIELDS if (value := visit.asked(name))}
    after = _after(visit)
    with visit.store.read() as transaction:
        wanted, faults = _wanted(visit, transaction, document_type, fields)
        found = (
            DocumentPage([])
            if faults
            else list_documents(
                transaction,
                visit.caller,
                document_type,
                wanted,
                after=after,
                newest_first=True,
                row_count=_ROWS_SHOWN,
            )
        )
    next_place = "" if found.ends_at is None else place_out(found.ends_at)
    values = {
        "kind": document_type,
        "kinds": _shown_kinds(visit),
        "documents": found.documents,
        "fields": {name: fields.get(name, "") for name in _FIELDS},
        "faults": faults,
        "states": STATES[document_type],
        "is_narrowed": bool(fields),
        "is_first_page": after is None,
        "first_url": f"?{urlencode(fields)}",
        "next_url": f"?{urlencode({**fields, 'after': next_place})}" if next_place else "",
    }
    return visit.page("documents.html", values, status=422 if faults else 200)


def show(visit: Visit) -> Response:
    document_type = _asked_type(visit)
    place = place_in(visit.asked("items"), int)
    with visit.store.read() as transaction:
        found = list_items(
            transaction,
            visit.caller,
            document_type,
            visit.path_value("key"),
            after_item_number=0 if place is None else min(place[0], 2**31 - 1),
            row_count=_ITEMS_SHOWN,
        )
        document = found.document
        links = find_links(transaction, visit.caller, document)
        names = living_set_names(transaction, visit.caller, {document.sequence_set_id})
    values = {
        "document": document,
        "kind": document_type,
        "kind_path": KINDS[document_type],
        "set_name": names.get(document.sequence_set_id),
        "links": links,
        "items": [(one, _item_name(one), _item_period(one)) for one in found.items],
        "is_first_page": place is None,
        "next_items": "" if found.ends_at is None else place_out((found.ends_at,)),
    }
    return visit.page("document.html", values)


def _asked_type(visit: Visit) -> DocumentType:
    """Errors: NotFound."""
    kind = visit.path_value("kind")
    if kind not in _TYPES:
        raise NotFound("page", kind)
    return _TYPES[kind]


def _shown_kinds(visit: Visit) -> list[tuple[DocumentType, str]]:
    return [(one, path) for one, path in KINDS.items() if visit.place.settings.shows(one)]


def _wanted(
    visit: Visit, transaction: Transaction, document_type: DocumentType, fields: dict[str, str]
) -> tuple[DocumentFilter, dict[str, list[str]]]:
    """What is asked for, and the faults of its fields."""
    account_id, faults = None, dict[str, list[str]]()
    if "account" in fields:
        try:
            account_id = get_account(transaction, visit.caller, fields["account"]).account_id
        except NotFound:
            faults["account"] = [visit.text(marked("names no account"))]
    states = {one.value: one for one in STATES[document_type]}
    state: DocumentState | None = states.get(fields.get("state", ""))
    return DocumentFilter(account_id, state, fields.get("number")), faults


def _after(visit: Visit) -> Place | None:
    parts: Any = place_in(visit.asked("after"), int, str)
    document_id = None if parts is None else as_id(parts[1])
    return None if parts is None or document_id is None else Place(parts[0], document_id)


def _item_name(item: DocumentItem) -> str:
    return next((str(item.details[name]) for name in _ITEM_NAMES if item.details.get(name)), "")


def _item_period(item: DocumentItem) -> str:
    days = (item.details.get(name) for name in ("serviceStartDate", "serviceEndDate"))
    return " \N{EN DASH} ".join(str(day) for day in days if day)
