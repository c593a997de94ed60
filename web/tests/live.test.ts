import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Handlers, type Link, LiveFeed, type Means, type Transport } from "../src/data/live.ts";
import type { LiveMessage } from "../src/data/types.ts";

interface Opened extends Handlers {
  transport: Transport;
  closed: boolean;
}

const HELLO = JSON.stringify({ type: "hello", packs: [], trouble: null });

let now: number;
let timers: { atMs: number; call: () => void }[];
let opened: Opened[];
let links: Link[];
let messages: LiveMessage[];
let feed: LiveFeed;

const means: Means = {
  open: (transport, handlers) => {
    const one: Opened = { ...handlers, transport, closed: false };
    opened.push(one);
    return () => (one.closed = true);
  },
  nowMs: () => now,
  after: (delayMs, call) => {
    const timer = { atMs: now + delayMs, call };
    timers.push(timer);
    return () => (timers = timers.filter((one) => one !== timer));
  },
  random: () => 0.5,
};

/** Lets time pass; what falls due on the way is called. */
function pass(ms: number): void {
  const endMs = now + ms;
  for (;;) {
    const due = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
    if (!due) break;
    timers = timers.filter((one) => one !== due);
    now = due.atMs;
    due.call();
  }
  now = endMs;
}

const last = <T>(list: T[]): T => list.at(-1) as T;

beforeEach(() => {
  [now, timers, opened, links, messages] = [1_000_000, [], [], [], []];
  feed = new LiveFeed(means, (message) => messages.push(message), (link) => links.push(link));
  feed.start();
});

test("a first message makes the link live", () => {
  assert.equal(last(links).state, "connecting");
  last(opened).opened();
  assert.equal(last(links).state, "connecting", "an open socket has said nothing yet");
  last(opened).message(HELLO);
  assert.deepEqual([last(links).state, last(links).transport, last(links).heardMs], ["live", "websocket", now]);
  assert.deepEqual(messages, [{ type: "hello", packs: [], trouble: null }]);
});

test("a lost link is tried again, ever later, but never later than 20 s", () => {
  const delays: number[] = [];
  for (let loss = 0; loss < 10; loss += 1) {
    last(opened).lost();
    const { retryAtMs } = last(links);
    assert.equal(last(links).state, "waiting");
    delays.push((retryAtMs ?? 0) - now);
    pass(delays.at(-1) ?? 0);
    assert.equal(last(links).state, "connecting");
  }
  assert.deepEqual(delays.slice(0, 6), [500, 1000, 2000, 4000, 8000, 15000]);
  assert.ok(delays.every((delay) => delay <= 20_000));
});

test("sockets that fail twice give way to events, and events to sockets", () => {
  const used: Transport[] = [];
  for (let loss = 0; loss < 5; loss += 1) {
    used.push(last(opened).transport);
    last(opened).lost();
    pass(20_000);
  }
  assert.deepEqual(used, ["websocket", "websocket", "events", "events", "websocket"]);
});

test("a message over events brings the link to life, and forgets the failures", () => {
  for (let loss = 0; loss < 2; loss += 1) {
    last(opened).lost();
    pass(20_000);
  }
  last(opened).message(HELLO);
  assert.deepEqual([last(links).state, last(links).transport, last(links).attempts], ["live", "events", 0]);
  last(opened).lost();
  assert.equal((last(links).retryAtMs ?? 0) - now, 500);
});

test("a link that says nothing for a minute is opened anew", () => {
  last(opened).message(HELLO);
  const first = last(opened);
  pass(59_000);
  assert.equal(opened.length, 1);
  pass(2_000);
  assert.equal(opened.length, 2);
  assert.ok(first.closed);
});

test("every message gives the link another minute", () => {
  for (let minute = 0; minute < 5; minute += 1) {
    last(opened).message(HELLO);
    pass(50_000);
  }
  assert.equal(opened.length, 1);
});

test("what an older connection still says is not heard", () => {
  const first = last(opened);
  feed.start();
  first.message(HELLO);
  first.lost();
  assert.equal(messages.length, 0);
  assert.equal(last(links).state, "connecting");
});

test("waking up tries at once when waiting, or when the link was quiet; not when it is lively", () => {
  last(opened).lost();
  feed.wake();
  assert.equal(opened.length, 2);
  last(opened).message(HELLO);
  feed.wake();
  assert.equal(opened.length, 2);
  pass(15_000);
  feed.wake();
  assert.equal(opened.length, 3);
});

test("a stopped feed does nothing more", () => {
  last(opened).message(HELLO);
  feed.stop();
  pass(600_000);
  assert.equal(opened.length, 1);
  assert.ok(last(opened).closed);
  assert.equal(timers.length, 0);
});
