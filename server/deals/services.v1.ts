import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { getDeal } from './queries.ts'
import { addService, getService, type ServiceRow, serviceColumns, serviceCount, servicePage, updateService } from './services.ts'

const ServiceShape = cell.shape<ServiceRow>()({
  items_id: cell.id('id'),
  deals_id: cell.id('deal_id'),
  item_name: cell.text('name', 'Setup'),
  item_desc: cell.optionalText('description'),
  quantity: cell.quantity('quantity'),
  unit: cell.optionalText('unit', 'hours'),
  unit_cost: cell.money('unit_cost'),
  item_tax_name: cell.text('taxes', '["VAT|19.00"]'),
  item_tax_total: cell.money('tax_total'),
  total_cost: cell.money('total'),
  order: cell.id('position'),
  date_saved: cell.time('created_at')
})
const readService = ServiceShape.reading(serviceColumns)

const item_name = field.text({ max: 191, example: 'Setup' })
const unit_cost = field.money()
const quantity = field.quantity()
const rest = {
  item_desc: field.text({ max: 5000 }),
  unit: field.text({ max: 64, example: 'hours' }),
  taxes: field.texts({ max: 120, count: 10, about: 'Each a name and a percentage', example: 'VAT|19.00' }),
  staff_id: field.reference({ about: 'The acting staff member; without one the app itself acts' })
}
const ServiceForm = form({
  deal_id: field.required(field.id()),
  item_name: field.required(item_name),
  unit_cost: field.required(unit_cost),
  quantity: field.required(quantity),
  ...rest
})
const ServiceChangeForm = form({ item_name, unit_cost, quantity, ...rest })

const names = { name: 'item_name', description: 'item_desc' }
const ServiceParams = form({ service_id: field.required(field.id({ about: 'The items_id' })) })

/** The endpoints of a deal's line items. */
export function servicesV1(route: V1): void {
  readServices(route)
  writeServices(route)
}

function readServices(route: V1): void {
  route({
    method: 'GET',
    path: '/deals/services/list/:deal_id',
    title: 'List a Deal Services',
    about: 'In their order.',
    permission: 'deals:read',
    params: form({ deal_id: field.required(field.id()) }),
    query: form(paging),
    answer: { list: ServiceShape },
    handle: async ({ ctx, params, query, wire }) => {
      const { id: deal_id } = await getDeal(ctx, params.deal_id)
      return listAnswer({ ctx, wire, query, read: readService, page: servicePage, count: serviceCount }, { deal_id })
    }
  })
  route({
    method: 'GET',
    path: '/deals/services/details/:service_id',
    title: 'Get a Deal Service Detail',
    permission: 'deals:read',
    params: ServiceParams,
    answer: { one: ServiceShape },
    handle: async ({ ctx, params, wire }) => success(ServiceShape.write(await getService(ctx, params.service_id), wire))
  })
}

function writeServices(route: V1): void {
  route({
    method: 'POST',
    path: '/deals/services/create',
    title: 'Add a Deal Service',
    about: 'A tax is a name and a percentage, `VAT|19.00`; each is rounded half up to two decimals.',
    permission: 'deals:write',
    body: ServiceForm,
    names,
    answer: { one: ServiceShape },
    handle: async ({ ctx, body, wire }) => {
      const { deal_id, staff_id, item_name, item_desc, ...rest } = body
      const input = { ...rest, name: item_name, description: item_desc }
      return success(ServiceShape.write(await addService(await actAs(ctx, staff_id), deal_id, input), wire))
    }
  })
  route({
    method: 'PUT',
    path: '/deals/services/update/:service_id',
    title: 'Update a Deal Service',
    about: 'Only what is sent changes; totals are computed anew.',
    permission: 'deals:write',
    params: ServiceParams,
    body: ServiceChangeForm,
    names,
    answer: { one: ServiceShape },
    handle: async ({ ctx, params, body, wire }) => {
      const { staff_id, item_name, item_desc, ...rest } = body
      const change = { ...rest, name: item_name, description: item_desc }
      return success(ServiceShape.write(await updateService(await actAs(ctx, staff_id), params.service_id, change), wire))
    }
  })
}
