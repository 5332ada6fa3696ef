/** The version of this build, put in by the bundler. */
declare const COUNTERSIGN_VERSION: string | undefined;

export const VERSION = typeof COUNTERSIGN_VERSION === 'string' ? COUNTERSIGN_VERSION : '0.0.0-source';
