/** Documents of both formats, each with a restriction of its own. */
export const INTERCEPT: Readonly<Record<string, string>> = {
  'an empty document': `version: "1"`,
  'a default that denies': `
version: "1"
default: deny
tools:
  list_customers: {}
  create_refund:`,
  'a cap on an amount': `
version: "1"
tools:
  create_refund:
    rules:
      - name: small
        conditions: [{ path: args.amount, op: lte, value: 50000 }]
        on_deny: Refunds above 500 need a person.`,
  'several conditions': `
version: "1"
tools:
  create_charge:
    rules:
      - name: usd only
        conditions:
          - { path: args.currency, op: in, value: [usd, eur] }
          - { path: args.amount, op: gt, value: 0 }
          - { path: args.amount, op: lt, value: 1000000 }`,
  'two conditions on one path': `
version: "1"
tools:
  create_charge:
    rules:
      - conditions:
          - { path: args.amount, op: gte, value: 100 }
          - { path: args.amount, op: neq, value: 666 }`,
  'a pattern that is not anchored': `
version: "1"
tools:
  create_payment_link:
    rules:
      - conditions: [{ path: args.price, op: regex, value: "^price_|gift" }]`,
  'a nested path': `
version: "1"
tools:
  create_order:
    rules:
      - conditions: [{ path: args.amount.currency_code, op: eq, value: USD }]`,
  'an argument that must be there': `
version: "1"
tools:
  create_refund:
    rules:
      - conditions: [{ path: args.reason, op: exists, value: true }]`,
  'an argument that must not be there': `
version: "1"
tools:
  create_refund:
    rules:
      - conditions: [{ path: args.force, op: exists, value: false }]`,
  'a list that is excluded': `
version: "1"
tools:
  create_payout:
    rules:
      - conditions: [{ path: args.destination, op: not_in, value: [acct_bad, acct_worse] }]`,
  'a part of a text': `
version: "1"
tools:
  create_invoice:
    rules:
      - conditions: [{ path: args.memo, op: contains, value: PO- }]`,
  'a rule that denies': `
version: "1"
tools:
  delete_customer:
    rules: [{ name: never, action: deny, on_deny: Not by an agent. }]`,
  'a hidden tool': `
version: "1"
hide: [cancel_subscription]
tools:
  cancel_subscription: {}
  create_refund: {}`,
  'everything hidden': `
version: "1"
hide: ["*"]
tools: { create_refund: {} }`,
  'a rate': `
version: "1"
tools:
  create_refund:
    rules: [{ rate_limit: 5/hour }]`,
  'a rate for all tools': `
version: "1"
tools:
  "*":
    rules:
      - { name: pace, rate_limit: 60/minute }
      - conditions: [{ path: args.livemode, op: eq, value: false }]
  create_charge:
    rules: [{ rate_limit: 3/day }]`,
  'a counter with a cap': `
version: "1"
tools:
  create_charge:
    rules:
      - name: daily
        conditions: [{ path: state.create_charge.count, op: lte, value: 10 }]
        state: { counter: count, window: day }`,
  'a counter that must stay below': `
version: "1"
tools:
  create_charge:
    rules:
      - conditions:
          - { path: state.create_charge.weight, op: lt, value: 10 }
          - { path: args.amount, op: lte, value: 900 }
        state: { counter: weight, window: hour, increment: 3 }`,
  'a cap of nothing': `
version: "1"
tools:
  create_charge:
    rules: [{ rate_limit: 0/day }]`,
  'a counter of all tools': `
version: "1"
default: deny
tools:
  create_charge: {}
  "*":
    rules:
      - conditions: [{ path: state._global.n, op: lte, value: 100 }]
        state: { counter: n, window: day }`,
};

const layer = (rest: object) => JSON.stringify({ version: '1', ...rest }, null, 2);

export const POLICY_LAYER: Readonly<Record<string, string>> = {
  'nothing but a default that denies': layer({ default: 'deny' }),
  'a default that allows': layer({ default: 'allow' }),
  'listed tools': layer({ default: 'deny', tools: { list_customers: {}, create_refund: {} } }),
  'the four states of a tool': layer({
    default: 'allow',
    hide: ['cancel_subscription'],
    tools: {
      a: {},
      b: { deny_if: [{ conditions: [], on_deny: 'Never.' }] },
      c: { limits: [{ max: 2, window: 'hour' }] },
    },
  }),
  'states in a word': layer({ default: 'deny', tools: { a: 'allow', b: 'deny', c: 'hide' } }),
  'everything hidden': layer({ default: 'allow', hide: ['*'], tools: { a: {} } }),
  'what must hold': layer({
    default: 'deny',
    tools: { create_refund: { require: [{ path: 'args.amount', op: 'lte', value: 50000 }] } },
  }),
  'what must hold, without the prefix': layer({
    default: 'deny',
    tools: {
      create_refund: {
        require: [
          { path: 'amount', op: 'lt', value: 50000 },
          { path: 'reason', op: 'exists' },
        ],
      },
    },
  }),
  'a group that must hold': layer({
    default: 'deny',
    tools: {
      create_charge: {
        require: [
          {
            conditions: [
              { path: 'args.currency', op: 'in', value: ['usd'] },
              { path: 'args.amount', op: 'gte', value: 50 },
            ],
            on_deny: 'USD from 50 cents.',
          },
        ],
      },
    },
  }),
  'what denies': layer({
    default: 'allow',
    tools: {
      create_charge: {
        deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 10000 }], on_deny: 'Too much.' }],
      },
    },
  }),
  'what denies together': layer({
    default: 'allow',
    tools: {
      create_charge: {
        deny_if: [
          {
            conditions: [
              { path: 'args.amount', op: 'gt', value: 100 },
              { path: 'args.currency', op: 'neq', value: 'usd' },
            ],
          },
        ],
      },
    },
  }),
  'a pattern that denies': layer({
    default: 'allow',
    tools: { search: { deny_if: [{ conditions: [{ path: 'args.query', op: 'regex', value: 'card|ssn' }] }] } },
  }),
  'a list that denies': layer({
    default: 'allow',
    tools: { create_payout: { deny_if: [{ conditions: [{ path: 'args.to', op: 'in', value: ['x', 'y'] }] }] } },
  }),
  'limits for all tools': layer({
    default: 'allow',
    all_tools: { limits: [{ name: 'calls-per-minute', max: 30, window: 'minute' }] },
    tools: { create_refund: { limits: [{ name: 'daily', limit: 3, per: 'day' }] } },
  }),
  'a limit in a word': layer({ default: 'deny', tools: { a: { limits: [{ rate: '5/minute' }] } } }),
  'a limit of nothing': layer({ default: 'deny', tools: { a: { limits: [{ max: 0, window: 'day' }] } } }),
  'all parts together': layer({
    default: 'deny',
    hide: ['drop'],
    all_tools: { limits: [{ max: 100, window: 'hour' }] },
    tools: {
      read: {},
      drop: {},
      pay: {
        require: [{ path: 'args.currency', op: 'eq', value: 'usd' }],
        deny_if: [{ conditions: [{ path: 'args.amount', op: 'gte', value: 5000 }] }],
        limits: [{ max: 4, window: 'week' }],
      },
    },
  }),
};
