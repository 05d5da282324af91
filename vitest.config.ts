import { defineConfig } from 'vitest/config'

// What a suite needs stands in its name; what needs no database runs once.
const pure = ['server/layout.test.ts', 'server/platform/{clock,money,multipart,storage,terms}.test.ts']

export default defineConfig({
  test: {
    pool: 'threads',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'sqlite', include: ['server/**/*.test.ts'], exclude: ['server/**/*.postgres.test.ts'] }
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['server/**/*.test.ts'],
          exclude: ['server/**/*.sqlite.test.ts', ...pure],
          globalSetup: 'server/database.testing.ts'
        }
      }
    ]
  }
})
