import { expect, test } from "vitest";
import { calmList } from "./use-calm-list.ts";

const idOf = ({ id }: { id: string }) => id;
const list = (...ids: string[]) => ids.map((id) => ({ id, at: 1 }));

test("held, a list keeps its places and shows what is known of each now", () => {
  const latest = [{ id: "new", at: 2 }, { id: "b", at: 2 }, ...list("c")];
  expect(calmList(list("a", "b", "c"), latest, idOf)).toEqual({
    items: [
      { id: "a", at: 1 },
      { id: "b", at: 2 },
      { id: "c", at: 1 },
    ],
    unseen: 1,
  });
});

test("where nothing is shown yet there is nothing to hold", () => {
  expect(calmList([], list("a"), idOf)).toEqual({ items: list("a"), unseen: 0 });
});
