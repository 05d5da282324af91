import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// What the ways to run the product repeat of it: each must go on saying the same.

/** Every setting, port, workspace or version that one of the files around the product no longer has; none when all agree. */
export function disagreements(root: string): string[] {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const absent = (path: string, words: string[]): string[] => {
    const text = read(path)
    return words.filter(word => !text.includes(word)).map(word => `${path} lacks ${JSON.stringify(word)}`)
  }
  const config = read('server/config.ts')
  const variables = [
    ...new Set([...config.matchAll(/\bread\(\s*'([A-Z_]+)'|\benv\.([A-Z_]+)/g)].map(([, a, b]) => (a ?? b) as string))
  ]
  const port = /'PORT',\s*'(\d+)'/.exec(config)?.[1] ?? 'a port in server/config.ts'
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] }
  const { devDependencies } = JSON.parse(read('server/package.json')) as { devDependencies: { node: string } }
  const grace = Number(/After (\d+) seconds the process ends/.exec(read('docs/operate.md'))?.[1])
  const patience = [
    { path: 'deploy/liveforce.service', seconds: /^TimeoutStopSec=(\d+)$/m },
    { path: 'compose.yaml', seconds: /stop_grace_period: (\d+)s/ },
    { path: 'compose.sqlite.yaml', seconds: /stop_grace_period: (\d+)s/ }
  ]
  return [
    ...absent(
      'docs/operate.md',
      variables.map(name => `\`${name}\``)
    ),
    ...absent('server/cli/liveforce.ts', variables),
    ...absent('Dockerfile', [
      `FROM node:${devDependencies.node}-`,
      `EXPOSE ${port}`,
      `PORT=${port}`,
      ...workspaces.map(name => `COPY ${name}/package.json ${name}/`)
    ]),
    ...absent(
      '.dockerignore',
      workspaces.map(name => `!${name}\n`)
    ),
    ...['compose.yaml', 'compose.sqlite.yaml'].flatMap(path => absent(path, [`127.0.0.1:${port}:${port}`])),
    ...['deploy/Caddyfile', 'deploy/nginx.conf'].flatMap(path => absent(path, [`127.0.0.1:${port}`])),
    ...patience
      .filter(({ path, seconds }) => !(Number(seconds.exec(read(path))?.[1]) > grace))
      .map(({ path }) => `${path} stops the server before its ${grace} seconds of grace`)
  ]
}
