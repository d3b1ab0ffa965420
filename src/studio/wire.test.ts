import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { decodeJson, encodeJson, encodeList } from "./wire.ts";

describe("messages as text", () => {
  property.prop([fc.dictionary(fc.string(), fc.double()), fc.string()])(
    "come back as they were, with numbers that JSON lacks, and with texts that look like them",
    (figures, name) => {
      const message = { name: `${name}"$number"`, figures };
      expect(decodeJson(encodeJson(message))).toEqual(message);
      expect(decodeJson(encodeJson({ figures: Object.values(figures) }))).toEqual({
        figures: Object.values(figures),
      });
    },
  );

  test("hold lists of rows, each as it is written alone", () => {
    const rows = [{ id: "a", loss: Number.NaN }, { id: "b" }];
    for (let times = 0; times < 2; times++) {
      expect(decodeJson(`{"runs":${encodeList(rows)}}`)).toEqual({ runs: rows });
    }
    expect(encodeList([])).toBe("[]");
  });
});
