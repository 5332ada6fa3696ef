/** `serve --socket` and `connect --socket`: the gateway as a user of its own, and the thin face that clients launch. */
import type { Command } from 'commander';
import { type Common, type End, example } from './program-parts.ts';

/** Adds both to the command tree. */
export function addGuarded(program: Command, end: End): void {
  program
    .command('serve')
    .description('guarded mode: serve many clients on a Unix socket, as a user that no agent runs as')
    .requiredOption('--socket <path>', 'where clients connect; its directory is the gateway’s own')
    .option('--mode <octal>', 'who may connect: 0600 the user, 0660 its group, 0666 everybody with a token', '0660')
    .option('--sessions <count>', 'at most so many clients at a time (default: 64)')
    .option('--per-grant <count>', 'at most so many of them under one grant (default: a quarter)')
    .addHelpText('after', example('countersign serve --socket /run/countersign/gateway.sock'))
    .action((options: { socket: string; mode: string; sessions?: string; perGrant?: string }) =>
      end(import('./guarded/listen.ts').then((it) => it.listen({ ...options, config: program.opts<Common>().config }))),
    );
  program
    .command('connect')
    .description(
      'guarded mode: pass a client’s messages to the gateway on a socket; holds the grant token and nothing else',
    )
    .requiredOption('--socket <path>', 'where the gateway listens')
    .addHelpText(
      'after',
      example('COUNTERSIGN_TOKEN_FILE=~/.countersign-token countersign connect --socket /run/countersign/gateway.sock'),
    )
    .action((options: { socket: string }) => end(import('./guarded/connect.ts').then((it) => it.connect(options))));
}
