/** The configurations whose programs are not in Debian: what can be told of them without the program. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { shipped } from './support/shipped.ts';

/** Names as a log has them, and what else may lie beside them. */
const RECORDS = [
  'calls-20261128-74931404-c3d8-4f45-8de0-a7dfb1b28aa1.jsonl',
  'admin-20261128-0000000000.jsonl',
  'admin-20261128-0000000003-1.jsonl',
];
const OTHERS = ['ballast', 'calls-20261128.jsonl.gz', 'calls-20261128.jsonl~', '.calls-20261128.jsonl.swp'];
const DIRECTORY = '/home/countersign/.countersign/audit';
/** Longest line, with its newline. */
const LINE_BYTES = 8_000;
/** What the first line of a file has at least. */
const FIRST_LINE_BYTES = 1_024;

type Values = Readonly<Record<string, unknown>>;

/** The value at a path of keys and indices; throws if there is none. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((from, key) => {
    const next = (from as Readonly<Record<string | number, unknown>> | undefined)?.[key];
    if (next === undefined) throw new Error(`nothing at ${path.join('.')}`);
    return next;
  }, value);
}

function yaml(name: string): unknown {
  return parse(shipped(name), { strict: true, uniqueKeys: true });
}

/** Stanzas of a Splunk file: name → setting → value. Throws for a line that is none. */
function stanzas(name: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const all: Record<string, Record<string, string>> = {};
  let current: Record<string, string> | undefined;
  for (const line of shipped(name).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, title] = /^\[(.+)\]$/.exec(line) ?? [];
    const [, key, value] = /^([\w.-]+) = (.+)$/.exec(line) ?? [];
    if (title !== undefined) current = all[title] = {};
    else if (key === undefined || current === undefined || key in current) throw new Error(`${name}: ${line}`);
    else current[key] = value ?? '';
  }
  return all;
}

/** A glob of one folder as every shipper reads it: `*` stands for any characters of a name. */
function glob(pattern: string): RegExp {
  const [, folder, name = ''] = /^(.*)\/([^/]+)$/.exec(pattern) ?? [];
  expect(folder).toBe(DIRECTORY);
  return nameGlob(name);
}

function nameGlob(name: string): RegExp {
  return new RegExp(`^(?!\\.)${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
}

/** The value of a setting of a text file that has it once. */
function setting(name: string, pattern: RegExp): string {
  const found = [...shipped(name).matchAll(new RegExp(pattern, 'gm'))];
  expect(found).toHaveLength(1);
  return found[0]?.[1] ?? '';
}

const CODE_UNIT: Readonly<Record<string, number>> = { k: 1024, M: 1024 ** 2 };
function bytesOf(size: unknown): number {
  const [, number, unit = ''] = /^(\d+)([kM]?)$/.exec(String(size)) ?? [];
  return Number(number) * (CODE_UNIT[unit] ?? 1);
}

describe('when a shipper looks for the files of the log', () => {
  const filters: readonly (readonly [string, () => RegExp])[] = [
    ['rsyslog.conf', () => glob(setting('rsyslog.conf', /^ {2}file="(.+)"$/))],
    ['syslog-ng.conf', () => nameGlob(setting('syslog-ng.conf', /^ {4}filename-pattern\("(.+)"\)$/))],
    ['fluent-bit.yaml', () => glob(String(at(yaml('fluent-bit.yaml'), 'pipeline', 'inputs', 0, 'path')))],
    ['vector.yaml', () => glob(String(at(yaml('vector.yaml'), 'sources', 'countersign_files', 'include', 0)))],
    ['filebeat.yml', () => glob(String(at(yaml('filebeat.yml'), 'filebeat.inputs', 0, 'paths', 0)))],
    ['datadog', () => glob(String(at(yaml('datadog/countersign.d/conf.yaml'), 'logs', 0, 'path')))],
    ['splunk', () => new RegExp(stanzas('splunk/inputs.conf')[`monitor://${DIRECTORY}`]?.['whitelist'] ?? '^')],
  ];

  it.each(filters)('finds with %s every one of them, and nothing else', (_name, filter) => {
    expect(RECORDS.filter((name) => !filter().test(name))).toEqual([]);
    expect(OTHERS.filter((name) => filter().test(name))).toEqual([]);
  });

  it('finds them in the directory that syslog-ng is given', () => {
    expect(setting('syslog-ng.conf', /^ {4}base-dir\("(.+)"\)$/)).toBe(DIRECTORY);
  });
});

describe('when Fluent Bit reads a line', () => {
  const config = yaml('fluent-bit.yaml');
  const tail = at(config, 'pipeline', 'inputs', 0) as Values;

  it('has room for the longest, from the first on, and remembers how far it came', () => {
    expect(bytesOf(tail['buffer_max_size'])).toBeGreaterThan(LINE_BYTES);
    expect(bytesOf(tail['buffer_chunk_size'])).toBeLessThanOrEqual(bytesOf(tail['buffer_max_size']));
    expect(tail).toMatchObject({ read_from_head: true, skip_long_lines: true, 'storage.type': 'filesystem' });
    expect(tail['db']).toMatch(/^\//);
    expect(tail).not.toHaveProperty('ignore_older');
  });

  it('gives up no delivery, and parses what its parser is named for', () => {
    expect(at(config, 'pipeline', 'outputs', 0, 'retry_limit')).toBe('no_limits');
    const [stamp, parser] = at(config, 'pipeline', 'filters') as Values[];
    expect(stamp).toMatchObject({ name: 'lua', call: 'stamp' });
    expect(stamp?.['code']).toMatch(/^function stamp\(/);
    expect(parser).toMatchObject({ name: 'parser', key_name: tail['key'], preserve_key: true });
    expect(at(config, 'parsers', 0)).toMatchObject({ name: parser?.['parser'], format: 'json' });
  });
});

describe('when Vector reads a line', () => {
  const config = yaml('vector.yaml');
  const source = at(config, 'sources', 'countersign_files') as Values;

  it('knows a file by its first line, has room for the longest, and never deletes', () => {
    expect(source['fingerprint']).toMatchObject({ strategy: 'checksum', lines: 1 });
    expect(source['max_line_bytes']).toBeGreaterThan(LINE_BYTES);
    expect(source).toMatchObject({ type: 'file', read_from: 'beginning' });
    expect(source).not.toHaveProperty('remove_after_secs');
    expect(source).not.toHaveProperty('ignore_older_secs');
  });

  it('leads from the files to the sink, which confirms', () => {
    expect(at(config, 'transforms', 'countersign', 'inputs')).toEqual(['countersign_files']);
    expect(at(config, 'sinks', 'siem', 'inputs')).toEqual(['countersign']);
    expect(at(config, 'sinks', 'siem', 'acknowledgements', 'enabled')).toBe(true);
    expect(at(config, 'sinks', 'siem', 'buffer', 'when_full')).toBe('block');
  });
});

describe('when Filebeat reads a line', () => {
  const input = at(yaml('filebeat.yml'), 'filebeat.inputs', 0) as Values;

  it('knows a file by no more than its first line, and never deletes', () => {
    expect(input).toMatchObject({ type: 'filestream', id: 'countersign-audit', 'delete.enabled': false });
    expect(input['prospector.scanner.fingerprint.enabled']).toBe(true);
    const { offset, length } = {
      offset: input['prospector.scanner.fingerprint.offset'],
      length: input['prospector.scanner.fingerprint.length'],
    };
    expect(Number(offset) + Number(length)).toBeLessThanOrEqual(FIRST_LINE_BYTES);
    expect(input).toMatchObject({ ignore_older: 0, clean_inactive: -1 });
  });

  it('takes the time from the record that it decoded', () => {
    const [decode, stamp] = at(yaml('filebeat.yml'), 'processors') as Values[];
    expect(at(decode, 'decode_json_fields')).toMatchObject({ fields: ['message'], target: 'countersign' });
    expect(at(stamp, 'timestamp')).toMatchObject({ field: 'countersign.time', layouts: ['UNIX_MS'] });
  });
});

describe('when Splunk reads a line', () => {
  const line = `{"time":1795831203679,"metadata":{"uid":"x:0"}}`;
  const props = stanzas('splunk/props.conf')['countersign:audit'] ?? {};

  it('finds the time where it stands', () => {
    const prefix = new RegExp(props['TIME_PREFIX'] ?? '(?!)').exec(line)?.[0] ?? '';
    const looked = line.slice(prefix.length, prefix.length + Number(props['MAX_TIMESTAMP_LOOKAHEAD']));
    expect(looked).toBe('1795831203679');
    expect(props['TIME_FORMAT']).toBe('%s%3N');
  });

  it('has room for the longest, and for a file of one line', () => {
    expect(Number(props['TRUNCATE'])).toBeGreaterThan(LINE_BYTES);
    const input = stanzas('splunk/inputs.conf')[`monitor://${DIRECTORY}`] ?? {};
    expect(Number(input['initCrcLength'])).toBeLessThanOrEqual(FIRST_LINE_BYTES);
    expect(input['sourcetype']).toBe('countersign:audit');
    expect(input).not.toHaveProperty('crcSalt');
  });

  it('splits at line ends and extracts fields once', () => {
    expect(
      `${line}\n${line}\n`.split(new RegExp(props['LINE_BREAKER'] ?? '')).filter((one) => one.startsWith('{')),
    ).toEqual([line, line]);
    expect(props).toMatchObject({ KV_MODE: 'json', SHOULD_LINEMERGE: 'false' });
    expect(props).not.toHaveProperty('INDEXED_EXTRACTIONS');
  });
});

describe('when the Datadog Agent reads a line', () => {
  it('has a source that every Agent takes', () => {
    const source = at(yaml('datadog/countersign.d/conf.yaml'), 'logs', 0) as Values;
    expect(source).toMatchObject({ type: 'file', service: 'countersign', source: 'countersign' });
    expect(source).not.toHaveProperty('start_position');
  });
});
