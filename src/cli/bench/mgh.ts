/**
 * The known local minima of the 36 Moré–Garbow–Hillstrom cases (f is a sum of squares without 1/2), by
 * the keys that bench/peers/mgh.py uses, from Newton's method in 60 digits.
 *
 * Left out: limits at infinity, and for `biggs_exp6` the 5.65565e-3 that the 1981 paper gives, where
 * quasi-Newton methods stop: its Hessian has the eigenvalue −0.0098, so it is a strict saddle.
 * `trigon` has a second minimum (gradient 3e-15, smallest Hessian eigenvalue 0.11), where most end.
 */
export const mghMinima: Readonly<Record<string, readonly number[]>> = {
  rosen: [0],
  freud_roth: [0, 48.98425367924002],
  powell_bs: [0],
  brown_bs: [0],
  beale: [0],
  jenn_samp: [124.36218235561485],
  helical: [0],
  bard: [0.00821487730657898],
  gauss: [1.1279327696190113e-8],
  meyer: [87.94585517085112],
  gulf: [0],
  box_3d: [0],
  powell_s: [0],
  wood: [0],
  kow_osb: [0.0003075056038492378],
  brown_den: [85822.20162635634],
  osborne_1: [5.464894697482912e-5],
  biggs_exp6: [0],
  osborne_2: [0.04013773629354774],
  watson: [0.0022876700535524363],
  watson_9: [1.3997601380975866e-6],
  ex_rosen: [0],
  ex_powell: [0],
  penalty_1: [2.2499775008999372e-5],
  penalty_2: [9.376293007355442e-6],
  var_dim: [0],
  trigon: [0, 0.00027412943078806767],
  brown_al: [0],
  disc_bv: [0],
  disc_ie: [0],
  broyden_tri: [0],
  broyden_band: [0],
  linfun_fr: [5],
  linfun_r1: [2.142857142857143],
  linfun_r1z: [3.6470588235294117],
  chebyquad: [0.0035168737256779316],
};

/** Whether a run that ended at `value` solved the problem: f ≤ f* + 1e-8 (1 + |f*|) for one of its minima f*. */
export function isSolved(key: string, value: number): boolean {
  const minima = mghMinima[key] ?? [];
  return minima.some((minimum) => Math.abs(value - minimum) <= 1e-8 * (1 + Math.abs(minimum)));
}
