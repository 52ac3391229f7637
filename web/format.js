// Values as a person reads them. Pure: no document, no clock.

const LOCALE = "en-GB";
const UNITS = ["B", "kB", "MB", "GB"];
const TURNS = {
  1: "upright",
  2: "mirrored",
  3: "turned 180°",
  4: "mirrored, turned 180°",
  5: "mirrored, turned 90° anticlockwise",
  6: "turned 90° clockwise",
  7: "mirrored, turned 90° clockwise",
  8: "turned 90° anticlockwise",
};

/** Bytes in decimal units, three digits at most: 999 B, 1.2 kB, 34 MB. */
export function bytes(count) {
  if (!Number.isFinite(count)) return "";
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toLocaleString(LOCALE, { maximumFractionDigits: digits })}\u00a0${UNITS[unit]}`;
}

export function count(number) {
  return number.toLocaleString(LOCALE);
}

export function dimensions({ width, height }) {
  return width && height ? `${width}\u00a0×\u00a0${height}` : "";
}

/** What a rendition saves against its original, as words and as a sign: {text, tone}. */
export function saving(size, original) {
  if (!Number.isFinite(size) || !(original > 0)) return { text: "", tone: "even" };
  const percent = Math.round((1 - size / original) * 100);
  if (percent === 0) return { text: "same size", tone: "even" };
  // 100 % smaller would say that nothing is left of it.
  if (percent > 0) return { text: `${Math.min(percent, 99)}\u00a0% smaller`, tone: "less" };
  return { text: `${count(-percent)}\u00a0% larger`, tone: "more" };
}

export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 10 ? 2 : 1)}\u00a0s`;
  return `${Math.floor(seconds / 60)}\u00a0min ${Math.round(seconds % 60)}\u00a0s`;
}

/** Images a second, in three digits at most; slow ones by the minute. */
export function pace(perSecond) {
  if (perSecond < 1) return `${(perSecond * 60).toFixed(1)}\u00a0images a minute`;
  return `${perSecond.toLocaleString(LOCALE, { maximumFractionDigits: perSecond < 10 ? 1 : 0 })}\u00a0images a second`;
}

/** An estimate, no more exact than it is. */
export function timeLeft(seconds) {
  if (seconds < 10) return "a few seconds left";
  if (seconds < 60) return `about ${Math.ceil(seconds / 10) * 10}\u00a0s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes}\u00a0min left`;
  return `about ${count(Math.floor(minutes / 60))}\u00a0h ${minutes % 60}\u00a0min left`;
}

/** How long until then, no more exact than it needs to be; what is past is now. */
export function waiting(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 60) return `in ${seconds}\u00a0s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `in ${minutes}\u00a0min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `in ${hours}\u00a0h` : `in ${Math.round(hours / 24)}\u00a0days`;
}

/** A moment in the reader's own time zone; text that is no time comes back as it is. */
export function moment(rfc3339) {
  const date = new Date(rfc3339);
  if (Number.isNaN(date.getTime())) return String(rfc3339);
  return date.toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "medium" });
}

/** EXIF orientation, 1 to 8, with what it means. */
export function orientation(value) {
  return TURNS[value] ? `${value} (${TURNS[value]})` : String(value);
}

/** colourMode -> Colour mode */
export function words(camel) {
  const spaced = camel.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
