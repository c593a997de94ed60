/** One strip of the chart: what it is given, and how uPlot is told. */

import uPlot from "uplot";
import type { Track } from "../data/series.ts";

/** `per` of the quantity's units make one of `unit`. With `digits`, values beside the chart are told in it too. */
export interface AxisUnit {
  unit: string;
  per: number;
  digits?: number;
}

/** One quantity over time. */
export interface StripData {
  key: string;
  label: string;
  /** A word on how the lines were made of several values. */
  note?: string;
  unit: string;
  digits: number;
  /** How the axis counts when that reads better than the unit. */
  axis?: AxisUnit;
  tracks: Track[];
  /** Lowest and highest of the scale; left out: chosen around the values. */
  scale?: [number, number];
  /** The shortest height of the scale, in the unit. */
  shortest: number;
  /** Zero belongs into the picture, and above and below it differ (charge, discharge). */
  signed?: boolean;
}

/** Colours and type for the canvas, which knows no style sheet. */
export interface Ink {
  text: string;
  grid: string;
  quiet: string;
  charging: string;
  discharging: string;
  tracks: string[];
  font: string;
}

/** So that a line is told by more than its colour. */
export const DASHES: number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 3], [14, 4], [2, 6], [7, 3, 2, 3, 2, 3]];

export const TONES = 8;
/** A line among many that is not to stand out. */
export const QUIET = -1;
/** Where the values stand, left of the lines. */
export const AXIS_WIDTH_PX = 50;
/** Free right of the lines: half of the longest word below the time axis, which may stand at its very end. */
export const RIGHT_WIDTH_PX = 24;
const BAND_ALPHA = 0.16;
/** The bands of more lines lie over one another and are drawn fainter. */
const FEW_LINES = 2;
const AREA_ALPHA = 0.22;
const QUIET_ALPHA = 0.4;
/** A strip of a few lines leaves this share of its height free above and below. */
const AIR = 0.08;

/** Reads the colours that the style sheets give right now. */
export function readInk(element: HTMLElement): Ink {
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const ink = {
    text: colour("ink-3"),
    grid: colour("line"),
    quiet: fade(colour("ink-3"), QUIET_ALPHA),
    charging: colour("charging"),
    discharging: colour("discharging"),
    tracks: Array.from({ length: TONES }, (_, tone) => colour(`track-${tone}`)),
    font: `12px ${getComputedStyle(element).fontFamily}`,
  };
  probe.remove();
  return ink;
}

/** Lowest and highest of the scale of a strip. */
export function scaleOf(strip: StripData, fromMs: number, toMs: number): [number, number] {
  if (strip.scale) return strip.scale;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const track of strip.tracks) {
    track.times.forEach((time, at) => {
      if (time < fromMs || time > toMs) return;
      low = Math.min(low, track.min?.[at] ?? track.mean[at] ?? low);
      high = Math.max(high, track.max?.[at] ?? track.mean[at] ?? high);
    });
  }
  if (strip.signed) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [0, strip.shortest];
  const missing = Math.max(0, strip.shortest - (high - low)) / 2;
  const air = (high - low + 2 * missing) * AIR;
  return [low - missing - air, high + missing + air];
}

function fade(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, (_, parts: string) => `rgb(${parts.replaceAll(",", " ").replace(/\s+/g, " ")} / ${alpha})`);
}

/** One colour above zero, another below. */
function split(plot: uPlot, above: string, below: string): CanvasGradient | string {
  const { top, height } = plot.bbox;
  const zero = (plot.valToPos(0, "y", true) - top) / height;
  if (!Number.isFinite(zero)) return above;
  const at = Math.min(1, Math.max(0, zero));
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  for (const [place, colour] of [[0, above], [at, above], [at, below], [1, below]] as const) gradient.addColorStop(place, colour);
  return gradient;
}

/** Times in seconds, then per track its mean and, where it has a band, its highest and lowest. */
export function tableOf(strip: StripData): uPlot.AlignedData {
  const tables = strip.tracks.map((track): uPlot.AlignedData => {
    const seconds = track.times.map((time) => time / 1000);
    return track.min && track.max ? [seconds, track.mean, track.max, track.min] : [seconds, track.mean];
  });
  return tables.length ? uPlot.join(tables) : [[]];
}

function linesOf(strip: StripData, ink: Ink): Pick<uPlot.Options, "series" | "bands"> {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const alone = strip.tracks.length === 1;
  for (const track of strip.tracks) {
    const quiet = track.tone === QUIET;
    const colour = quiet ? ink.quiet : (ink.tracks[track.tone % TONES] ?? ink.text);
    const flow = strip.signed && alone;
    series.push({
      width: quiet ? 1 : 1.75,
      dash: alone || quiet ? [] : (DASHES[track.tone % TONES] ?? []),
      points: { show: false },
      stroke: flow ? (plot) => split(plot, ink.charging, ink.discharging) : colour,
      ...(flow ? { fill: (plot: uPlot) => split(plot, fade(ink.charging, AREA_ALPHA), fade(ink.discharging, AREA_ALPHA)), fillTo: 0 } : {}),
      ...(alone && strip.scale ? { fill: fade(colour, BAND_ALPHA / 1.6), fillTo: strip.scale[0] } : {}),
    });
    if (track.min && track.max) {
      const edge = { width: 0, points: { show: false }, stroke: "transparent" };
      series.push(edge, { ...edge });
      bands.push({ series: [series.length - 2, series.length - 1], fill: fade(colour, strip.tracks.length > FEW_LINES ? BAND_ALPHA / 2 : BAND_ALPHA) });
    }
  }
  return { series, bands };
}

export interface Frame {
  widthPx: number;
  heightPx: number;
  timeZone: string;
  /** Only the lowest strip writes the times below it. */
  withTimes: boolean;
  /** How an instant is written at a tick; `wide`: ticks lie days apart. */
  tick: (atMs: number, wide: boolean) => string;
  number: (value: number, digits: number) => string;
}

const MOST_DIGITS = 3;

/** Decimals that write a step between ticks in full: none for 2, two for 0.25. */
export function digitsFor(step: number): number {
  let digits = 0;
  while (digits < MOST_DIGITS && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits += 1;
  return digits;
}

/** The window of a strip, asked on every draw so that it can move on: UTC seconds, and the quantity's unit. */
export interface View {
  seconds: () => [number, number];
  values: () => [number, number];
}

/** All of a strip's look. */
export function optionsOf(strip: StripData, frame: Frame, ink: Ink, view: View): uPlot.Options {
  const grid = { stroke: ink.grid, width: 1 };
  return {
    width: frame.widthPx,
    height: frame.heightPx,
    tzDate: (second) => uPlot.tzDate(new Date(second * 1000), frame.timeZone),
    legend: { show: false },
    padding: [6, RIGHT_WIDTH_PX, frame.withTimes ? 0 : 6, 0],
    // The chart around the strips owns the cursor: mouse, finger and keys move all strips together.
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      bind: { mousemove: () => null, mousedown: () => null, mouseup: () => null, mouseleave: () => null, dblclick: () => null },
      points: { size: 7, width: 2 },
    },
    scales: {
      x: { time: true, range: view.seconds },
      y: { range: view.values },
    },
    axes: [
      {
        show: true,
        size: frame.withTimes ? 30 : 0,
        font: ink.font,
        stroke: ink.text,
        grid,
        ticks: { show: false },
        space: 64,
        values: (_plot, seconds, _axis, _space, step) =>
          frame.withTimes ? seconds.map((second) => frame.tick(second * 1000, step >= 86_400)) : seconds.map(() => ""),
      },
      {
        size: AXIS_WIDTH_PX,
        font: ink.font,
        stroke: ink.text,
        grid,
        ticks: { show: false },
        gap: 6,
        space: 30,
        ...(strip.scale ? { splits: [strip.scale[0], (strip.scale[0] + strip.scale[1]) / 2, strip.scale[1]] } : {}),
        values: (_plot, values) => {
          const per = strip.axis?.per ?? 1;
          const step = ((values[1] ?? 1) - (values[0] ?? 0)) / per;
          return values.map((value) => frame.number(value / per, digitsFor(Math.abs(step) || 1)));
        },
      },
    ],
    ...linesOf(strip, ink),
  };
}
