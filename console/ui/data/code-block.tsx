import { CopyIcon } from '../action/copy-button.tsx'

/** Code to take away. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="relative rounded-lg border bg-sunken">
      <pre aria-label={label} tabIndex={0} className="overflow-x-auto p-3 pr-10 font-mono text-xs leading-5">
        <code>{code}</code>
      </pre>
      <CopyIcon text={code} className="absolute top-1.5 right-1.5 bg-sunken" />
    </div>
  )
}
