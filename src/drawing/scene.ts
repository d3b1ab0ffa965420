/** A rectangle in pixels, y downwards. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One thing that is drawn. Coordinates in pixels, y downwards; colours as CSS writes them. */
export type Mark =
  | {
      readonly shape: "path";
      /** As in SVG, which a canvas reads too: `M0 0L10 5`. */
      readonly d: string;
      readonly stroke?: string;
      readonly width?: number;
      readonly dash?: readonly number[];
      readonly fill?: string;
      /** Of the filling, in [0, 1]. */
      readonly opacity?: number;
    }
  | {
      readonly shape: "circle";
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly fill?: string;
      readonly stroke?: string;
    }
  | {
      readonly shape: "rect";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: string;
      readonly opacity?: number;
    }
  | {
      readonly shape: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly fill: string;
      readonly anchor?: "start" | "middle" | "end";
      /** Pixels. Default: the scene's. */
      readonly size?: number;
      readonly bold?: boolean;
      /** A quarter turn to the left about (x, y), as the name of a vertical axis stands. */
      readonly upwards?: boolean;
    }
  | {
      readonly shape: "group";
      readonly marks: readonly Mark[];
      /** Moved by this much. */
      readonly at?: readonly [x: number, y: number];
      /** Nothing of it is seen outside. */
      readonly clip?: Box;
    };

/** A picture as data: `svgOf` writes it as a document, the studio paints it on a canvas. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly paper: string;
  /** Pixels of a letter, where a text has no size of its own. */
  readonly fontSize: number;
  readonly marks: readonly Mark[];
}

/** Hundredths of a pixel are more than anyone sees. `+ 0` turns −0 into 0. */
export const short = (value: number): number => Math.round(value * 100) / 100 + 0;
