// The look all pictures share: readable on a phone in the dark and in daylight, colours told apart without colour vision.

/** Pixels; drawn at twice the size a phone shows, so that text stays sharp. */
export const size = { width: 1000, height: 560 } as const

/** Okabe and Ito's palette: told apart with every kind of colour vision. */
export const colours = {
  ink: '#e8eaed',
  faint: '#9aa0a6',
  line: '#3c4043',
  paper: '#1e2124',
  blue: '#56b4e9',
  green: '#2bc48a',
  orange: '#e69f00',
  red: '#f0653e',
  purple: '#cc79a7',
} as const

export const font = 'DejaVu Sans'

export const text = { color: colours.ink, fontFamily: font, fontSize: 24 } as const
export const faintText = { color: colours.faint, fontFamily: font, fontSize: 20 } as const

/** Parts of an ECharts option that every picture starts from. */
export function frame(title: string, subtitle: string) {
  return {
    animation: false,
    backgroundColor: colours.paper,
    textStyle: { fontFamily: font },
    title: {
      text: title,
      subtext: subtitle,
      left: 24,
      top: 16,
      textStyle: { ...text, fontSize: 28 },
      subtextStyle: faintText,
    },
  }
}

export const valueAxis = {
  type: 'value' as const,
  axisLabel: faintText,
  splitLine: { lineStyle: { color: colours.line } },
  minInterval: 1,
}

/** `14:05`, always UTC: the picture says so. */
export function clock(iso: string): string {
  return new Date(iso).toISOString().slice(11, 16)
}

/** `2d 3h`, `3h 5m`, `12m`, `45s`: short enough for a bar. */
export function shortDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole}s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}h ${minutes % 60}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
}
