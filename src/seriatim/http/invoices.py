"""The endpoints of invoices. Source: contract/documents.md, Resources."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seriatim.domain.billing import Document, Move
from seriatim.domain.clock import Clock
from seriatim.domain.document_requests import Settlement
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Violation
from seriatim.http.document_calls import (
    Call,
    changing,
    deleting,
    each_out,
    listing,
    listing_items,
    numbering,
    one_order,
    one_shown,
    reading,
    refuse_whole,
    the_document,
)
from seriatim.http.endpoint import ApiRequest, DocumentsAsked, Endpoint, Result
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.invoice_items import InvoiceItemsResponse, invoice_item_out
from seriatim.http.wire.invoices import (
    LIST_FIELD,
    CreateInvoice,
    CreateInvoices,
    PostInvoice,
    PostInvoices,
    ReverseInvoice,
    UpdateInvoice,
    WriteOffInvoice,
    invoice_change_in,
    new_invoice_in,
    new_invoices_in,
    posting_in,
    postings_in,
    reversal_in,
    write_off_in,
)
from seriatim.http.wire.shown_invoices import (
    DeletedInvoice,
    InvoiceDone,
    InvoiceListResponse,
    InvoiceResponse,
    InvoicesResponse,
    ReversedInvoice,
    UnpostedInvoice,
    UpdatedInvoice,
    WrittenOffInvoice,
    deleted_invoice_out,
    invoice_out,
    settling_memo_out,
)
from seriatim.service.document_moves import CancelDocument, PostDocument, UnpostDocument
from seriatim.service.document_orders import DocumentOrder, Outcome
from seriatim.service.invoice_settling import SettleInvoice
from seriatim.service.invoices import ChangeInvoice, MakeInvoice

_INVOICE = DocumentType.INVOICE
_TAG = "Invoices"
_PATH = "/v1/invoices"
_ONE = f"{_PATH}/{{key}}"


def endpoints(clock: Clock) -> list[Endpoint]:
    return [*_reading(), *_making(clock), *_changing(clock), *_settling(clock), _deleting(clock)]


def _reading() -> list[Endpoint]:
    return [
        listing(
            _INVOICE,
            Call("GET", _PATH, "GET_Invoices", "List invoices", "By creation.", _TAG),
            "invoices",
            invoice_out,
            response_model=InvoiceListResponse,
        ),
        reading(
            _INVOICE,
            Call("GET", _ONE, "GET_Invoice", "Read an invoice", "", _TAG),
            invoice_out,
            response_model=InvoiceResponse,
        ),
        listing_items(
            _INVOICE,
            Call("GET", f"{_ONE}/items", "GET_InvoiceItems", "List its items", "", _TAG),
            "invoiceItems",
            invoice_item_out,
            response_model=InvoiceItemsResponse,
        ),
    ]


def _making(clock: Clock) -> list[Endpoint]:
    make = "Draft or posted at once, in one transaction with its number."
    each = "Each with its own `success`; with `useSingleTransaction` all of them or none."
    return [
        numbering(
            clock,
            Call("POST", _PATH, "POST_Invoice", "Make an invoice", make, _TAG),
            lambda request: one_order(_made(request)),
            one_shown(invoice_out),
            request_model=CreateInvoice,
            response_model=InvoiceResponse,
        ),
        numbering(
            clock,
            Call("POST", f"{_PATH}/batch", "POST_Invoices", "Make up to 50 invoices", each, _TAG),
            _made_together,
            _each_shown,
            request_model=CreateInvoices,
            response_model=InvoicesResponse,
        ),
        numbering(
            clock,
            Call(
                "POST",
                f"{_PATH}/bulk-post",
                "POST_InvoicesPost",
                "Post up to 50 invoices",
                "Each with its own `success`.",
                _TAG,
            ),
            _posted_together,
            _each_shown,
            request_model=PostInvoices,
            response_model=InvoicesResponse,
        ),
    ]


def _changing(clock: Clock) -> list[Endpoint]:
    change = "All of a draft; of a posted one what nobody interprets, and the due date."
    post = "A draft with a temporary number gets its own."
    return [
        changing(
            clock,
            Call("PUT", _ONE, "PUT_Invoice", "Change an invoice", change, _TAG),
            _changed,
            lambda made: {**invoice_out(made), "number": made.number, "success": True},
            request_model=UpdateInvoice,
            response_model=UpdatedInvoice,
        ),
        numbering(
            clock,
            Call("PUT", f"{_ONE}/post", "PUT_InvoicePost", "Post an invoice", post, _TAG),
            lambda request: one_order(_posted(request)),
            lambda _, outcomes: Result(_done(the_document(outcomes))),
            request_model=PostInvoice,
            body_may_be_absent=True,
            response_model=InvoiceDone,
        ),
        changing(
            clock,
            Call(
                "PUT",
                f"{_ONE}/unpost",
                "PUT_InvoiceUnpost",
                "Unpost an invoice",
                "It is a draft again and keeps its number.",
                _TAG,
            ),
            lambda request: UnpostDocument(_INVOICE, request.path_params["key"]),
            lambda made: {"invoice": invoice_out(made), "jobStatus": "Completed", "success": True},
            response_model=UnpostedInvoice,
        ),
        changing(
            clock,
            Call(
                "PUT",
                f"{_ONE}/cancel",
                "PUT_InvoiceCancel",
                "Cancel a draft invoice",
                "It keeps its number.",
                _TAG,
            ),
            lambda request: CancelDocument(_INVOICE, request.path_params["key"]),
            _done,
            response_model=InvoiceDone,
        ),
    ]


def _settling(clock: Clock) -> list[Endpoint]:
    how = "By a credit memo from the invoice's own set, posted and applied at once."
    return [
        numbering(
            clock,
            Call("PUT", f"{_ONE}/reverse", "PUT_InvoiceReverse", "Reverse an invoice", how, _TAG),
            _settled(Move.REVERSE, reversal_in),
            lambda _, outcomes: Result(
                {
                    "id": the_document(outcomes).referred_document_id,
                    **settling_memo_out(the_document(outcomes)),
                    "jobStatus": "Completed",
                    "success": True,
                }
            ),
            request_model=ReverseInvoice,
            body_may_be_absent=True,
            response_model=ReversedInvoice,
        ),
        numbering(
            clock,
            Call(
                "PUT",
                f"{_ONE}/write-off",
                "PUT_InvoiceWriteOff",
                "Write off what is left of an invoice",
                how,
                _TAG,
            ),
            _settled(Move.WRITE_OFF, write_off_in),
            lambda _, outcomes: Result(
                {**settling_memo_out(the_document(outcomes)), "success": True}
            ),
            request_model=WriteOffInvoice,
            body_may_be_absent=True,
            response_model=WrittenOffInvoice,
        ),
    ]


def _deleting(clock: Clock) -> Endpoint:
    return deleting(
        clock,
        _INVOICE,
        Call(
            "DELETE",
            _ONE,
            "DELETE_Invoice",
            "Delete an invoice",
            "A draft or a canceled one. Its number is voided, with the reason.",
            _TAG,
        ),
        deleted_invoice_out,
        response_model=DeletedInvoice,
    )


def _made(request: ApiRequest) -> MakeInvoice:
    faults, asked = new_invoice_in(request.body, request.settings.unknown_fields)
    return MakeInvoice(asked, faults)


def _made_together(request: ApiRequest) -> DocumentsAsked:
    faults, is_atomic, asked = new_invoices_in(request.body, request.settings.unknown_fields)
    refuse_whole(faults, len(asked), LIST_FIELD)
    orders = [
        MakeInvoice(one, its_faults, (LIST_FIELD, index))
        for index, (its_faults, one) in enumerate(asked)
    ]
    return DocumentsAsked(orders, is_atomic)


def _posted_together(request: ApiRequest) -> DocumentsAsked:
    faults, asked = postings_in(request.body, request.settings.unknown_fields)
    refuse_whole(faults, len(asked), LIST_FIELD)
    orders = [
        PostDocument(_INVOICE, one.key, one.invoice_date, its_faults, (LIST_FIELD, index))
        for index, (its_faults, one) in enumerate(asked)
    ]
    return DocumentsAsked(orders, is_atomic=False)


def _changed(request: ApiRequest) -> DocumentOrder:
    faults, asked = invoice_change_in(request.body, request.settings.unknown_fields)
    return ChangeInvoice(request.path_params["key"], asked, faults)


def _posted(request: ApiRequest) -> DocumentOrder:
    faults, asked = posting_in(request.body, request.settings.unknown_fields)
    return PostDocument(_INVOICE, request.path_params["key"], asked.invoice_date, faults)


def _settled(
    move: Move,
    read: Callable[[object, UnknownFields], tuple[tuple[Violation, ...], Settlement]],
) -> Callable[[ApiRequest], DocumentsAsked]:
    def asked(request: ApiRequest) -> DocumentsAsked:
        faults, wanted = read(request.body, request.settings.unknown_fields)
        return one_order(SettleInvoice(request.path_params["key"], move, wanted, faults))

    return asked


def _each_shown(request: ApiRequest, outcomes: Sequence[Outcome]) -> Result:
    return Result({LIST_FIELD: each_out(request, outcomes, invoice_out), "success": True})


def _done(made: Document) -> dict[str, object]:
    return {**invoice_out(made), "jobStatus": "Completed", "success": True}
