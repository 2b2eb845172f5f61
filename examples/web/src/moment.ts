// Moments as people say them.
const { lang } = document.documentElement;
const LONG = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(lang, { timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** The time of day. */
export const clock = (moment: Date): string => CLOCK.format(moment);

/** Such as "in 7 days", with the exact moment behind it. */
export function showMoment(where: HTMLTimeElement, iso: string): void {
  const moment = new Date(iso);
  const seconds = (moment.getTime() - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[3];
  where.dateTime = iso;
  where.title = LONG.format(moment);
  where.textContent = RELATIVE.format(Math.round(seconds / length), unit);
}
