/** What `/api/v1/packs/{pack}/health` answers: see `api/health.py`. */

export interface HealthFinding {
  kind: string;
  weight: "fault" | "note";
  place: number | null;
  title: string;
  evidence: string;
  causes: string[];
  advice: string;
  who: string;
  urgency: string;
  sure: string;
}

export interface PackHealth {
  pack: string;
  days: number;
  findings: HealthFinding[];
  /** One sentence where there is no finding. */
  say: string | null;
}
