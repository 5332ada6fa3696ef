/**
 * The community's Brex server. Bodies are JSON in a string, `data`, which replaces every argument beside it. What could
 * change who is paid (a vendor's account, a user) stays unclassified.
 */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const brex = {
  provider: 'brex',
  surfaces: [
    {
      version: 'community',
      tools: {
        ...named(
          'read',
          `users_list user_get user_get_me departments_list department_get locations_list company_get cards_list
           card_get card_transactions_list cash_transactions_list card_accounts_list cash_accounts_list
           card_statements_list card_expenses_list card_expense_get vendors_list vendor_get transfers_list transfer_get
           budgets_list budget_get budget_programs_list budget_program_get webhooks_list webhook_get trips_list`,
        ),
        transfer_create: {
          kind: 'payout',
          json: 'data',
          amounts: [{ path: 'data.amount.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
          currency: { path: 'data.amount.currency' },
          reason: 'data.description',
          recipient: 'data.counterparty.payment_instrument_id',
          accepts: [
            ...['data.counterparty.type', 'data.originating_account.type', 'data.originating_account.id'],
            ...['data.external_memo', 'data.approval_type'],
          ],
        },
        ...named('limit_change', 'budget_create budget_update'),
        ...named('card_issue', 'card_create card_update'),
        ...named('config', 'card_lock card_terminate budget_archive department_create'),
        ...named('config', 'webhook_create webhook_update webhook_delete'),
        vendor_delete: { kind: 'customer_write', recipient: 'id' },
      },
    },
  ],
} satisfies ProviderCatalogue;
