import { describe, expect, it } from 'vitest';
import { buildDraft } from '../../src/config/build.ts';
import { readSource } from '../../src/config/read-source.ts';
import { lines } from './faults.ts';

function faultsOf(text: string, file = 'c.json'): string[] {
  const built = buildDraft(readSource(file, text));
  return built.ok ? [] : lines(built.faults);
}

/** A configuration with one upstream `s` of this content. */
const upstream = (content: string): string => `{"version":1,"upstreams":{"s":{${content}}}}`;
/** A configuration with one grant `g` of this content. */
const grant = (content: string): string => `{"version":1,"grants":{"g":{${content}}}}`;

const STATE = '`sqlite`, or an address like `rediss://host:6379/0` or `postgres://host/database`';
const NAME = 'expected a name of up to 64 characters out of `a-z 0-9 . _ -`, beginning with a letter or a digit';

const ROWS: readonly (readonly [when: string, text: string, faults: readonly string[]])[] = [
  [
    'a key is misspelt',
    '{"version":1,"polices":{}}',
    [
      '1:14 unrecognized_key /polices unknown key `polices`; expected `$schema`, `version`, `upstreams`, `policies`, `grants`, `approvals`, `audit`, `telemetry`, `state`, `trust`',
    ],
  ],
  ['the version is missing', '{}', ['1:1 missing_key /version missing key `version`; expected `1`']],
  ['the version is another', '{"version":2}', ['1:12 wrong_value /version expected `1`, found `2`']],
  ['the document is a list', '[]', ['1:1 wrong_type  expected an object, found a list']],
  ['the file is empty', ' \n', ['0:0 empty  the file is empty']],
  ['a comma trails', '{"version":1,}', ['1:14 syntax  not JSON: unexpected `}`']],
  ['the file ends early', '{"version":1', ['1:13 syntax  not JSON: unexpected end of input']],
  ['a word is not JSON', '{"version":\n  yes}', ["2:3 syntax  not JSON: unexpected character 'y'"]],
  [
    'a string runs over a line',
    '{"version":1,"$schema":"a\nb"}',
    ['1:24 syntax /$schema not JSON: a control character in a string is written as an escape'],
  ],
  [
    'a key comes twice',
    '{\n  "version": 1,\n  "version": 1\n}',
    ['3:3 duplicate_key /version duplicate key `version`; first on line 2'],
  ],
  [
    'a key is a name of the language',
    '{"version":1,"grants":{"__proto__":{},"constructor":{}}}',
    [
      '1:24 forbidden_key /grants/__proto__ the key `__proto__` is never allowed',
      '1:39 forbidden_key /grants/constructor the key `constructor` is never allowed',
    ],
  ],
  [
    'a number is larger than a double keeps',
    '{"version":9007199254740993}',
    ['1:12 inexact_number /version the number cannot be kept exactly; write it as a string'],
  ],
  [
    'an upstream has a capital name',
    '{"version":1,"upstreams":{"Stripe":{"command":"x"}}}',
    [
      '1:27 bad_name /upstreams/Stripe expected an upstream name of up to 31 characters out of `a-z 0-9 -`, beginning with a letter or a digit',
    ],
  ],
  [
    'an upstream has neither command nor url',
    upstream(''),
    ['1:31 wrong_value /upstreams/s expected an upstream with either `command` or `url`'],
  ],
  [
    'an upstream has both command and url',
    upstream('"command":"x","url":"https://x.example"'),
    ['1:31 wrong_value /upstreams/s expected an upstream with either `command` or `url`'],
  ],
  [
    'an upstream has faults of its own kind',
    upstream('\n"command":["npx"],\n"evn":{},"timeout":60'),
    [
      '2:11 wrong_type /upstreams/s/command expected a string, found a list',
      '3:1 unrecognized_key /upstreams/s/evn unknown key `evn`; expected `command`, `args`, `env`, `cwd`, `provider`, `tools`, `currency`, `prefix`, `timeout`, `elicitation`, `instructions`, `start`',
      '3:20 wrong_type /upstreams/s/timeout expected a string, found a number',
    ],
  ],
  [
    'a secret is an argument',
    upstream('"command":"x","args":["-k",{"secret":"k"}]'),
    [
      '1:59 wrong_type /upstreams/s/args/1 expected a string; a secret cannot be an argument, because every process of the machine can read arguments: put it into `env`',
    ],
  ],
  [
    'a variable is a number',
    upstream('"command":"x","env":{"A":5}'),
    ['1:57 wrong_value /upstreams/s/env/A expected a string or `{ "secret": "<name>" }`'],
  ],
  [
    'a variable has a name that no shell takes',
    upstream('"command":"x","env":{"1C":"x"}'),
    ['1:53 bad_name /upstreams/s/env/1C expected the name of an environment variable, out of `A-Z a-z 0-9 _`'],
  ],
  [
    'a secret has a bad name',
    upstream('"command":"x","env":{"A":{"secret":"a b"}}'),
    [
      '1:67 wrong_value /upstreams/s/env/A/secret expected the name of a sealed secret, up to 64 characters out of `a-z 0-9 . _ -`, beginning with a letter or a digit',
    ],
  ],
  [
    'a secret has a name that the vault refuses',
    upstream('"command":"x","env":{"A":{"secret":"Stripe"}}'),
    [
      '1:67 wrong_value /upstreams/s/env/A/secret expected the name of a sealed secret, up to 64 characters out of `a-z 0-9 . _ -`, beginning with a letter or a digit',
    ],
  ],
  [
    'the key of a secret is misspelt',
    upstream('"command":"x","env":{"A":{"secrt":"a"}}'),
    [
      '1:57 missing_key /upstreams/s/env/A/secret missing key `secret`; expected a string',
      '1:58 unrecognized_key /upstreams/s/env/A/secrt unknown key `secrt`; expected `secret`',
    ],
  ],
  [
    'a live key stands in the file',
    upstream('"command":"x","args":["--key=sk_live_0123"],"env":{"A":"rk_live_1"}'),
    [
      '1:54 plain_secret /upstreams/s/args/0 this is a live key; seal it with `countersign secret set NAME` and write `{ "secret": "NAME" }`',
      '1:87 plain_secret /upstreams/s/env/A this is a live key; seal it with `countersign secret set NAME` and write `{ "secret": "NAME" }`',
    ],
  ],
  [
    'a remote server is not encrypted',
    upstream('"url":"http://mcp.example"'),
    ['1:38 wrong_value /upstreams/s/url expected `https://`; plain `http://` is only for this machine'],
  ],
  [
    'an address is of another kind',
    upstream('"url":"file:///etc/passwd"'),
    ['1:38 wrong_value /upstreams/s/url expected an address like `https://mcp.example.com/mcp`'],
  ],
  [
    'an address carries a password',
    upstream('"url":"https://u:hunter2@mcp.example"'),
    [
      '1:38 plain_secret /upstreams/s/url an address holds no user and no password; put them into `headers` as a secret',
    ],
  ],
  [
    'a timeout is longer than a day',
    upstream('"command":"x","timeout":"48h"'),
    ['1:56 wrong_value /upstreams/s/timeout expected at most `24h`'],
  ],
  [
    'a length of time has no unit',
    upstream('"command":"x","timeout":"60"'),
    ['1:56 wrong_value /upstreams/s/timeout expected a length of time like `45s`, `15m`, `24h` or `7d`'],
  ],
  [
    'a working directory is relative',
    upstream('"command":"x","cwd":"here"'),
    ['1:52 wrong_value /upstreams/s/cwd expected an absolute path; this one depends on where the gateway was started'],
  ],
  [
    'a word is not of the list',
    upstream('"command":"x","start":"late"'),
    ['1:54 wrong_value /upstreams/s/start expected `eager` or `lazy`, found `late`'],
  ],
  [
    'a currency is in small letters',
    upstream('"command":"x","currency":{"assume":"usd"}'),
    ['1:67 wrong_value /upstreams/s/currency/assume expected a currency of three capital letters, like `USD`'],
  ],
  [
    'a prefix holds a slash',
    upstream('"command":"x","prefix":"a/"'),
    ['1:55 wrong_value /upstreams/s/prefix expected a prefix of up to 32 characters out of `A-Z a-z 0-9 _ -`'],
  ],
  [
    'several entries of a tool have no `when`',
    upstream('"command":"x","tools":{"u":[{"kind":"read"},{"kind":"refund"}]}'),
    ['1:59 wrong_value /upstreams/s/tools/u expected a catalogue entry, or a list of entries that each have a `when`'],
  ],
  [
    'an entry has a path that is none',
    upstream('"command":"x","tools":{"u":{"kind":"refund","reason":"a..b"}}'),
    ['1:85 wrong_value /upstreams/s/tools/u/reason expected a path into the arguments, like `items[*].price`'],
  ],
  [
    'an entry has an unknown unit',
    upstream(
      '"command":"x","tools":{"u":{"kind":"refund","amounts":[{"path":"a","unit":"cents","form":"integer","absent":"full"}]}}',
    ),
    [
      '1:106 wrong_value /upstreams/s/tools/u/amounts/0/unit expected `minor`, `major`, `token`, `sat` or `percent`, found `cents`',
    ],
  ],
  [
    'two upstreams state one prefix',
    '{"version":1,"upstreams":{"s":{"command":"x","prefix":"x_"},"t":{"command":"x","prefix":"x_"}}}',
    [
      '1:89 duplicate_prefix /upstreams/t/prefix the upstreams `s` and `t` have the same prefix `x_`; give one of them another',
    ],
  ],
  [
    'a prefix is the default of another',
    '{"version":1,"upstreams":{"s":{"command":"x","prefix":"t_"},"t":{"command":"x"}}}',
    [
      '1:65 duplicate_prefix /upstreams/t/prefix the upstreams `s` and `t` have the same prefix `t_`; give one of them another',
    ],
  ],
  [
    'a grant names what is not there',
    grant('"principal":"p","policies":["nope"],"upstreams":["none"],"shadow":["nada"]'),
    [
      '1:57 dangling_name /grants/g/policies/0 there is no `nope` in `policies`',
      '1:78 dangling_name /grants/g/upstreams/0 there is no `none` in `upstreams`',
      '1:96 dangling_name /grants/g/shadow/0 there is no `nada` in `policies`',
    ],
  ],
  [
    'a grant names a policy twice',
    '{"version":1,"policies":{"a":"a.json"},"grants":{"g":{"principal":"p","upstreams":[],"policies":["a","a"]}}}',
    ['1:102 duplicate_name /grants/g/policies/1 `a` is named twice'],
  ],
  [
    'a grant has no principal and an unknown capability',
    grant('"upstreams":[],"capabilities":["tool"]'),
    [
      '1:28 missing_key /grants/g/principal missing key `principal`; expected a string',
      '1:60 wrong_value /grants/g/capabilities/0 expected `tools`, `resources`, `prompts`, `completion`, `logging`, `roots`, `sampling` or `elicitation`, found `tool`',
    ],
  ],
  [
    'a grant expires on a day that does not exist',
    grant('"principal":"p","upstreams":[],"expires":"2027-02-30"'),
    [
      '1:70 wrong_value /grants/g/expires expected a day, `2027-06-30`, or an instant with its offset, `2027-06-30T12:00:00Z`',
    ],
  ],
  [
    'a grant expires at an instant without offset',
    grant('"principal":"p","upstreams":[],"expires":"2027-02-20T12:00"'),
    [
      '1:70 wrong_value /grants/g/expires expected a day, `2027-06-30`, or an instant with its offset, `2027-06-30T12:00:00Z`',
    ],
  ],
  [
    'a grant has a name with a space',
    '{"version":1,"grants":{"G H":{"principal":"x","upstreams":[]}}}',
    [`1:24 bad_name /grants/G H ${NAME}`],
  ],
  [
    'a policy is a number',
    '{"version":1,"policies":{"p":5}}',
    ['1:30 wrong_value /policies/p expected the path of a policy file, or a policy document'],
  ],
  ['the state is another word', '{"version":1,"state":"mysql"}', [`1:22 wrong_value /state expected ${STATE}`]],
  [
    'the state is a server of another kind',
    '{"version":1,"state":"mysql://host/db"}',
    [`1:22 wrong_value /state expected ${STATE}`],
  ],
  [
    'the state is a number',
    '{"version":1,"state":5}',
    [`1:22 wrong_value /state expected ${STATE}, or \`{ "url": "…", "username": "…" }\``],
  ],
  ...['redis://user:hunter2@host', 'rediss://:hunter2@host:6380/1', 'postgres://u:hunter2@host/db'].map(
    (url) =>
      [
        `a password stands in ${url}`,
        `{"version":1,"state":"${url}"}`,
        [
          '1:22 plain_secret /state config holds no secret: seal the password with `countersign secret set NAME --for-state URL`, and write `{ "url": "…", "username": "…", "password": { "secret": "NAME" } }`',
        ],
      ] as const,
  ),
  [
    'the state names two users',
    '{"version":1,"state":{"url":"redis://user@host","username":"other"}}',
    ['1:29 wrong_value /state/url the URL names another user than `username` does'],
  ],
  [
    'PostgreSQL has no user',
    '{"version":1,"state":"postgres://host/db"}',
    ['1:22 wrong_value /state PostgreSQL asks for a user: `postgres://USER@host/database`'],
  ],
  [
    'the password is not sealed',
    '{"version":1,"state":{"url":"redis://host","password":"hunter2"}}',
    ['1:55 wrong_type /state/password expected an object, found a string'],
  ],
  [
    'the state has a key too many',
    '{"version":1,"state":{"url":"redis://host","pasword":{"secret":"r"}}}',
    ['1:44 unrecognized_key /state/pasword unknown key `pasword`; expected `url`, `username`, `password`'],
  ],
  [
    'an option could lead to another host',
    '{"version":1,"state":"postgres://host/db?host=evil.example"}',
    ['1:22 wrong_value /state expected at most `schema`, `sslmode`, `sslrootcert` behind the `?`, each once'],
  ],
  [
    'an option could hold a password',
    '{"version":1,"state":"redis://host/0?password=hunter2"}',
    ['1:22 wrong_value /state expected at most `namespace` behind the `?`, each once'],
  ],
  [
    'a namespace is written in capitals',
    '{"version":1,"state":"redis://host/0?namespace=ACME"}',
    ['1:22 wrong_value /state the value of `namespace` is not one that it can have'],
  ],
  [
    'the database of a PostgreSQL server is missing',
    '{"version":1,"state":"postgres://host"}',
    ['1:22 wrong_value /state expected the name of a database, like `/countersign` after the host'],
  ],
  [
    'the state names several hosts',
    '{"version":1,"state":"postgres://one,two/db"}',
    ['1:22 wrong_value /state expected the name or the address of one host'],
  ],
  [
    'the trust root is no fingerprint',
    '{"version":1,"trust":{"root":"abc"}}',
    [
      '1:30 wrong_value /trust/root expected the fingerprint of the trust root, as `countersign operator list` shows it',
    ],
  ],
  [
    'a webhook is none, or would send the news in the clear',
    '{"version":1,"approvals":{"notify":{"webhook":"http://hooks.example/x"}}}',
    [
      '1:47 wrong_value /approvals/notify/webhook expected the address of a webhook, `https://…`; plain `http://` only on this machine',
    ],
  ],
  [
    'approvals wait for hours',
    '{"version":1,"approvals":{"wait":"2h"}}',
    ['1:34 wrong_value /approvals/wait expected at most `1h`'],
  ],
  [
    'approvals and audit are wrong in many places',
    '{"version":1,\n"approvals":{"pending":0,"notify":{"command":[]}},\n"audit":{"durability":"none","rotate":{"size":"64MB"},"reveal":["args"]}}',
    [
      '2:24 wrong_value /approvals/pending expected at least 1',
      '2:46 wrong_value /approvals/notify/command expected at least 1 entry',
      '3:23 wrong_value /audit/durability expected `money` or `all`, found `none`',
      '3:47 wrong_value /audit/rotate/size expected a size like `64MiB`',
      '3:65 wrong_value /audit/reveal/0 expected `amount`, `currency`, `reason`, `recipient`, `reference` or `quantity`, found `args`',
    ],
  ],
];

describe('a configuration document', () => {
  it.each(ROWS)('tells the place and the words when %s', (_when, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('never repeats a value that may be a secret', () => {
    const texts = ROWS.flatMap(([, text]) => faultsOf(text));
    expect(texts.join('\n')).not.toMatch(/hunter2|sk_live_0|rk_live_1/);
  });

  it('tells faults of the schema and faults between sections together', () => {
    const text = '{"version":1,"upstreams":{"a":{"command":5}},"grants":{"g":{"principal":"p","upstreams":["b"]}}}';
    expect(faultsOf(text).map((line) => line.split(' ')[1])).toEqual(['wrong_type', 'dangling_name']);
  });

  it('tells the places of YAML in the same way', () => {
    const text = 'version: 1\nupstreams:\n  stripe:\n    command: npx\n    timeout: 60\n    evn: {}\n';
    expect(faultsOf(text, 'c.yaml')).toEqual([
      '5:14 wrong_type /upstreams/stripe/timeout expected a string, found a number',
      '6:5 unrecognized_key /upstreams/stripe/evn unknown key `evn`; expected `command`, `args`, `env`, `cwd`, `provider`, `tools`, `currency`, `prefix`, `timeout`, `elicitation`, `instructions`, `start`',
    ]);
  });
});

describe('a valid configuration', () => {
  function draft(text: string) {
    const built = buildDraft(readSource('c.json', text));
    if (!built.ok) throw new Error(lines(built.faults).join('\n'));
    return built.draft.config;
  }
  const upstreamsOf = (text: string) => [...draft(text).upstreams.values()];

  it('gives the only upstream no prefix', () => {
    expect(upstreamsOf(upstream('"command":"x"'))[0]).toMatchObject({
      via: 'stdio',
      prefix: '',
      timeoutMs: 60_000,
      start: 'eager',
      provider: null,
      assumeCurrency: null,
      cwd: null,
      args: [],
    });
  });

  it('gives several upstreams their names as prefixes, and keeps a stated one', () => {
    const text = '{"version":1,"upstreams":{"a":{"command":"x"},"b":{"url":"https://b.example/mcp","prefix":""}}}';
    expect(upstreamsOf(text).map(({ via, prefix }) => [via, prefix])).toEqual([
      ['stdio', 'a_'],
      ['http', ''],
    ]);
  });

  it('tells secrets from plain values, and takes one entry or several of a tool', () => {
    const tools = '"tools":{"t":{"kind":"read"},"u":[{"kind":"read","when":{"m":["GET"]}}]}';
    const [one] = upstreamsOf(upstream(`"command":"x","env":{"A":"x","B":{"secret":"k"}},${tools}`));
    expect(one?.via === 'stdio' && [...one.env]).toEqual([
      ['A', { is: 'plain', text: 'x' }],
      ['B', { is: 'secret', secret: 'k' }],
    ]);
    expect([...(one?.tools ?? [])]).toEqual([
      ['t', [{ kind: 'read' }]],
      ['u', [{ kind: 'read', when: { m: ['GET'] } }]],
    ]);
  });

  it('allows plain http on this machine', () => {
    expect(upstreamsOf(upstream('"url":"http://127.0.0.1:3000/mcp"'))[0]).toMatchObject({ via: 'http' });
  });

  it.each([
    ['2027-06-30', Date.UTC(2027, 6, 1)],
    ['2027-06-30T12:00:00Z', Date.UTC(2027, 5, 30, 12)],
    ['2027-06-30T12:00+02:00', Date.UTC(2027, 5, 30, 10)],
  ])('ends a grant that expires %s', (expires, expiresMs) => {
    const text = grant(`"principal":"p","upstreams":[],"expires":"${expires}"`);
    expect([...draft(text).grants.values()]).toMatchObject([
      { expiresMs, capabilities: new Set(['tools']), policies: [] },
    ]);
  });

  it('fills in what is left out', () => {
    expect(draft('{"version":1}')).toMatchObject({
      audit: { durability: 'money', rotateBytes: 67_108_864, retainDays: null, reveal: [] },
      approvals: {
        waitMs: 45_000,
        expireMs: 900_000,
        pending: 10,
        notify: { command: null, webhook: null, desktop: false },
      },
      state: { is: 'sqlite' },
    });
  });

  it.each([
    ['"sqlite"', { is: 'sqlite' }],
    [
      '"rediss://host:6380/2?namespace=acme"',
      { is: 'redis', url: 'rediss://host:6380/2?namespace=acme', username: null, password: null },
    ],
    [
      '"postgresql://ac%40me@host/db?schema=acme&sslmode=verify-full"',
      {
        is: 'postgres',
        url: 'postgresql://host/db?schema=acme&sslmode=verify-full',
        username: 'ac@me',
        password: null,
      },
    ],
    [
      '{"url":"redis://[::1]:6379","username":"acme","password":{"secret":"redis"}}',
      { is: 'redis', url: 'redis://[::1]:6379', username: 'acme', password: 'redis' },
    ],
  ])('takes the state %s', (text, state) => {
    expect(draft(`{"version":1,"state":${text}}`).state).toEqual(state);
  });
});
