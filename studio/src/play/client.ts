import type { FromKernel, Problem, QuestionName, Questions, ToKernel } from "./kernel/protocol.ts";

/** How a question ended without an answer. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.summary);
    this.problem = problem;
  }
}

/** Milliseconds without a word after which the worker is ended: tracing a function takes a few. */
const patience: Readonly<Record<QuestionName, number>> = {
  ...{ hello: 30_000, check: 2000, grid: 10_000 },
  ...{ race: 15_000, outcomes: 15_000, train: 30_000 },
};

/** Milliseconds between two looks at whether it has answered. */
const tick = 250;

/** A question on its way, which can be given up or held. */
export interface Asking<K extends QuestionName> {
  readonly answer: Promise<Questions[K]["end"]>;
  cancel(): void;
  pause(): void;
  resume(): void;
}

interface Waiting {
  readonly patience: number;
  readonly part: (part: unknown) => void;
  readonly end: (end: unknown) => void;
  readonly refuse: (problem: Problem) => void;
  paused: boolean;
}

/**
 * A worker that answers questions, one after the other. One that says nothing for too long is ended, and the next question
 * gets a new one: nothing that is typed can stop the page.
 */
export class Kernel {
  readonly #start: () => Worker;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** Asks; `part` hears what comes before the end. The answer rejects with `Refused`. */
  ask<K extends QuestionName>(
    ask: K,
    given: Questions[K]["given"],
    part: (part: Questions[K]["part"]) => void = () => {},
  ): Asking<K> {
    const id = this.#next++;
    const answer = new Promise<Questions[K]["end"]>((resolve, reject) => {
      this.#waiting.set(id, {
        patience: this.#worker === undefined ? patience.hello : patience[ask],
        part: part as Waiting["part"], // the kernel answers each question with that question's parts
        end: resolve as Waiting["end"],
        refuse: (problem) => reject(new Refused(problem)),
        paused: false,
      });
    });
    this.#post({ id, ask, given } as ToKernel); // a question with what belongs to it
    this.#wind();
    const tell = (word: "cancel" | "pause" | "resume") => () => {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) return;
      waiting.paused = word === "pause";
      this.#post({ id, ask: word });
      this.#wind();
    };
    return { answer, cancel: tell("cancel"), pause: tell("pause"), resume: tell("resume") };
  }

  /** Ends the worker; what was asked is refused. */
  stop(problem: Problem = { summary: "stopped" }): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#wind();
    for (const { refuse } of waiting) refuse(problem);
  }

  #post(message: ToKernel): void {
    this.#worker ??= this.#open();
    this.#worker.postMessage(message);
  }

  #open(): Worker {
    const worker = this.#start();
    worker.addEventListener("message", ({ data }: MessageEvent<FromKernel>) => this.#hear(data));
    worker.addEventListener("error", ({ message }) =>
      this.stop({
        summary: message === undefined || message === "" ? "the kernel did not load" : message,
        hint: "reload the page",
      }),
    );
    return worker;
  }

  #hear(message: FromKernel): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === "part") waiting.part(message.part);
    else {
      this.#waiting.delete(message.id);
      if (message.kind === "end") waiting.end(message.end);
      else waiting.refuse(message.problem);
    }
    this.#wind();
  }

  /**
   * Starts the clock again for the first question that waits. It counts ticks: one that comes late, since the machine slept or
   * had no time for the page, counts once, because the worker could do nothing either.
   */
  #wind(): void {
    clearInterval(this.#clock);
    const first = [...this.#waiting.values()].find(({ paused }) => !paused);
    if (first === undefined) return;
    let left = Math.ceil(first.patience / tick);
    this.#clock = setInterval(() => {
      if (--left > 0) return;
      this.stop({
        summary: `no answer for ${first.patience / 1000} s: stopped`,
        expected: "a function that comes to an end",
        hint: "look for a loop that does not",
      });
    }, tick);
  }
}
