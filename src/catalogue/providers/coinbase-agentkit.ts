/**
 * Coinbase AgentKit: a wallet on a chain. Amounts are counted in tokens, which no money rule compares, and a token is
 * named by its contract.
 */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const coinbaseAgentkit = {
  provider: 'coinbase-agentkit',
  surfaces: [
    {
      version: '0.10.4',
      tools: {
        ...named('read', 'WalletActionProvider_get_wallet_details ERC20ActionProvider_get_balance'),
        ...named('read', 'ERC20ActionProvider_get_allowance ERC20ActionProvider_get_erc20_token_address'),
        ...named('read', 'Erc721ActionProvider_get_balance X402ActionProvider_discover_x402_services'),
        WalletActionProvider_native_transfer: {
          kind: 'transfer',
          amounts: [{ path: 'value', unit: 'token', form: 'decimal-string', absent: 'unknown' }],
          recipient: 'to',
        },
        ERC20ActionProvider_transfer: {
          kind: 'transfer',
          amounts: [{ path: 'amount', unit: 'token', form: 'decimal-string', absent: 'unknown' }],
          recipient: 'destinationAddress',
          reference: 'tokenAddress',
        },
        // Nothing moves now: the spender moves it whenever he likes.
        ERC20ActionProvider_approve: {
          kind: 'allowance',
          amounts: [{ path: 'amount', unit: 'token', form: 'decimal-string', absent: 'unknown' }],
          recipient: 'spenderAddress',
          reference: 'tokenAddress',
        },
        WethActionProvider_wrap_eth: {
          kind: 'transfer',
          amounts: [{ path: 'amountToWrap', unit: 'token', form: 'decimal-string', absent: 'unknown' }],
        },
        WethActionProvider_unwrap_eth: {
          kind: 'transfer',
          amounts: [{ path: 'amountToUnwrap', unit: 'token', form: 'decimal-string', absent: 'unknown' }],
        },
        Erc721ActionProvider_mint: { kind: 'transfer', recipient: 'destination', reference: 'contractAddress' },
        Erc721ActionProvider_transfer: { kind: 'transfer', recipient: 'destination', reference: 'contractAddress' },
        // The price comes with the answer. The one that the agent states on the second try is not what is paid.
        X402ActionProvider_make_http_request_with_x402: { kind: 'wallet_pay', recipient: 'url' },
        X402ActionProvider_retry_http_request_with_x402: { kind: 'wallet_pay', recipient: 'url' },
      },
    },
  ],
} satisfies ProviderCatalogue;
