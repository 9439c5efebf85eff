"""The lines of invoices on the wire."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictStr

from seriatim.domain.billing import DocumentItem
from seriatim.domain.document_requests import ItemChange, NewItem
from seriatim.domain.errors import Violation
from seriatim.http.wire.fields import HexId, ResponseModel, left_out
from seriatim.http.wire.kept_fields import AccountingFields
from seriatim.http.wire.reading import Reading, required
from seriatim.http.wire.values import (
    KEPT,
    Amount,
    Bool,
    Day,
    ExistingDay,
    Key,
    Quantity,
    ShownAmount,
    Text32,
    Text64,
    Text130,
    Text255,
)

DISCOUNTS_PER_ITEM_MAX = 10


class DiscountItem(AccountingFields):
    """Kept with its item; this service computes no discount."""

    amount: Quantity
    chargeName: Text130 = KEPT
    id: Text32 = KEPT
    productRatePlanChargeId: Text64 = KEPT


DiscountItems = Annotated[list[DiscountItem], Field(max_length=DISCOUNTS_PER_ITEM_MAX)] | None


class InvoiceItemFields(AccountingFields):
    chargeName: Text130 = left_out("Required, or productRatePlanChargeId.")
    discountItems: DiscountItems = KEPT
    excludeItemBillingFromRevenueAccounting: Bool = KEPT
    productRatePlanChargeId: Text64 = KEPT
    quantity: Quantity = KEPT
    revRecStartDate: Day = KEPT
    taxCode: Text64 = KEPT
    taxMode: Text32 = KEPT
    uom: Text255 = KEPT


class NewInvoiceItem(InvoiceItemFields):
    INTERPRETED: ClassVar = frozenset({"amount", "serviceStartDate", "serviceEndDate"})
    amount: Amount = Field(description="May be negative; the invoice's total may not.")
    serviceStartDate: ExistingDay
    serviceEndDate: Day = left_out()


class ChangedInvoiceItem(InvoiceItemFields):
    INTERPRETED: ClassVar = NewInvoiceItem.INTERPRETED | {"id", "delete"}
    id: Key | None = left_out("An item of the invoice; without it, the item is a new one.")
    delete: Bool = left_out()
    amount: Amount = left_out()
    serviceStartDate: ExistingDay = left_out()
    serviceEndDate: Day = left_out()


class ShownInvoiceItem(InvoiceItemFields):
    id: HexId
    amount: ShownAmount
    chargeAmount: ShownAmount = Field(description="The same as `amount`, as the original names it.")
    serviceStartDate: StrictStr = Field(json_schema_extra={"format": "date"})
    serviceEndDate: Day = left_out()


class InvoiceItemsResponse(ResponseModel):
    invoiceItems: list[ShownInvoiceItem]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


def new_items_in(resource: str, invoice: Reading) -> tuple[list[Violation], tuple[NewItem, ...]]:
    readings = invoice.objects("invoiceItems")
    faults = [fault for reading in readings for fault in _name_faults(resource, reading)]
    return faults, tuple(_item(reading) for reading in readings)


def item_changes_in(
    resource: str, invoice: Reading
) -> tuple[list[Violation], tuple[ItemChange, ...]]:
    faults: list[Violation] = []
    changes: list[ItemChange] = []
    for reading in invoice.objects("invoiceItems"):
        if reading.lacks("id"):
            faults += _new_item_faults(resource, reading)
        changes.append(
            ItemChange(
                item_id=reading.text("id"),
                is_deleted=reading.flag("delete"),
                item=NewItem(
                    amount=reading.amount("amount"),
                    service_start_date=reading.day("serviceStartDate"),
                    service_end_date=reading.day("serviceEndDate"),
                    details=reading.changed_details(
                        ChangedInvoiceItem, ChangedInvoiceItem.INTERPRETED
                    ),
                ),
            )
        )
    return faults, tuple(changes)


def _item(reading: Reading) -> NewItem:
    return NewItem(
        amount=reading.amount("amount"),
        service_start_date=reading.day("serviceStartDate"),
        service_end_date=reading.day("serviceEndDate"),
        details=reading.details(NewInvoiceItem, NewInvoiceItem.INTERPRETED),
    )


def _name_faults(resource: str, reading: Reading) -> list[Violation]:
    if not reading.lacks("chargeName", "productRatePlanChargeId"):
        return []
    return [required(resource, reading, "chargeName", "is required, or productRatePlanChargeId")]


def _new_item_faults(resource: str, reading: Reading) -> list[Violation]:
    """What a change must say of an item that it adds."""
    lacking = [
        required(resource, reading, name, "is required for a new item")
        for name in ("amount", "serviceStartDate")
        if reading.lacks(name)
    ]
    return lacking + _name_faults(resource, reading)


def invoice_item_out(item: DocumentItem) -> dict[str, Any]:
    return {
        **item.details,
        "id": item.item_id,
        "amount": item.amount,
        "chargeAmount": item.amount,
    }
