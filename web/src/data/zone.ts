/** Time zones as this browser knows them. Pure. */

export const UTC = "UTC";

/** The zone itself where the browser knows it, else UTC: an unknown name would throw wherever a time is written. */
export function usableZone(name: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch (error) {
    if (error instanceof RangeError) return UTC;
    throw error;
  }
}
