import { scanImports, type Import } from './import-scan.ts'
import { runCheck } from './run-check.ts'
import { isTest, type SourceFile } from './source-files.ts'

/** Files that match `from` must not import what matches `to`, unless it matches `except`. Tests are free but where said. */
type Rule = { says: string; from: RegExp; to: RegExp; except?: RegExp; alsoTests?: true }

const PROCESS = '(api|gateway|workers?)'

const RULES: Rule[] = [
  { says: 'the contract imports only zod', from: /^contract\//, to: /^/, except: /^(contract\/|npm:zod$)/ },
  {
    says: 'the console speaks HTTP: of ours it imports only the contract',
    from: /^console\//,
    to: /^(server|simulator|bench|scripts)\//,
    alsoTests: true,
  },
  { says: 'the server imports no console and no simulator', from: /^server\/src\//, to: /^(console|simulator|bench|scripts)\// },
  { says: 'the simulator stands alone', from: /^simulator\//, to: /^/, except: /^(simulator\/|node:)/ },
  {
    says: 'the API, the gateway and the worker never meet',
    from: /^server\/src\/api\//,
    to: /^server\/src\/(gateway|workers?)\//,
    alsoTests: true,
  },
  {
    says: 'the API, the gateway and the worker never meet',
    from: /^server\/src\/gateway\//,
    to: /^server\/src\/(api|workers?)\//,
    alsoTests: true,
  },
  {
    says: 'the API, the gateway and the worker never meet',
    from: /^server\/src\/worker\//,
    to: /^server\/src\/(api|gateway)\//,
    alsoTests: true,
  },
  { says: 'features know no Fastify', from: /^server\/src\/features\//, to: /^npm:(fastify|@fastify\/.*)$/ },
  { says: 'features know no process', from: /^server\/src\/features\//, to: new RegExp(`^server/src/(${PROCESS}/|main|server)`) },
  {
    says: 'providers know no database',
    from: /^server\/src\/providers\//,
    to: /^(npm:(pg|kysely|pg-boss)$|server\/src\/platform\/(db|migrate|embedded-postgres)|server\/src\/features\/)/,
  },
  { says: 'providers know no process', from: /^server\/src\/providers\//, to: new RegExp(`^server/src/(${PROCESS}/|main|server)`) },
  {
    says: 'the platform knows no product',
    from: /^server\/src\/platform\//,
    to: new RegExp(`^server/src/(features|providers|${PROCESS}|main|server)`),
  },
]

/** Features lean on those before them, never on those after; those of one line may know each other. */
const FEATURE_ORDER = [
  ['audit'],
  ['tenants'],
  ['users'],
  ['sessions', 'groups', 'roles'],
  ['models'],
  ['quotas'],
  ['provider-keys', 'access-keys', 'agents'],
  ['usage'],
  ['alerts', 'notifications'],
  ['webhooks', 'reports', 'status'],
]

/** Every breach of who may import whom, one line each. */
export function checkImports(files: SourceFile[]): string[] {
  const imports = scanImports(files)
  const breaches = imports.flatMap((one) =>
    [...brokenRules(one), ...brokenStore(one), ...brokenOrder(one)].map((says) => `${one.from} imports ${one.to}: ${says}`),
  )
  const barrels = files
    .filter(({ path }) => /(^|\/)index\.(ts|tsx|mjs)$/.test(path))
    .map(({ path }) => `${path}: no index files, name what it holds`)
  const strangers = [...new Set(files.map(({ path }) => featureOf(path)).filter((name) => name !== null && rankOf(name) === -1))]
  return [
    ...breaches,
    ...barrels,
    ...strangers.map((name) => `server/src/features/${name}: give it a place in FEATURE_ORDER (check-imports.ts)`),
  ]
}

function brokenRules({ from, to }: Import): string[] {
  return RULES.filter(
    (rule) => rule.from.test(from) && (rule.alsoTests || !isTest(from)) && rule.to.test(to) && !rule.except?.test(to),
  ).map((rule) => rule.says)
}

function brokenStore({ from, to }: Import): string[] {
  if (!to.endsWith('.store.ts') || isTest(from) || featureOf(from) === featureOf(to)) return []
  return ['a store is imported only inside its feature']
}

function brokenOrder({ from, to }: Import): string[] {
  const [lower, upper] = [featureOf(from), featureOf(to)]
  if (lower === null || upper === null || isTest(from) || rankOf(upper) <= rankOf(lower)) return []
  return [`${lower} comes before ${upper} and must not lean on it`]
}

function featureOf(path: string): string | null {
  return /^server\/src\/features\/([^/]+)\//.exec(path)?.[1] ?? null
}

function rankOf(feature: string): number {
  return FEATURE_ORDER.findIndex((line) => line.includes(feature))
}

if (import.meta.main) runCheck('imports', checkImports, (files) => scanImports(files).length)
