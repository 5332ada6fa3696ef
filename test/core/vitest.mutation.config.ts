import { defineConfig } from 'vitest/config';

/** What a mutant of the core has to survive: the core's own tests, so that no other folder's test hides a gap in them. */
export default defineConfig({
  test: { include: ['test/core/mutation-all.ts'], testTimeout: 30_000 },
});
