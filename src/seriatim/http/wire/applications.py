"""What of a payment or credit memo is meant for which invoice or debit memo, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from seriatim.domain.document_requests import ApplicationWish, ApplicationWishes
from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import APPLICATIONS_PER_REQUEST_MAX
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.fields import RequestModel, left_out
from seriatim.http.wire.paths import name_of_ours
from seriatim.http.wire.reading import Reading, required
from seriatim.http.wire.shape import shape_of
from seriatim.http.wire.values import (
    KEPT,
    Amount,
    Day,
    Keeping,
    Key,
    Text32,
    Text64,
)

RESOURCE = "document"


class ItemApplication(Keeping):
    """Which items it is meant for. Checked and not kept: it counts for the document as a whole."""

    amount: Amount
    creditMemoItemId: Text32 = KEPT
    creditTaxItemId: Text32 = KEPT
    debitMemoItemId: Text32 = KEPT
    invoiceItemId: Text32 = KEPT
    taxItemId: Text32 = KEPT


_Bounded = Field(max_length=APPLICATIONS_PER_REQUEST_MAX)
_Items = Annotated[list[ItemApplication], _Bounded] | None


class InvoiceApplication(Keeping):
    amount: Amount
    invoiceId: Key | None = left_out("Id or number; required, or invoiceNumber.")
    invoiceNumber: Key | None = left_out()
    items: _Items = KEPT


class DebitMemoApplication(Keeping):
    amount: Amount
    debitMemoId: Key | None = left_out("Id or number; required, or debitMemoNumber.")
    debitMemoNumber: Key | None = left_out()
    items: _Items = KEPT


class ApplicationFields(RequestModel):
    debitMemos: Annotated[list[DebitMemoApplication], _Bounded] | None = left_out()
    invoices: Annotated[list[InvoiceApplication], _Bounded] | None = left_out()


class Apply(ApplicationFields):
    """To apply or to unapply."""

    applicationRule: Text64 = left_out("Not interpreted: the request names what to apply to.")
    effectiveDate: Day = left_out("Default: today.")


def applications_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], ApplicationWishes]:
    shape = shape_of(Apply, body, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    faults, parts = wished_applications(reading)
    if not parts and not shape.faults:
        message = "is required, or debitMemos: name at least one to apply to"
        faults.append(Violation(RESOURCE, ("invoices",), Category.MISSING_FIELD, message))
    wishes = ApplicationWishes(parts, reading.day("effectiveDate"))
    return (*shape.faults, *faults), wishes


def wished_applications(
    reading: Reading,
) -> tuple[list[Violation], tuple[ApplicationWish, ...]]:
    """Order: as the request has them, invoices first."""
    faults: list[Violation] = []
    wishes: list[ApplicationWish] = []
    for list_name, id_name, number_name in (
        ("invoices", "invoiceId", "invoiceNumber"),
        ("debitMemos", "debitMemoId", "debitMemoNumber"),
    ):
        for part in reading.objects(list_name):
            if part.lacks(id_name, number_name):
                message = f"is required, or {number_name}"
                faults.append(required(RESOURCE, part, id_name, message))
            by_id = part.text(id_name)
            wishes.append(
                ApplicationWish(
                    place=(name_of_ours(list_name), part.place[-1]),
                    to_debit_memo=list_name == "debitMemos",
                    document_key=part.text(number_name) if by_id is None else by_id,
                    amount=part.amount("amount"),
                )
            )
    return faults, tuple(wishes)
