"""Groups of fields that the original documents on several resources and nobody here interprets:
accepted in the form it documents, stored, given back.

Source: contract/documents.md, Resources; the models of the original's own client.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictStr

from seriatim.http.wire.values import (
    KEPT,
    Bool,
    Day,
    ExistingDay,
    Keeping,
    KeptCurrency,
    Quantity,
    Text20,
    Text25,
    Text32,
    Text40,
    Text50,
    Text64,
    Text70,
    Text80,
    Text100,
    Text128,
    Text255,
    Text500,
)

ContactName = Annotated[StrictStr, Field(min_length=1, max_length=100)]


class NetSuiteFields(Keeping):
    IntegrationId__NS: Text255 = KEPT
    IntegrationStatus__NS: Text255 = KEPT
    SyncDate__NS: Text255 = KEPT


class NetSuiteMemoFields(NetSuiteFields):
    Origin__NS: Text255 = KEPT
    Transaction__NS: Text255 = KEPT


class ContactFields(Keeping):
    address1: Text255 = KEPT
    address2: Text255 = KEPT
    city: Text100 = KEPT
    contactDescription: Text100 = KEPT
    country: Text64 = KEPT
    county: Text100 = KEPT
    fax: Text40 = KEPT
    homePhone: Text40 = KEPT
    mobilePhone: Text100 = KEPT
    nickname: Text100 = KEPT
    otherPhone: Text40 = KEPT
    otherPhoneType: Text20 = KEPT
    personalEmail: Text80 = KEPT
    state: Text100 = KEPT
    taxRegion: Text100 = KEPT
    workEmail: Text80 = KEPT
    workPhone: Text40 = KEPT
    zipCode: Text20 = KEPT


class NewContact(ContactFields):
    firstName: ContactName
    lastName: ContactName


class ContactChange(ContactFields):
    firstName: ContactName = KEPT
    lastName: ContactName = KEPT


class CustomRate(Keeping):
    currency: KeptCurrency
    customFxRate: Quantity
    rateDate: Day = KEPT


CustomRates = Annotated[list[CustomRate], Field(max_length=2)] | None


class TaxInfo(Keeping):
    companyCode: Text50 = KEPT
    exemptEntityUseCode: Text32 = KEPT
    exemptCertificateId: Text32 = KEPT
    exemptCertificateType: Text32 = KEPT
    exemptDescription: Text500 = KEPT
    exemptEffectiveDate: Day = KEPT
    exemptExpirationDate: Day = KEPT
    exemptIssuingJurisdiction: Text32 = KEPT
    exemptStatus: Text32 = KEPT
    VATId: Text25 = KEPT


class ElectronicProfile(Keeping):
    """The account's profile for electronic invoices, or for electronic reports."""

    enabled: Bool = KEPT
    businessName: Text255 = KEPT
    businessNumber: Text100 = KEPT
    businessNumberSchemeId: Text50 = KEPT
    endpointId: Text100 = KEPT
    endpointSchemeId: Text50 = KEPT
    taxRegisterNumber: Text100 = KEPT
    businessCategory: Text50 = KEPT


class InvoiceTaxItem(Keeping):
    exemptAmount: Quantity = KEPT
    jurisdiction: Text255 = KEPT
    locationCode: Text32 = KEPT
    name: Annotated[StrictStr, Field(max_length=128)]
    taxAmount: Quantity
    taxCode: Annotated[StrictStr, Field(max_length=64)]
    taxCodeDescription: Text255 = KEPT
    taxDate: ExistingDay
    taxMode: Text32 = KEPT
    taxRate: Quantity
    taxRateDescription: Text255 = KEPT
    taxRateType: Text32 = KEPT


TaxItems = Annotated[list[InvoiceTaxItem], Field(max_length=5)] | None


class AccountingFields(NetSuiteFields):
    """What invoice items and their discounts say to a ledger."""

    accountingCode: Text100 = KEPT
    accountsReceivableAccountingCode: Text100 = KEPT
    adjustmentLiabilityAccountingCode: Text100 = KEPT
    adjustmentRevenueAccountingCode: Text100 = KEPT
    bookingReference: Text100 = KEPT
    chargeDate: Text32 = KEPT
    contractAssetAccountingCode: Text100 = KEPT
    contractLiabilityAccountingCode: Text100 = KEPT
    contractRecognizedRevenueAccountingCode: Text100 = KEPT
    deferredRevenueAccountingCode: Text100 = KEPT
    description: Text500 = KEPT
    itemType: Text50 = KEPT
    purchaseOrderNumber: Text100 = KEPT
    recognizedRevenueAccountingCode: Text100 = KEPT
    revRecCode: Text100 = KEPT
    revRecTriggerCondition: Text64 = KEPT
    revenueRecognitionRuleName: Text50 = KEPT
    sku: Text255 = KEPT
    taxItems: TaxItems = KEPT
    unbilledReceivablesAccountingCode: Text100 = KEPT
    unitPrice: Quantity = KEPT


class MemoTaxFinance(Keeping):
    onAccountAccountingCode: Text100 = KEPT
    salesTaxPayableAccountingCode: Text100 = KEPT


class MemoTaxItem(Keeping):
    amount: Quantity = KEPT
    financeInformation: MemoTaxFinance | None = KEPT
    jurisdiction: Text255 = KEPT
    locationCode: Text32 = KEPT
    sourceTaxItemId: Text64 = KEPT
    taxCode: Text64 = KEPT
    taxCodeDescription: Text255 = KEPT
    taxDate: Day = KEPT
    taxExemptAmount: Quantity = KEPT
    taxName: Text128 = KEPT
    taxRate: Quantity = KEPT
    taxRateDescription: Text255 = KEPT
    taxRateType: Text32 = KEPT


class MemoItemFinance(Keeping):
    deferredRevenueAccountingCode: Text100 = KEPT
    onAccountAccountingCode: Text100 = KEPT
    recognizedRevenueAccountingCode: Text100 = KEPT
    revenueRecognitionRuleName: Text100 = KEPT


class PaymentFinance(Keeping):
    bankAccountAccountingCode: Text100 = KEPT
    onAccountAccountingCode: Text100 = KEPT
    transferredToAccounting: Text32 = KEPT
    unappliedPaymentAccountingCode: Text100 = KEPT


class PaymentOption(Keeping):
    type: Text64 = KEPT
    detail: dict[str, Any] | None = KEPT


GatewayOptions = dict[str, Any] | None


class GatewayNames(Keeping):
    """Names at a payment gateway; none of them is a secret."""

    gatewayId: Text64 = KEPT
    paymentGatewayNumber: Text40 = KEPT
    paymentMethodId: Text70 = KEPT
    referenceId: Text100 = KEPT
    softDescriptor: Text64 = KEPT
    softDescriptorPhone: Text20 = KEPT
