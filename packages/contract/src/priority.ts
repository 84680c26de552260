/** The four priorities, in the order they have everywhere: charts, tables, totals, queues. */
export const PRIORITIES = ["Low", "Moderate", "Major", "Critical"] as const;

export type Priority = (typeof PRIORITIES)[number];

export type PriorityTotals = Record<Priority, number>;
