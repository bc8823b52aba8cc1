import { Ellipsis } from 'lucide-react'
import type { ComponentProps } from 'react'
import { IconButton } from './icon-button.tsx'

/** Opens the menu of a row. */
export function MoreButton(props: Omit<ComponentProps<typeof IconButton>, 'children' | 'size'>) {
  return (
    <IconButton {...props} size="sm">
      <Ellipsis aria-hidden />
    </IconButton>
  )
}
