// tests/interop/npm.mjs PACKAGES WORD ARGS... - calls of npm's packages, one a word:
//   dsse FILE PUB [TIMESTAMPS CHAIN]   sigstore: every envelope is signed by PUB, and timestamped by CHAIN's
//   schema SCHEMA FILE [MEMBER]        ajv (2020-12, strict but for types that are lists): FILE fits SCHEMA, or the tool MEMBER's outputSchema in it
//   ctrf FILE                          CTRF's own schema
//   canonical FILE...                  canonicalize (RFC 8785) makes the same bytes of each document
//   mcp MODE ARGUMENTS COMMAND...      the official MCP client calls the tool verify of the server COMMAND
import assert from 'assert'
import crypto from 'crypto'
import { readFileSync } from 'fs'
import { createRequire } from 'module'
import path from 'path'
import { pathToFileURL } from 'url'

const [packages, word, ...args] = process.argv.slice(2)
const require = createRequire(path.join(path.resolve(packages), 'x'))
const text = file => readFileSync(file, 'utf8')
const lines = file => text(file).trimEnd().split('\n').map(line => JSON.parse(line))
const imported = file => import(pathToFileURL(path.join(path.resolve(packages), 'node_modules', file)))
const timeless = { tlogThreshold: 0, ctlogThreshold: 0 }

function dsse (file, pub, timestamps, chain) {
  const { bundleFromJSON } = require('@sigstore/bundle')
  const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify')
  const key = crypto.createPublicKey(readFileSync(pub))
  const keyid = crypto.createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex')
  const certificates = chain ? text(chain).match(/-----BEGIN CERT[^]+?-----END CERTIFICATE-----/g).map(c => ({ rawBytes: new crypto.X509Certificate(c).raw })) : []
  const authorities = chain ? [{ subject: {}, uri: '', certChain: { certificates }, validFor: { start: new Date(0) } }] : []
  const trust = toTrustMaterial({ mediaType: '', certificateAuthorities: [], timestampAuthorities: authorities, tlogs: [], ctlogs: [] }, hint => {
    assert.equal(hint, keyid, 'keyid')
    return { publicKey: key, validFor: () => true }
  })
  const stamps = timestamps ? lines(timestamps) : []
  const envelopes = lines(file)
  assert(envelopes.length > 0 && (!chain || stamps.length === envelopes.length))
  envelopes.forEach((envelope, i) => {
    const material = { publicKey: { hint: envelope.signatures[0].keyid }, tlogEntries: [] }
    if (chain) material.timestampVerificationData = { rfc3161Timestamps: [stamps[i]] }
    const bundle = bundleFromJSON({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: material, dsseEnvelope: envelope })
    new Verifier(trust, { ...timeless, timestampThreshold: chain ? 1 : 0 }).verify(toSignedEntity(bundle))
  })
}

function fits (schema, document, options) {
  const Ajv = require(options.old ? 'ajv' : 'ajv/dist/2020').default
  const check = new Ajv(options.ajv).compile(schema)
  assert(check(document), JSON.stringify(check.errors))
}

const words = {
  dsse,
  schema (schema, file, member) {
    const rules = JSON.parse(text(schema))
    fits(member ? rules.find(tool => tool.name === member).outputSchema : rules, JSON.parse(text(file)), { ajv: { strict: true, allowUnionTypes: true } })
  },
  ctrf (file) {
    const formats = { uuid: true, 'date-time': true, uri: true }
    const schema = JSON.parse(text(path.join(packages, 'node_modules/ctrf/dist/ctrf-schema-0.0.json')))
    fits(schema, JSON.parse(text(file)), { old: true, ajv: { strict: false, formats } })
  },
  async canonical (...files) {
    const { default: canonicalize } = await imported('canonicalize/lib/canonicalize.js')
    for (const file of files) {
      for (const line of text(file).trimEnd().split('\n')) assert.equal(canonicalize(JSON.parse(line)), line, file)
    }
  },
  async mcp (mode, args, command, ...rest) {
    const { Client } = await imported('@modelcontextprotocol/client/dist/index.mjs')
    const { StdioClientTransport } = await imported('@modelcontextprotocol/client/dist/stdio.mjs')
    const versionNegotiation = { mode: mode === 'pinned' ? { pin: '2026-07-28' } : mode }
    const client = new Client({ name: 'interop', version: '0' }, { versionNegotiation })
    await client.connect(new StdioClientTransport({ command, args: rest, stderr: 'inherit' }))
    try {
      await client.listTools() // without the outputSchemas it validates nothing
      const answer = await client.callTool({ name: 'verify', arguments: JSON.parse(args) })
      assert.equal(answer.structuredContent.status, 'PASS')
    } finally { await client.close() }
  }
}
try { await words[word](...args) } catch (e) {
  console.error([e.code, e.message, e.cause?.message].filter(Boolean).join(' '))
  process.exit(1)
}
