import { expect, it } from "vitest";
import { AckTap } from "./ack-tap.ts";
import { identityKey, Ledger } from "./ledger.ts";

const request = (id: number) =>
  `POST /consumetasks HTTP/1.1\r\nhost: x\r\n\r\n{"batchid":"b","id":${id},"owner":"O","priority":"Low"}`;
const ok = (accepted: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"status":"success","retval":{"accepted":${accepted},"duplicates":0}}`;
const away = 'HTTP/1.1 503 Service Unavailable\r\n\r\n{"status":"failure","accepted":1}';

/** In pieces of every length, as a network may deliver them. */
function feed(see: (chunk: Buffer) => void, text: string, size: number): void {
  for (let at = 0; at < text.length; at += size) see(Buffer.from(text.slice(at, at + size)));
}

it.each([1, 7, 1_000])("hears what is acknowledged, in pieces of %i", (size) => {
  const ledger = new Ledger();
  const tap = new AckTap(ledger, "A");
  const exchange = (id: number, answer: string) => {
    feed((chunk) => tap.fromClient(chunk), request(id), size);
    feed((chunk) => tap.fromServer(chunk), answer, size);
  };
  exchange(1, ok(1));
  exchange(2, away);
  exchange(23, ok(1));
  exchange(23, ok(0));
  const told = (id: number) => ledger.accounts.get(identityKey("b", id));
  expect(told(1)).toMatchObject({ sender: "producers", acknowledgements: 1, accepted: 1 });
  expect(told(2)).toMatchObject({ acknowledgements: 0 });
  expect(told(23)).toMatchObject({ acknowledgements: 2, accepted: 1 });
  expect(ledger.accounts.size).toBe(3);
  expect(ledger.contradictions).toEqual([]);
});
