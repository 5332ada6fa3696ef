/**
 * The active codes of ISO 4217 that have a minor unit, with its number of decimals. Checked in rather than asked of
 * `Intl`, whose table follows the platform's ICU (which gives ISK, HUF or IDR the decimals of everyday use) and accepts
 * any three letters. Precious metals, test codes and drawing rights have no minor unit and are not money here.
 */
import { parsed, refused } from './money-fault.ts';
import type { Parsed } from './money-fault.ts';

/** Decimals that one provider uses where it departs from ISO 4217, by upper-case code. */
export type ExponentTable = ReadonlyMap<string, number>;

/** For a provider that follows ISO 4217. */
export const NO_OVERRIDES: ExponentTable = new Map();

const CODES: readonly (readonly [exponent: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
     COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
     INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
     STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const ISO_4217: ReadonlyMap<string, number> = new Map(
  CODES.flatMap(([exponent, codes]) => codes.split(/\s+/).map((code) => [code, exponent] as const)),
);

/** The decimals of a currency after ISO 4217; nothing for a code that is not active there. */
export function isoExponent(currency: string): number | undefined {
  return ISO_4217.get(currency);
}

/** The decimals that the provider uses; nothing for an unknown currency or an override that is not from 0 to 8. */
export function providerExponent(currency: string, overrides: ExponentTable): number | undefined {
  const iso = ISO_4217.get(currency);
  if (iso === undefined) return undefined;
  const exponent = overrides.get(currency) ?? iso;
  return Number.isInteger(exponent) && exponent >= 0 && exponent <= 8 ? exponent : undefined;
}

/** A currency code in upper case. All upper or all lower case is accepted, a mixture is not; folding is ASCII only. */
export function parseCurrency(text: string): Parsed<string> {
  if (!/^(?:[A-Z]{3}|[a-z]{3})$/.test(text)) {
    return refused('malformed_currency', 'a currency is a code of three letters, for example `USD`');
  }
  const code = text.toUpperCase();
  if (ISO_4217.has(code)) return parsed(code);
  return refused('unknown_currency', `\`${code}\` is not an active currency code of ISO 4217`);
}
