/** Every client on this machine, and what each of its servers means for the money behind the gateway. */
import {
  type ClientFile,
  ClientFileError,
  isOurs,
  type Machine,
  projectFiles,
  recognised,
  type Server,
  userFiles,
} from '../../clients/index.ts';
import { type Credential, credentialsOf } from './credentials.ts';
import { seen } from './change.ts';

/** One server of a client's file. */
export interface SurveyedServer extends Server {
  /** True: it starts the gateway. */
  readonly isOurs: boolean;
  /** True: a payment server that the client reaches past the gateway. */
  readonly isBypass: boolean;
  /** The catalogue's name of its provider; null where it has none. */
  readonly provider: string | null;
  readonly credentials: readonly Credential[];
}

export interface SurveyedFile {
  readonly file: ClientFile;
  readonly servers: readonly SurveyedServer[];
  /** Why it could not be read; null if it was. */
  readonly fault: string | null;
}

/** Looks at every client's file that is there: the person's, and those of the project in `directory`. Changes nothing. */
export function survey(machine: Machine, directory: string | null): Promise<readonly SurveyedFile[]> {
  const files = [...userFiles(machine), ...(directory === null ? [] : projectFiles(machine, directory))];
  return Promise.all(files.map(surveyed));
}

async function surveyed(file: ClientFile): Promise<SurveyedFile> {
  try {
    const { servers } = await seen(file);
    return { file, servers: servers.map(judged), fault: null };
  } catch (error) {
    if (!(error instanceof ClientFileError)) throw error;
    return { file, servers: [], fault: error.message };
  }
}

function judged(server: Server): SurveyedServer {
  const ours = isOurs(server);
  const payment = ours ? null : recognised(server);
  return {
    ...server,
    isOurs: ours,
    isBypass: payment !== null && !server.isDisabled,
    provider: payment?.provider ?? null,
    credentials: ours ? [] : credentialsOf(server.launch),
  };
}
