import { describe, expect, it } from 'vitest';
import { isDate, parseDurationMs, parseExpiryMs, parseSizeBytes } from '../../src/config/units.ts';

describe('a length of time', () => {
  it.each([
    ['500ms', 500],
    ['45s', 45_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['', '45', 's', '0s', '-1s', '1.5h', '1 h', '1H', '01s', '1w', '99999999s', '1s\n'])('refuses %j', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  );
});

describe('a size', () => {
  it.each([
    ['1KiB', 1024],
    ['64MiB', 67_108_864],
    ['2GiB', 2_147_483_648],
  ])('reads %s', (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes));

  it.each(['64MB', '64', '0MiB', '1.5MiB', '64mib'])('refuses %j', (text) =>
    expect(parseSizeBytes(text)).toBeUndefined(),
  );
});

describe('a date', () => {
  it.each(['2027-06-30', '2028-02-29'])('knows the day %s', (text) => expect(isDate(text)).toBe(true));
  it.each(['2027-02-29', '2027-06-31', '2027-13-01', '2027-00-10', '27-06-30', '2027-6-3'])('knows no day %s', (text) =>
    expect(isDate(text)).toBe(false),
  );

  it.each([
    ['2027-12-31', Date.UTC(2028, 0, 1)],
    ['2027-06-30T23:59:59Z', Date.UTC(2027, 5, 30, 23, 59, 59)],
    ['2027-06-30T00:30+01:00', Date.UTC(2027, 5, 29, 23, 30)],
    ['2027-06-30T00:30:00.250-05:30', Date.UTC(2027, 5, 30, 6, 0, 0, 250)],
  ])('ends %s where it should', (text, ms) => expect(parseExpiryMs(text)).toBe(ms));

  it.each([
    '2027-06-30T12:00',
    '2027-02-30T12:00Z',
    '2027-06-30T24:00Z',
    '2027-06-30T12:60Z',
    '2027-06-30 12:00Z',
    'tomorrow',
  ])('refuses %j', (text) => expect(parseExpiryMs(text)).toBeUndefined());
});
