import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type Config, mostWorkers, readConfig } from '../config.ts'

// The command line. Each command's code is loaded when it is asked for, so that `start` stays light.

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const about = `
Without a command it starts the server.

Environment (defaults in brackets):
  HOST [127.0.0.1]  PORT [3000]  BASE_URL [http://HOST:PORT]
  DATA_DIR [./data]  FILES_URL [file://DATA_DIR/files]
  DATABASE_URL [sqlite:DATA_DIR/liveforce.db], or postgres://user:password@host/database  DATABASE_CONNECTIONS [10]
  LOG_LEVEL [info]  RATE_LIMIT [600/min]  TRUST_PROXY [off]  MAX_UPLOAD_MB [25]  WORKERS [1]
For FILES_URL=s3://bucket/prefix?region=…&endpoint=… also AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION

Exit codes: 0 done, 1 failed, 2 wrong usage or a wrong environment variable.
Commands work while the server runs. "organization create", "seed" and "restore" make the database where there is none.`

let config: Config

const program = new Command('liveforce')
  .description('Liveforce: tickets, leads, deals and calls of a firm, behind one HTTP API')
  .version(version)
  .addHelpText('after', about)
  .exitOverride()
  .hook('preAction', () => {
    config = readConfig(process.env)
  })
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replace(/\s*\n\s*/g, ' ')}\n`) })

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : -1
    if (number < least || number > most) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
    return number
  }

const id = wholeNumber(1, 999_999_999_999_999)
const count = wholeNumber(0, 10_000_000)
const example = (text: string): string => `\nExample:\n  $ ${text}`
const noSnapshot = ['--no-snapshot', 'keep no copy of the database before it is upgraded'] as const
const json = ['--json', 'print JSON and nothing else'] as const

program
  .command('start')
  .description('start the server; the first start creates an organization and prints its credentials')
  .option('--demo', 'fill the organization that the first start creates with a year of believable work')
  .option('--workers <n>', 'how many processes serve (default: WORKERS, or 1)', wholeNumber(1, mostWorkers))
  .option(...noSnapshot)
  .addHelpText('after', example('PORT=8080 DATA_DIR=/var/lib/liveforce liveforce start --workers 4'))
  .action(async options => (await import('./start.ts')).start(config, options))

program
  .command('migrate')
  .description('bring the database to the schema of this program; "start" does it by itself')
  .option(...noSnapshot)
  .option(...json)
  .addHelpText('after', example('DATA_DIR=/var/lib/liveforce liveforce migrate'))
  .action(async options => (await import('./migrate.ts')).migrateDatabase(config, options))

program
  .command('backup')
  .description('write all rows and the files they name into one archive, while the server runs')
  .argument('<file>', 'the archive to make, such as liveforce.tar.zst')
  .option('--force', 'replace a file of that name')
  .option('--no-files', 'leave uploaded files out: rows only')
  .option(...json)
  .addHelpText('after', '\nWhoever has the archive has all data and can make file links: keep it as safe as the database.')
  .addHelpText('after', example('liveforce backup /var/backups/liveforce.tar.zst'))
  .action(async (file, options) => (await import('./backup.ts')).backupTo(config, file, options))

program
  .command('restore')
  .description('fill an empty database, SQLite or PostgreSQL, and an empty file store from an archive')
  .argument('<file>', 'what "backup" made, of this or an older version')
  .option(...json)
  .addHelpText('after', example('DATABASE_URL=postgres://crm@localhost/crm liveforce restore liveforce.tar.zst'))
  .action(async (file, options) => (await import('./backup.ts')).restoreFrom(config, file, options))

program
  .command('verify')
  .description('check that an archive is whole and unaltered, without a database')
  .argument('<file>', 'what "backup" made')
  .option(...json)
  .addHelpText('after', example('liveforce verify liveforce.tar.zst'))
  .action(async (file, options) => (await import('./backup.ts')).verifyArchive(file, options))

program
  .command('seed')
  .description('add the demo: leads with chats, tickets with replies, deals, calls, staff and customers')
  .requiredOption('--demo', 'say that invented records shall be added')
  .option('--organization <id>', 'to this organization; without it a new one named Demo is created', id)
  .option('--leads <n>', 'how many leads (default: 2000)', count)
  .option('--tickets <n>', 'how many tickets (default: 300)', count)
  .option('--deals <n>', 'how many deals (default: 150)', count)
  .option('--calls <n>', 'how many calls (default: 1000)', count)
  .option(...json)
  .addHelpText('after', '\nOf each kind the newest 5,000 come with all that belongs to them, older ones plain.')
  .addHelpText('after', example('liveforce seed --demo --organization 1 --tickets 100000'))
  .action(async options => (await import('./seed.ts')).seed(config, options))

const organization = program.command('organization').description('manage organizations, the tenants of this server')

organization
  .command('create')
  .description('create an organization with its first admin and an app, and print their credentials')
  .requiredOption('--name <name>', 'its name')
  .requiredOption('--email <address>', 'e-mail address of its first admin')
  .option('--time-zone <zone>', 'in which its times are written', 'UTC')
  .option('--currency <code>', 'three letters', 'USD')
  .option(...json)
  .addHelpText('after', example('liveforce organization create --name Acme --email jane@example.com --time-zone Europe/Berlin'))
  .action(async options => (await import('./organizations.ts')).create(config, options))

const app = program.command('app').description('manage the apps of an organization: credentials for the API')

app
  .command('create')
  .description('create an app and print its credentials, which are seen only this once')
  .requiredOption('--organization <id>', 'whose app it is', id)
  .requiredOption('--name <name>', 'what it is called')
  .option('--scope <scopes...>', 'what it may do, such as tickets:read; without it everything')
  .option('--contact <id>', 'the contact in whose name it opens tickets', id)
  .option(...json)
  .addHelpText('after', example('liveforce app create --organization 1 --name Website --scope tickets:write leads:write'))
  .action(async options => (await import('./apps.ts')).create(config, options))

app
  .command('list')
  .description('list the apps of an organization, newest first; never their tokens')
  .requiredOption('--organization <id>', 'whose apps', id)
  .option(...json)
  .addHelpText('after', example('liveforce app list --organization 1 --json'))
  .action(async options => (await import('./apps.ts')).list(config, options))

app
  .command('revoke')
  .description('end the access of an app at once, in running servers too')
  .argument('<client_id>', 'as "app create" and "app list" print it')
  .addHelpText('after', example('liveforce app revoke lf_1_0123456789abcdef01'))
  .action(async clientId => (await import('./apps.ts')).revoke(config, clientId))

const jobs = program.command('jobs').description('look after the work that outlives requests')
const ids = ['[ids...]', 'as "jobs list" prints them', (text: string, before: number[] = []) => [...before, id(text)]] as const
const ofOrganization = ['--organization <id>', 'only those of this organization', id] as const
const inState = (...states: string[]): Option => new Option('--state <state>', 'only those in this state').choices(states)

jobs
  .command('list')
  .description('list jobs, newest first: for later, waiting, running, or dead after the last try; what is done is gone')
  .option(...ofOrganization)
  .addOption(inState('later', 'waiting', 'running', 'dead'))
  .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 100)
  .option(...json)
  .addHelpText('after', example('liveforce jobs list --state dead'))
  .action(async options => (await import('./jobs.ts')).list(config, options))

jobs
  .command('retry')
  .description('run dead jobs, or jobs for later, from the beginning and now')
  .argument(...ids)
  .option(...ofOrganization)
  .addOption(inState('later', 'dead'))
  .option(...json)
  .addHelpText('after', example('liveforce jobs retry --state dead --organization 1'))
  .action(async (ids, options) => (await import('./jobs.ts')).retry(config, ids, options))

jobs
  .command('drop')
  .description('remove jobs without running them; a run under way is ended')
  .argument(...ids)
  .option(...ofOrganization)
  .addOption(inState('later', 'waiting', 'running', 'dead'))
  .option(...json)
  .addHelpText('after', example('liveforce jobs drop 17 18'))
  .action(async (ids, options) => (await import('./jobs.ts')).drop(config, ids, options))

// A reader of the output may leave early, as `head` does.
process.stdout.on('error', () => process.exit(1))
const words = process.argv.slice(2)
try {
  await program.parseAsync(words.length === 0 ? ['start'] : words, { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else process.exitCode = (await import('./failures.ts')).tell(error)
  // A connection that failed half-way, and that its driver left open, keeps no command from ending.
  setTimeout(() => process.exit(), 500).unref()
}
