import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

type Rgb = [number, number, number]

const css = readFileSync(new URL('./theme.css', import.meta.url), 'utf8')
const themes = { light: 0, dark: 1 } as const

const grounds = ['canvas', 'surface', 'raised', 'sunken', 'hover'] as const
const tones = ['ok', 'warning', 'danger', 'info'] as const
const words: [string, string][] = [
  ...['text', 'text-muted', 'text-faint', 'accent-text', 'danger-text'].flatMap((word) =>
    grounds.map((ground): [string, string] => [word, ground]),
  ),
  ...tones.map((tone): [string, string] => [`${tone}-text`, `${tone}-soft`]),
  ...tones.map((tone): [string, string] => [`${tone}-text`, 'surface']),
  ['text', 'pressed'],
  ['text-muted', 'pressed'],
  ['accent-text', 'accent-soft'],
  ['text', 'accent-soft'],
  ['text-muted', 'accent-soft'],
  ['text-faint', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-accent', 'danger'],
  ['on-accent', 'danger-hover'],
  ['canvas', 'text'],
]
const marks: [string, string][] = [
  ...['line-control', 'focus', 'accent', ...tones].flatMap((mark) =>
    ['surface', 'canvas'].map((ground): [string, string] => [mark, ground]),
  ),
  ...[1, 2, 3, 4, 5, 6].map((series): [string, string] => [`series-${series}`, 'surface']),
]

for (const [theme, index] of Object.entries(themes)) {
  describe(`the ${theme} theme`, () => {
    test.each(words)('%s reads on %s (WCAG 1.4.3)', (word, ground) =>
      expect(contrast(colorOf(word, index), colorOf(ground, index))).toBeGreaterThanOrEqual(4.5),
    )
    test.each(marks)('%s stands out from %s (WCAG 1.4.11)', (mark, ground) =>
      expect(contrast(colorOf(mark, index), colorOf(ground, index))).toBeGreaterThanOrEqual(3),
    )
  })
}

test('the measure itself: black on white is 21', () => {
  expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 5)
})

function colorOf(token: string, index: number): Rgb {
  const [, value = ''] = new RegExp(`--${token}: ([^;]+);`).exec(css) ?? []
  const found = [...value.matchAll(/oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g)]
  const [, l, c, h] = found[Math.min(index, found.length - 1)] ?? []
  if (l === undefined) throw new Error(`no colour --${token}`)
  return toLinearRgb(Number(l), Number(c), Number(h))
}

/** CSS Color 4, OKLCH to linear sRGB, clipped. */
function toLinearRgb(l: number, c: number, h: number): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180)
  const b = c * Math.sin((h * Math.PI) / 180)
  const [x, y, z] = [
    l + 0.3963377774 * a + 0.2158037573 * b,
    l - 0.1055613458 * a - 0.0638541728 * b,
    l - 0.0894841775 * a - 1.291485548 * b,
  ].map((root) => root ** 3) as Rgb
  const clip = (value: number) => Math.min(1, Math.max(0, value))
  return [
    clip(4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z),
    clip(-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z),
    clip(-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z),
  ]
}

/** WCAG 2.2 contrast ratio. */
function contrast(one: Rgb, other: Rgb): number {
  const [high = 0, low = 0] = [one, other].map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b).toSorted((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}
