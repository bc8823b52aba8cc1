import { createNavigation } from 'next-intl/navigation'
import { routing } from './routing.ts'

/** Link, router and redirect that keep the page's language. */
export const { Link, redirect, usePathname, useRouter, getPathname } = createNavigation(routing)
