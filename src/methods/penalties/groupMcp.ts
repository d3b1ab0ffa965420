import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { type GroupOptions, grouped } from "./groups.ts";
import { type McpOptions, mcpProfile, readMcp } from "./mcp.ts";
import type { Penalty } from "./penalty.ts";

/**
 * MCP of the norms of groups, Σ_g MCP(‖x_g‖; λ√size, γ): whole groups are zero or not, and large ones are not shrunk.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/gamma`, `penalties/groups`, `penalties/weights`
 * @see Huang, Breheny & Ma (2012), A selective review of group selection in high-dimensional models, §2.2
 */
export const groupMcp = described(
  {
    name: "groupMcp",
    kind: "penalty",
    summary: "MCP of the norms of groups: whole groups, and no shrinking of large ones.",
    guarantee:
      "Weakly convex with constant 1/γ. The prox is single-valued for steps below γ, and exact for all.",
    price: "O(n) a prox",
    source:
      "Huang, Breheny & Ma (2012), A selective review of group selection in high-dimensional models, §2.2",
  },
  (strength: number, options: GroupOptions & McpOptions): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("groupMcp", options, ["groups", "weights", "gamma"]);
    const { gamma: given, ...cut } = options;
    const { gamma } = readMcp(given === undefined ? {} : { gamma: given });
    return grouped({
      name: "groupMcp",
      strength,
      options: cut,
      profile: (weight) => mcpProfile(strength * weight, gamma),
      again: (other) => groupMcp(other, options),
    });
  },
);
