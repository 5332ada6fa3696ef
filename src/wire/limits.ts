/** What the sender of a JSON text may make us hold. */
export interface ParseLimits {
  readonly maxBytes: number;
  /** Containers inside each other. */
  readonly maxDepth: number;
  readonly maxKeysPerObject: number;
  /** Keys of the whole text. */
  readonly maxKeys: number;
  /** Array elements of the whole text. */
  readonly maxElements: number;
  /** UTF-8 bytes of one key. */
  readonly maxKeyBytes: number;
}

/** For what the MCP client writes, which an agent controls. */
export const CLIENT_LIMITS: ParseLimits = {
  maxBytes: 4 * 1024 * 1024,
  maxDepth: 64,
  maxKeysPerObject: 1_000,
  maxKeys: 10_000,
  maxElements: 100_000,
  maxKeyBytes: 256,
};

/** For the parts of an upstream's messages that we read: tool definitions, requests, notifications. */
export const UPSTREAM_LIMITS: ParseLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxDepth: 256,
  maxKeysPerObject: 10_000,
  maxKeys: 200_000,
  maxElements: 500_000,
  maxKeyBytes: 4_096,
};
