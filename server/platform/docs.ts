import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

// The page to read and try the API. The viewer's files come from the npm package that bundles Swagger UI without its telemetry.

const open = { config: { public: true as const } }
const assets = { 'viewer.css': ['swagger-ui.css', 'text/css'], 'viewer.js': ['swagger-ui-bundle.js', 'text/javascript'] } as const

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Liveforce REST API</title>
<link rel="stylesheet" href="/docs/viewer.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<div id="viewer"><noscript>The document itself is at /api/v1/openapi.json.</noscript></div>
<script src="/docs/viewer.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>`

const style = `body { margin: 0; background: #fff }
.swagger-ui .topbar { display: none }
.swagger-ui .info { margin: 32px 0 }
@media (prefers-color-scheme: dark) { html { background: #111 } body { background: #fff; filter: invert(.9) hue-rotate(180deg) } }`

const script = `SwaggerUIBundle({
  url: '/api/v1/openapi.json', dom_id: '#viewer', deepLinking: true, displayRequestDuration: true, tryItOutEnabled: true,
  docExpansion: 'list', defaultModelsExpandDepth: -1, persistAuthorization: false, validatorUrl: null,
  requestInterceptor: request => Object.assign(request, { url: request.url.replace(/^https?:\\/\\/[^/]+/, location.origin) })
})`

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** `/docs`: a page to read the contract and try it, all of it served from here. */
export function docsPage(http: FastifyInstance): void {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static')
  const texts = { '': [page, 'text/html'], '/page.css': [style, 'text/css'], '/page.js': [script, 'text/javascript'] }
  for (const [path, [content, type]] of Object.entries(texts)) {
    http.get(`/docs${path}`, open, (_request, reply) =>
      reply
        .headers({
          'content-security-policy': policy,
          'referrer-policy': 'no-referrer',
          'content-type': `${type}; charset=utf-8`
        })
        .send(content)
    )
  }
  for (const [name, [file, type]] of Object.entries(assets)) {
    http.get(`/docs/${name}`, open, (_request, reply) =>
      reply
        .headers({ 'cache-control': 'public, max-age=3600', 'content-type': `${type}; charset=utf-8` })
        .send(createReadStream(join(folder, file)))
    )
  }
}
