/** A larger file is not read. */
export const MAX_BYTES = 1024 * 1024;
