import { describe, expect, it } from 'vitest';
import { keyModeOf, looksLikeKey, modeOf } from '../../../src/cli/doctor/key-look.ts';

describe('what a sealed key is, by its prefix', () => {
  it.each([
    ['sk_live_51abc', 'a live key'],
    ['rk_live_51abc', 'a restricted live key'],
    ['pk_live_51abc', 'a publishable live key, which no server can use'],
    ['sk_test_51abc', 'a test key'],
    ['rk_test_51abc', 'a restricted test key'],
    ['creem_abc', 'a live key'],
    ['creem_test_abc', 'a test key'],
    ['rzp_live_abc', 'a live key'],
    ['pdl_sdbx_apikey_abc', 'a test key'],
    ['EAAAlabc', 'a key that does not show whether it is live or test'],
    ['my sk_live_ in the middle', 'a key that does not show whether it is live or test'],
  ])('says of %s that it is %s', (value, words) => {
    expect(modeOf(value)).toBe(words);
  });
});

describe('whether a key moves real money', () => {
  it.each([
    ['sk_live_51abc', 'live'],
    ['rk_live_51abc', 'live'],
    ['Bearer sk_live_51abc', 'live'],
    ['Bearer rk_test_51abc', 'test'],
    ['rzp_live_abc', 'live'],
    ['pdl_sdbx_apikey_abc', 'test'],
    ['live_Ab12', 'live'],
    ['sandbox_Ab12', 'test'],
    ['EAAAlabc', null],
    ['A21AAtoken', null],
    ['not sk_live_', null],
    ['', null],
  ])('%s: %s', (value, mode) => {
    expect(keyModeOf(value)).toBe(mode);
  });
});

describe('a plain value', () => {
  it.each([
    ['STRIPE', 'sk_test_51abc'],
    ['ANY', 'Bearer rk_test_51abc'],
    ['HOOK', 'whsec_abcdef'],
    ['X', 'EAAAlabcdefghijklmnopqrstuv'],
    ['X', 'AKIAIOSFODNN7EXAMPLE'],
    ['X', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
    ['X', '-----BEGIN RSA PRIVATE KEY-----'],
    ['ACCESS_TOKEN', '0123456789abcdef'],
    ['API_KEY', 'zzzzzzzzzzzzzzzzzzzz'],
    ['', '--api-key=sk_test_51abc'],
  ])('%s=%s looks like a key', (name, text) => {
    expect(looksLikeKey(name, text)).toBe(true);
  });

  it.each([
    ['SANDBOX', 'true'],
    ['API_KEY', 'none'],
    ['SSL_KEY', '/etc/ssl/private/server.key'],
    ['TOKEN', 'https://auth.acme.example/token'],
    ['LOG_FORMAT', 'a-rather-long-plain-word'],
    ['', '--tools=all'],
    ['NOTE', 'task_live_view'],
  ])('%s=%s does not', (name, text) => {
    expect(looksLikeKey(name, text)).toBe(false);
  });
});
