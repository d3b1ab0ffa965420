import { createInterface } from "node:readline/promises";
import { NadirError } from "../base/errors.ts";

/**
 * Asks on the terminal, and goes on only if the answer is the one that was told.
 *
 * @throws NadirError `cli/unconfirmed` for another answer, or where there is nobody to ask
 */
export async function confirm(question: string, answer: string): Promise<void> {
  const refuse = (what: string): never => {
    throw new NadirError("cli/unconfirmed", `${what}: nothing was done`, {
      expected: `${answer}, typed at the question`,
      hint: "--yes, which asks nothing",
    });
  };
  if (!process.stdin.isTTY) refuse("there is no terminal to ask on");
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await line.question(question);
    if (said.trim() !== answer) refuse("it was not confirmed");
  } finally {
    line.close();
  }
}
