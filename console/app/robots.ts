import type { MetadataRoute } from 'next'

/** A console is for those who were given its address. */
export default function robots(): MetadataRoute.Robots {
  return { rules: { userAgent: '*', disallow: '/' } }
}
