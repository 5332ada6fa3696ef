/** Sealed secrets. */
export { SecretError } from './errors.ts';
export type { SecretFault } from './errors.ts';
export type { KeyPlace, KeyringOptions } from './keyring.ts';
export type { PasswordService } from './os-keyring.ts';
export { openVault } from './vault.ts';
export type { SecretEntry, SecretVersion, Vault } from './vault.ts';
