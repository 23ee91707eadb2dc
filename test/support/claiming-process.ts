// A process of its own that claims one approval and moves the rows it names; the test kills it somewhere on the way.

import { createControlStore } from '../../src/storage/control-store.ts'
import { jobChanging, patientLimits, press, silentLog } from './storage.ts'

const [url = '', approval = ''] = process.argv.slice(2)
const store = createControlStore({
  name: 'the control database of era',
  url,
  log: silentLog,
  changing: jobChanging,
  limits: patientLimits,
})
const claim = await store.withClaim(approval, press, async ({ change }, changing) => {
  const moved: string[] = []
  for (const id of change as number[]) if (await changing.requeue(id)) moved.push(`jobs/${id}`)
  return { moved, left: [], before: 'failed', after: 'queued' }
})
process.stdout.write(JSON.stringify(claim))
await store.close()
