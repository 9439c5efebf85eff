"""The fields of accounts and documents, each with its place among the resource codes.

Order: for ever; a new field comes last, whatever it is called.
"""

from __future__ import annotations

from typing import Final

from seriatim.http.wire.paths import AsWritten, camel_name, snake_name


def numbered(first_code: int, names: str) -> dict[tuple[str, ...], int]:
    """A code for the resource as a whole, then one for each field, in the order given."""
    paths = [tuple(_part(part) for part in name.split(".")) for name in names.split()]
    return {(): first_code} | {path: first_code + 1 + at for at, path in enumerate(paths)}


def _part(name: str) -> str:
    """A name that no name of ours gives back (`SyncDate__NS`) stands as the wire writes it."""
    return name if snake_name(camel_name(name)) == name else AsWritten(name)


ACCOUNT_FIELDS: Final = """
    name
    account_number
    currency
    sequence_set_id
    additional_email_addresses
    application_order
    apply_credit
    apply_credit_balance
    associate_commitment_number
    auto_pay
    batch
    bill_cycle_day
    bill_to_contact
    bill_to_contact_id
    Class__NS
    collect
    communication_profile_id
    communication_profile_name
    credit_card
    credit_memo_reason_code
    credit_memo_template_id
    crm_id
    customer_service_rep_name
    CustomerType__NS
    debit_memo_template_id
    default_payment_method_id
    Department__NS
    document_date
    e_reporting_profile
    einvoice_profile
    gateway_id
    gateway_routing_eligible
    hpm_credit_card_payment_method_id
    IntegrationId__NS
    IntegrationStatus__NS
    invoice
    invoice_collect
    invoice_delivery_prefs_email
    invoice_delivery_prefs_print
    invoice_target_date
    invoice_template_id
    Location__NS
    notes
    organization_label
    parent_account_number
    parent_id
    partner_account
    payment_gateway
    payment_gateway_name
    payment_gateway_number
    payment_method
    payment_method_id
    payment_term
    profile_number
    purchase_order_number
    roll_up_usage
    run_billing
    sales_rep
    sequence_set_name
    ship_to_contact
    ship_to_contact_id
    ship_to_same_as_bill_to
    sold_to_contact
    sold_to_contact_id
    sold_to_same_as_bill_to
    subscription
    Subsidiary__NS
    summary_statement_template_id
    SyncDate__NS
    SynctoNetSuite__NS
    tagging
    target_date
    tax_info
"""

# Of invoices, memos, payments and refunds: a field has one code whichever of them it stands in.
DOCUMENT_FIELDS: Final = """
    account_id
    account_number
    sequence_set
    invoice_number
    number
    invoice_date
    due_date
    currency
    status
    invoice_items
    invoice_items.amount
    invoices
    amount
    application_rule
    apply_effective_date
    auth_transaction_id
    auto_apply_to_invoice_upon_posting
    auto_apply_upon_posting
    auto_pay
    auto_post
    balance_refresh
    bill_to_contact
    bill_to_contact_id
    charges
    comment
    comments
    communication_profile_id
    cryptogram
    custom_rates
    debit_memos
    effective_date
    exclude_from_auto_apply_rules
    finance_information
    gateway_id
    gateway_options
    gateway_order_id
    id
    IntegrationId__NS
    IntegrationStatus__NS
    invoice_id
    items
    memo_date
    memos
    method_type
    mit_transaction_source
    non_revenue_write_off_accounting_code
    Origin__NS
    payment_gateway_number
    payment_method_id
    payment_method_type
    payment_option
    payment_schedule_key
    payment_term
    prepayment
    reason_code
    reference_id
    refund_date
    revenue_impacting
    second_refund_reference_id
    ship_to_contact
    ship_to_contact_id
    ship_to_same_as_bill_to
    soft_descriptor
    soft_descriptor_phone
    sold_to_contact
    sold_to_contact_id
    sold_to_same_as_bill_to
    source_type
    standalone
    SyncDate__NS
    SynctoNetSuite__NS
    tax_auto_calculation
    template_id
    total_amount
    Transaction__NS
    transferred_to_accounting
    type
    use_single_transaction
    invoice_items.accounting_code
    invoice_items.accounts_receivable_accounting_code
    invoice_items.adjustment_liability_accounting_code
    invoice_items.adjustment_revenue_accounting_code
    invoice_items.booking_reference
    invoice_items.charge_date
    invoice_items.charge_name
    invoice_items.contract_asset_accounting_code
    invoice_items.contract_liability_accounting_code
    invoice_items.contract_recognized_revenue_accounting_code
    invoice_items.deferred_revenue_accounting_code
    invoice_items.delete
    invoice_items.description
    invoice_items.discount_items
    invoice_items.exclude_item_billing_from_revenue_accounting
    invoice_items.id
    invoice_items.IntegrationId__NS
    invoice_items.IntegrationStatus__NS
    invoice_items.item_type
    invoice_items.product_rate_plan_charge_id
    invoice_items.purchase_order_number
    invoice_items.quantity
    invoice_items.recognized_revenue_accounting_code
    invoice_items.rev_rec_code
    invoice_items.rev_rec_start_date
    invoice_items.rev_rec_trigger_condition
    invoice_items.revenue_recognition_rule_name
    invoice_items.service_end_date
    invoice_items.service_start_date
    invoice_items.sku
    invoice_items.SyncDate__NS
    invoice_items.tax_code
    invoice_items.tax_items
    invoice_items.tax_mode
    invoice_items.unbilled_receivables_accounting_code
    invoice_items.unit_price
    invoice_items.uom
    invoices.amount
    invoices.invoice_id
    invoices.invoice_number
    invoices.items
    debit_memos.amount
    debit_memos.debit_memo_id
    debit_memos.debit_memo_number
    debit_memos.items
    charges.amount
    charges.charge_id
    charges.comment
    charges.description
    charges.exclude_item_billing_from_revenue_accounting
    charges.finance_information
    charges.memo_item_amount
    charges.product_rate_plan_charge_id
    charges.quantity
    charges.service_end_date
    charges.service_start_date
    items.amount
    items.comment
    items.contribute_to_commitment
    items.description
    items.exclude_item_billing_from_revenue_accounting
    items.finance_information
    items.invoice_item_id
    items.quantity
    items.service_end_date
    items.service_start_date
    items.sku_name
    items.tax_items
    items.tax_mode
    items.unit_of_measure
"""
