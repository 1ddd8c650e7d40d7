/** `0d:3h:22m:31s` */
export function uptimeText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  return `${days}d:${hours}h:${minutes}m:${seconds % 60}s`;
}

/** `2006-01-02 15:04:05 -0700`, in local time. `wallMs`: Unix milliseconds. */
export function startText(wallMs: number, offsetMinutes = -new Date(wallMs).getTimezoneOffset()): string {
  const local = new Date(wallMs + offsetMinutes * 60_000).toISOString();
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(hours)}${two(minutes)}`;
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offset}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
