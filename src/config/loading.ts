/** What a gateway needs of the configuration: this is loaded while a client waits. */
export { ConfigError } from './error.ts';
export { openHome } from './home.ts';
export { loadConfig, loadState } from './load.ts';
export { subjectOf } from './state.ts';
