/** The servers of clients' files that could stand behind the gateway; one that several clients have is one. */
import { isDeepStrictEqual } from 'node:util';
import type { ClientFile, Launch } from '../../clients/index.ts';
import type { Plain } from '../../config/text-edit.ts';
import type { DocumentPath } from '../../config/tree.ts';
import type { SurveyedFile } from '../clients/survey.ts';

/** Where an entry stands. */
export interface Source {
  readonly file: ClientFile;
  readonly path: DocumentPath;
  readonly value: Plain;
}

export interface Candidate {
  readonly name: string;
  readonly launch: Launch;
  /** True: recognised as a payment server. */
  readonly isPayment: boolean;
  readonly provider: string | null;
  readonly sources: readonly Source[];
}

/** Every server that is not the gateway, in the order in which they were found. */
export function candidatesIn(files: readonly SurveyedFile[]): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const { file, servers } of files)
    for (const { name, launch, isOurs, isBypass, provider, path, value } of servers) {
      if (isOurs || launch.via === 'other') continue;
      const source: Source = { file, path, value };
      const index = found.findIndex((one) => one.name === name && isDeepStrictEqual(one.launch, launch));
      const same = found[index];
      if (same === undefined) found.push({ name, launch, isPayment: isBypass, provider, sources: [source] });
      else found[index] = { ...same, isPayment: same.isPayment || isBypass, sources: [...same.sources, source] };
    }
  return found;
}

/** An upstream's name for a server's, not among those that are taken. */
export function upstreamName(name: string, taken: ReadonlySet<string>): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 28);
  const base = words === '' ? 'server' : words;
  for (let count = 1; ; count += 1) {
    const one = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(one)) return one;
  }
}
