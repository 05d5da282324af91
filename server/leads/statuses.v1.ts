import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { countByStatus, listTypes } from './statuses.ts'

const CountShape = cell.shape<{
  id: string | number
  name: string
  color: string
  position: number
  is_default: number
  total: number
  value: string
}>()({
  id: cell.id('id'),
  name: cell.text('name', 'New'),
  color: cell.text('color', '#84CC16'),
  statusorder: cell.id('position'),
  isdefault: cell.flag('is_default'),
  total: cell.count('total'),
  value: cell.text('value', '0.00')
})

const TypeShape = cell.shape<Awaited<ReturnType<typeof listTypes>>[number]>()({
  id: cell.id('id'),
  name: cell.text('name', 'Sales')
})

/** The endpoints of counts by status and of types. */
export function leadStatusesV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/count-by-status',
    title: 'Leads Count by Status',
    about: 'First the leads without a status, last the lost ones; the statuses count those that are not lost. Junk is in none.',
    permission: 'leads:read',
    answer: { list: CountShape, paged: false },
    handle: async ({ ctx, wire }) => {
      const { none, statuses, lost } = await countByStatus(ctx)
      const first = { id: '0', name: 'None', color: '#757575', position: 0, is_default: 0, ...none }
      const last = { id: 'lost', name: 'Lost', color: '#fc2d42', position: statuses.length + 1, is_default: 0, ...lost }
      return success(cell.writeAll(CountShape, [first, ...statuses, last], wire))
    }
  })
  route({
    method: 'GET',
    path: '/leads/types',
    title: 'Leads Types',
    permission: 'leads:read',
    answer: { list: TypeShape, paged: false },
    handle: async ({ ctx, wire }) => success(cell.writeAll(TypeShape, await listTypes(ctx), wire))
  })
}
