/** The browser's own means for the live feed. */

import { address } from "./api.ts";
import type { Closer, Handlers, Means } from "./live.ts";

function openSocket(handlers: Handlers): Closer {
  const socket = new WebSocket(address("live", "ws"));
  socket.onopen = handlers.opened;
  socket.onmessage = (event: MessageEvent<string>) => handlers.message(event.data);
  socket.onclose = handlers.lost;
  return () => {
    socket.onclose = null;
    socket.close();
  };
}

function openEvents(handlers: Handlers): Closer {
  const source = new EventSource(address("events"));
  source.onopen = handlers.opened;
  source.onmessage = (event: MessageEvent<string>) => handlers.message(event.data);
  // An EventSource retries by itself; our own waiting is the same for both ways, so it is ended here.
  source.onerror = () => {
    source.close();
    handlers.lost();
  };
  return () => source.close();
}

export const BROWSER: Means = {
  open: (transport, handlers) => (transport === "websocket" ? openSocket(handlers) : openEvents(handlers)),
  nowMs: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
