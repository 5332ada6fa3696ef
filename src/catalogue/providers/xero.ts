/**
 * Xero's server: books, no bank. Amounts are major units, as numbers, in a currency that only the account knows. Lines
 * carry a tax type, and tax comes on top: only a document whose lines have none is known in full.
 */
import type { AmountSpec } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

const LINE = {
  path: 'lineItems[*].unitAmount',
  unit: 'major',
  form: 'number',
  absent: 'unknown',
  times: [{ path: 'lineItems[*].quantity', form: 'number', absent: 'unknown' }],
} satisfies AmountSpec;

const NO_TAX = { 'lineItems[*].taxType': ['NONE'] };

export const xero = {
  provider: 'xero',
  surfaces: [
    {
      version: '0.0.17',
      tools: {
        ...named(
          'read',
          `get-timesheet list-accounts list-contacts list-credit-notes list-invoices list-items list-manual-journals
           list-quotes list-tax-rates list-trial-balance list-payments list-profit-and-loss list-bank-transactions
           list-payroll-employees list-report-balance-sheet list-organisation-details list-payroll-employee-leave
           list-payroll-leave-periods list-payroll-employee-leave-types list-payroll-employee-leave-balances
           list-payroll-leave-types list-aged-receivables-by-contact list-aged-payables-by-contact list-timesheets
           list-contact-groups list-tracking-categories`,
        ),
        'create-payment': {
          kind: 'ledger',
          amounts: [{ path: 'amount', unit: 'major', form: 'number', absent: 'unknown' }],
          recipient: 'accountId',
          reference: 'invoiceId',
        },
        'create-bank-transaction': {
          kind: 'ledger',
          amounts: [LINE],
          unknownUnless: NO_TAX,
          recipient: 'contactId',
          reference: 'bankAccountId',
        },
        'update-bank-transaction': { kind: 'ledger', recipient: 'contactId', reference: 'bankTransactionId' },
        // A journal's lines are signed and add up to nothing.
        'create-manual-journal': { kind: 'ledger', reason: 'narration' },
        'update-manual-journal': { kind: 'ledger', reason: 'narration', reference: 'manualJournalID' },
        'create-invoice': {
          kind: 'invoice',
          amounts: [LINE],
          unknownUnless: NO_TAX,
          recipient: 'contactId',
        },
        'update-invoice': { kind: 'invoice', recipient: 'contactId', reference: 'invoiceId' },
        'create-credit-note': {
          kind: 'credit',
          amounts: [LINE],
          unknownUnless: NO_TAX,
          recipient: 'contactId',
        },
        'update-credit-note': { kind: 'credit', recipient: 'contactId', reference: 'creditNoteId' },
        'create-quote': {
          kind: 'quote',
          amounts: [LINE],
          unknownUnless: NO_TAX,
          recipient: 'contactId',
        },
        'update-quote': { kind: 'quote', recipient: 'contactId', reference: 'quoteId' },
        'create-item': { kind: 'catalog_write', reference: 'code' },
        'update-item': { kind: 'catalog_write', reference: 'itemId' },
        'create-contact': { kind: 'customer_write', recipient: 'email' },
        'update-contact': { kind: 'customer_write', recipient: 'contactId' },
        // Hours become pay, and taking them away takes pay away.
        'create-timesheet': { kind: 'payroll', recipient: 'employeeID' },
        'add-timesheet-line': { kind: 'payroll', reference: 'timesheetID' },
        'update-timesheet-line': { kind: 'payroll', reference: 'timesheetID' },
        'approve-timesheet': { kind: 'payroll', reference: 'timesheetID' },
        'revert-timesheet': { kind: 'payroll', reference: 'timesheetID' },
        'delete-timesheet': { kind: 'payroll', reference: 'timesheetID' },
        ...named('config', 'create-tracking-category create-tracking-options'),
        ...named('config', 'update-tracking-category update-tracking-options'),
      },
    },
  ],
} satisfies ProviderCatalogue;
