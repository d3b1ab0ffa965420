import { availableParallelism } from "node:os";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { alone, type Crew, type CrewPlan, failed, type Threads } from "./crew.ts";

/** Words of the memory by which the threads agree. Blocks are numbered through all jobs, so no claim is ever ambiguous. */
const word = {
  next: 0,
  limit: 1,
  done: 2,
  failures: 3,
  name: 4,
  task: 5,
  bounds: 6,
  first: 7,
  size: 8,
} as const;

/**
 * What a thread runs: it claims blocks until there are none, waits for more, and ends when the limit is −1. A string, so
 * that it is in no file that a bundler would have to find.
 */
const program = `
const { workerData } = require("node:worker_threads");
const { module, memory, words, names, scratch, port } = workerData;
try {
  const functions = new WebAssembly.Instance(module, { host: { memory } }).exports;
  for (;;) {
    const limit = Atomics.load(words, ${word.limit});
    if (limit < 0) break;
    const block = Atomics.load(words, ${word.next});
    if (block >= limit) Atomics.wait(words, ${word.limit}, limit);
    else if (Atomics.compareExchange(words, ${word.next}, block, block + 1) === block) {
      const at = words[${word.bounds}] / 4 + block - words[${word.first}];
      const [from, to] = new Int32Array(memory.buffer).subarray(at, at + 2);
      functions[names[words[${word.name}]]](words[${word.task}], scratch, from, to);
      Atomics.add(words, ${word.done}, 1);
      Atomics.notify(words, ${word.done});
    }
  }
} catch (error) {
  port.postMessage(String(error));
  Atomics.add(words, ${word.failures}, 1);
  Atomics.notify(words, ${word.done});
}
port.close();
`;

/** Milliseconds without any block done after which a thread counts as lost. */
const patience = 600_000;

/** Worker threads. The caller works too, and waits for the last block: jobs are synchronous. */
export const threads: Threads = {
  available: availableParallelism,
  start: (plan) => (plan.scratch.length === 1 ? alone(plan) : startCrew(plan)),
};

function startCrew({ module, memory, functions, names, scratch }: CrewPlan): Crew {
  const words = new Int32Array(new SharedArrayBuffer(4 * word.size));
  const workers = scratch
    .slice(1)
    .map((own) => startWorker({ module, memory, words, names, scratch: own }));
  const check = (): void => {
    if (Atomics.load(words, word.failures) === 0) return;
    const [said] = workers.flatMap(({ port }) => receiveMessageOnPort(port)?.message ?? []);
    throw failed(String(said));
  };
  return {
    run: ({ name, task, bounds, blocks }) => {
      const first = words[word.limit]!;
      const limit = first + blocks;
      words.set([names.indexOf(name), task, bounds, first], word.name);
      Atomics.store(words, word.limit, limit);
      Atomics.notify(words, word.limit);
      const edges = new Int32Array(memory.buffer, bounds, blocks + 1);
      for (let block = first; block < limit; block = Atomics.load(words, word.next)) {
        if (Atomics.compareExchange(words, word.next, block, block + 1) !== block) continue;
        const at = block - first;
        functions[name]!(task, scratch[0]!, edges[at]!, edges[at + 1]!);
        Atomics.add(words, word.done, 1);
      }
      for (let done = first; done < limit; done = Atomics.load(words, word.done)) {
        check();
        if (Atomics.wait(words, word.done, done, patience) === "timed-out")
          throw failed(`no answer for ${patience / 1000} s`);
      }
      check();
    },
    [Symbol.dispose]: () => {
      Atomics.store(words, word.limit, -1);
      Atomics.notify(words, word.limit);
      for (const { worker, port } of workers) {
        port.close();
        void worker.terminate();
      }
    },
  };
}

function startWorker(data: {
  readonly module: CrewPlan["module"];
  readonly memory: CrewPlan["memory"];
  readonly words: Int32Array;
  readonly names: readonly string[];
  readonly scratch: number;
}) {
  const { port1: port, port2: there } = new MessageChannel();
  try {
    const worker = new Worker(program, {
      ...{ eval: true, execArgv: [], stdin: false },
      workerData: { ...data, port: there },
      transferList: [there],
    });
    worker.unref();
    // The program says why it fails, and who waits for it sees that; this comes after the wait.
    worker.on("error", () => {});
    return { worker, port };
  } catch (cause) {
    throw failed("it could not be started", cause);
  }
}
