import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['server/**/*.test.ts'], pool: 'threads', testTimeout: 60_000, hookTimeout: 60_000 }
})
