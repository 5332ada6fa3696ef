/** Whether the configuration is signed as it must be, and whether an edit waits to be. */
import { isDeepStrictEqual } from 'node:util';
import type { LoadedConfig } from '../../config/types.ts';
import { type Environment, Installation } from '../compose.ts';
import { Exit } from '../report.ts';
import { activationText } from '../trust/place.ts';
import { failed, type Finding, passed, warned, wordsOf } from './finding.ts';
import type { Site } from './site.ts';

const NEXT = 'countersign activate --as NAME';

/** Nothing where nobody has to sign. */
export async function examineTrust(
  { installation, config }: Site,
  env: Environment,
  configFile: string | undefined,
): Promise<readonly Finding[]> {
  if (installation === null || config === null) return [];
  if (config.trustRoot === null && activationText(installation.home) === null) return [];
  try {
    await installation.freshConfig();
  } catch (error) {
    return [failed('trust', wordsOf(error), NEXT, Exit.usage)];
  }
  const signed = passed('trust', 'the configuration in force is signed by operators of this home');
  const edited = await editedConfig(env, configFile);
  if (edited === null)
    return [
      signed,
      warned(
        'trust.edited',
        'the edited configuration does not load; what was signed stays in force',
        'countersign policy check',
      ),
    ];
  if (isDeepStrictEqual(edited.parts, config.parts)) return [signed];
  return [
    signed,
    warned('trust.edited', `${edited.file} is not what is in force: operators have not signed the edit`, NEXT),
  ];
}

async function editedConfig(env: Environment, configFile: string | undefined): Promise<LoadedConfig | null> {
  try {
    return await new Installation(env, { configFile, edited: true }).config();
  } catch {
    return null;
  }
}
