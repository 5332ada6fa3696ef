import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores are enough to run this suite; more workers only make real processes wait for each other.
    maxWorkers: 2,
  },
});
