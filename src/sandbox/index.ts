export { runSandbox } from './server.ts';
