import { describe, expect, it } from 'vitest';
import { errorLine, notificationLine, rawErrorLine, requestLine, resultLine } from '../../src/wire/index.ts';

describe('the lines we write', () => {
  it('splice a raw result behind the id', () => {
    expect(resultLine('"a"', Buffer.from('{ "big":12345678901234567890 }')).join('')).toBe(
      '{"jsonrpc":"2.0","id":"a","result":{ "big":12345678901234567890 }}\n',
    );
  });

  it('splice a raw error behind the id', () => {
    expect(rawErrorLine('0', '{"code":-1,"message":"no"}').join('')).toBe(
      '{"jsonrpc":"2.0","id":0,"error":{"code":-1,"message":"no"}}\n',
    );
  });

  it('say an error of our own, with null for an id that is not known', () => {
    expect(errorLine(null, -32700, 'not "JSON"\n')).toBe(
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not \\"JSON\\"\\n"}}\n',
    );
    expect(errorLine('3', -32603, 'no', new Map([['server', 'stripe']]))).toBe(
      '{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"no","data":{"server":"stripe"}}}\n',
    );
  });

  it('ask and notify, with and without params', () => {
    expect(requestLine('1', 'ping')).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    expect(notificationLine('notifications/x', new Map([['a', true]]))).toBe(
      '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":true}}\n',
    );
  });
});
