"""Accounts on the wire."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr, WithJsonSchema
from pydantic_core import PydanticCustomError

from seriatim.domain.billing import Account, Details
from seriatim.domain.document_requests import AccountChange, NewAccount
from seriatim.domain.errors import Category, Violation
from seriatim.domain.register import moment_text
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.fields import HexId, Moment, ResponseModel, left_out, text_schema
from seriatim.http.wire.kept_fields import (
    ContactChange,
    ContactFields,
    ElectronicProfile,
    NetSuiteFields,
    NewContact,
    TaxInfo,
)
from seriatim.http.wire.reading import Reading
from seriatim.http.wire.shape import FORBIDDEN, shape_of
from seriatim.http.wire.values import (
    KEPT,
    Bool,
    Currency,
    Day,
    Keeping,
    Key,
    Text20,
    Text25,
    Text32,
    Text40,
    Text50,
    Text64,
    Text70,
    Text100,
    Text255,
    Text65535,
)

RESOURCE = "account"
LIST_FIELD = "accounts"


def _never_kept(value: object) -> object:
    if value is not None:
        message = "is not taken: payment data do not belong into this service"
        raise PydanticCustomError(FORBIDDEN, message)
    return value


AccountName = Annotated[StrictStr, Field(json_schema_extra=text_schema(255, 1))]
AccountNumber = Annotated[
    StrictStr,
    Field(
        json_schema_extra=text_schema(50, 1, "^[!-.0-~]([ -.0-~]*[!-.0-~])?$"),
        description="Given by the service if absent.",
    ),
]
SetKey = Annotated[Key, Field(description="Id, number or name of a sequence set.")]
PaymentData = Annotated[Any, AfterValidator(_never_kept), WithJsonSchema({"type": "null"})]


class AccountBasics(NetSuiteFields):
    """What a GET gives back under `basicInfo`."""

    Class__NS: Text255 = KEPT
    CustomerType__NS: Text255 = KEPT
    Department__NS: Text255 = KEPT
    Location__NS: Text255 = KEPT
    Subsidiary__NS: Text255 = KEPT
    SynctoNetSuite__NS: Text255 = KEPT
    batch: Text20 = KEPT
    communicationProfileId: Text32 = KEPT
    creditMemoTemplateId: Text32 = KEPT
    crmId: Text100 = KEPT
    customerServiceRepName: Text50 = KEPT
    debitMemoTemplateId: Text32 = KEPT
    invoiceTemplateId: Text32 = KEPT
    notes: Text65535 = KEPT
    organizationLabel: Text255 = KEPT
    parentId: Text32 = KEPT
    partnerAccount: Bool = KEPT
    profileNumber: Text64 = KEPT
    purchaseOrderNumber: Text100 = KEPT
    salesRep: Text50 = KEPT
    summaryStatementTemplateId: Text32 = KEPT
    tagging: Text255 = KEPT


class AccountBilling(Keeping):
    """What a GET gives back under `billingAndPayment`."""

    additionalEmailAddresses: Annotated[list[StrictStr], Field(max_length=100)] | None = KEPT
    autoPay: Bool = KEPT
    billCycleDay: Annotated[StrictInt, Field(ge=0, le=31)] | None = KEPT
    gatewayRoutingEligible: Bool = KEPT
    invoiceDeliveryPrefsEmail: Bool = KEPT
    invoiceDeliveryPrefsPrint: Bool = KEPT
    paymentGateway: Text40 = KEPT
    paymentGatewayNumber: Text40 = KEPT
    paymentTerm: Text100 = KEPT
    rollUpUsage: Bool = KEPT


class AccountParties(Keeping):
    """What a GET gives back beside these two."""

    taxInfo: TaxInfo | None = KEPT
    einvoiceProfile: ElectronicProfile | None = KEPT
    eReportingProfile: ElectronicProfile | None = KEPT


class AccountWishes(Keeping):
    """What the original does on a creation and this service only keeps, under `basicInfo`."""

    applicationOrder: Annotated[list[StrictStr], Field(max_length=100)] | None = KEPT
    applyCredit: Bool = KEPT
    applyCreditBalance: Bool = KEPT
    associateCommitmentNumber: Text255 = KEPT
    collect: Bool = KEPT
    communicationProfileName: Text70 = KEPT
    creditMemoReasonCode: Text25 = KEPT
    documentDate: Day = KEPT
    gatewayId: Text64 = KEPT
    hpmCreditCardPaymentMethodId: Text32 = KEPT
    invoice: Bool = KEPT
    invoiceCollect: Bool = KEPT
    invoiceTargetDate: Day = KEPT
    parentAccountNumber: Text70 = KEPT
    paymentGatewayName: Text40 = KEPT
    paymentMethodId: Text32 = KEPT
    runBilling: Bool = KEPT
    shipToSameAsBillTo: Bool = KEPT
    soldToSameAsBillTo: Bool = KEPT
    subscription: dict[str, Any] | None = KEPT
    targetDate: Day = KEPT


class CreateAccount(AccountBasics, AccountBilling, AccountParties, AccountWishes):
    INTERPRETED: ClassVar = frozenset(
        {"name", "currency", "accountNumber", "sequenceSetId", "sequenceSetName"}
    )
    name: AccountName
    currency: Currency
    accountNumber: AccountNumber | None = left_out()
    sequenceSetId: SetKey | None = left_out()
    sequenceSetName: SetKey | None = left_out("The same as `sequenceSetId`.")
    billToContact: NewContact
    soldToContact: NewContact | None = KEPT
    shipToContact: NewContact | None = KEPT
    creditCard: PaymentData = left_out("Never taken.")
    paymentMethod: PaymentData = left_out("Never taken.")


class UpdateAccount(AccountBasics, AccountBilling, AccountParties):
    INTERPRETED: ClassVar = frozenset({"name", "sequenceSetId"})
    name: AccountName = left_out()
    sequenceSetId: SetKey | None = left_out("`null` clears it.")
    billToContact: ContactChange = left_out("Merged field by field.")
    billToContactId: Text32 = KEPT
    defaultPaymentMethodId: Text32 = KEPT
    soldToContact: ContactChange | None = KEPT
    soldToContactId: Text32 = KEPT
    shipToContact: ContactChange | None = KEPT
    shipToContactId: Text32 = KEPT


class CreatedAccount(ResponseModel):
    accountId: HexId
    accountNumber: str
    success: Literal[True]


class ShownBasicInfo(AccountBasics, AccountWishes):
    id: HexId
    name: str
    accountNumber: str
    sequenceSetId: HexId | None = left_out("null where DEFAULT numbers the account.")
    status: Literal["Active"]
    billToContactId: Text32 = KEPT
    defaultPaymentMethodId: Text32 = KEPT
    soldToContactId: Text32 = KEPT
    shipToContactId: Text32 = KEPT
    createdDate: Moment
    updatedDate: Moment


class ShownBilling(AccountBilling):
    currency: str


class ShownContact(ContactFields):
    firstName: str = left_out()
    lastName: str = left_out()


class ShownAccount(ResponseModel):
    basicInfo: ShownBasicInfo
    billingAndPayment: ShownBilling
    billToContact: ShownContact
    soldToContact: ShownContact = left_out()
    shipToContact: ShownContact = left_out()
    taxInfo: TaxInfo = left_out()
    einvoiceProfile: ElectronicProfile = left_out()
    eReportingProfile: ElectronicProfile = left_out()


class AccountResponse(ShownAccount):
    success: Literal[True]


class AccountListResponse(ResponseModel):
    accounts: list[ShownAccount]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class ChangedResponse(ResponseModel):
    success: Literal[True]


class DeletedAccount(ResponseModel):
    id: HexId
    jobStatus: Literal["Completed"]
    success: Literal[True]


def new_account_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], NewAccount]:
    shape = shape_of(CreateAccount, body, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    faults = list(shape.faults)
    by_id, by_name = reading.text("sequenceSetId"), reading.text("sequenceSetName")
    if by_id is not None and by_name is not None:
        message = "cannot stand beside sequenceSetId"
        path = ("sequence_set_name",)
        faults.append(Violation(RESOURCE, path, Category.INVALID_VALUE, message))
    account = NewAccount(
        name=reading.text("name"),
        currency=reading.text("currency"),
        account_number=reading.text("accountNumber"),
        sequence_set=by_name if by_id is None else by_id,
        details=reading.details(CreateAccount, CreateAccount.INTERPRETED),
    )
    return tuple(faults), account


def account_change_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], AccountChange]:
    shape = shape_of(UpdateAccount, body, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    change = AccountChange(
        name=reading.text("name"),
        changes_sequence_set="sequenceSetId" in (shape.object_at() or {}),
        sequence_set=reading.text("sequenceSetId"),
        details=reading.changed_details(UpdateAccount, UpdateAccount.INTERPRETED),
    )
    return shape.faults, change


def account_details_out(details: Details) -> dict[str, Any]:
    """Stored details, each under the part of the answer that gives it back.

    Shape: `basicInfo` and `billingAndPayment` are always there, to be filled up.
    """
    billing = AccountBilling.model_fields
    beside = ShownAccount.model_fields
    basic_info: dict[str, object] = {}
    billing_info: dict[str, object] = {}
    parts: dict[str, Any] = {"basicInfo": basic_info, "billingAndPayment": billing_info}
    for name, value in details.items():
        if name in beside:
            parts[name] = value
        else:
            (billing_info if name in billing else basic_info)[name] = value
    return parts


def account_out(account: Account) -> dict[str, Any]:
    shown = account_details_out(account.details)
    shown["basicInfo"] |= {
        "id": account.account_id,
        "name": account.name,
        "accountNumber": account.account_number,
        "sequenceSetId": account.sequence_set_id,
        "status": "Active",
        "createdDate": moment_text(account.created_at),
        "updatedDate": moment_text(account.updated_at),
    }
    shown["billingAndPayment"]["currency"] = account.currency
    return shown
