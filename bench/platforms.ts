// How fast the bot acknowledges on Discord and Telegram while every outside source hangs, and what it keeps in memory.
//
//   npx tsx bench/platforms.ts          full size
//   npx tsx bench/platforms.ts small    a hundredth of the memory part, to see that it works

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FakeChannel, FakeInteraction } from '../test/fakes/discord/world.ts'
import type { FakeChat } from '../test/fakes/telegram/world.ts'
import { createTown, type Town, townReady, townSettings } from '../test/fakes/town.ts'
import { type Figure, printFigures } from './figure.ts'

const command = 'npm run bench -- platforms'
const places = 250
/** Commands at once on each platform while memory is measured: fewer than would make people wait; it divides `places`. */
const waveSize = 50
const patienceMs = 60_000
const hash = `0x${'ab'.repeat(32)}`

interface Bench {
  readonly town: Town
  readonly bot: ChildProcess
  readonly channels: readonly FakeChannel[]
  readonly chats: readonly FakeChat[]
}

export async function run(size: 'full' | 'small' = 'full'): Promise<Figure[]> {
  const [few, many] = size === 'full' ? [1000, 100_000] : [100, 1000]
  const undo: (() => Promise<unknown>)[] = []
  try {
    const bench = await open(undo)
    await warmUp(bench)
    const slow = await acknowledged(bench, 200)
    await sleep(8000) // what hangs has been given up by then
    const pressed = await presses(bench, 50)
    await sleep(8000)
    return [...slow, ...pressed, ...(await memory(bench, few, many))]
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

async function open(undo: (() => Promise<unknown>)[]): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'))
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }))
  const hung = await startHungServer()
  undo.push(hung.stop)
  const town = await createTown({ keepCalls: 2000 })
  undo.push(town.end)
  const { discord, telegram, guild } = town
  const channels = Array.from({ length: places }, (_, index) => discord.addChannel(guild, { name: `place-${index}` }))
  const chats = Array.from({ length: places }, (_, index) => telegram.chat('group', `Place ${index}`))
  const settings = {
    ...townSettings(town),
    TELEGRAM_CHAT_IDS: chats.map(({ id }) => id).join(','),
    L1_RPC_URLS: `http://${hung.host}`,
    L2_RPC_URLS: `http://${hung.host}`,
    CORE_DATABASE_URL: `postgres://rollcall@${hung.host}/core`,
    STATE_DIR: join(folder, 'state'),
  }
  const ready = townReady(town)
  const bot = fork(fileURLToPath(new URL('platform-bot.ts', import.meta.url)), {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    execArgv: ['--import', import.meta.resolve('tsx')],
  })
  undo.push(async () => {
    bot.kill('SIGTERM')
    if (bot.exitCode === null && bot.signalCode === null) await once(bot, 'exit')
  })
  await ready
  return { town, bot, channels, chats }
}

/** Takes connections and never says a word: the worst an outside source can do. */
async function startHungServer() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

async function warmUp(bench: Bench): Promise<void> {
  for (let index = 0; index < 20; index += 1) await both(bench, index, 'help')
}

let people = 0

/** Asked on both platforms; resolves once both were acknowledged. */
async function both(bench: Bench, index: number, name: string): Promise<void> {
  const { onDiscord, onTelegram } = typeBoth(bench, index, name, {})
  await Promise.all([onDiscord.acknowledged(), onTelegram(patienceMs)])
}

/** A new person each time, so that nobody is over a limit. */
function typeBoth(
  { town, channels, chats }: Bench,
  index: number,
  name: string,
  options: Readonly<Record<string, string>>,
) {
  const { discord, telegram } = town
  people += 1
  const channel = channels[index % places] as FakeChannel
  const chat = chats[index % places] as FakeChat
  const onDiscord = discord.command({ user: discord.addUser(`Person ${people}`), channel, name, options })
  const from = telegram.callsOf('sendChatAction').length
  const text = [`/${name}`, ...Object.values(options)].join(' ')
  const at = telegram.world.now()
  telegram.text({ chat, user: { id: 1_000_000 + people, is_bot: false, first_name: 'Person' }, text })
  const action = () =>
    telegram
      .callsOf('sendChatAction')
      .slice(from)
      .find(({ params }) => Number(params.chat_id) === chat.id)
  return {
    onDiscord,
    onTelegram: async (withinMs: number): Promise<number> => {
      await telegram.until(() => action() !== undefined, 'typing', withinMs)
      return (action()?.at ?? Number.NaN) - at
    },
  }
}

async function acknowledged(bench: Bench, count: number): Promise<Figure[]> {
  const asked = await hanging(bench, count)
  const discord = await Promise.all(
    asked.map(async ({ onDiscord }) => {
      await onDiscord.acknowledged()
      return took(onDiscord.interaction)
    }),
  )
  const telegram = await Promise.all(asked.map(({ onTelegram }) => onTelegram(patienceMs)))
  const note = `${count} commands in flight on each platform, every outside source hangs`
  return [...spread('Discord', discord, note, 250, 2500), ...spread('Telegram', telegram, note, 250, 2500)]
}

/** So many commands whose sources never answer, on each platform. */
async function hanging(bench: Bench, count: number) {
  const asked = []
  for (let index = 0; index < count; index += 1) {
    asked.push(typeBoth(bench, index, 'trace', { transaction: hash }))
    await sleep(5)
  }
  return asked
}

const took = ({ answeredAt, createdAt }: FakeInteraction) => (answeredAt ?? Number.POSITIVE_INFINITY) - createdAt

async function presses(bench: Bench, slow: number): Promise<Figure[]> {
  const { town, channels, chats } = bench
  const { discord, telegram, people: known } = town
  const customId = 'c:none.none'
  const row = { type: 1, components: [{ type: 2, style: 2, label: 'Cancel', custom_id: customId }] }
  await hanging(bench, slow)
  const times = { discord: [] as number[], telegram: [] as number[] }
  for (let index = 0; index < 100; index += 1) {
    const [channel, chat] = [channels[index + 100] as FakeChannel, chats[index + 100] as FakeChat]
    const message = discord.world.addMessage({ channel: channel.id, author: discord.world.bot, components: [row] })
    const user = discord.addUser(`Presser ${index}`)
    const press = discord.press({ user, message, customId })
    await press.acknowledged()
    times.discord.push(took(press.interaction))
    const shown = telegram.text({ chat, user: known.mei.telegram, text: 'here' })
    const at = telegram.world.now()
    const presser = { id: 2_000_000 + index, is_bot: false, first_name: 'Presser' }
    const query = telegram.press(shown, { data: customId }, presser)
    const answer = () =>
      telegram.callsOf('answerCallbackQuery').find(({ params }) => params.callback_query_id === query)
    await telegram.until(() => answer() !== undefined, 'the press', patienceMs)
    times.telegram.push((answer()?.at ?? Number.NaN) - at)
  }
  const note = `while ${slow} slow commands run on each platform`
  return [
    ...spread('Discord: a press', times.discord, note, 300, null),
    ...spread('Telegram: a press', times.telegram, note, 300, null),
  ]
}

function spread(name: string, times: readonly number[], note: string, p99: number, most: number | null): Figure[] {
  const sorted = [...times].sort((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  const figure = (what: string, value: number, more: string) => ({ name: what, command, value, unit: 'ms', note: more })
  return [
    figure(`${name}, acknowledged after (p99)`, at(0.99), `${note}; limit ${p99}`),
    ...(most === null ? [] : [figure(`${name}, acknowledged after (slowest)`, at(1), `${note}; limit ${most}`)]),
  ]
}

async function memory(bench: Bench, few: number, many: number): Promise<Figure[]> {
  await commands(bench, few)
  const early = await heapOf(bench.bot)
  await commands(bench, many - few)
  const late = await heapOf(bench.bot)
  const figure = (name: string, value: number, unit: string, note: string) => ({ name, command, value, unit, note })
  return [
    figure(`memory after ${few} commands`, early / 2 ** 20, 'MiB', 'heap in use'),
    figure(`memory after ${many} commands`, late / 2 ** 20, 'MiB', 'heap in use'),
    figure(`memory after ${many} commands against ${few}`, late / early, '', 'limit 1.15'),
  ]
}

/** Half of them on each platform, some places at a time; each wave once the one before is answered. */
async function commands(bench: Bench, count: number): Promise<void> {
  const { discord, telegram } = bench.town
  for (let done = 0; done < count; done += waveSize * 2) {
    const from = (done / 2) % places
    const asked = Array.from(
      { length: waveSize },
      (_, index) => typeBoth(bench, from + index, 'help', {}).onDiscord.interaction,
    )
    const chats = bench.chats.slice(from, from + waveSize)
    const unanswered = () => [
      ...asked.filter(({ original }) => original === null || original.thinking).map(({ id }) => `Discord ${id}`),
      ...chats.filter((chat) => telegram.sent(chat).length === 0).map(({ id }) => `Telegram chat ${id}`),
    ]
    for (const until = Date.now() + patienceMs; unanswered().length > 0; await sleep(10)) {
      if (Date.now() > until) throw new Error(`not answered after ${done} commands: ${unanswered().join(', ')}`)
    }
    discord.forget()
    telegram.forget()
  }
}

async function heapOf(bot: ChildProcess): Promise<number> {
  await sleep(3000) // answers under way are out by then
  bot.send('memory')
  const [bytes] = (await once(bot, 'message')) as [number]
  return bytes
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  printFigures(await run(process.argv[2] === 'small' ? 'small' : 'full'))
}
