/** Half of the side of the pictures of toy data, which lie within 1 but for noise. */
export const surfaceSpan = 1.2;
