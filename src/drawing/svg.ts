import { type Box, type Mark, type Scene, short } from "./scene.ts";

/** A scene as an SVG document, the same characters for the same scene. */
export function svgOf({ width, height, paper, fontSize, marks }: Scene): string {
  const clips: Box[] = [];
  const content = marks.map((mark) => write(mark, clips));
  const areas = clips.map(
    ({ left, top, right, bottom }, i) =>
      `<clipPath id="clip${i}"><path d="M${short(left)} ${short(top)}H${short(right)}V${short(bottom)}H${short(left)}Z"/></clipPath>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}" width="${short(width)}" height="${short(height)}" font-family="system-ui, sans-serif" font-size="${short(fontSize)}">`,
    ...(areas.length > 0 ? [`<defs>${areas.join("")}</defs>`] : []),
    `<rect width="100%" height="100%" fill="${escaped(paper)}"/>`,
    ...content,
    "</svg>",
    "",
  ].join("\n");
}

function write(mark: Mark, clips: Box[]): string {
  switch (mark.shape) {
    case "path": {
      const { d, stroke, width, dash, fill, opacity } = mark;
      const line = stroke === undefined ? {} : { stroke, "stroke-linejoin": "round" };
      return tag("path", {
        ...{ d, fill: fill ?? "none", "fill-opacity": opacity },
        ...{ ...line, "stroke-width": width, "stroke-dasharray": dash?.join(" ") },
      });
    }
    case "circle":
      return tag("circle", {
        ...{ cx: mark.x, cy: mark.y, r: mark.radius },
        ...{ fill: mark.fill ?? "none", stroke: mark.stroke },
      });
    case "rect": {
      const { x, y, width, height, fill, opacity } = mark;
      return tag("rect", { x, y, width, height, fill, "fill-opacity": opacity });
    }
    case "text": {
      const { x, y, text, fill, anchor, size, bold, upwards } = mark;
      const place = upwards
        ? { transform: `translate(${short(x)} ${short(y)}) rotate(-90)` }
        : { x, y };
      const look = { fill, "font-size": size, "font-weight": bold ? 600 : undefined };
      return tag("text", { ...place, "text-anchor": anchor, ...look }, escaped(text));
    }
    case "group": {
      const { marks, at, clip } = mark;
      const id = clip === undefined ? undefined : `url(#clip${clips.push(clip) - 1})`;
      const inner = marks.map((one) => write(one, clips)).join("\n");
      const moved = at && `translate(${short(at[0])} ${short(at[1])})`;
      return tag("g", { transform: moved, "clip-path": id }, `\n${inner}\n`);
    }
  }
}

function tag(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content?: string,
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [` ${key}="${typeof value === "number" ? short(value) : escaped(value)}"`],
  );
  const open = `<${name}${written.join("")}`;
  return content === undefined ? `${open}/>` : `${open}>${content}</${name}>`;
}

const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
