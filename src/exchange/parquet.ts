import { parquetWriteBuffer } from "hyparquet-writer";
import type { Table } from "./table.ts";

/** A table as an Apache Parquet file: numbers are DOUBLE, text is STRING, nothing is NULL. */
export function parquet({ columns }: Table): Uint8Array {
  const columnData = columns.map(({ name, kind, cells }) => ({
    name,
    data: [...cells],
    type: kind === "text" ? ("STRING" as const) : ("DOUBLE" as const),
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
