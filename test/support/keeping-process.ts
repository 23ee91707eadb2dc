// A bot of its own as far as records go: keeps one request in the folder, says so, and stays until it is ended.

import { createStateStore } from '../../src/storage/state-store.ts'
import { newRequest, patientLimits, silentLog } from './storage.ts'

const [directory = '', request = ''] = process.argv.slice(2)
const store = createStateStore({ directory, log: silentLog, patienceMs: 90_000, limits: patientLimits })
process.stdout.write(JSON.stringify(await store.audit.start(newRequest(request))))
process.stdin.once('end', () => void store.close())
process.stdin.resume()
