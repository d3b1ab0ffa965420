import { svgChart } from "../../drawing/chart.ts";
import { formatNumber } from "../format.ts";
import type { Experiment, Table } from "./experiment.ts";
import { penaltyChart, scheduleChart } from "./families/curves.ts";
import { families } from "./families/problems.ts";
import { runFamily } from "./families/race.ts";

/** What each family of methods is good for, shown on a problem that sets its members apart: the pictures of docs/methods/. */
export const familiesExperiment: Experiment = {
  name: "families",
  run: async ({ only }, report) => {
    const tables: Table[] = [];
    const pictures: Record<string, string> = {};
    for (const shown of families) {
      if (only !== undefined && !only.includes(shown.page)) continue;
      report(`running ${shown.page}`);
      const ways = await runFamily(shown);
      tables.push({
        title: shown.title,
        columns: ["method", "f − f* at the end", "gradient-equivalents to 1e-6", "verdict"],
        rows: ways.map(({ name, excess, reached, verdict }) => [name, excess, reached, verdict]),
        show: (value) => formatNumber(value, 3),
        note: `${shown.budget} gradient-equivalents each.`,
      });
      pictures[shown.page] = svgChart({
        title: shown.title,
        x: { label: "gradient-equivalents", scale: "log" },
        y: { label: "lowest f − f* so far", scale: "log" },
        series: ways.map(({ series }) => series),
      });
    }
    const drawn = { schedules: scheduleChart, penalties: penaltyChart };
    for (const [page, draw] of Object.entries(drawn)) {
      if (only === undefined || only.includes(page)) pictures[page] = draw();
    }
    return { tables, pictures };
  },
};
