/** Saves what is drawn in a place, canvas upon canvas, as a PNG. */
export function savePicture(place: Element, name: string): void {
  const layers = [...place.querySelectorAll("canvas")];
  const [first] = layers;
  if (first === undefined) return;
  const whole = document.createElement("canvas");
  whole.width = Math.max(...layers.map(({ width }) => width));
  whole.height = Math.max(...layers.map(({ height }) => height));
  const context = whole.getContext("2d");
  for (const layer of layers) context?.drawImage(layer, 0, 0, whole.width, whole.height);
  whole.toBlob((blob) => {
    if (blob === null) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    // The browser has taken it by the time that a later task runs.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
