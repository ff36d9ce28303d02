// Random users and random PATCH requests, given to Varco and to scim-patch, an implementation made by others. Both
// must end with the same user, or both must refuse.
//
// Only what RFC 7644 §3.5.2 says is asked for, and of that only what both can be compared in. Left out, because there
// scim-patch is known to do something else, with Varco's reason:
//   - values without any order of their own are compared as sets (RFC 7643 §2.4)
//   - primary is not written: making one value primary takes it from the others (RFC 7644 §3.5.2), which scim-patch
//     leaves to its caller
//   - no element is added that is there with the same value and type and other parts: Varco completes it, because no
//     such pair may come twice (RFC 7643 §2.4), scim-patch appends it
//   - without a path, parts of name have names of their own (name.givenName): an object there completes what is, as with
//     a path (RFC 7644 §3.5.2.3), and scim-patch puts it in the place of everything
//   - nothing is selected from a list that is not there, and no part of an element that is not there is removed: Varco
//     has nothing to do then, scim-patch refuses
//   - a write to an element that is not there makes it for Varco, as Entra ID relies on; scim-patch does so only for
//     one part and a filter of one term, so only that is compared
//   - an element that has lost all but its labels is gone for Varco, and stays for scim-patch
//   - no value is given to a remove: the RFC knows none; the vendors' forms are in scim/testdata
//
// usage: node patch.mjs      (SCIM_URL, SCIM_TOKEN; PATCH_ROUNDS and PATCH_SEED if wanted)

import assert from 'node:assert'
import { scimPatch } from 'scim-patch'

const rounds = Number(process.env.PATCH_ROUNDS ?? 500)
const seed = Number(process.env.PATCH_SEED ?? Math.floor(Math.random() * 2 ** 31))
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

// --- chance, the same for the same seed (mulberry32) ---

let state = seed
function chance() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const below = (n) => Math.floor(chance() * n)
const pick = (list) => list[below(list.length)]
const some = (n, make) => Array.from({ length: below(n + 1) }, make)
const word = () => pick(['alfa', 'beta', 'gamma', 'delta', 'Épsilon', 'zeta eta', 'a"b', 'x.y']) + below(5)

// --- users ---

const strings = ['displayName', 'nickName', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone']
const names = ['formatted', 'familyName', 'givenName', 'middleName']
const card = ['employeeNumber', 'costCenter', 'division']
const places = ['streetAddress', 'locality', 'region', 'postalCode']
const types = ['work', 'home', 'other']

const object = (keys, make = word) => Object.fromEntries(keys.filter(() => chance() < 0.6).map((k) => [k, make()]))

// distinct leaves out elements whose value and type are there already.
const distinct = (list) => list.filter((x, i) => list.findIndex((y) => same(x, y)) === i)
const same = (x, y) => x.value?.toLowerCase() === y.value?.toLowerCase() && x.type === y.type

const email = () => ({ value: `${word().replace(/[" É]/g, '')}@example.it`, type: pick(types), ...object(['display']) })
const phone = () => ({ value: `+39 059 ${below(50)}`, type: pick(types) })
const address = (type) => ({ type, streetAddress: word(), ...object(places) })

function user() {
  const u = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
    userName: `u${below(2 ** 31)}`,
    ...object(strings),
    name: object(names),
    emails: distinct(some(3, email)),
    phoneNumbers: distinct(some(3, phone)),
    addresses: types.filter(() => chance() < 0.5).map(address),
    [enterprise]: object(card),
  }
  if (chance() < 0.5) u[enterprise].manager = { value: word(), displayName: word() }
  return u
}

// --- operations ---

const quoted = (s) => JSON.stringify(s)
const verb = () => pick(['add', 'replace'])

// filter selects elements of a list by what stands in it; stray selects by what may not.
function filter(list) {
  const x = pick(list)
  const by = [`type eq ${quoted(x.type)}`]
  if (x.value) by.push(`value eq ${quoted(x.value)}`, `value sw ${quoted(x.value.slice(0, 3))}`, `type eq ${quoted(x.type)} and value eq ${quoted(x.value)}`, `value co "5" or type eq ${quoted(x.type)}`)
  return pick(by)
}
const stray = () => `type eq ${quoted(pick(types))}`
const nobody = () => pick([`value eq "nobody"`, `type eq "pager" and value ne "x"`, `not (value pr)`])

// Each makes an operation on a user as it stands, or nothing where it does not fit.
const operations = [
  () => ({ op: verb(), path: pick(strings), value: word() }),
  () => ({ op: 'remove', path: pick(strings) }),
  () => ({ op: verb(), path: 'externalId', value: `x${below(2 ** 31)}` }),
  () => ({ op: verb(), path: `name.${pick(names)}`, value: word() }),
  () => ({ op: 'remove', path: `name.${pick(names)}` }),
  () => ({ op: verb(), path: 'name', value: object(names) }),
  () => ({ op: 'remove', path: pick(['name', 'emails', 'phoneNumbers', 'addresses']) }),
  () => ({ op: verb(), path: `${enterprise}:${pick(card)}`, value: word() }),
  () => ({ op: 'remove', path: `${enterprise}:${pick([...card, 'manager'])}` }),
  () => ({ op: verb(), path: `${enterprise}:manager.value`, value: word() }),
  () => ({ op: verb(), path: `urn:ietf:params:scim:schemas:core:2.0:User:${pick(strings)}`, value: word() }),
  () => ({ op: 'replace', path: 'emails', value: distinct(some(3, email)) }),
  (u) => ({ op: 'add', path: 'emails', value: fresh(u.emails, distinct(some(2, email))) }),
  () => ({ op: 'replace', path: 'phoneNumbers', value: distinct(some(2, phone)) }),
  (u) => u.emails?.length && ({ op: 'remove', path: `emails[${filter(u.emails)}]` }),
  (u) => u.phoneNumbers?.length && ({ op: 'remove', path: `phoneNumbers[${filter(u.phoneNumbers)}]` }),
  (u) => u.addresses?.length && ({ op: 'remove', path: `addresses[${filter(u.addresses)}].${pick(places)}` }),
  (u) => u.emails?.length && ({ op: verb(), path: `emails[${filter(u.emails)}].display`, value: word() }),
  (u) => u.addresses?.length && ({ op: verb(), path: `addresses[${filter(u.addresses)}].${pick(places)}`, value: word() }),
  (u) => u.addresses?.length && ({ op: verb(), path: `addresses[${stray()}].${pick(places)}`, value: word() }),
  (u) => u.emails?.length && ({ op: 'remove', path: `emails[${pick([stray, nobody])()}]` }),
  (u) => u.emails?.length && ({ op: 'replace', path: `emails[${nobody()}]`, value: email() }),
  (u) => u.addresses?.length && ({ op: 'add', path: `addresses[${filter(u.addresses)}]`, value: object(places) }),
  () => ({ op: verb(), value: { ...object(strings), ...object(names.map((n) => `name.${n}`)) } }),
  () => ({ op: verb(), value: { [`${enterprise}:${pick(card)}`]: word(), 'name.givenName': word() } }),
]

// fresh leaves out elements that the list has already, in whatever form.
const fresh = (list = [], given) => given.filter((x) => !list.some((y) => same(x, y)))

// --- comparing ---

// plain is a user without what is the server's, without anything unassigned, and with lists in one order.
const labels = ['type', 'display']
function plain(v, top = true) {
  if (Array.isArray(v)) {
    const list = v.map((x) => plain(x, false)).filter((x) => typeof x !== 'object' || Object.keys(x).some((k) => !labels.includes(k)))
    return list.length ? list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : undefined
  }
  if (v === null || typeof v !== 'object') return v ?? undefined
  const left = ['id', 'meta', 'schemas', 'groups', 'active', 'organization', 'urn:ietf:params:scim:schemas:extension:varco:2.0:User']
  const entries = Object.keys(v).sort().filter((k) => !left.includes(k)).map((k) => [k, plain(v[k], false)]).filter(([, x]) => x !== undefined)
  return entries.length || top ? Object.fromEntries(entries) : undefined
}

async function ask(method, path, body) {
  const answer = await fetch(process.env.SCIM_URL + path, {
    method,
    headers: { Authorization: `Bearer ${process.env.SCIM_TOKEN}`, 'Content-Type': 'application/scim+json' },
    body: body && JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text ? JSON.parse(text) : undefined }
}

// theirs is what scim-patch makes of it; undefined where it refuses.
function theirs(u, operation) {
  try {
    return scimPatch(structuredClone(u), [structuredClone(operation)], { mutateDocument: false, treatMissingAsAdd: true })
  } catch (e) {
    if (e.scimCode === undefined) throw e
    return undefined
  }
}

// course makes one to three operations, each fitting what scim-patch made of those before it, and its outcome.
function course(u) {
  const list = []
  for (let left = 1 + below(3); left > 0 && u; ) {
    const operation = pick(operations)(u)
    if (!operation) continue
    list.push(operation)
    u = theirs(u, operation)
    left--
  }
  return [list, u && plain(u)]
}

let changed = 0
let refused = 0
for (let round = 0; round < rounds; round++) {
  const made = await ask('POST', '/Users', user())
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const before = made.body
  const [list, expected] = course(before)
  const request = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: list }
  const answer = await ask('PATCH', `/Users/${before.id}`, request)
  const after = plain((await ask('GET', `/Users/${before.id}`)).body)
  const detail = `round ${round} of seed ${seed}\nuser ${JSON.stringify(before)}\nrequest ${JSON.stringify(request)}\nanswer ${answer.status} ${JSON.stringify(answer.body)}`
  if (expected === undefined) {
    assert.equal(answer.status, 400, `scim-patch refuses, Varco does not: ${detail}`)
    assert.deepEqual(after, plain(before), `refused, but something changed: ${detail}`)
    refused++
  } else {
    assert.ok(answer.status < 300, `Varco refuses, scim-patch does not: ${detail}`)
    assert.deepStrictEqual(after, expected, detail)
    changed++
  }
  await ask('DELETE', `/Users/${before.id}`)
}
assert.ok(changed > 0 && refused > 0, 'one of the outcomes never came')
console.log(`  ${rounds} requests of seed ${seed}: ${changed} done and ${refused} refused alike`)
