import type { FastifyInstance } from 'fastify'

export function ticketRoutes(_http: FastifyInstance): void {}
