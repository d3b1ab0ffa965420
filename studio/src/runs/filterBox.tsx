import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { setSearch } from "../app/router.ts";
import { shortNumber } from "../parts/format.ts";
import { orders } from "./order.ts";
import { candidates, filterProblem, matching, order, query, reach, withArchived } from "./state.ts";

/** The filter, which works while it is typed; what it does not understand is underlined and has no effect. */
export function FilterBox(): JSX.Element {
  const text = useSignal(query.peek());
  useEffect(() => {
    // Back, or a link, brought another filter.
    if (document.activeElement?.hasAttribute("data-search") !== true) text.value = query.peek();
  }, [query.value, text]);
  const problem = filterProblem.value;
  const [all, found] = [candidates.value.length, matching.value.length];
  const describe = problem === undefined ? {} : { "aria-describedby": "filter-problem" };
  return (
    <div class="filter">
      <div class="filter-line">
        <div class="filter-field">
          <div class="filter-under" aria-hidden="true">
            {problem === undefined ? null : (
              <>
                {text.value.slice(0, problem.start)}
                <u>{text.value.slice(problem.start, problem.end)}</u>
              </>
            )}
          </div>
          <input
            type="search"
            data-search
            aria-label="Filter the runs"
            placeholder="method=adam loss<0.1"
            title="Words, and conditions such as method=adam loss<0.1 saddle since:2d tag:paper"
            spellcheck={false}
            autocomplete="off"
            value={text.value}
            aria-invalid={problem !== undefined}
            {...describe}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
              setSearch({ q: currentTarget.value });
            }}
          />
        </div>
        <select
          aria-label="Order"
          value={order.value}
          onChange={({ currentTarget }) => {
            const { value } = currentTarget;
            setSearch({ sort: value === "newest" ? "" : value });
          }}
        >
          {Object.entries(orders).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div class="filter-line quiet">
        <span role="status">
          {found === all ? "" : `${found} of `}
          {all === 1 ? "1 run" : `${all} runs`}
        </span>
        {order.value === "cost" ? (
          <label>
            loss{" "}
            <input
              type="text"
              size={8}
              value={shortNumber(reach.value)}
              onChange={({ currentTarget }) => setSearch({ reach: currentTarget.value })}
            />
          </label>
        ) : null}
        <span class="bar-gap" />
        <label>
          <input
            type="checkbox"
            checked={withArchived.value}
            onChange={({ currentTarget }) =>
              setSearch({ archived: currentTarget.checked ? "1" : "" })
            }
          />{" "}
          archived
        </label>
      </div>
      {problem === undefined ? null : (
        <p class="filter-problem" id="filter-problem" role="alert">
          {problem.message}
          {problem.hint === undefined ? null : ` · ${problem.hint}`}{" "}
          <button
            type="button"
            class="plain"
            onClick={() => {
              const without = text.peek().slice(0, problem.start) + text.peek().slice(problem.end);
              text.value = without.trim();
              setSearch({ q: without.trim() });
            }}
          >
            drop it
          </button>
        </p>
      )}
    </div>
  );
}
