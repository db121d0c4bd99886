// What the list and the player share.

export const $ = (id) => document.getElementById(id);

/** An element: make('a', { href: '/' }, 'text', child) */
export function make(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in e && typeof value !== 'string') e[key] = value;
    else e.setAttribute(key, value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

/** 3725.5 becomes 1:02:05, with tenths 1:02:05.5 */
export function clock(seconds, digits = 0) {
  const unit = 10 ** digits;
  const all = Math.floor(Math.max(seconds, 0) * unit + 1e-6) / unit;
  const h = Math.floor(all / 3600), m = Math.floor(all / 60) % 60, s = all % 60;
  const tail = s.toFixed(digits).padStart(digits ? 3 + digits : 2, '0');
  return h ? `${h}:${String(m).padStart(2, '0')}:${tail}` : `${m}:${tail}`;
}

export function bytes(n) {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${i && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

/** The path of a recording as it stands in a URL. */
export const urlOf = (path) => '/' + path.split('/').map(encodeURIComponent).join('/');

export async function json(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  return answer.json();
}

/** Draw where something happened; bytes on a logarithmic scale. */
export function drawStrip(canvas, activity, duration) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, width, height);
  if (!activity || !(duration > 0)) return;
  context.fillStyle = getComputedStyle(canvas).color;
  const most = Math.log1p(Math.max(...activity.bytes, 1));
  const wide = activity.interval / duration * width;
  activity.bytes.forEach((n, i) => {
    if (!n) return;
    const high = Math.max(ratio, Math.log1p(n) / most * height);
    context.fillRect(i * wide, height - high, Math.max(wide - (wide > 3 * ratio ? ratio : 0), ratio), high);
  });
}
