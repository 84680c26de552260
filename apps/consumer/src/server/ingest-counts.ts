import { Counter, type Registry } from "@taskpulse/runtime";

/**
 * Counts of the hot path: plain numbers there, Prometheus counters only when somebody asks. A
 * labelled counter costs about a microsecond per call, which is a lot for one task.
 */
export class IngestCounts {
  readonly #answers = new Map<number, number>();
  #accepted = 0;
  #duplicates = 0;

  constructor(metrics: Registry) {
    const answers = this.#answers;
    const outcomes = () => ({ accepted: this.#accepted, duplicate: this.#duplicates });
    new Counter({
      name: "taskpulse_ingest_requests_total",
      help: "Answers to incoming webhooks by status.",
      labelNames: ["status"],
      registers: [metrics],
      collect() {
        this.reset();
        for (const [status, count] of answers) this.inc({ status }, count);
      },
    });
    new Counter({
      name: "taskpulse_ingest_tasks_total",
      help: "Tasks taken in, by outcome.",
      labelNames: ["outcome"],
      registers: [metrics],
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(outcomes())) this.inc({ outcome }, count);
      },
    });
  }

  answered(status: number): void {
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
  }

  taken({ accepted, duplicates }: { accepted: number; duplicates: number }): void {
    this.#accepted += accepted;
    this.#duplicates += duplicates;
  }
}
