// tests/clients/clients.mjs PACKAGES DRYPROOF CORPUS - what tests/clients/run.sh checks.
import { spawnSync } from 'child_process'
import { readFileSync, readdirSync } from 'fs'
import { createRequire } from 'module'
import path from 'path'
import { pathToFileURL } from 'url'

const [packages, dryproof, corpus] = process.argv.slice(2)
const require = createRequire(path.join(packages, 'x'))
const mcp = path.join(packages, 'node_modules/@modelcontextprotocol/client/dist/')
const { Client } = await import(pathToFileURL(mcp + 'index.mjs'))
const { StdioClientTransport } = await import(pathToFileURL(mcp + 'stdio.mjs'))
const Ajv = require('ajv/dist/2020').default
const golden = path.join(corpus, 'golden')
const changed = path.join(corpus, readdirSync(corpus).find(d => d.includes('rows-differ')))
const policy = path.join(golden, 'policy.json')

const check = (name, good, said) => {
  console.log((good ? 'ok - ' : 'not ok - ') + name)
  if (!good) console.log('    ' + JSON.stringify(said)?.slice(0, 400))
}
const said = (...args) => JSON.parse(spawnSync(dryproof, args, { maxBuffer: 1 << 26 }).stdout)
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
const packageOf = dir => ({ package_file: path.join(dir, 'package.tar'), attestations: [path.join(dir, 'attestations.intoto.jsonl')], policy })

const verify = dir => ['verify', path.join(dir, 'package.tar'), '--attestations', path.join(dir, 'attestations.intoto.jsonl'), '--policy', policy]

// the client itself validates structuredContent by the tool's outputSchema, and throws
async function drive (mode, want) {
  const negotiation = mode === 'legacy' || mode === 'auto' ? { mode } : { mode: { pin: mode } }
  const c = new Client({ name: 'test', version: '0' }, { versionNegotiation: negotiation })
  await c.connect(new StdioClientTransport({ command: dryproof, args: ['mcp'], stderr: 'inherit' }))
  check(`${mode}: speaks ${want}`, c.getNegotiatedProtocolVersion() === want, c.getNegotiatedProtocolVersion())
  const { tools } = await c.listTools()
  check(`${mode}: lists four tools`, same(tools.map(t => t.name), ['verify', 'show', 'explain', 'diff']), tools)
  const call = (name, args) => c.callTool({ name, arguments: args })
  let r = await call('verify', packageOf(golden))
  check(`${mode}: verify, PASS`, r.structuredContent.status === 'PASS' && same(r.structuredContent, said(...verify(golden), '--json')) && !r.isError, r)
  r = await call('verify', packageOf(changed))
  check(`${mode}: verify, FAIL`, r.structuredContent.verdict === 'NOT_DRY' && r.structuredContent.exit_status === 1 && !r.isError, r)
  r = await call('show', { path: golden, policy })
  check(`${mode}: show`, r.structuredContent.source === 'verifier', r)
  r = await call('diff', { a: path.join(changed, 'package.tar') })
  check(`${mode}: diff`, r.structuredContent.same === false && !r.isError, r)
  r = await call('explain', { code: 'NOT_DRY' })
  check(`${mode}: explain`, r.structuredContent.kind === 'verdict', r)
  r = await call('explain', { code: 'NOT_DRYY' })
  check(`${mode}: what cannot be answered is an error of the tool`, r.isError === true && r.content[0].text.includes('did you mean NOT_DRY?'), r)
  const unknown = await call('nobody', {}).then(() => null, e => e)
  check(`${mode}: an unknown tool`, unknown?.code === -32602, String(unknown))
  await c.close()
  return tools
}
for (const [mode, want] of [['auto', '2026-07-28'], ['2026-07-28', '2026-07-28'], ['legacy', '2025-11-25']]) {
  const tools = await drive(mode, want)
  if (mode === 'auto') {
    for (const t of tools) check(`${t.name}: its schemas are strict JSON Schema`, new Ajv({ strict: true, strictRequired: false }).compile(t.inputSchema) && new Ajv({ strict: true }).compile(t.outputSchema))
  }
}

const schema = JSON.parse(readFileSync(path.join(packages, 'node_modules/ctrf/dist/ctrf-schema-0.0.json'), 'utf8'))
const OldAjv = require('ajv').default
const ctrf = new OldAjv({ strict: false, formats: { uuid: true, 'date-time': true, uri: true } }).compile(schema)
for (const dir of [golden, changed]) {
  const report = said(...verify(dir), '--format', 'ctrf')
  check(`CTRF's schema takes the report of ${path.basename(dir)}`, ctrf(report) && report.results.tests.length === 23, ctrf.errors)
}
