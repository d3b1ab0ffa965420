import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DirectionalLight,
  DoubleSide,
  HemisphereLight,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  PerspectiveCamera,
  Scene,
  SphereGeometry,
  WebGLRenderer,
} from "three";
import type { LandscapeArtefact } from "../../../src/drawing/landscape.ts";
import { shades } from "../../../src/drawing/style.ts";

/** A surface on the screen. */
export interface SurfaceView {
  /** Turned by so many radians, to the right and upwards. */
  turn(right: number, up: number): void;
  dispose(): void;
}

/** Heights above this share of all places are cut off: a wall would flatten the valley. */
const CLIP = 0.95;

/**
 * Draws a plane of the loss as a surface; heights by magnitude above the lowest, coloured as the contours are.
 *
 * @returns undefined where the browser has no WebGL
 */
export function drawSurface(
  canvas: HTMLCanvasElement,
  slice: LandscapeArtefact,
  isDark: boolean,
): SurfaceView | undefined {
  let renderer: WebGLRenderer;
  try {
    renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
  } catch {
    return undefined;
  }
  const [width, height] = [canvas.clientWidth || 600, canvas.clientHeight || 420];
  renderer.setPixelRatio(Math.min(2, devicePixelRatio));
  renderer.setSize(width, height, false);
  const scene = new Scene();
  const heights = heightsOf(slice);
  scene.add(meshOf(slice, heights));
  const path = pathOf(slice, heights);
  if (path !== undefined) scene.add(path);
  scene.add(new HemisphereLight(0xffffff, isDark ? 0x223344 : 0x8899aa, 2.2));
  const sun = new DirectionalLight(0xffffff, 1.5);
  sun.position.set(1, 2, 1.5);
  scene.add(sun);
  const here = new Mesh(
    new SphereGeometry(0.02),
    new MeshBasicMaterial({ color: isDark ? 0xffffff : 0x000000 }),
  );
  const [a = 0, b = 0] = slice.point ?? [];
  here.position.copy(placeOf(slice, heights, a, b));
  scene.add(here);
  const camera = new PerspectiveCamera(40, width / height, 0.1, 20);
  let [around, above] = [0.7, 0.7];
  const render = (): void => {
    const [near, reach] = [Math.cos(above), 3];
    camera.position.set(
      reach * near * Math.sin(around),
      reach * Math.sin(above),
      reach * near * Math.cos(around),
    );
    camera.lookAt(0, 0.25, 0);
    renderer.render(scene, camera);
  };
  render();
  return {
    turn: (right, up) => {
      around -= right;
      above = Math.min(1.5, Math.max(0.05, above + up));
      render();
    },
    dispose: () => renderer.dispose(),
  };
}

/** Heights in [0, 1], row-major as the values; 1 for what is not finite or cut off. */
function heightsOf({ values }: LandscapeArtefact): Float64Array {
  const finite = values.filter((value) => value !== null).sort((a, b) => a - b);
  const low = finite[0] ?? 0;
  const high = finite[Math.floor(CLIP * (finite.length - 1))] ?? 1;
  const span = high - low || 1;
  // A square root: a bowl then rises evenly, and a small barrier in its floor is still seen.
  return Float64Array.from(values, (value) =>
    value === null ? 1 : Math.sqrt(Math.min(1, Math.max(0, (value - low) / span))),
  );
}

/** Where a point of the slice stands: the plane is the square [−1, 1]². */
function placeOf(slice: LandscapeArtefact, heights: Float64Array, a: number, b: number) {
  const [first, second] = slice.axes;
  const part = (axis: readonly number[] = [], at: number): number => {
    const [from = 0, to = 1] = [axis[0], axis.at(-1)];
    return Math.min(1, Math.max(0, (at - from) / (to - from)));
  };
  const [u, v] = [part(first?.coordinates, a), part(second?.coordinates, b)];
  const rows = second?.coordinates.length ?? 1;
  const columns = first?.coordinates.length ?? 1;
  const at = Math.round(u * (columns - 1)) * rows + Math.round(v * (rows - 1));
  const place = new Mesh().position;
  return place.set(2 * u - 1, 0.8 * (heights[at] ?? 0) + 0.01, 1 - 2 * v);
}

function meshOf(slice: LandscapeArtefact, heights: Float64Array): Mesh {
  const [columns, rows] = slice.axes.map(({ coordinates }) => coordinates.length) as [
    number,
    number,
  ];
  const places = new Float32Array(3 * columns * rows);
  const colours = new Float32Array(3 * columns * rows);
  const order = [...heights].sort((a, b) => a - b);
  for (let i = 0; i < columns * rows; i++) {
    const [column, row] = [Math.floor(i / rows), i % rows];
    const height = heights[i]!;
    places.set([(2 * column) / (columns - 1) - 1, 0.8 * height, 1 - (2 * row) / (rows - 1)], 3 * i);
    const rank = order.findIndex((value) => value >= height) / order.length;
    const shade = shades[Math.min(shades.length - 1, Math.floor(rank * shades.length))]!;
    new Color(shade).toArray(colours, 3 * i);
  }
  const corners: number[] = [];
  for (let column = 0; column + 1 < columns; column++) {
    for (let row = 0; row + 1 < rows; row++) {
      const a = column * rows + row;
      corners.push(a, a + rows, a + 1, a + 1, a + rows, a + rows + 1);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(places, 3));
  geometry.setAttribute("color", new BufferAttribute(colours, 3));
  geometry.setIndex(corners);
  geometry.computeVertexNormals();
  return new Mesh(geometry, new MeshLambertMaterial({ vertexColors: true, side: DoubleSide }));
}

function pathOf(slice: LandscapeArtefact, heights: Float64Array): Line | undefined {
  const points = slice.trajectory?.map(({ coordinates: [a = 0, b = 0] }) =>
    placeOf(slice, heights, a, b),
  );
  if (points === undefined || points.length < 2) return undefined;
  const geometry = new BufferGeometry().setFromPoints(points);
  return new Line(geometry, new LineBasicMaterial({ color: 0xffffff, linewidth: 2 }));
}
