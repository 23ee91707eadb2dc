// The bodies that the fake accepts, with every limit the real API enforces; unknown fields are refused.

import { z } from 'zod'

const snowflake = z.string().regex(/^\d{17,20}$/)
/** Discord counts characters, not UTF-16 units. */
const text = (min: number, max: number) =>
  z.string().refine((value) => {
    const length = [...value.trim()].length
    return length >= min && length <= max
  }, `Must be between ${min} and ${max} in length.`)

const webUrl = z
  .string()
  .max(2048)
  .regex(/^(https?|attachment):\/\/\S+$/)
const picture = z.strictObject({ url: webUrl })

const embed = z.strictObject({
  title: text(1, 256).optional(),
  type: z.literal('rich').optional(),
  description: text(1, 4096).optional(),
  url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/\S+$/)
    .optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  color: z.int().min(0).max(0xffffff).optional(),
  footer: z.strictObject({ text: text(1, 2048), icon_url: webUrl.optional() }).optional(),
  author: z.strictObject({ name: text(1, 256), url: z.string().optional(), icon_url: webUrl.optional() }).optional(),
  image: picture.optional(),
  thumbnail: picture.optional(),
  fields: z
    .array(z.strictObject({ name: text(1, 256), value: text(1, 1024), inline: z.boolean().optional() }))
    .max(25)
    .optional(),
})

const embeds = z
  .array(embed)
  .max(10)
  .superRefine((list, context) => {
    const total = list.reduce((sum, one) => sum + embedLength(one), 0)
    if (total > 6000) {
      const params = { code: 'MAX_EMBED_SIZE_EXCEEDED' }
      context.addIssue({ code: 'custom', message: 'Embed size exceeds maximum size of 6000', params })
    }
    list.forEach((one, index) => {
      const shows = one.title ?? one.description ?? one.image ?? one.thumbnail ?? one.author ?? one.footer
      if (shows === undefined && !one.fields?.length) {
        context.addIssue({
          code: 'custom',
          path: [index],
          message: 'This field is required',
          params: { code: 'EMPTY' },
        })
      }
    })
  })

function embedLength(one: z.infer<typeof embed>): number {
  const fields = (one.fields ?? []).flatMap((field) => [field.name, field.value])
  const texts = [one.title, one.description, one.footer?.text, one.author?.name, ...fields]
  return texts.reduce((sum, value) => sum + [...(value ?? '')].length, 0)
}

const button = z
  .strictObject({
    type: z.literal(2),
    style: z.int().min(1).max(5),
    label: text(1, 80).optional(),
    emoji: z.strictObject({ id: snowflake.nullable().optional(), name: z.string().optional() }).optional(),
    custom_id: text(1, 100).optional(),
    url: z.string().max(512).optional(),
    disabled: z.boolean().optional(),
    id: z.int().optional(),
  })
  .refine((one) => (one.style === 5) === (one.url !== undefined), 'A link button has a url, the others none')
  .refine((one) => (one.style === 5) !== (one.custom_id !== undefined), 'A button that is no link has a custom_id')
  .refine((one) => one.label !== undefined || one.emoji !== undefined, 'A button needs a label or an emoji')

const components = z
  .array(z.strictObject({ type: z.literal(1), id: z.int().optional(), components: z.array(button).min(1).max(5) }))
  .max(5)
  .superRefine((rows, context) => {
    const seen = new Set<string>()
    rows.forEach((row, y) => {
      row.components.forEach((one, x) => {
        if (one.custom_id !== undefined && seen.has(one.custom_id)) {
          const path = [y, 'components', x, 'custom_id']
          const params = { code: 'COMPONENT_CUSTOM_ID_DUPLICATED' }
          context.addIssue({ code: 'custom', path, message: 'Component custom id cannot be duplicated', params })
        }
        if (one.custom_id !== undefined) seen.add(one.custom_id)
      })
    })
  })

const allowedMentions = z
  .strictObject({
    parse: z.array(z.enum(['roles', 'users', 'everyone'])).optional(),
    roles: z.array(snowflake).max(100).optional(),
    users: z.array(snowflake).max(100).optional(),
    replied_user: z.boolean().optional(),
  })
  .refine(
    (one) => !(one.parse?.includes('roles') && one.roles?.length),
    'parse:["roles"] and roles: [ids...] are mutually exclusive.',
  )
  .refine(
    (one) => !(one.parse?.includes('users') && one.users?.length),
    'parse:["users"] and users: [ids...] are mutually exclusive.',
  )

const attachments = z
  .array(
    z.strictObject({
      id: z.union([z.int(), z.string()]),
      filename: z.string().min(1).max(1024).optional(),
      description: z.string().max(1024).optional(),
    }),
  )
  .max(10)

/** A bot may send 2000 characters. */
const content = z
  .string()
  .refine((value) => [...value].length <= 2000, 'Must be 2000 or fewer in length.')
  .nullable()

const messageFields = {
  content: content.optional(),
  embeds: embeds.nullable().optional(),
  components: components.nullable().optional(),
  allowed_mentions: allowedMentions.nullable().optional(),
  attachments: attachments.nullable().optional(),
}

export const newMessage = z.strictObject({
  ...messageFields,
  tts: z.boolean().optional(),
  flags: z.int().optional(),
  nonce: z.union([z.int(), z.string().min(1).max(25)]).optional(),
  enforce_nonce: z.boolean().optional(),
  message_reference: z
    .strictObject({
      type: z.literal(0).optional(),
      message_id: snowflake,
      channel_id: snowflake.optional(),
      guild_id: snowflake.optional(),
      fail_if_not_exists: z.boolean().optional(),
    })
    .optional(),
})

export const followUp = z.strictObject({ ...messageFields, tts: z.boolean().optional(), flags: z.int().optional() })
export const editedMessage = z.strictObject({ ...messageFields, flags: z.int().optional() })
export type MessageBody = Partial<z.infer<typeof newMessage>>

const choice = z.strictObject({
  name: text(1, 100),
  name_localizations: z.null().optional(),
  value: z.union([text(1, 100), z.number()]),
})

export const callback = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal(4), data: followUp }),
  z.strictObject({ type: z.literal(5), data: z.strictObject({ flags: z.int().optional() }).optional() }),
  z.strictObject({ type: z.literal(6) }),
  z.strictObject({ type: z.literal(7), data: editedMessage.optional() }),
  z.strictObject({ type: z.literal(8), data: z.strictObject({ choices: z.array(choice).max(25) }) }),
])

const commandName = z
  .string()
  .regex(/^[-_'\p{L}\p{N}]{1,32}$/u, 'Command name is invalid')
  .refine((name) => name === name.toLowerCase(), 'Command name is invalid')

const option = z
  .strictObject({
    type: z.int().min(3).max(11),
    name: commandName,
    description: text(1, 100),
    required: z.boolean().optional(),
    choices: z.array(choice).max(25).optional(),
    autocomplete: z.boolean().optional(),
    min_value: z.number().optional(),
    max_value: z.number().optional(),
    min_length: z.int().min(0).max(6000).optional(),
    max_length: z.int().min(1).max(6000).optional(),
  })
  .refine((one) => !(one.autocomplete && one.choices?.length), 'choices and autocomplete exclude each other')
  .refine((one) => !one.autocomplete || [3, 4, 10].includes(one.type), 'autocomplete needs text or a number')
  .refine((one) => one.type === 3 || (one.min_length ?? one.max_length) === undefined, 'lengths belong to text')
  .refine(
    (one) => one.type === 4 || one.type === 10 || (one.min_value ?? one.max_value) === undefined,
    'ranges belong to numbers',
  )

const options = z
  .array(option)
  .max(25)
  .superRefine((list, context) => {
    list.forEach((one, index) => {
      const before = list.slice(0, index)
      if (before.some((other) => other.name === one.name)) {
        const params = { code: 'APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE' }
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'Option name is not unique', params })
      }
      if (one.required && before.some((other) => !other.required)) {
        const params = { code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID' }
        const message = 'Required options must be placed before non-required options'
        context.addIssue({ code: 'custom', path: [index], message, params })
      }
    })
  })

const command = z
  .strictObject({
    type: z.literal(1).optional(),
    name: commandName,
    description: text(1, 100),
    options: options.optional(),
    default_member_permissions: z.string().regex(/^\d+$/).nullable().optional(),
    nsfw: z.boolean().optional(),
    contexts: z.array(z.int().min(0).max(2)).optional(),
    integration_types: z.array(z.int().min(0).max(1)).optional(),
  })
  .refine((one) => commandLength(one) <= 8000, 'Command exceeds maximum size (8000)')

function commandLength(one: {
  name: string
  description: string
  options?: z.infer<typeof options> | undefined
}): number {
  const inside = (one.options ?? []).flatMap((each) => [
    each.name,
    each.description,
    ...(each.choices ?? []).flatMap((given) => [given.name, String(given.value)]),
  ])
  return [one.name, one.description, ...inside].reduce((sum, part) => sum + [...part].length, 0)
}

export const commandList = z
  .array(command)
  .max(100)
  .superRefine((list, context) => {
    list.forEach((one, index) => {
      if (list.findIndex((other) => other.name === one.name) !== index) {
        const params = { code: 'APPLICATION_COMMANDS_DUPLICATE_NAME' }
        const message = 'Application command names must be unique'
        context.addIssue({ code: 'custom', path: [index], message, params })
      }
    })
  })
export type CommandBody = z.infer<typeof command>
