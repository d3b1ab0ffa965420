/** A number beside a tick: `0.25`, `20 000`, `10⁻⁶`. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) {
    const [whole = "", part] = Number(value.toPrecision(6)).toString().split(".");
    const apart = whole.replace(/\B(?=(\d{3})+$)/g, " ");
    return part === undefined ? apart : `${apart}.${part}`;
  }
  const [digits = "", power = ""] = Number(value.toPrecision(3)).toExponential().split("e");
  const raised = [...power.replace("+", "")].map((c) => superscripts[c] ?? c).join("");
  if (digits === "1") return `10${raised}`;
  return digits === "-1" ? `-10${raised}` : `${digits}·10${raised}`;
}

const superscripts: Readonly<Record<string, string>> = {
  ...{ "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴" },
  ...{ "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹" },
};
