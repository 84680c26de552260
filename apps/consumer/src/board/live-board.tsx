"use client";

import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { BoardModel, type BoardStart } from "./board-model.ts";

interface Holder {
  model: BoardModel | null;
}

const Live = createContext<Holder>({ model: null });

/**
 * Keeps the connection while the reader goes from page to page: the first page that needs it makes
 * the model, the others take it over as it is.
 */
export function LiveBoard({ children }: { children: ReactNode }) {
  const [holder] = useState<Holder>({ model: null });
  return <Live value={holder}>{children}</Live>;
}

/** The model, live for as long as the page is open, and what it shows now. */
export function useLiveBoard(start: BoardStart) {
  const holder = use(Live);
  const [model] = useState(() => {
    holder.model ??= new BoardModel(start);
    return holder.model;
  });
  useEffect(() => model.uses.begin(), [model]);
  const view = useSyncExternalStore(model.subscribe, model.getView, model.getView);
  return { model, view };
}
