import { configDefaults, defineConfig } from 'vitest/config';

/** What a mutant of the core has to survive: the core's own tests, so that no other folder's test hides a gap in them. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    // It reads the sources, and those of a mutation run hold all mutants at once.
    exclude: [...configDefaults.exclude, 'test/core/exact-source.test.ts'],
    setupFiles: ['test/core/mutation-setup.ts'],
    testTimeout: 30_000,
  },
});
