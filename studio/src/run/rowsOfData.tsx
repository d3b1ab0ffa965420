interface RowsOfDataProps {
  /** 0 for all. */
  readonly rows: number;
  readonly choose: (rows: number) => void;
}

/** How many rows of the data a measurement looks at. */
export function RowsOfData({ rows, choose }: RowsOfDataProps) {
  return (
    <label>
      rows of the data{" "}
      <select
        value={String(rows)}
        onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
      >
        <option value="0">all</option>
        <option value="500">500, drawn by the seed</option>
        <option value="2000">2 000, drawn by the seed</option>
      </select>
    </label>
  );
}
