/** Where the bars of cell voltages begin and end. */

export interface Window {
  lowV: number;
  highV: number;
}

/** Cells of a healthy pack lie within a few millivolts: a shorter window would make noise look like trouble. */
const SHORTEST_V = 0.05;
/** Room beyond the lowest and the highest, as a share of what lies between them. */
const MARGIN = 0.2;
const GRID_V = 0.01;

/** A window around the values, at least 50 mV wide, on whole hundredths of a volt. */
export function cellWindow(cellsV: number[]): Window {
  const low = Math.min(...cellsV);
  const high = Math.max(...cellsV);
  const half = Math.max(SHORTEST_V / 2, ((high - low) / 2) * (1 + MARGIN));
  const middle = (low + high) / 2;
  const whole = (valueV: number, round: (value: number) => number) => round(Number((valueV / GRID_V).toFixed(6))) * GRID_V;
  return { lowV: whole(middle - half, Math.floor), highV: whole(middle + half, Math.ceil) };
}

/** Height of a bar, 0..1 of the window. */
export function share(valueV: number, { lowV, highV }: Window): number {
  return Math.min(1, Math.max(0, (valueV - lowV) / (highV - lowV)));
}

export interface CellMarks {
  /** Positions counted from 1. */
  balancing: number[];
  faulty: number[];
  broken: number[];
}

export const NO_MARKS: CellMarks = { balancing: [], faulty: [], broken: [] };

export interface CellPicture {
  window: Window;
  /** Positions counted from 1. Where all are equal, both are the first. */
  lowest: number;
  highest: number;
  spreadV: number;
  meanV: number;
}

/** What a row of cells shows; null without cells. */
export function cellPicture(cellsV: number[]): CellPicture | null {
  if (cellsV.length === 0) return null;
  const low = Math.min(...cellsV);
  const high = Math.max(...cellsV);
  return {
    window: cellWindow(cellsV),
    lowest: cellsV.indexOf(low) + 1,
    highest: cellsV.indexOf(high) + 1,
    spreadV: high - low,
    meanV: cellsV.reduce((sum, value) => sum + value, 0) / cellsV.length,
  };
}
