import { LoaderCircle } from "lucide-react";
import type { ComponentPropsWithRef, ReactNode } from "react";
import { classNames } from "./class-names.ts";

const KIND = {
  primary:
    "border-accent bg-accent text-on-accent hover:border-accent-strong hover:bg-accent-strong",
  secondary: "border-line-strong bg-raised text-text hover:bg-sunken",
  ghost: "border-transparent bg-transparent text-text hover:bg-sunken",
  danger: "border-critical-line bg-raised text-bad hover:bg-sunken",
} as const;

const SIZE = {
  small: "h-8 gap-1.5 px-2.5 text-label font-medium",
  normal: "h-9 gap-2 px-3 text-body font-medium",
  large: "h-12 gap-2 px-4 text-title font-semibold",
} as const;

export interface ButtonProps extends ComponentPropsWithRef<"button"> {
  kind?: keyof typeof KIND | undefined;
  size?: keyof typeof SIZE | undefined;
  icon?: ReactNode;
  /** Something is under way: it shows so, keeps its width, and takes no second press. */
  busy?: boolean;
}

/** What a button looks like, also for a link that stands in the place of one. */
export function buttonLook({
  kind = "secondary",
  size = "normal",
}: Pick<ButtonProps, "kind" | "size">): string {
  return classNames(
    "inline-flex shrink-0 items-center justify-center rounded border whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:border-line disabled:bg-sunken disabled:text-muted",
    KIND[kind],
    SIZE[size],
  );
}

export function Button({
  kind,
  size,
  icon,
  busy = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      // Not `disabled` while busy: the focus would be lost.
      aria-disabled={busy || rest.disabled || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      className={classNames(buttonLook({ kind, size }), className)}
    >
      {busy ? <LoaderCircle aria-hidden size={16} className="animate-turn" /> : icon}
      {children}
    </button>
  );
}
