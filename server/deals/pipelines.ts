import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'

const sourcesByName = prepared<object>()(scope => rows(scope, 'sources').select(['id', 'name']).orderBy('name_key'))

export type SourceRow = Awaited<ReturnType<typeof sourcesByName.all>>[number]

/** Where leads and deals come from, by name. */
export const listSources = (ctx: Context): Promise<SourceRow[]> => sourcesByName.all(ctx, {})

const pipelinesInOrder = prepared<object>()(scope =>
  rows(scope, 'pipelines').select(['id', 'name', 'description', 'position']).orderBy('position').orderBy('id')
)
const stagesInOrder = prepared<object>()(scope =>
  rows(scope, 'stages').select(['id', 'name', 'pipeline_id', 'position', 'probability']).orderBy('position').orderBy('id')
)

export type StageRow = Awaited<ReturnType<typeof stagesInOrder.all>>[number]
export type PipelineRow = Awaited<ReturnType<typeof pipelinesInOrder.all>>[number] & { stages: StageRow[] }

/** The pipelines in their order, each with its stages in theirs. */
export async function listPipelines(ctx: Context): Promise<PipelineRow[]> {
  const stages = await stagesInOrder.all(ctx, {})
  const pipelines = await pipelinesInOrder.all(ctx, {})
  return pipelines.map(pipeline => ({ ...pipeline, stages: stages.filter(({ pipeline_id }) => pipeline_id === pipeline.id) }))
}
