// A process of its own that confirms one requeue and does it, by the built program; the test kills it somewhere on the way.

import { pathToFileURL } from 'node:url'

const { dist, url, approval, press, limits } = JSON.parse(process.argv[2] ?? '{}')
const built = (file) => import(pathToFileURL(`${dist}/${file}`).href)
const [{ default: requeue }, { createProverControl }, { createControlStore }] = await Promise.all([
  built('commands/requeue.js'),
  built('src/rollup/prover-control.js'),
  built('src/storage/control-store.js'),
])
const silent = () => undefined
const store = createControlStore({
  name: 'the control database of era',
  url,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  changing: (connection) => ({ proverControl: createProverControl(connection) }),
  limits,
})
const claim = await store.withClaim(approval, press, ({ change }, changing) =>
  requeue.apply(requeue.change.parse(change), changing),
)
process.stdout.write(JSON.stringify(claim))
await store.close()
