import type { MethodInfo } from "./method.ts";
import * as rules from "./rules/registry.ts";
import * as schedules from "./schedules/registry.ts";

/** What is known of each rule, of what stands around rules, and of each schedule, by name. */
export const ruleCatalogue: readonly MethodInfo[] = [
  ...Object.values(rules),
  ...Object.values(schedules),
]
  .map(({ info }) => info)
  .sort((a, b) => a.name.localeCompare(b.name, "en"));
