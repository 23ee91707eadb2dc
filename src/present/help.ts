// Facts of /help as a reply.

import { bold, code, paragraph, type Reply } from '../core/reply.ts'

export interface HelpFacts {
  readonly commands: readonly { readonly usage: string; readonly summary: string }[]
  /** Commands the asker may not run here. */
  readonly hidden: number
  readonly one: {
    readonly name: string
    readonly usage: string
    readonly summary: string
    readonly example: string
    readonly role: string
    readonly may: boolean
    readonly options: readonly {
      readonly name: string
      readonly description: string
      readonly required: boolean
      readonly choices: readonly string[] | null
    }[]
  } | null
}

export function presentHelp(facts: HelpFacts): Reply {
  if (facts.one) return presentOne(facts.one)
  const hidden =
    facts.hidden > 0
      ? [paragraph(`${facts.hidden} more need a role you don't hold here; `, code('/whoami'), ' shows yours.')]
      : []
  return {
    tone: 'neutral',
    title: 'What you can ask here',
    blocks: [
      { kind: 'list', items: facts.commands.map(({ usage, summary }) => [code(usage), ` ${summary}`]) },
      paragraph('More about one: ', code('/help trace')),
      ...hidden,
    ],
  }
}

function presentOne(one: NonNullable<HelpFacts['one']>): Reply {
  const role =
    one.role === 'anyone'
      ? 'Anyone may ask.'
      : `Needs the role “${one.role}”${one.may ? ', which you hold.' : ', which you don’t hold here.'}`
  const options = one.options.map(({ name, description, required, choices }) => [
    bold(name),
    ` ${description}${choices ? `: ${choices.join(', ')}` : ''}${required ? ' (required)' : ''}`,
  ])
  return {
    tone: 'neutral',
    title: `/${one.name}: ${one.summary}`,
    blocks: [
      {
        kind: 'facts',
        facts: [
          ['Usage', code(one.usage)],
          ['Example', code(one.example)],
        ],
      },
      ...(options.length > 0 ? [{ kind: 'list' as const, items: options }] : []),
      paragraph(role),
    ],
  }
}
