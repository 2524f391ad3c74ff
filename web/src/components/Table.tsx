// A list of things. On a narrow screen each row becomes a small card whose values carry their column's title.

import type { ComponentChildren } from "preact";

import type { ListState } from "../live";

export interface Column<T> {
  title: string;
  cell: (row: T) => ComponentChildren;
  number?: boolean; // aligned to the right
  role?: "main" | "wide"; // main: what the row is about; both: long words break, and a line of its own in a card
  sort?: string; // the API's name of this order; makes the title a button
}

interface Props<T> {
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string | number;
  list?: ListState;
  groups?: ComponentChildren; // a row of titles above the columns'
  details?: (row: T) => ComponentChildren; // below the row, when there are any
  label?: string;
}

function Title<T>({ column, list }: { column: Column<T>; list?: ListState }) {
  const { sort, title } = column;
  if (!sort || !list) return <th class={column.number ? "number" : ""} scope="col">{title}</th>;
  const isCurrent = list.sort === sort;
  return (
    <th class={column.number ? "number" : ""} scope="col" aria-sort={isCurrent ? (list.reverse ? "descending" : "ascending") : "none"}>
      <button class="sort" onClick={() => list.sortBy(sort)}>{title}<span aria-hidden="true">{isCurrent ? (list.reverse ? " ▾" : " ▴") : ""}</span></button>
    </th>
  );
}

export function Table<T>({ columns, rows, keyOf, list, groups, details, label }: Props<T>) {
  return (
    <table class="list" aria-label={label}>
      <thead>
        {groups}
        <tr>{columns.map((column) => <Title key={column.title} column={column} list={list} />)}</tr>
      </thead>
      {rows.map((row) => {
        const below = details?.(row);
        return (
          <tbody key={keyOf(row)}>
            <tr>
              {columns.map((column) => (
                <td key={column.title} class={column.role ?? (column.number ? "number" : "")} data-title={column.title}>{column.cell(row)}</td>
              ))}
            </tr>
            {below && <tr class="details"><td colSpan={columns.length}>{below}</td></tr>}
          </tbody>
        );
      })}
    </table>
  );
}
