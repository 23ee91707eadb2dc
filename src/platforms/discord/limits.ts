// What Discord accepts in one message, one command and one list of suggestions.

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export const messageLimits = {
  content: 2000,
  embeds: 10,
  title: 256,
  description: 4096,
  fields: 25,
  fieldName: 256,
  fieldValue: 1024,
  /** Over all embeds of one message together. */
  embedTotal: 6000,
  buttons: 25,
  buttonsPerRow: 5,
  buttonLabel: 80,
  customId: 100,
  files: 10,
  /** 10 MiB at the real place; ours stay well below so that a slow line can carry them. */
  fileBytes: 2 * 1024 * 1024,
  fileDescription: 1024,
} as const

/** https://discord.com/developers/docs/interactions/application-commands */
export const commandLimits = {
  name: 32,
  description: 100,
  options: 25,
  choices: 25,
  choiceName: 100,
  text: 6000,
} as const

export type MessageLimits = { readonly [K in keyof typeof messageLimits]: number }
