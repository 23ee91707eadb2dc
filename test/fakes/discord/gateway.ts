// The gateway: hello, identify, heartbeats, ready, guilds, events, resume, and every way a connection can end.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { channelJson, isThread, type Json, userJson, type World } from './world.ts'

interface Session {
  readonly id: string
  /** Events with their number, kept for a resume. */
  readonly events: { readonly s: number; readonly frame: Json }[]
  socket: WebSocket | null
}

export interface GatewayFaults {
  /** Heartbeats are read but not answered. */
  zombie: boolean
  /** Connections are accepted, then nothing is said. */
  silent: boolean
  /** Connections are refused with this HTTP status. */
  refuse: number | null
  /** Every identify ends with this close code (4004 wrong token, 4013 and 4014 intents). */
  closeOnIdentify: number | null
  /** Guilds stay unavailable: no GUILD_CREATE follows READY. */
  withholdGuilds: boolean
}

export interface Gateway {
  readonly faults: GatewayFaults
  /** Identifies and resumes so far. */
  readonly seen: { identifies: number; resumes: number; readonly intents: number[] }
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Sends an event to every session, as Discord does when two copies of a bot are connected. */
  dispatch(type: string, data: Json): void
  /** The bot was invited to a guild while connected. */
  announceGuild(id: string): void
  /** Live, identified connections. */
  connections(): number
  close(code: number): void
  /** Ends the sockets without a close frame. */
  drop(): void
  askToReconnect(): void
  invalidateSessions(resumable: boolean): void
  stop(): void
}

const privileged = (1 << 1) | (1 << 8) | (1 << 15)
const knownIntents = (1 << 26) - 1
const keptEvents = 1000

export function createGateway(world: World, token: string, url: () => string, heartbeatMs: number): Gateway {
  const server = new WebSocketServer({ noServer: true })
  const sessions = new Map<string, Session>()
  const faults: GatewayFaults = {
    zombie: false,
    silent: false,
    refuse: null,
    closeOnIdentify: null,
    withholdGuilds: false,
  }
  const seen = { identifies: 0, resumes: 0, intents: [] as number[] }
  const live = () => [...sessions.values()].flatMap((session) => (session.socket ? [session.socket] : []))

  const send = (session: Session, type: string, data: Json): void => {
    const s = (session.events.at(-1)?.s ?? 0) + 1
    const frame = { op: 0, t: type, s, d: data }
    session.events.push({ s, frame })
    if (session.events.length > keptEvents) session.events.shift()
    session.socket?.send(JSON.stringify(frame))
  }

  const identify = (socket: WebSocket, data: Json): Session | null => {
    seen.identifies += 1
    const intents = Number(data.intents)
    seen.intents.push(intents)
    const refusal = faults.closeOnIdentify ?? identifyProblem(data, token)
    if (refusal !== null) {
      socket.close(refusal)
      return null
    }
    const session: Session = { id: randomBytes(16).toString('hex'), events: [], socket }
    sessions.set(session.id, session)
    send(session, 'READY', ready(world, session.id, url()))
    if (intents & 1 && !faults.withholdGuilds) {
      for (const id of world.guilds.keys()) send(session, 'GUILD_CREATE', guildJson(world, id))
    }
    return session
  }

  const resume = (socket: WebSocket, data: Json): Session | null => {
    seen.resumes += 1
    const session = sessions.get(String(data.session_id))
    const seq = Number(data.seq)
    const oldest = session?.events[0]?.s ?? 1
    if (!session || data.token !== token || seq > (session.events.at(-1)?.s ?? 0) || seq + 1 < oldest) {
      socket.send(JSON.stringify({ op: 9, d: false }))
      return null
    }
    session.socket = socket
    for (const event of session.events) if (event.s > seq) socket.send(JSON.stringify(event.frame))
    send(session, 'RESUMED', {})
    return session
  }

  const connect = (socket: WebSocket): void => {
    let session: Session | null = null
    socket.on('error', () => socket.terminate())
    if (faults.silent) return
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: heartbeatMs } }))
    socket.on('message', (raw) => {
      const frame = readFrame(raw)
      if (frame === null) return socket.close(4002)
      if (frame.op === 1) {
        if (!faults.zombie) socket.send(JSON.stringify({ op: 11 }))
      } else if (frame.op === 2) {
        if (session) return socket.close(4005)
        session = identify(socket, frame.d)
      } else if (frame.op === 6) {
        session = resume(socket, frame.d)
      } else {
        socket.close(session ? 4001 : 4003)
      }
    })
    socket.on('close', (code) => {
      if (session?.socket !== socket) return
      session.socket = null
      // Leaving with 1000 or 1001 ends the session for good.
      if (code === 1000 || code === 1001) sessions.delete(session.id)
    })
  }

  return {
    faults,
    seen,
    upgrade(request, socket, head) {
      if (faults.refuse !== null) return void socket.end(`HTTP/1.1 ${faults.refuse} No\r\nConnection: close\r\n\r\n`)
      server.handleUpgrade(request, socket, head, connect)
    },
    dispatch(type, data) {
      for (const session of sessions.values()) send(session, type, data)
    },
    announceGuild(id) {
      for (const session of sessions.values()) send(session, 'GUILD_CREATE', guildJson(world, id))
    },
    connections: () => live().length,
    close(code) {
      for (const socket of live()) socket.close(code)
    },
    drop() {
      for (const socket of live()) socket.terminate()
    },
    askToReconnect() {
      for (const socket of live()) socket.send(JSON.stringify({ op: 7, d: null }))
    },
    invalidateSessions(resumable) {
      for (const session of [...sessions.values()]) {
        if (!resumable) sessions.delete(session.id)
        session.socket?.send(JSON.stringify({ op: 9, d: resumable }))
      }
    },
    stop() {
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}

function readFrame(raw: RawData): { op: number; d: Json } | null {
  try {
    const frame = JSON.parse(raw.toString()) as { op?: unknown; d?: unknown }
    return typeof frame.op === 'number' ? { op: frame.op, d: (frame.d ?? {}) as Json } : null
  } catch {
    // Not JSON: the caller closes with 4002, as Discord does.
    return null
  }
}

function identifyProblem(data: Json, token: string): number | null {
  if (data.token !== token) return 4004
  const intents = Number(data.intents)
  if (!Number.isInteger(intents) || intents < 0 || intents > knownIntents) return 4013
  if (intents & privileged) return 4014
  const shard = (data.shard ?? [0, 1]) as readonly number[]
  return shard[0] === 0 && shard[1] === 1 ? null : 4010
}

function ready(world: World, sessionId: string, url: string): Json {
  return {
    v: 10,
    user: { ...userJson(world.bot), verified: true, mfa_enabled: false, email: null, flags: 0 },
    guilds: [...world.guilds.keys()].map((id) => ({ id, unavailable: true })),
    session_id: sessionId,
    resume_gateway_url: url,
    shard: [0, 1],
    application: { id: world.applicationId, flags: 0 },
  }
}

export function guildJson(world: World, id: string): Json {
  const channels = [...world.channels.values()].filter((channel) => channel.guild === id)
  const everyone = { id, name: '@everyone', permissions: '2147483647', position: 0, color: 0 }
  const nothing = { emojis: [], stickers: [], presences: [], voice_states: [], stage_instances: [] }
  return {
    ...nothing,
    id,
    name: world.guilds.get(id)?.name,
    unavailable: false,
    owner_id: world.bot.id,
    features: [],
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 0,
    system_channel_flags: 0,
    preferred_locale: 'en-US',
    joined_at: new Date(world.clock.now()).toISOString(),
    large: false,
    member_count: 1,
    guild_scheduled_events: [],
    soundboard_sounds: [],
    roles: [{ ...everyone, hoist: false, managed: false, mentionable: false, flags: 0 }],
    members: [{ user: userJson(world.bot), roles: [], joined_at: null, deaf: false, mute: false, flags: 0 }],
    channels: channels.filter((channel) => !isThread(channel)).map(channelJson),
    threads: channels.filter(isThread).map(channelJson),
  }
}
