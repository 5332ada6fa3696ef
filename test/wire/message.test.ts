import { describe, expect, it } from 'vitest';
import { JsonNumber, stringify } from '../../src/core/json.ts';
import { idText, readClientLine, recoverId } from '../../src/wire/index.ts';

function readLine(text: string | Buffer): ReturnType<typeof readClientLine> {
  return readClientLine(Buffer.from(text as string));
}

/** The id that would be answered: its JSON text, or nothing. */
function brief(text: string | Buffer): readonly unknown[] {
  const message = readLine(text);
  if (message.is !== 'invalid') return [message.is];
  const id = message.id === undefined ? undefined : idText(message.id);
  return [message.code, message.rpcCode, id, message.isAnswered];
}

const call = (params: string, id = '1'): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;

describe('readClientLine', () => {
  it.each([
    ['0', '0'],
    ['-3', '-3'],
    ['"0"', '"0"'],
    ['""', '""'],
    ['9007199254740991', '9007199254740991'],
  ])('keeps the id %s and its type', (id, text) => {
    const message = readLine(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    expect(message.is === 'request' && idText(message.id)).toBe(text);
  });

  it('reads a request with its params', () => {
    const message = readLine(call('{"name":"a","arguments":{"amount":1.50}}'));
    expect(message.is).toBe('request');
    if (message.is !== 'request') return;
    expect(message.method).toBe('tools/call');
    expect(message.params && stringify(message.params)).toBe('{"name":"a","arguments":{"amount":1.50}}');
  });

  it('reads a notification', () => {
    expect(readLine('{"jsonrpc":"2.0","method":"notifications/initialized"}')).toEqual({
      is: 'notification',
      method: 'notifications/initialized',
      params: undefined,
    });
  });

  it('reads a response with a result, and one with an error', () => {
    expect(readLine('{"jsonrpc":"2.0","id":"s1","result":{"roots":[]}}')).toEqual({
      is: 'response',
      id: 's1',
      answer: { result: new Map([['roots', []]]) },
    });
    expect(readLine('{"jsonrpc":"2.0","id":2,"error":{"code":-1}}')).toEqual({
      is: 'response',
      id: new JsonNumber('2'),
      answer: { error: new Map([['code', new JsonNumber('-1')]]) },
    });
  });

  it('allows in other methods what only a tool call may not hold', () => {
    expect(brief('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"x":1e400,"constructor":-0}}')).toEqual([
      'request',
    ]);
  });

  it.each([
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', ['batch', -32600, undefined, true]],
    ['an empty batch', '[]', ['batch', -32600, undefined, true]],
    ['a string', '"x"', ['not_object', -32600, undefined, true]],
    ['no version', '{"id":1,"method":"ping"}', ['bad_version', -32600, '1', true]],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', ['bad_version', -32600, '1', true]],
    ['a version that is a number', '{"jsonrpc":2.0,"id":1,"method":"ping"}', ['bad_version', -32600, '1', true]],
    ['the id null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', ['bad_id', -32600, undefined, true]],
    ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', ['bad_id', -32600, undefined, true]],
    [
      'an id with a fraction of zero',
      '{"jsonrpc":"2.0","id":1.0,"method":"ping"}',
      ['bad_id', -32600, undefined, true],
    ],
    ['an id of minus zero', '{"jsonrpc":"2.0","id":-0,"method":"ping"}', ['bad_id', -32600, undefined, true]],
    ['an unsafe id', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', ['bad_id', -32600, undefined, true]],
    ['an object as id', '{"jsonrpc":"2.0","id":{},"method":"ping"}', ['bad_id', -32600, undefined, true]],
    ['a boolean as id', '{"jsonrpc":"2.0","id":true,"method":"ping"}', ['bad_id', -32600, undefined, true]],
    ['no method', '{"jsonrpc":"2.0","id":1}', ['bad_method', -32600, '1', true]],
    ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":5}', ['bad_method', -32600, '1', true]],
    ['an empty method', '{"jsonrpc":"2.0","id":1,"method":""}', ['bad_method', -32600, '1', true]],
    ['a capital letter', '{"jsonrpc":"2.0","id":1,"Method":"ping"}', ['unknown_member', -32600, '1', true]],
    ['an extra member', '{"jsonrpc":"2.0","id":1,"method":"ping","x":1}', ['unknown_member', -32600, '1', true]],
    [
      'params that are an array',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
      ['bad_params', -32600, '1', true],
    ],
    [
      'params that are null',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}',
      ['bad_params', -32600, '1', true],
    ],
    [
      'bad params of a notification',
      '{"jsonrpc":"2.0","method":"x","params":1}',
      ['bad_params', -32600, undefined, false],
    ],
    [
      'a result beside a method',
      '{"jsonrpc":"2.0","id":1,"method":"x","result":1}',
      ['bad_response', -32600, '1', true],
    ],
    [
      'a result and an error',
      '{"jsonrpc":"2.0","id":1,"result":1,"error":{}}',
      ['bad_response', -32600, undefined, false],
    ],
    ['a response without an id', '{"jsonrpc":"2.0","error":{}}', ['bad_id', -32600, undefined, false]],
    ['a response whose id is null', '{"jsonrpc":"2.0","id":null,"error":{}}', ['bad_id', -32600, undefined, false]],
    ['text', 'hello', ['syntax', -32700, undefined, true]],
    ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', ['syntax', -32700, '1', true]],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), ['invalid_utf8', -32700, undefined, true]],
    ['a cut line', '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"a":', ['syntax', -32700, '4', true]],
    ['broken params', call('{"a":1,}', '5'), ['syntax', -32700, '5', true]],
    [
      'broken params before the id',
      '{"method":"x","params":{"a" 1},"jsonrpc":"2.0","id":"z"}',
      ['syntax', -32700, '"z"', true],
    ],
    ['a doubled argument', call('{"arguments":{"amount":1,"\\u0061mount":2}}'), ['duplicate_key', -32600, '1', true]],
    [
      'two different ids',
      '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
      ['duplicate_key', -32600, undefined, true],
    ],
    [
      'a method twice',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
      ['duplicate_key', -32600, '1', true],
    ],
    ['__proto__ in a call', call('{"arguments":{"__proto__":{}}}'), ['forbidden_key', -32602, '1', true]],
    [
      'an unsafe integer in a call',
      call('{"arguments":{"amount":9007199254740993}}'),
      ['unsafe_integer', -32602, '1', true],
    ],
    ['half a character in a call', call('{"arguments":{"reason":"\\ud800"}}'), ['lone_surrogate', -32602, '1', true]],
    ['a call that is too deep', call(`{"a":${'['.repeat(70)}${']'.repeat(70)}}`), ['too_deep', -32600, '1', true]],
  ])('refuses %s', (_, text, expected) => {
    expect(brief(text)).toEqual(expected);
  });
});

describe('recoverId', () => {
  const head = (text: string): string | undefined => {
    const id = recoverId(Buffer.from(text));
    return id === undefined ? undefined : idText(id);
  };

  it.each([
    ['{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"x":"aaaa', '12'],
    [' { "id" : "a\\"b" , "params" : {', '"a\\"b"'],
    ['{"method":"tools/call","params":{"id":3', undefined],
    ['{"jsonrpc":"2.0","params":{},"id":3}', undefined],
    ['{"id":1,"id":2,"params":{', undefined],
    ['{"id":1.5,"params":{', undefined],
    ['{"id":null,"params":{', undefined],
    ['{"id":{"id":1},', undefined],
    ['{"id":12', undefined],
    ['[{"id":1,', undefined],
    ['"id":1,', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(head(text)).toBe(expected);
  });

  it.each([
    ['aaaa"},"jsonrpc":"2.0","id":7}', '7'],
    ['aaaa"}}, "id" : "x" } ', '"x"'],
    ['"a":{"id":7}}', undefined],
    ['"a":"x,\\"id\\":7}"}', undefined],
    ['aaa\\"id":7}', undefined],
    ['"ids":7}', undefined],
  ])('finds at the end of a line, in %j, %j', (tail, expected) => {
    const id = recoverId(Buffer.from('{"result":{"x":"aaaa'), Buffer.from(tail));
    expect(id === undefined ? undefined : idText(id)).toBe(expected);
  });

  it('answers nothing when both ends disagree', () => {
    expect(recoverId(Buffer.from('{"id":1,"result":{'), Buffer.from('},"id":2}'))).toBeUndefined();
  });
});
