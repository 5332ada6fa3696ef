/** The few file operations of the writers, as a port, so that a full disk and a failing sync can be shown in tests. */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

export interface FileStat {
  readonly ino: number;
  readonly dev: number;
  readonly size: number;
}

export interface FileSystem {
  /** Creates a file for appending, mode 0600; throws if the name is taken. */
  create(path: string): number;
  /** Opens an existing file for appending. */
  openAppend(path: string): number;
  /** Writes some of `bytes` from `offset` and answers how many. */
  write(fd: number, bytes: Uint8Array, offset: number): number;
  /** True for a directory that is there itself and not behind a link, which leads to where others decide. */
  isDirectory(path: string): boolean;
  /** The file at `path`, undefined if there is none. */
  stat(path: string): FileStat | undefined;
  sync(fd: number): Promise<void>;
  syncNow(fd: number): void;
  /** Makes names of a directory durable. */
  syncDirectory(path: string): void;
  close(fd: number): void;
  remove(path: string): void;
}

const fdatasync = promisify(fs.fdatasync);
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants;

/** The real one. */
export const nodeFileSystem: FileSystem = {
  create: (path) => fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
  openAppend: (path) => fs.openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW),
  write: (fd, bytes, offset) => fs.writeSync(fd, bytes, offset, bytes.length - offset),
  isDirectory: (path) => fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  stat: (path) => fs.statSync(path, { throwIfNoEntry: false }),
  sync: (fd) => fdatasync(fd),
  syncNow: (fd) => fs.fdatasyncSync(fd),
  syncDirectory: (path) => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  close: (fd) => fs.closeSync(fd),
  remove: (path) => fs.unlinkSync(path),
};

/** How far an append came. */
export type Append = { readonly written: number; readonly error: unknown } | 'complete';

/** Writes all of `bytes`, taking up short writes, or answers how many bytes are in the file and why not more. */
export function appendAll(files: FileSystem, fd: number, bytes: Uint8Array): Append {
  let written = 0;
  try {
    while (written < bytes.length) {
      const count = files.write(fd, bytes, written);
      if (count === 0) return { written, error: new Error('nothing was written') };
      written += count;
    }
    return 'complete';
  } catch (error) {
    return { written, error };
  }
}
