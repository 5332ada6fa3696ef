/** For how long a file is kept: asked by who deletes it, and by who verifies that it was not deleted early. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** True for a calls file (`calls-yyyymmdd-…`) whose day was over for so many days at an instant. */
export function isOverdue(file: string, retainDays: number, nowMs: number): boolean {
  const [, year, month, day] = /^calls-(\d{4})(\d{2})(\d{2})-/.exec(file) ?? [];
  if (day === undefined || !(retainDays >= 1)) return false;
  return nowMs - Date.UTC(Number(year), Number(month) - 1, Number(day) + 1) >= retainDays * DAY_MS;
}
