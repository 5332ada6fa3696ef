/** Asks for the installation's key in many directories, at the moment when others do; prints what it got. */
import { AuditKeys } from '../../../src/audit/keys.ts';

const [, , startMs = '0', ...directories] = process.argv;
while (Date.now() < Number(startMs));
console.log(JSON.stringify(directories.map((directory) => new AuditKeys(directory).install().publicKey)));
