"use client";

import {
  type DeadLetter,
  type DeadLetterPage,
  FAILURE_TYPES,
  PRIORITIES,
  type RetryJob,
} from "@taskpulse/contract";
import { Button, countOf, EmptyState, formatCount, shortId, visibleText } from "@taskpulse/ui";
import { X } from "lucide-react";
import { useCallback, useState } from "react";
import type { BoardStart } from "../../board/board-model.ts";
import { useQuery } from "../../board/use-query.ts";
import { Choice } from "../choice.tsx";
import { JobProgress } from "../jobs/job-progress.tsx";
import { ListFrame } from "../lists/list-frame.tsx";
import { useCursorList } from "../lists/use-cursor-list.ts";
import { Place } from "../place.tsx";
import { SearchField } from "../search-field.tsx";
import { useOpenTask } from "../use-open-task.tsx";
import { usePlace } from "../use-place.ts";
import {
  ALL_DEAD,
  type DeadFilter,
  deadLettersPath,
  isDeadFiltered,
  readDeadFilter,
  writeDeadFilter,
} from "./dead-filter.ts";
import { DeadTabs } from "./dead-tabs.tsx";
import { DeadTask } from "./dead-task.tsx";
import { RetryAll } from "./retry-all.tsx";

const itemsOf = (page: DeadLetterPage): readonly DeadLetter[] => page.tasks;
const idOf = (letter: DeadLetter) => letter.taskid;
const ignoreTyping = () => {};

export function DeadLettersPage({ start }: { start: BoardStart }) {
  const place = usePlace(start);
  const { model, view, now } = place;
  const { query, change } = useQuery();
  const { openTask, dialog } = useOpenTask(model);
  const [jobid, setJobid] = useState<string | null>(null);
  const filter = readDeadFilter(query);
  const filtered = isDeadFiltered(filter);
  const list = useCursorList<DeadLetterPage, DeadLetter>({
    ...{ path: deadLettersPath(filter), itemsOf, idOf },
    follows: view.totals?.byState.failed,
  });
  const setFilter = useCallback(
    (part: Partial<DeadFilter>, push = true) => change((now) => writeDeadFilter(now, part), push),
    [change],
  );
  const total = list.page?.total ?? null;

  return (
    <Place
      place={place}
      heading="Dead letters"
      lead="Tasks that failed for good, and why. Each can be run again, with the request as it was stored."
      actions={<DeadTabs here="/dead-letters" count={total} />}
    >
      {jobid === null ? null : (
        <JobProgress<RetryJob>
          path={`/api/retries/${jobid}`}
          title="Retrying tasks"
          words={retryWords}
          isClean={(job) => job.failed === 0}
          onEnded={list.readAgain}
          onClose={() => setJobid(null)}
        />
      )}
      <ListFrame
        list={list}
        name="Dead letters, latest failure first"
        trouble="The dead letters could not be read"
        itemHeight={44}
        tools={
          <>
            <search className="flex min-w-0 flex-1 flex-wrap items-center gap-2 max-sm:basis-full">
              <div className="flex min-w-52 flex-1 max-sm:basis-full">
                <SearchField
                  name="Search dead letters"
                  placeholder="Owner, batch, id, error, any text"
                  q={filter.q ?? ""}
                  searching={false}
                  onTyping={ignoreTyping}
                  onSearch={(q) => setFilter({ q: q || undefined }, false)}
                />
              </div>
              {filter.batchid === undefined ? null : (
                <Button
                  size="small"
                  onClick={() => setFilter({ batchid: undefined })}
                  aria-label={`Batch ${visibleText(filter.batchid)}: show all batches`}
                >
                  Batch <span className="font-mono">{visibleText(shortId(filter.batchid, 6))}</span>
                  <X aria-hidden size={14} />
                </Button>
              )}
              <Choice
                name="Priority"
                all="All priorities"
                options={PRIORITIES}
                chosen={filter.priority}
                onChoose={(priority) => setFilter({ priority })}
              />
              <Choice
                name="Error"
                all="All errors"
                options={FAILURE_TYPES}
                chosen={filter.type}
                onChoose={(type) => setFilter({ type })}
              />
            </search>
            <RetryAll
              filter={filter}
              disabled={list.items.length === 0}
              onBegun={(jobid) => {
                setJobid(jobid);
                list.readAgain();
              }}
            />
          </>
        }
        empty={
          <EmptyState
            className="min-h-64"
            title={filtered ? "No dead letter matches." : "Nothing has failed for good."}
            action={
              filtered ? (
                <Button size="small" onClick={() => setFilter(ALL_DEAD)}>
                  Show all
                </Button>
              ) : null
            }
          >
            {filtered
              ? total === null || total === 0
                ? null
                : `There ${total === 1 ? "is" : "are"} ${countOf(total, "dead letter")} in all.`
              : "A task that has failed with no try left appears here, with why it failed."}
          </EmptyState>
        }
      >
        {(letter) => (
          <DeadTask
            key={letter.taskid}
            letter={letter}
            now={now}
            onOpen={openTask}
            onRetried={list.readAgain}
          />
        )}
      </ListFrame>
      {dialog}
    </Place>
  );
}

function retryWords({ matched, changed, skipped, failed }: RetryJob): string {
  const parts = [
    `${formatCount(matched)} matched`,
    `${formatCount(changed)} run again`,
    skipped > 0 ? `${formatCount(skipped)} left as they were` : "",
    failed > 0 ? `${formatCount(failed)} not kept any more` : "",
  ];
  return `${parts.filter((part) => part !== "").join(", ")}.`;
}
