/** What is known of MCP clients: where their configuration is, what it says, and how it is changed. */
export { CLIENTS, clientNamed } from './clients.ts';
export type { Client, ClientName, Format } from './clients.ts';
export { ClientFileError } from './errors.ts';
export { editEntries } from './edit.ts';
export type { EntryEdit } from './edit.ts';
export { entryFor } from './entry.ts';
export type { GatewayLaunch } from './entry.ts';
export { checkUntouched, readClientFile, writeClientFile } from './file.ts';
export type { ClientText } from './file.ts';
export { fileOf, projectFiles, userFiles } from './find.ts';
export type { ClientFile, Scope } from './find.ts';
export { projectPlace, userPlaces } from './places.ts';
export type { Machine, Place } from './places.ts';
export { dataOf } from './text.ts';
export { recognised } from './recognise.ts';
export { isOurs, serversIn } from './servers.ts';
export type { Launch, Server } from './servers.ts';
