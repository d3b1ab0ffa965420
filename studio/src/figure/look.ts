import { computed } from "@preact/signals";
import { dark as darkStyle, plain, type Style } from "../../../src/drawing/style.ts";
import { dark, token } from "../app/theme.ts";

/** How pictures look on the page now: on its ground, and without a title, which the page has. */
export const screenStyle = computed((): Style => {
  const style = dark.value ? darkStyle : plain;
  // The page's own colours of runs, so that a run has one colour in lists and in pictures.
  const curves = style.curves.map((colour, i) => token(`series-${i}`) || colour);
  return { ...style, curves, paper: token("ground") || style.paper, titled: false };
});
