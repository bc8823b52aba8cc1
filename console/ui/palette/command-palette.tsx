'use client'

import { Command } from 'cmdk'
import { useTranslations } from 'next-intl'
import * as Radix from 'radix-ui/dialog'
import type { ReactNode } from 'react'
import { Kbd } from '../data/kbd.tsx'

export type PaletteCommand = {
  id: string
  group: string
  label: string
  /** Other words it is found by. */ words?: string[]
  icon?: ReactNode
  keys?: readonly string[]
  onRun: () => void
}

type CommandPaletteProps = { isOpen: boolean; commands: readonly PaletteCommand[]; onClose: () => void }

/** Everything that can be reached, by typing some letters of it. */
export function CommandPalette({ isOpen, commands, onClose }: CommandPaletteProps) {
  const t = useTranslations('ui.palette')
  const groups = [...new Set(commands.map(({ group }) => group))]
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-scrim animate-appear" />
        <Radix.Content
          aria-describedby=""
          className="fixed inset-x-0 top-0 z-50 mx-auto w-full overflow-hidden bg-raised shadow-floating outline-none animate-appear sm:top-[14vh] sm:max-w-140 sm:rounded-xl"
        >
          <Radix.Title className="sr-only">{t('title')}</Radix.Title>
          <Command label={t('title')} loop>
            <Command.Input
              placeholder={t('placeholder')}
              className="h-12 w-full border-b bg-transparent px-4 text-base outline-none pointer-coarse:text-lg"
            />
            <Command.List className="max-h-[50vh] scroll-py-1 overflow-y-auto p-1">
              <Command.Empty className="px-4 py-8 text-center text-sm text-muted">{t('empty')}</Command.Empty>
              {groups.map((group) => (
                <Command.Group
                  key={group}
                  heading={group}
                  className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint"
                >
                  {commands
                    .filter((command) => command.group === group)
                    .map((command) => (
                      <PaletteItem key={command.id} command={command} onClose={onClose} />
                    ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function PaletteItem({ command: { id, label, words, icon, keys, onRun }, onClose }: { command: PaletteCommand; onClose: () => void }) {
  return (
    <Command.Item
      value={`${label} ${id}`}
      keywords={words}
      onSelect={() => {
        onClose()
        onRun()
      }}
      className="flex h-9 cursor-default items-center gap-3 rounded-md px-3 text-sm select-none data-[selected=true]:bg-hover pointer-coarse:h-11 [&_svg]:size-4 [&_svg]:text-faint"
    >
      {icon}
      <span className="flex-1">{label}</span>
      {keys?.map((key) => (
        <Kbd key={key}>{key}</Kbd>
      ))}
    </Command.Item>
  )
}
