/** The surface in three dimensions, in a chunk of its own: three is loaded when somebody asks for it. */
import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  Color,
  Curve,
  DirectionalLight,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  PerspectiveCamera,
  Scene,
  SphereGeometry,
  TubeGeometry,
  Vector3,
  WebGLRenderer,
} from "three";
import type { Finish, Grid, View } from "../kernel/protocol.ts";
import { reached } from "./clock.ts";
import { type Heights, heightsOf } from "./heights.ts";
import { between, type Palette } from "./palette.ts";

/** How high the highest ground stands over a side of 2. */
const tall = 0.9;

/** A surface that is there. */
export interface Surface3d {
  setGround(grid: Grid, levels: "log" | "linear", palette: Palette): void;
  setTrails(finishes: readonly (Finish | undefined)[], clock: number): void;
  /** Turns the picture: angles in radians. */
  turn(around: number, up: number): void;
  zoom(factor: number): void;
  fit(width: number, height: number): void;
  dispose(): void;
}

/** Opens a picture on a canvas; undefined where there is no WebGL. */
export function openSurface(canvas: HTMLCanvasElement): Surface3d | undefined {
  let renderer: WebGLRenderer;
  try {
    renderer = new WebGLRenderer({
      canvas,
      antialias: true,
      alpha: true,
      preserveDrawingBuffer: true,
    });
  } catch {
    return undefined;
  }
  renderer.setPixelRatio(Math.min(2, devicePixelRatio));
  const scene = new Scene();
  const camera = new PerspectiveCamera(38, 1, 0.1, 50);
  const sun = new DirectionalLight(0xffffff, 2.2);
  sun.position.set(-2, 3, 1.5);
  scene.add(sun, new AmbientLight(0xffffff, 1.1));
  let [around, up, distance] = [-0.6, 0.85, 4];
  let ground: Mesh<BufferGeometry, MeshLambertMaterial> | undefined;
  let shown:
    | { readonly heights: Heights; readonly view: View; readonly palette: Palette }
    | undefined;
  let trails: Trail[] = [];
  let asked = 0;
  const draw = (): void => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      const flat = distance * Math.cos(up);
      camera.position.set(
        flat * Math.sin(around),
        distance * Math.sin(up),
        flat * Math.cos(around),
      );
      camera.lookAt(0, 0.25, 0);
      renderer.render(scene, camera);
    });
  };
  const clear = (): void => {
    for (const trail of trails) trail.dispose(scene);
    trails = [];
  };
  return {
    setGround: (grid, levels, palette) => {
      if (ground !== undefined) {
        scene.remove(ground);
        ground.geometry.dispose();
        ground.material.dispose();
      }
      const heights = heightsOf(grid, levels);
      shown = { heights, view: grid.view, palette };
      ground = groundOf(heights, palette);
      scene.add(ground);
      clear();
      draw();
    },
    setTrails: (finishes, clock) => {
      if (shown === undefined) return;
      if (
        trails.length !== finishes.length ||
        trails.some((trail, i) => trail.finish !== finishes[i])
      ) {
        clear();
        const { heights, view, palette } = shown;
        trails = finishes.map((finish, i) => {
          const colour = palette.racers[i % palette.racers.length]!;
          return new Trail(finish, colour, heights, view, scene);
        });
      }
      for (const trail of trails) trail.show(clock);
      draw();
    },
    turn: (byAround, byUp) => {
      around += byAround;
      up = Math.min(1.5, Math.max(0.08, up + byUp));
      draw();
    },
    zoom: (factor) => {
      distance = Math.min(8, Math.max(1.6, distance * factor));
      draw();
    },
    fit: (width, height) => {
      renderer.setSize(width, height, false);
      camera.aspect = width / Math.max(1, height);
      camera.updateProjectionMatrix();
      draw();
    },
    dispose: () => {
      cancelAnimationFrame(asked);
      clear();
      ground?.geometry.dispose();
      ground?.material.dispose();
      renderer.dispose();
    },
  };
}

function groundOf(
  { width, height, values }: Heights,
  palette: Palette,
): Mesh<BufferGeometry, MeshLambertMaterial> {
  const positions = new Float32Array(3 * values.length);
  const colours = new Float32Array(3 * values.length);
  const paint = new Color();
  values.forEach((value, e) => {
    const [i, j] = [e % width, Math.floor(e / width)];
    positions.set([(2 * i) / (width - 1) - 1, value * tall, 1 - (2 * j) / (height - 1)], 3 * e);
    const [r, g, b] = between(palette.heights, value);
    paint.setRGB(r / 255, g / 255, b / 255, "srgb");
    colours.set([paint.r, paint.g, paint.b], 3 * e);
  });
  const corners: number[] = [];
  for (let j = 0; j + 1 < height; j++) {
    for (let i = 0; i + 1 < width; i++) {
      const e = j * width + i;
      corners.push(e, e + 1, e + width, e + 1, e + width + 1, e + width);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  geometry.setAttribute("color", new BufferAttribute(colours, 3));
  geometry.setIndex(corners);
  geometry.computeVertexNormals();
  return new Mesh(geometry, new MeshLambertMaterial({ vertexColors: true, side: 2 }));
}

/** Segments of a trail at most, sides of it, and its radius. */
const tube = { segments: 600, sides: 5, radius: 0.008 } as const;

/** One racer's path over the ground, and where it is. */
class Trail {
  readonly finish: Finish | undefined;
  readonly #tube: Mesh<BufferGeometry, MeshBasicMaterial>;
  readonly #ball: Mesh<SphereGeometry, MeshBasicMaterial>;
  readonly #points: Vector3[] = [];
  /** Which of the path's points each is. */
  readonly #indices: number[] = [];

  constructor(
    finish: Finish | undefined,
    colour: string,
    { of }: Heights,
    [left, right, bottom, top]: View,
    scene: Scene,
  ) {
    this.finish = finish;
    const count = finish?.values.length ?? 0;
    const sparse = count / tube.segments;
    for (let i = 0; i < count; i++) {
      const [x, y] = [finish!.path[2 * i]!, finish!.path[2 * i + 1]!];
      const across = clamp((2 * (x - left)) / (right - left) - 1);
      const along = clamp(1 - (2 * (y - bottom)) / (top - bottom));
      const point = new Vector3(across, of(finish!.values[i]!) * tall + 0.012, along);
      const last = this.#points.at(-1);
      const near = last !== undefined && last.distanceTo(point) < 0.004;
      if (near || i < sparse * this.#points.length) continue;
      this.#points.push(point);
      this.#indices.push(i);
    }
    const material = new MeshBasicMaterial({ color: colour });
    this.#tube = new Mesh(
      this.#points.length < 2
        ? new BufferGeometry()
        : new TubeGeometry(
            new Polyline(this.#points),
            ...([this.#points.length - 1, tube.radius, tube.sides] as const),
          ),
      material,
    );
    this.#ball = new Mesh(new SphereGeometry(0.024, 16, 12), material);
    this.#ball.visible = this.#points.length > 0;
    scene.add(this.#tube, this.#ball);
  }

  show(clock: number): void {
    if (this.finish === undefined || this.#points.length === 0) return;
    const count = reached(this.finish, clock);
    const shown = this.#indices.filter((index) => index < count).length;
    this.#tube.geometry.setDrawRange(0, 6 * tube.sides * Math.max(0, shown - 1));
    this.#ball.position.copy(this.#points[Math.max(0, shown - 1)]!);
  }

  dispose(scene: Scene): void {
    scene.remove(this.#tube, this.#ball);
    this.#tube.geometry.dispose();
    this.#tube.material.dispose();
    this.#ball.geometry.dispose();
  }
}

/** Straight from point to point, and as long between any two: a tube around it has one segment for each. */
class Polyline extends Curve<Vector3> {
  readonly #points: readonly Vector3[];

  constructor(points: readonly Vector3[]) {
    super();
    this.#points = points;
  }

  override getPoint(t: number, into = new Vector3()): Vector3 {
    const at = Math.min(1, Math.max(0, t)) * (this.#points.length - 1);
    const index = Math.min(this.#points.length - 2, Math.floor(at));
    return into.lerpVectors(this.#points[index]!, this.#points[index + 1]!, at - index);
  }

  override getPointAt(t: number, into?: Vector3): Vector3 {
    return this.getPoint(t, into);
  }

  override getTangentAt(t: number, into?: Vector3): Vector3 {
    return this.getTangent(t, into);
  }
}

/** Paths that leave the ground stay near its edge; those without a number go nowhere. */
const clamp = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.min(1.3, Math.max(-1.3, value));
