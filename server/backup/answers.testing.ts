// What is asked before and after data was moved or upgraded.

const searches = ['an', 'printer', '030', '@example', 'gmbh', 'Zoë', 'vip "west', '1', 'order wi', '東京', '%', 'recall']
const lists = ['leads/list', 'ticket/list', 'deals/list', 'call-logs/list']
const others = ['leads/count-by-status', 'leads/types', 'deals/sources', 'deals/pipelines', 'ticket/statuses', 'staff/list']

type Getter = (path: string) => Promise<{ status: number; text: string }>

/** What an organization's API answers: its lists, searches, reports and some records. Links are without what changes by the hour. */
export async function answersOf(get: Getter): Promise<Record<string, string>> {
  const records = ['leads/details', 'leads/summary', 'ticket/details', 'deals/details', 'call-logs/details']
  const paths = [
    ...lists.flatMap(list => searches.map(search => `${list}?with_total=1&limit=100&search=${encodeURIComponent(search)}`)),
    ...lists.map(list => `${list}?with_total=1&limit=100`),
    ...others,
    'leads/report?start_date=2000-01-01&end_date=2100-01-01',
    'leads/report/csv?start_date=2000-01-01&end_date=2100-01-01',
    ...records.flatMap(record => [1, 2, 3, 4].map(id => `${record}/${id}`))
  ]
  const answers: Record<string, string> = {}
  for (const path of paths) {
    const { status, text } = await get(`/api/v1/${path}`)
    answers[path] = `${status} ${text.replace(/\?expires=\d+&(amp;)?signature=[\w-]+/g, '')}`
  }
  return answers
}
