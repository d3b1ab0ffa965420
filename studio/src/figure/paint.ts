import type { Mark, Scene } from "../../../src/drawing/scene.ts";

/** Paints a scene; the context is scaled so that its unit is the scene's pixel. */
function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  context.clearRect(0, 0, scene.width, scene.height);
  if (scene.paper !== "transparent") {
    context.fillStyle = scene.paper;
    context.fillRect(0, 0, scene.width, scene.height);
  }
  for (const mark of scene.marks) paintMark(context, mark, scene.fontSize);
}

/** A canvas of the scene's size on the screen, with `density` dots to a pixel. */
export function paintOn(canvas: HTMLCanvasElement, scene: Scene, density: number): void {
  canvas.width = Math.round(scene.width * density);
  canvas.height = Math.round(scene.height * density);
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(density, 0, 0, density, 0, 0);
  paint(context, scene);
}

function paintMark(context: CanvasRenderingContext2D, mark: Mark, fontSize: number): void {
  switch (mark.shape) {
    case "path": {
      const path = new Path2D(mark.d);
      if (mark.fill !== undefined) {
        context.globalAlpha = mark.opacity ?? 1;
        context.fillStyle = mark.fill;
        context.fill(path);
        context.globalAlpha = 1;
      }
      if (mark.stroke === undefined) return;
      context.strokeStyle = mark.stroke;
      context.lineWidth = mark.width ?? 1;
      context.lineJoin = "round";
      context.setLineDash([...(mark.dash ?? [])]);
      context.stroke(path);
      return;
    }
    case "circle":
      context.beginPath();
      context.arc(mark.x, mark.y, mark.radius, 0, 2 * Math.PI);
      if (mark.fill !== undefined) {
        context.fillStyle = mark.fill;
        context.fill();
      }
      if (mark.stroke === undefined) return;
      context.strokeStyle = mark.stroke;
      context.lineWidth = 1;
      context.setLineDash([]);
      context.stroke();
      return;
    case "rect":
      context.globalAlpha = mark.opacity ?? 1;
      context.fillStyle = mark.fill;
      context.fillRect(mark.x, mark.y, mark.width, mark.height);
      context.globalAlpha = 1;
      return;
    case "text":
      context.save();
      context.translate(mark.x, mark.y);
      if (mark.upwards) context.rotate(-Math.PI / 2);
      context.font = `${mark.bold ? 600 : 400} ${mark.size ?? fontSize}px system-ui, sans-serif`;
      context.textAlign = mark.anchor === "middle" ? "center" : (mark.anchor ?? "start");
      context.fillStyle = mark.fill;
      context.fillText(mark.text, 0, 0);
      context.restore();
      return;
    case "group": {
      context.save();
      if (mark.at !== undefined) context.translate(mark.at[0], mark.at[1]);
      if (mark.clip !== undefined) {
        const { left, top, right, bottom } = mark.clip;
        context.beginPath();
        context.rect(left, top, right - left, bottom - top);
        context.clip();
      }
      for (const one of mark.marks) paintMark(context, one, fontSize);
      context.restore();
    }
  }
}
