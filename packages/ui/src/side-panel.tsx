"use client";

import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { classNames } from "./class-names.ts";

export interface SidePanelProps {
  open: boolean;
  title: ReactNode;
  onClose: () => void;
  /** For forms with fields beside each other, and tables. */
  wide?: boolean;
  children: ReactNode;
}

/**
 * One thing in full, over the page, at its right edge; on a narrow screen it is the page. What in
 * it is marked `data-first` gets the focus, or else the way out.
 */
export function SidePanel({ open, title, onClose, wide = false, children }: SidePanelProps) {
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-[oklch(0_0_0/0.45)]" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            opener.current = document.activeElement;
            const { currentTarget } = event;
            if (!(currentTarget instanceof HTMLElement)) return;
            const first = currentTarget.querySelector<HTMLElement>("[data-first]");
            if (first === null) return;
            event.preventDefault();
            first.focus();
          }}
          // The panel has no trigger of its own: the focus goes back to where it came from.
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
          className={classNames(
            "fixed inset-y-0 right-0 z-50 flex w-full flex-col border-l border-line bg-raised shadow-over outline-none",
            wide ? "max-w-2xl" : "max-w-xl",
          )}
        >
          <div className="flex h-13 shrink-0 items-center gap-3 border-b border-line px-4">
            <Dialog.Title className="min-w-0 grow truncate text-body font-semibold">
              {title}
            </Dialog.Title>
            <Dialog.Close
              aria-label="Close"
              className="inline-flex size-8 shrink-0 items-center justify-center rounded text-muted hover:bg-sunken hover:text-text"
            >
              <X aria-hidden size={16} />
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
