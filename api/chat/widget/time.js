/** Times as the reader's locale writes them. */

import { WORDS } from "./words.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const clockTime = (at) => clock.format(at);
export const fullTime = (at) => full.format(at);
export const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** "Today", "Yesterday", or the date. */
export function dayName(at, now = new Date()) {
  if (sameDay(at, now)) return WORDS.today;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  return sameDay(at, yesterday) ? WORDS.yesterday : day.format(at);
}
