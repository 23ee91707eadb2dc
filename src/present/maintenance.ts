// Facts of /maintenance as a reply, and the lines that other answers begin with while a planned pause is noted.

import { askButton } from '../core/button.ts'
import {
  endOf,
  type MaintenanceNote,
  type MaintenanceState,
  type Planned,
  type PlannedNote,
  stateOf,
} from '../core/maintenance.ts'
import {
  type Action,
  type Block,
  bold,
  code,
  type Inline,
  paragraph,
  type Reply,
  type Text,
  time,
} from '../core/reply.ts'

export interface MaintenanceFacts {
  readonly did: 'show' | 'add' | 'end'
  readonly chain: string
  /** ISO 8601 UTC. */
  readonly now: string
  /** Of `show`: everything noted, the newest start first. */
  readonly notes: readonly MaintenanceNote[]
  /** Of `add`: what was noted. */
  readonly note: MaintenanceNote | null
  /** Of `end`: the number of the note that was to end; null: whatever is on. */
  readonly wanted: number | null
  /** What ended by this. */
  readonly ended: readonly MaintenanceNote[]
  /** The command line that ends the new one, for its button. */
  readonly endLine: string | null
}

export function presentMaintenance(facts: MaintenanceFacts): Reply {
  if (facts.did === 'add' && facts.note !== null) return presentAdded(facts, facts.note)
  return facts.did === 'end' ? presentEnded(facts) : presentShown(facts)
}

function presentAdded({ now, ended, endLine }: MaintenanceFacts, note: MaintenanceNote): Reply {
  const state = stateOf(note, now)
  const titles = {
    on: `Maintenance noted until ${shortTime(note.until)}`,
    planned: `Maintenance noted from ${shortTime(note.from)} until ${shortTime(note.until)}`,
    over: `Maintenance noted for ${shortTime(note.from)} until ${shortTime(note.until)}: it is over`,
    'called-off': 'Maintenance noted and called off',
  }
  const replaced =
    ended.length === 0 ? [] : [paragraph('It takes the place of: ', ...noteText(ended[0] as MaintenanceNote))]
  return {
    tone: 'neutral',
    title: titles[state],
    blocks: [
      { kind: 'list', items: [noteText(note)] },
      ...replaced,
      paragraph(
        'Until then ',
        code('/is-chain-down'),
        ' says so first. It changes no verdict: a fault is still called one.',
      ),
    ],
    ...(state === 'over' ? {} : { actions: endAction(endLine, state) }),
  }
}

function endAction(line: string | null, state: MaintenanceState): readonly Action[] {
  const id = line === null ? null : askButton(line)
  return id === null ? [] : [{ label: state === 'planned' ? 'Call it off' : 'End it', style: 'plain', id }]
}

function presentEnded({ ended, wanted }: MaintenanceFacts): Reply {
  if (ended.length === 0) {
    const title = wanted === null ? 'No maintenance to end' : `Note ${wanted} is over already, or none of this chain’s`
    const why = wanted === null ? 'Nothing is on and nothing is planned. ' : ''
    return { tone: 'neutral', title, blocks: [paragraph(why, code('/maintenance'), ' shows what was noted.')] }
  }
  const calledOff = ended.every((note) => endOf(note) <= note.from)
  return {
    tone: 'neutral',
    title: calledOff ? 'The planned maintenance is called off' : 'The maintenance has ended',
    blocks: [{ kind: 'list', items: ended.map(noteText) }],
  }
}

const pastShown = 5

function presentShown({ notes, now }: MaintenanceFacts): Reply {
  const of = (...states: MaintenanceState[]) => notes.filter((note) => states.includes(stateOf(note, now)))
  const [on, planned, past] = [of('on'), of('planned').toReversed(), of('over', 'called-off')]
  const until = on.map(endOf).toSorted().at(-1)
  const title =
    until !== undefined
      ? `Maintenance until ${shortTime(until)}`
      : planned[0] !== undefined
        ? `No maintenance now; planned from ${shortTime(planned[0].from)}`
        : 'No maintenance is noted'
  return {
    tone: 'neutral',
    title,
    blocks: [
      ...section('Now', on),
      ...section('Planned', planned),
      ...section('Before', past.slice(0, pastShown)),
      paragraph('Note one: ', code('/maintenance 2h reason'), '. End it: ', code('/maintenance end'), '.'),
    ],
  }
}

function section(title: string, notes: readonly MaintenanceNote[]): readonly Block[] {
  return notes.length === 0 ? [] : [paragraph(bold(title)), { kind: 'list', items: notes.map(noteText) }]
}

function noteText(note: MaintenanceNote): Text & readonly Inline[] {
  const { id, from, until, by, reason, endedAt, endedBy } = note
  const early = endedAt !== null && endOf(note) === endedAt
  const ended: readonly Inline[] = early ? [`; ended by ${endedBy} `, time(endedAt)] : []
  return [
    `Note ${id}: `,
    time(from),
    ' until ',
    time(until),
    ` (${by})`,
    reason === null ? '' : `: ${reason}`,
    ...ended,
  ]
}

export const notesUnread = 'Maintenance notes could not be read: whether a pause is planned is not known.'

/** The first lines of an answer, what was on at a reported time before what is on now. */
export function plannedBlocks({ notes }: Planned): readonly Block[] {
  const then = notes.filter((note) => note.reported)
  return [
    ...then.map((note) =>
      paragraph(bold('Planned maintenance then'), ', ', time(note.from), ' until ', time(endOf(note)), byAndWhy(note)),
    ),
    ...notes
      .filter((note) => note.now && !note.reported)
      .map((note) => paragraph(bold('Planned maintenance'), ' until ', time(note.until), byAndWhy(note))),
  ]
}

/** The same as one sentence, for a finding. */
export function plannedText(note: PlannedNote): string {
  const span =
    note.now && !note.reported
      ? `until ${shortTime(note.until)}`
      : `from ${shortTime(note.from)} until ${shortTime(endOf(note))}`
  return `Planned maintenance ${span}${byAndWhy(note)}`
}

function byAndWhy({ by, reason }: MaintenanceNote): string {
  return ` (${by})${reason === null ? '.' : `: ${reason}`}`
}

/** For titles and sentences, which hold no time of their own. */
function shortTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}
