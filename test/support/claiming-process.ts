// A process of its own that confirms one requeue and does it; the test kills it somewhere on the way.

import requeue from '../../commands/requeue.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import type { Changing } from '../../src/services.ts'
import { createControlStore } from '../../src/storage/control-store.ts'
import { patientLimits, press, silentLog } from './storage.ts'

const [url = '', approval = ''] = process.argv.slice(2)
const store = createControlStore<Changing>({
  name: 'the control database of era',
  url,
  log: silentLog,
  changing: (connection) => ({ proverControl: createProverControl(connection) }),
  limits: patientLimits,
})
const claim = await store.withClaim(approval, press, ({ change }, changing) =>
  requeue.apply(requeue.change.parse(change), changing),
)
process.stdout.write(JSON.stringify(claim))
await store.close()
