/**
 * The two-sided 95 % point of Student's distribution: |t| exceeds it once in twenty. Exact for 1 and 2 degrees
 * of freedom, within 4e-3 for 3 and more.
 *
 * @see Abramowitz & Stegun (1964), 26.7.5 (Cornish and Fisher's expansion)
 */
export function studentT95(degrees: number): number {
  if (degrees === 1) return 12.7062047;
  if (degrees === 2) return 4.3026527;
  const z = 1.959963985;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, i) => sum + term / degrees ** (i + 1), z);
}
