/**
 * Commands on Windows. What is no program of its own, such as `npx`, is a batch file, which `cmd.exe` reads: its arguments
 * are escaped for that, but a batch file that hands them on (`%*`) has them read a second time, without the escapes.
 */

/**
 * A quotation mark would end the quotes that hold the argument then, and what follows would be a command; so would a new
 * line. Of several backslashes at the end not all are doubled, so that the argument would run into the next one.
 */
const UNSAFE = /["\r\n\0]|\\\\$/;
const PROGRAM = /\.(?:exe|com)$/i;

/** Why the arguments cannot be handed to the command on this platform; null if they can. The words repeat no argument. */
export function argumentFault(command: string, args: readonly string[], platform: NodeJS.Platform): string | null {
  if (platform !== 'win32' || PROGRAM.test(command)) return null;
  const index = args.findIndex((arg) => UNSAFE.test(arg));
  if (index === -1) return null;
  return (
    `argument ${index + 1} holds a quotation mark, a line end or backslashes at its end, which cannot be handed safely to a batch file such as ` +
    `\`${command}\` may be; if it is a program, write its whole name, \`${command}.exe\``
  );
}
