/** How pictures look: inks, and the size that everything else is measured by. */
export interface Style {
  readonly paper: string;
  /** Of titles and names. */
  readonly ink: string;
  /** Of labels. */
  readonly faint: string;
  readonly axis: string;
  readonly grid: string;
  /** For curves in turn: told apart by readers of any colour vision. After them, dashes tell apart. */
  readonly curves: readonly string[];
  /** Of what went wrong, of what descends, of what is allowed. */
  readonly alarm: string;
  readonly descent: string;
  readonly good: string;
  /** Pixels of a letter; margins and lines follow it. */
  readonly fontSize: number;
  readonly titled: boolean;
}

// Okabe and Ito (2008), with black as the seventh and an olive as the eighth.
const okabeIto = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;

/** On white, for documents. */
export const plain: Style = {
  ...{ paper: "#ffffff", ink: "#222222", faint: "#444444", axis: "#888888", grid: "#e9e9e9" },
  curves: [...okabeIto, "#000000", "#999933"],
  ...{ alarm: "#c62828", descent: "#d55e00", good: "#009e73" },
  ...{ fontSize: 12, titled: true },
};

/** For a column of a paper: 3.3 inches wide, letters of 8 points, no title (a caption says it). */
export const paper: Style = { ...plain, fontSize: (8 / 72) * 96, titled: false };

/** Pixels of a column of a paper: 3.3 inches. */
export const paperWidth: number = 3.3 * 96;

/** On a dark screen: the same hues, lighter. */
export const dark: Style = {
  ...{ paper: "#16181d", ink: "#e8eaed", faint: "#b4b9c2", axis: "#6b7280", grid: "#2a2e37" },
  curves: [
    ...["#4db1ff", "#ff8a3d", "#2fd6a5", "#e59ac9", "#f2b632", "#8fd3ff", "#ffffff"],
    "#c5c55a",
  ],
  ...{ alarm: "#ff6b6b", descent: "#ff8a3d", good: "#2fd6a5" },
  ...{ fontSize: 12, titled: true },
};

/** From dark for low to light for high, in equal steps of lightness for every eye (viridis). */
export const shades = [
  ...["#440154", "#482878", "#3e4989", "#31688e", "#26828e"],
  ...["#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"],
] as const;

/** The colour of the i-th curve. */
export const colourOf = ({ curves, ink }: Style, i: number): string =>
  curves[i % curves.length] ?? ink;
