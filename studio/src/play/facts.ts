import { signal } from "@preact/signals";
import type { MethodFacts } from "./kernel/protocol.ts";

/** What the kernel's registry says of the methods, once it has answered. */
export const facts = signal<ReadonlyMap<string, MethodFacts>>(new Map());
