import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { token } from "../app/theme.ts";

/** f(x, y) = x²/2 + y⁴/4 − y²/2: a saddle at the origin, minima at (0, ±1). */
const loss = (x: number, y: number): number => x ** 2 / 2 + y ** 4 / 4 - y ** 2 / 2;
const gradient = (x: number, y: number): readonly [number, number] => [x, y ** 3 - y];

interface Racer {
  readonly name: string;
  readonly colour: string;
  /** The path from the start, by steps of the method's own rule. */
  readonly path: readonly (readonly [number, number])[];
}

const START = [1.6, 0.02] as const;
const STEPS = 160;

/** Gradient descent and heavy ball leave the saddle slowly; Newton's method walks into it and stays. */
function race(): readonly Racer[] {
  const run = (
    step: (x: number, y: number, state: [number, number]) => readonly [number, number],
  ): Racer["path"] => {
    const state: [number, number] = [0, 0];
    const path: (readonly [number, number])[] = [START];
    for (let i = 0; i < STEPS; i++) {
      const [x, y] = path.at(-1) ?? START;
      const [dx, dy] = step(x, y, state);
      path.push([x + dx, y + dy]);
    }
    return path;
  };
  return [
    {
      name: "gradient descent",
      colour: "series-0",
      path: run((x, y) => {
        const [gx, gy] = gradient(x, y);
        return [-0.05 * gx, -0.05 * gy];
      }),
    },
    {
      name: "heavy ball",
      colour: "series-1",
      path: run((x, y, state) => {
        const [gx, gy] = gradient(x, y);
        state[0] = 0.9 * state[0] - 0.02 * gx;
        state[1] = 0.9 * state[1] - 0.02 * gy;
        return [...state];
      }),
    },
    {
      name: "Newton",
      colour: "series-3",
      path: run((x, y) => {
        const [gx, gy] = gradient(x, y);
        return [-0.1 * gx, (-0.1 * gy) / (3 * y ** 2 - 1)];
      }),
    },
  ];
}

const MILLISECONDS = 6000;

/** Three methods from one start beside a saddle, computed here and played once. */
export function SaddleRace(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const racers = race();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const started = performance.now();
    let frame = 0;
    const draw = (now: number): void => {
      const part = still ? 1 : Math.min(1, (now - started) / MILLISECONDS);
      if (canvas.current !== null) drawRace(canvas.current, racers, part);
      if (part < 1) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <canvas
      ref={canvas}
      class="saddle-race"
      role="img"
      aria-label="Three methods start beside a saddle: Newton's walks into it, gradient descent and heavy ball go on to a minimum"
    />
  );
}

function drawRace(canvas: HTMLCanvasElement, racers: readonly Racer[], part: number): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ratio = Math.min(2, devicePixelRatio);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const place = (x: number, y: number): readonly [number, number] => [
    ((x + 0.6) / 2.6) * width,
    height / 2 - (y / 3) * height,
  ];
  context.fillStyle = token("line-strong");
  // Points of equal loss, by how a grid's cells lie between the levels.
  for (let px = 0; px < width; px += 6) {
    for (let py = 0; py < height; py += 6) {
      const [x, y] = [(px / width) * 2.6 - 0.6, (0.5 - py / height) * 3];
      const level = (loss(x, y) + 0.25) * 12;
      context.globalAlpha = 0.08 + 0.22 * (1 - Math.abs((((level % 2) + 2) % 2) - 1));
      context.fillRect(px, py, 2, 2);
    }
  }
  context.globalAlpha = 1;
  context.font = `13px ${token("font")}`;
  for (const { name, colour, path } of racers) {
    const until = Math.max(1, Math.floor(part * (path.length - 1)));
    context.strokeStyle = context.fillStyle = token(colour);
    context.lineWidth = 2.5;
    context.beginPath();
    path.slice(0, until + 1).forEach(([x, y], i) => {
      const [px, py] = place(x, y);
      if (i === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    });
    context.stroke();
    const [x, y] = place(...(path[until] ?? START));
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fill();
    context.fillText(name, x + 8, y + (name === "heavy ball" ? -8 : 14));
  }
}
