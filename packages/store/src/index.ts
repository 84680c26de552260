export { claimBatches, type HeldBatch, releaseBatch } from "./batch-claim.ts";
export type { BatchEvent, SendOutcome } from "./batch-event.ts";
export { batchNewsChannel } from "./batch-keys.ts";
export { pruneBatches } from "./batch-prune.ts";
export {
  listBatches,
  positionBeforeLast,
  readBatch,
  readBatchEvents,
  readProgress,
  type StoredBatch,
} from "./batch-read.ts";
export {
  closeCancelledBatch,
  type LeaseHold,
  type Recorded,
  recordOutcomes,
} from "./batch-record.ts";
export {
  type BatchChange,
  type BatchCommand,
  type BatchOrder,
  changeBatch,
  createBatch,
} from "./batch-state.ts";

export { type CatalogueEntries, readCatalogue, writeCatalogue } from "./catalogue.ts";

export { type DeadLetterQuery, readDeadLetters } from "./dead-letters.ts";

export {
  type Claim,
  type ClaimedDelivery,
  claimDeliveries,
  releaseClaims,
  renewClaims,
} from "./delivery-claim.ts";
export {
  createDeliveries,
  type DeliveryBody,
  type MadeDelivery,
  type NewDelivery,
} from "./delivery-create.ts";
export {
  type EndpointNews,
  type FinishedTry,
  type FinishOutcome,
  finishDeliveries,
  type StoredAttempt,
} from "./delivery-finish.ts";
export { deliveryLeaseKey, endpointOf, idOf } from "./delivery-keys.ts";
export { type DeliveryNews, type OutboxEntry, waitForDeliveryNews } from "./delivery-outbox.ts";
export { type DeliveryRetention, keepDeliveries } from "./delivery-prune.ts";
export { type DeliveryQuery, readDelivery, readDeliveryPage } from "./delivery-read.ts";
export {
  type CreatedReplay,
  cancelReplayJob,
  createReplayJob,
  listReplayJobs,
  type Replayed,
  type ReplayStep,
  readReplayJob,
  replayDelivery,
  stepReplayJob,
} from "./delivery-replay.ts";
export {
  type AskedRequest,
  type DeliveryRequest,
  deliveryRequest,
  publicRequest,
} from "./delivery-request.ts";
export {
  readDestinationVersions,
  type ShownSecret,
  showDestinationSecret,
} from "./destination-store.ts";
export { enableEndpoint, readEndpoint, readEndpointPage } from "./endpoint-read.ts";
export {
  type Feed,
  type FeedPosition,
  feed,
  type RunEntry,
  recoverLostJobs,
  waitForRuns,
} from "./feed.ts";
export { findCircle, type Waits } from "./find-circle.ts";
export { type CommitOutcome, GroupCommit, type GroupCommitLimits } from "./group-commit.ts";
export { claimIdempotencyKey } from "./idempotency.ts";
export { isTaskid, taskidOf } from "./identity.ts";
export { createKeys, DEFAULT_KEY_PREFIX, type Keys, runStreamKey } from "./keys.ts";
export { releaseLease, takeLease } from "./lease.ts";
export { compareLogIds } from "./log-position.ts";
export { type OpenedStore, openStore, STORE_FORMAT } from "./open-store.ts";
export { type RatePolicy, type RateSpending, spendRates } from "./rate-buckets.ts";
export { readRows } from "./read-rows.ts";
export {
  type LoggedTask,
  readForward,
  readSummary,
  readTaskPage,
  type TaskQuery,
} from "./read-tasks.ts";
export { type EncodedTask, encodeTask } from "./record.ts";
export { advanceRelay, readSnapshot } from "./relay-frames.ts";
export { applyRetention, type RetentionPolicy, type RetentionStep } from "./retention.ts";
export {
  cancelRetryJob,
  createRetryJob,
  listRetryJobs,
  readRetryJob,
  retryLeaseKey,
} from "./retry-jobs.ts";
export { type RetryStep, stepRetryJobs } from "./retry-step.ts";
export { RUN_QUEUES } from "./run-lua.ts";
export { isRun } from "./run-plan.ts";
export {
  advanceSchedule,
  type Claimed,
  claimDueSchedules,
  isRunMade,
  recordManualRun,
} from "./schedule-fire.ts";
export { scheduleNewsChannel } from "./schedule-keys.ts";
export { readSchedule, readSchedulePage, readScheduleTemplate } from "./schedule-read.ts";
export { type DueSchedule, scheduledTask } from "./schedule-record.ts";
export {
  createSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  type ScheduleChange,
  type ScheduleOrder,
} from "./schedule-state.ts";
export { firstRun, LATEST_MS, type ScheduleStep, stepSchedule } from "./schedule-step.ts";
export { readTiming } from "./schedule-times.ts";
export {
  changeSubscription,
  createSubscription,
  readSubscription,
  readSubscriptions,
  readSubscriptionVersion,
  removeSubscription,
  type SecretVersion,
  type StoredSubscription,
  type SubscriptionRecord,
  switchSubscription,
} from "./subscription-store.ts";
export { readTask } from "./task-detail.ts";
export { readTaskOutcome, type TaskOutcome } from "./task-outcome.ts";
export { testDelivery } from "./test-delivery.ts";
export {
  type AttemptPlace,
  type CommandReply,
  type ReportReply,
  type StartReply,
  Transitions,
  type Verdict,
} from "./transitions.ts";
export { type NewsPosition, readLastLogId, waitForNews } from "./wait-for-news.ts";
