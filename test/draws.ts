import { configureGlobal, readConfigureGlobal } from "fast-check";

// Properties are tried on the same draws in each run, so that a run that fails, fails again. NADIR_TEST_SEED=123 draws others: to
// look for what these do not show.
const { NADIR_TEST_SEED: seed = "1" } = process.env;
if (!/^-?\d+$/.test(seed)) throw new Error(`NADIR_TEST_SEED is ${seed}, not a whole number`);
configureGlobal({ ...readConfigureGlobal(), seed: Number(seed) });
