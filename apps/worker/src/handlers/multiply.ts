import { z } from "zod";
import { numeric } from "./arg-types.ts";
import { defineHandler } from "./define-handler.ts";
import { PermanentFailure } from "./failures.ts";

export const multiply = defineHandler({
  name: "multiply",
  description: "Returns the product of x and y.",
  args: z.object({ x: numeric(), y: numeric() }),
  run({ x, y }) {
    const product = x * y;
    // JSON has no word for it.
    if (!Number.isFinite(product)) throw new PermanentFailure("the product is too large");
    return product;
  },
});
