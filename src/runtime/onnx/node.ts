import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { NadirError } from "../../base/errors.ts";
import type { Runtime } from "./session.ts";

/** ONNX Runtime in Node: native kernels. */
export const runtime: Runtime = {
  load: async () => {
    try {
      return await import("onnxruntime-node");
    } catch (cause) {
      throw new NadirError("engine/missing", "onnxruntime-node cannot be loaded", {
        expected: "the package onnxruntime-node, installed with its binary for this platform",
        hint: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node, or engine: "js"',
        cause,
      });
    }
  },
  cores: () => Math.min(availableParallelism(), physicalCores()),
  providers: ["cpu"],
  fillsGiven: true,
  drop: ({ buffer }) => {
    // Sent where nobody listens. Garbage collection sees arrays of many megabytes as small objects, and comes late.
    if (buffer instanceof ArrayBuffer) nobody.postMessage(null, [buffer]);
  },
  // Threads that wait by spinning save a tenth of a step of half a millisecond on an idle machine, and on a
  // busy one, or beside another session's, double it. 50 µs bridge the gaps between parallel operations.
  extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: "50" } } },
};

const nobody = portToNobody();

function portToNobody(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.unref();
  return port1;
}

/** Cores that do not share their arithmetic units with another, where the system tells; else no limit. */
function physicalCores(): number {
  try {
    const cores = new Set<string>();
    for (const processor of readFileSync("/proc/cpuinfo", "utf8").split("\n\n")) {
      const socket = /^physical id\s*:\s*(\d+)/m.exec(processor)?.[1];
      const core = /^core id\s*:\s*(\d+)/m.exec(processor)?.[1];
      if (core !== undefined) cores.add(`${socket}:${core}`);
    }
    return cores.size || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY; // not Linux
  }
}
