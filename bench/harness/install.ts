type Installer = { ensureInstalled: (root: string, withDev: boolean) => Promise<void> }

/** Brings what bench/package-lock.json names into bench/node_modules, with progress, unless it is there. Throws when it cannot. */
export async function installContenders(benchDir: string): Promise<void> {
  const path = new URL('../../scripts/bootstrap/install.mjs', import.meta.url).href
  const { ensureInstalled } = (await import(path)) as Installer
  await ensureInstalled(benchDir, false)
}
