import { isUtf8 } from 'node:buffer'

/** As many bytes of a file's beginning as tell its type. */
export const HEAD_BYTES = 4100

const TEXT_TYPES: ReadonlyMap<string, string> = new Map([
  ['txt', 'text/plain'],
  ['log', 'text/plain'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['md', 'text/markdown'],
  ['json', 'application/json'],
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['css', 'text/css'],
  ['svg', 'image/svg+xml'],
  ['xml', 'application/xml'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['ics', 'text/calendar'],
  ['vcf', 'text/vcard'],
  ['eml', 'message/rfc822']
])

// "BM" begins bitmaps and sentences about cars: where the bytes are text, only formats written as text are believed.
const WRITTEN_AS_TEXT = /^(?:text\/|application\/(?:pdf|rtf|xml|postscript|eps|x-mobipocket-ebook)|[a-z]+\/[a-z0-9.-]+\+xml$)/

const PROGRAM_EXTENSIONS = new Set(
  `exe dll com bat cmd msi msp mst scr pif cpl sys drv ocx ps1 psm1 psd1 vb vbs vbe js jse mjs cjs ws wsf wsh wsc jar class war
  sh bash zsh csh ksh fish command run elf so dylib app apk cgi fcgi htaccess htpasswd hta lnk url scf reg inf
  gadget msc chm phtml pht phps phar shtml asa asax ashx asmx cer cfm swf xll`.split(/\s+/)
)
const PROGRAM_FAMILIES = /^(?:php\d?|aspx?|jspx?|jspf|jsw|jsv)$/
const PROGRAM_TYPES =
  /^application\/(?:x-msdownload|x-elf|x-mach-binary|java-vm|java-archive|x\.ms\.shortcut|vnd\.android\.package-archive)$/
const PROGRAM_STARTS = [
  '4d5a',
  '7f454c46',
  '2321',
  'cafebabe',
  'cafebabf',
  'bebafeca',
  'feedface',
  'feedfacf',
  'cefaedfe',
  'cffaedfe'
]

/** The extension by which a file would be opened, lower case, without its dot. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot === -1 ? '' : name.slice(dot + 1).toLowerCase()
}

/** Whether a file of this name would run when opened; Windows ignores closing dots and spaces and what follows a colon. */
export function namesProgram(name: string): boolean {
  return [name, ...name.split(':')].some(piece => {
    const extension = extensionOf(piece.replace(/[. ]{1,300}$/, ''))
    return PROGRAM_EXTENSIONS.has(extension) || PROGRAM_FAMILIES.test(extension)
  })
}

/** The type of a file by its first bytes, or 'program' for one that a machine would execute. */
export async function typeOf(head: Buffer, name: string): Promise<string | 'program'> {
  const start = head.toString('hex', 0, 4)
  if (PROGRAM_STARTS.some(magic => start.startsWith(magic))) return 'program'
  const text = isText(head)
  const detected = await detect(head)
  if (detected && PROGRAM_TYPES.test(detected)) return 'program'
  if (detected && (!text || WRITTEN_AS_TEXT.test(detected))) return detected
  return text ? (TEXT_TYPES.get(extensionOf(name)) ?? 'text/plain') : 'application/octet-stream'
}

async function detect(head: Buffer): Promise<string | undefined> {
  try {
    const { fileTypeFromBuffer } = await import('file-type')
    return (await fileTypeFromBuffer(head))?.mime
  } catch {
    // A file cut off or made to confuse the detector has no type; it is no reason to fail.
    return undefined
  }
}

function isText(head: Buffer): boolean {
  if (head.includes(0)) return false
  if (isUtf8(head)) return true
  // The head may end inside a character.
  return head.length >= HEAD_BYTES && [1, 2, 3].some(cut => isUtf8(head.subarray(0, head.length - cut)))
}
