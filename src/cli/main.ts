/**
 * The entry point. With no command it serves MCP on stdio, which is what clients launch; that path loads nothing of
 * the command line, so that it starts fast.
 */
import { endOnFaults } from './crash.ts';

endOnFaults();
const argv = process.argv.slice(2);

if (servesStdio(argv)) {
  const { serve } = await import('./serve.ts');
  await serve({ configFile: argv[1] });
} else if (argv[0] === 'session' && servesStdio(argv.slice(1))) {
  // A connection of guarded mode, handed over by `serve --socket`: its first line brings the token.
  const { serve } = await import('./serve.ts');
  await serve({ configFile: argv[2], greeting: 'line' });
} else if (argv[0] === 'connect' && argv[1] === '--socket' && argv[2] !== undefined && argv.length === 3) {
  const [, , socket] = argv;
  const { run } = await import('./guarded/connect.ts');
  await run(socket);
} else {
  // A reader that has seen enough, such as `head`, is no fault of the command.
  process.stdout.once('error', () => process.exit());
  const { run } = await import('./program.ts');
  process.exitCode = await run(argv);
}

/** No argument at all, or only `--config FILE`. */
function servesStdio(args: readonly string[]): boolean {
  return args.length === 0 || (args.length === 2 && args[0] === '--config');
}
