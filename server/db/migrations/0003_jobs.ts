import { choice, createTable, int, long, optionalInt, optionalText, run, type Target, text } from '../ddl.ts'

export async function up(db: Target): Promise<void> {
  await createTable(
    db,
    'jobs',
    {
      kind: text(64),
      payload: long(),
      priority: int(),
      state: choice('later', 'waiting', 'running', 'dead'),
      run_at: int(),
      deadline_at: optionalInt(),
      attempts: int(),
      claimed_by: optionalText(100),
      claimed_until: optionalInt(),
      last_error: optionalText(255),
      created_at: int()
    },
    {
      // One for each state, so that what is dead or for later costs nothing to who looks for work.
      index: [
        [['priority', 'run_at', 'id'], "state = 'waiting'"],
        [['claimed_by'], "state = 'running'"],
        [['id'], "state = 'dead'"]
      ]
    }
  )
  // Who asks what has become due, or waits longest, asks for all organizations.
  await run(db, "create index jobs_by_time_of_later on jobs (run_at) where state = 'later'")
  await run(db, "create index jobs_by_time_of_waiting on jobs (run_at) where state = 'waiting'")
  // The sweep of leftover files knows their names, not whose they are.
  await run(db, "create index jobs_by_payload_of_removal on jobs (payload) where kind = 'files.remove'")
}
