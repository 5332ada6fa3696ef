/**
 * The community's QuickBooks server: books, no bank. Amounts are major units, as numbers, in a currency that only the
 * account knows. Most writes only show what they would do unless `draft` is false; they are classified as if they did.
 */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

/** Lines that are written in full. An edit names only the lines that change, and its total is not known. */
const LINES = {
  kind: 'ledger',
  amounts: [{ path: 'lines[*].amount', unit: 'major', form: 'number', absent: 'unknown' }],
  reason: 'memo',
} satisfies CatalogueEntry;

const EDIT = { kind: 'ledger', reason: 'memo', reference: 'id' } satisfies CatalogueEntry;

export const quickbooks = {
  provider: 'quickbooks',
  surfaces: [
    {
      version: '0.11.0',
      tools: {
        ...named(
          'read',
          `get_company_info query list_accounts get_profit_loss get_balance_sheet get_report get_trial_balance
           query_account_transactions account_period_summary get_journal_entry get_bill get_expense get_sales_receipt
           get_invoice get_deposit get_vendor_credit get_bill_payment get_customer`,
        ),
        create_bill_payment: {
          kind: 'ledger',
          amounts: [{ path: 'bills[*].amount', unit: 'major', form: 'number', absent: 'full' }],
          unknownIf: ['credits'],
          reason: 'memo',
        },
        create_transfer: {
          kind: 'ledger',
          amounts: [{ path: 'amount', unit: 'major', form: 'number', absent: 'unknown' }],
          reason: 'private_note',
          recipient: 'to_account',
        },
        create_expense: LINES,
        create_bill: LINES,
        create_deposit: LINES,
        create_vendor_credit: LINES,
        // Debits and credits are the same sum twice.
        create_journal_entry: { kind: 'ledger', reason: 'memo' },
        // The parts and the whole stand side by side, and each may be left out.
        receive_payment: { kind: 'ledger', reason: 'memo' },
        create_sales_receipt: { kind: 'ledger', reason: 'memo' },
        edit_bill: EDIT,
        edit_expense: EDIT,
        edit_journal_entry: EDIT,
        edit_deposit: EDIT,
        edit_vendor_credit: EDIT,
        edit_sales_receipt: EDIT,
        delete_entity: { kind: 'ledger', reference: 'id' },
        // A price may stand behind an item, and tax comes on top.
        create_invoice: { kind: 'invoice', reason: 'customer_memo', recipient: 'bill_email' },
        edit_invoice: { kind: 'invoice', reason: 'customer_memo', recipient: 'bill_email', reference: 'id' },
        create_customer: { kind: 'customer_write', recipient: 'email' },
        edit_customer: { kind: 'customer_write', recipient: 'id' },
      },
    },
  ],
} satisfies ProviderCatalogue;

/** Intuit's own server. `execute_action` does whatever its action says, and stays unclassified. */
export const quickbooksOfficial = {
  provider: 'quickbooks-official',
  surfaces: [
    {
      version: '2026',
      tools: {
        search_actions: { kind: 'read' },
        create_refund_receipt: {
          kind: 'refund',
          amounts: [
            {
              path: 'line_items[*].unit_price',
              unit: 'major',
              form: 'number',
              absent: 'unknown',
              times: [{ path: 'line_items[*].qty', form: 'number', absent: 'unknown' }],
            },
          ],
          unknownIf: ['line_items[*].tax_code_ref', 'global_tax_calculation'],
          reason: 'private_note',
          recipient: 'customer_ref',
        },
      },
    },
  ],
} satisfies ProviderCatalogue;
