"use client";

import { AlertDialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button, buttonLook } from "./button.tsx";

export interface ConfirmDialogProps {
  open: boolean;
  /** The question. */
  title: ReactNode;
  /** What follows from a yes. */
  children: ReactNode;
  /** What the yes is called: the deed, not "OK". */
  yes: string;
  danger?: boolean;
  /** The deed is under way. */
  busy?: boolean;
  /** Why it could not be done. */
  problem?: ReactNode;
  onYes: () => void;
  onNo: () => void;
}

/** Asks before what can't be taken back. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, title, children, yes, danger = false, busy = false, problem, onYes, onNo } = props;
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(open) => {
        if (!open) onNo();
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 bg-[oklch(0_0_0/0.45)]" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 flex w-[calc(100%-32px)] max-w-md -translate-1/2 flex-col gap-3 rounded border border-line bg-raised p-5 shadow-over">
          <AlertDialog.Title className="text-title font-semibold break-words">
            {title}
          </AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="text-muted">{children}</div>
          </AlertDialog.Description>
          {problem ? (
            <p role="alert" className="text-label text-bad">
              {problem}
            </p>
          ) : null}
          <div className="mt-1 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel className={buttonLook({})}>Keep it as it is</AlertDialog.Cancel>
            <Button kind={danger ? "danger" : "primary"} busy={busy} onClick={onYes}>
              {yes}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
