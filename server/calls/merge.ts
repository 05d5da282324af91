import type { CallDetails } from './queries.ts'
import type { CallFields } from './schema.ts'

/**
 * What a call is after another report on it: what was unknown is filled and nothing known is lost, in whatever order reports come.
 * The earliest begin, the latest end and the longer of two summaries or transcripts hold; the outcome is that of the later end.
 */
export function mergedReport(known: CallDetails, report: CallFields): CallFields & { phone: string } {
  const start = Math.min(known.started_at, report.started_at ?? known.started_at)
  const end = report.ended_at ?? null
  const tellsEnd = end !== null && end > (known.ended_at ?? Number.NEGATIVE_INFINITY)
  return {
    // A withheld number has no digits.
    phone: /\d/.test(known.phone) ? known.phone : (report.phone ?? known.phone),
    started_at: start,
    ended_at: tellsEnd ? end : known.ended_at,
    purpose: known.purpose ?? report.purpose,
    summary: longer(known.summary, report.summary),
    outcome: tellsEnd ? (report.outcome ?? known.outcome) : (known.outcome ?? report.outcome),
    transcript: longer(known.transcript, report.transcript),
    recording_url: known.recording_url ?? report.recording_url,
    spoken_by_id: known.spoken_by_id ?? report.spoken_by_id,
    with_staff_id: known.with_staff_id ?? report.with_staff_id,
    follow_up_at: known.follow_up_at ?? report.follow_up_at,
    is_important: known.is_important === 1 || report.is_important === true,
    is_completed: known.is_completed === 1 || report.is_completed === true
  }
}

const longer = (known: string | null, told: string | null | undefined): string | null =>
  told && told.length > (known?.length ?? 0) ? told : known
