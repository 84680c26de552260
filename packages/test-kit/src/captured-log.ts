export interface CapturedLog {
  /** To be given to a logger as its destination. */
  readonly stream: { write(text: string): void };
  /** Everything that was written. */
  text(): string;
  /** Every line as the JSON that it is. */
  lines(): Record<string, unknown>[];
}

/** Keeps what a logger writes: one JSON object per line. */
export function capturedLog(): CapturedLog {
  let written = "";
  return {
    stream: {
      write(text) {
        written += text;
      },
    },
    text: () => written,
    lines: () =>
      written
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
