import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes and keys that are slow on purpose: a busy machine takes several times as long as a quiet one.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores are enough to run this suite; more workers only make real processes wait for each other.
    maxWorkers: 2,
  },
});
