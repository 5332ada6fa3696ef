/** Sealed secrets. */
export { SecretError } from './error.ts';
export type { SecretCode } from './error.ts';
export type { SecretHeader } from './seal.ts';
export { openVault } from './vault.ts';
export type { Vault } from './vault.ts';
