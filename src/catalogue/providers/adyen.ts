/** Adyen's server. Amounts are numbers of the smallest unit, beside their currency. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const adyen = {
  provider: 'adyen',
  exponents: { CLP: 2, CVE: 0, IDR: 0, ISK: 2 },
  surfaces: [
    {
      version: '0.5.0',
      tools: {
        ...named(
          'read',
          `get_payment_link get_payment_session get_payment_methods list_merchant_accounts get_merchant_account
           get_android_app get_terminal_settings list_android_apps list_android_certificates list_terminals
           list_terminal_actions get_legal_entity get_account_holder list_all_company_webhooks get_company_webhook
           list_all_merchant_webhooks get_merchant_webhook list_company_users get_company_user_details
           list_merchant_users get_merchant_user_details list_all_payment_methods_merchant
           get_payment_methods_details_merchant list_all_company_allowed_origins list_all_merchant_allowed_origins`,
        ),
        ...named('secret_read', 'list_all_company_api_credentials list_all_merchant_api_credentials'),
        ...named('config', 'test_company_webhook test_merchant_webhook'),
        refund_payment: {
          kind: 'refund',
          amounts: [{ path: 'value', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'reference',
          reference: 'pspReference',
        },
        cancel_payment: { kind: 'void', reference: 'paymentReference' },
        create_payment_links: {
          kind: 'payment_link',
          amounts: [{ path: 'value', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'reference',
        },
        create_payment_session: {
          kind: 'charge',
          amounts: [{ path: 'value', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'reference',
        },
        update_payment_link: { kind: 'void', reference: 'linkId' },
      },
    },
  ],
} satisfies ProviderCatalogue;
