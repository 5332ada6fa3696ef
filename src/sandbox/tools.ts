/** The sandbox's tools, one for each thing a payment server can do with money. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { SandboxError } from './ledger.ts';
import type { Ledger } from './ledger.ts';

const amount = z.number().int().positive().describe('integer of the smallest unit of the currency, such as cents');
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'three capital letters')
  .describe('ISO 4217 code');
const paymentId = z.string().describe('id of a payment, such as pay_1001');
const note = z.string().max(500);

/** An answer as text; a refusal of the books is a tool error, so that the agent can read it. */
function answer(work: () => unknown): CallToolResult {
  try {
    return { content: [{ type: 'text', text: JSON.stringify(work()) }] };
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return { isError: true, content: [{ type: 'text', text: error.message }] };
  }
}

function addReads(server: McpServer, ledger: Ledger): void {
  server.registerTool(
    'list_payments',
    {
      description: 'Lists payments, optionally of one customer.',
      inputSchema: z.strictObject({ customer: z.string().optional() }),
    },
    ({ customer }) =>
      answer(() => ledger.payments.filter((one) => customer === undefined || one.customer === customer)),
  );
  server.registerTool(
    'get_payment',
    { description: 'Looks one payment up.', inputSchema: z.strictObject({ payment_id: paymentId }) },
    ({ payment_id }) => answer(() => ledger.payment(payment_id)),
  );
  server.registerTool(
    'get_ledger',
    {
      description: 'Shows the balance by currency and every operation since the start.',
      inputSchema: z.strictObject({}),
    },
    () => answer(() => ({ balance: ledger.balance, operations: ledger.operations })),
  );
}

function addCharge(server: McpServer, ledger: Ledger): void {
  server.registerTool(
    'create_charge',
    {
      description: 'Takes a payment from a customer.',
      inputSchema: z.strictObject({
        amount,
        currency,
        customer: z.string().min(1),
        order: z.string().optional(),
        description: note.optional(),
      }),
    },
    (call) =>
      answer(() =>
        ledger.charge(call.amount, call.currency, call.customer, call.order ?? null, call.description ?? null),
      ),
  );
}

function addRefund(server: McpServer, ledger: Ledger): void {
  server.registerTool(
    'create_refund',
    {
      description: 'Refunds a payment: the given amount, or all that is left of it.',
      inputSchema: z.strictObject({
        payment_id: paymentId,
        amount: amount.optional(),
        currency: currency.optional(),
        reason: note.optional(),
      }),
    },
    (call) => answer(() => ledger.refund(call.payment_id, call.amount, call.currency, call.reason ?? null)),
  );
}

function addPayout(server: McpServer, ledger: Ledger): void {
  server.registerTool(
    'create_payout',
    {
      description: 'Pays money out of the balance to a bank account or a person.',
      inputSchema: z.strictObject({
        amount,
        currency,
        recipient: z.string().min(1),
        description: note.optional(),
      }),
    },
    (call) => answer(() => ledger.payout(call.amount, call.currency, call.recipient, call.description ?? null)),
  );
}

/** Registers every tool of the sandbox. */
export function addTools(server: McpServer, ledger: Ledger): void {
  addReads(server, ledger);
  addCharge(server, ledger);
  addRefund(server, ledger);
  addPayout(server, ledger);
}
