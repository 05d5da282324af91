import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { listPipelines, listSources, type PipelineRow, type SourceRow, type StageRow } from './pipelines.ts'

const SourceShape = cell.shape<SourceRow>()({ source_id: cell.id('id'), source_name: cell.text('name', 'Website') })

const StageShape = cell.shape<StageRow>()({
  stage_id: cell.id('id'),
  stage_name: cell.text('name', 'Contact Made'),
  pipeline_id: cell.id('pipeline_id'),
  stage_order: cell.id('position'),
  probability: cell.id('probability')
})

const PipelineShape = cell.shape<PipelineRow>()({
  pipeline_id: cell.id('id'),
  pipeline_name: cell.text('name', 'Sales'),
  description: cell.optionalText('description'),
  order: cell.id('position'),
  stages: cell.list('stages', StageShape)
})

/** The endpoints of what a deal may refer to. */
export function pipelinesV1(route: V1): void {
  route({
    method: 'GET',
    path: '/deals/sources',
    title: 'List Deals Sources',
    about: 'By name.',
    permission: 'deals:read',
    answer: { list: SourceShape, paged: false },
    handle: async ({ ctx, wire }) => success(cell.writeAll(SourceShape, await listSources(ctx), wire))
  })
  route({
    method: 'GET',
    path: '/deals/pipelines',
    title: 'List Deals Pipeline',
    about: 'In their order, each with its stages in theirs.',
    permission: 'deals:read',
    answer: { list: PipelineShape, paged: false },
    handle: async ({ ctx, wire }) => success(cell.writeAll(PipelineShape, await listPipelines(ctx), wire))
  })
}
