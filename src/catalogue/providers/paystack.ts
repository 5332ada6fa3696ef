/**
 * Paystack's server: one generic tool that pastes a path behind the address of the API, and puts the method into upper
 * case. Only the method as it is written here and a path of plain segments are recognised. Amounts are integers of the
 * smallest unit, as numbers or as strings of digits.
 */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';

interface PaystackUse extends Omit<CatalogueEntry, 'when' | 'routes' | 'accepts'> {
  readonly path: string;
  /** Argument names under `request.data`, separated by spaces. */
  readonly takes: string;
}

const AMOUNT = [{ path: 'request.data.amount', unit: 'minor', form: 'integer-or-string', absent: 'unknown' }] as const;
const CURRENCY = { path: 'request.data.currency' } as const;
const IDEMPOTENCY = 'request.data.reference';

const POSTS: readonly PaystackUse[] = [
  {
    path: '/refund',
    takes: 'transaction amount currency customer_note merchant_note',
    kind: 'refund',
    amounts: [{ path: 'request.data.amount', unit: 'minor', form: 'integer-or-string', absent: 'full' }],
    currency: CURRENCY,
    reason: 'request.data.merchant_note',
    reference: 'request.data.transaction',
  },
  {
    path: '/transfer',
    takes: 'source amount recipient reason currency reference',
    kind: 'payout',
    amounts: AMOUNT,
    currency: CURRENCY,
    reason: 'request.data.reason',
    recipient: 'request.data.recipient',
    idempotency: IDEMPOTENCY,
  },
  {
    path: '/transfer/bulk',
    takes: 'source currency transfers[*].amount transfers[*].recipient transfers[*].reason transfers[*].reference',
    kind: 'payout',
    amounts: [
      { path: 'request.data.transfers[*].amount', unit: 'minor', form: 'integer-or-string', absent: 'unknown' },
    ],
    currency: CURRENCY,
    reason: 'request.data.transfers[*].reason',
    recipient: 'request.data.transfers[*].recipient',
    idempotency: 'request.data.transfers[*].reference',
  },
  // The one-time code releases a transfer that was made before.
  {
    path: '/transfer/finalize_transfer',
    takes: 'transfer_code otp',
    kind: 'payout',
    reference: 'request.data.transfer_code',
  },
  {
    path: '/transaction/initialize',
    takes: 'email amount currency reference callback_url channels[*]',
    kind: 'payment_link',
    amounts: AMOUNT,
    currency: CURRENCY,
    recipient: 'request.data.email',
    idempotency: IDEMPOTENCY,
  },
  {
    path: '/transaction/charge_authorization',
    takes: 'email amount currency reference authorization_code channels[*] queue',
    kind: 'charge',
    amounts: AMOUNT,
    currency: CURRENCY,
    recipient: 'request.data.email',
    reference: 'request.data.authorization_code',
    idempotency: IDEMPOTENCY,
  },
  // It takes as much as there is, up to the amount.
  {
    path: '/transaction/partial_debit',
    takes: 'email amount currency reference authorization_code at_least',
    kind: 'charge',
    amounts: AMOUNT,
    currency: CURRENCY,
    recipient: 'request.data.email',
    reference: 'request.data.authorization_code',
    idempotency: IDEMPOTENCY,
  },
  {
    path: '/charge',
    takes: 'email amount currency reference authorization_code',
    kind: 'charge',
    amounts: AMOUNT,
    currency: CURRENCY,
    recipient: 'request.data.email',
    reference: 'request.data.authorization_code',
    idempotency: IDEMPOTENCY,
  },
  {
    path: '/transferrecipient',
    takes: 'type name account_number bank_code currency description',
    kind: 'customer_write',
    recipient: 'request.data.account_number',
  },
];

const PAGES = 'perPage page from to status customer currency';

/** Look-ups by path. `*` is an id. */
const GETS: readonly (readonly [path: string, takes: string])[] = [
  ['/transaction', PAGES],
  ['/transaction/*', ''],
  ['/transaction/verify/*', ''],
  ['/transaction/timeline/*', ''],
  ['/refund', `${PAGES} transaction`],
  ['/refund/*', ''],
  ['/transfer', PAGES],
  ['/transfer/*', ''],
  ['/transfer/verify/*', ''],
  ['/transferrecipient', PAGES],
  ['/transferrecipient/*', ''],
  ['/customer', PAGES],
  ['/customer/*', ''],
  ['/balance', ''],
  ['/balance/ledger', PAGES],
  ['/dispute', PAGES],
  ['/dispute/*', ''],
  ['/settlement', PAGES],
  ['/plan', PAGES],
  ['/plan/*', ''],
  ['/subscription', PAGES],
  ['/subscription/*', ''],
  ['/bank', 'country currency perPage'],
];

function entryOf(method: string, { path, takes, ...facts }: PaystackUse): CatalogueEntry {
  const names = takes === '' ? [] : takes.split(' ').map((name) => `request.data.${name}`);
  return {
    ...facts,
    when: { 'request.method': [method] },
    routes: { 'request.path': [path] },
    accepts: ['request.data', ...names],
  };
}

export const paystack = {
  provider: 'paystack',
  exponents: { RWF: 2, XOF: 2 },
  surfaces: [
    {
      version: '0.0.2',
      tools: {
        get_paystack_operation: { kind: 'read' },
        make_paystack_request: [
          ...POSTS.map((use) => entryOf('POST', use)),
          ...GETS.map(([path, takes]) => entryOf('GET', { path, takes, kind: 'read' })),
        ],
      },
    },
  ],
} satisfies ProviderCatalogue;
