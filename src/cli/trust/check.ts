/** A configuration that has to be signed is used only if it is. */
import { ConfigError } from '../../config/index.ts';
import type { LoadedConfig } from '../../config/types.ts';
import type { Installation } from '../compose.ts';
import { readRoot } from '../operators/root.ts';
import { PARTS, parseActivation, signatureFault } from './activation.ts';
import { activationText } from './place.ts';

const NEXT = 'countersign activate shows what it changes, and signs it';

/** Throws `ConfigError` `not_signed` for one that is not in force, and `StateError` if the operators cannot be read. */
export async function checkSigned(installation: Installation, config: LoadedConfig): Promise<void> {
  const { home } = installation;
  const text = activationText(home);
  if (text === null) {
    if (config.trustRoot === null) return;
    throw notSigned(`the configuration \`${config.file}\` names a trust root, and nobody has signed it yet; ${NEXT}`);
  }
  const activation = parseActivation(text);
  const root = await readRoot(home);
  if (activation === undefined) throw notSigned(`the signatures of the configuration in force are damaged; ${NEXT}`);
  if (root === null || config.trustRoot !== root)
    throw notSigned(`the configuration in force names another trust root than the one this home trusts; ${NEXT}`);
  const registry = await installation.registry();
  for (const part of PARTS) {
    const fault = signatureFault(part, activation.signed[part], config.parts, registry, installation.installId());
    if (fault !== null)
      throw notSigned(`the configuration in force is not signed as it must be: ${WORDS[part]}: ${fault}; ${NEXT}`);
  }
}

const WORDS = { policy: 'the policies and who has them', admin: 'everything beside the policies' } as const;

function notSigned(message: string): ConfigError {
  return new ConfigError('not_signed', message);
}
