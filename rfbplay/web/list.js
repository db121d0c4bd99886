// The list of recordings: cards with thumbnails, search and sort.
import { $, make, clock, bytes, urlOf, json, drawStrip } from './common.js';

const folder = decodeURIComponent(location.pathname).replace(/^\/+|\/+$/g, '');
const sorts = [
  ['modified', 'Newest first', (a, b) => b.modified - a.modified],
  ['name', 'Name', (a, b) => a.path.localeCompare(b.path, undefined, { numeric: true })],
  ['duration', 'Longest first', (a, b) => (b.duration || 0) - (a.duration || 0)],
  ['size', 'Largest first', (a, b) => b.size - a.size],
];
let recordings = [], folders = [];

function trail() {
  const nav = make('nav', { id: 'trail', 'aria-label': 'Folders' }, make('a', { href: '/' }, 'Recordings'));
  const parts = folder ? folder.split('/') : [];
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    nav.append(make('span', { 'aria-hidden': 'true' }, '/'),
      make('a', { href: urlOf(parts.slice(0, i + 1).join('/')) + '/', ...(last && { 'aria-current': 'page' }) }, part));
  });
  return nav;
}

function page() {
  const search = make('input', { id: 'search', type: 'search', placeholder: 'Search', 'aria-label': 'Search recordings' });
  const sort = make('select', { id: 'sort', 'aria-label': 'Sort by' });
  for (const [value, text] of sorts) sort.append(make('option', { value }, text));
  sort.value = localStorage.getItem('sort') || 'modified';
  if (!sort.value) sort.value = 'modified';
  search.addEventListener('input', show);
  sort.addEventListener('change', () => { localStorage.setItem('sort', sort.value); show(); });
  document.body.className = 'list';
  document.body.replaceChildren(
    make('header', {}, trail(), make('span', { class: 'space' }), search, sort),
    make('main', {}, make('p', { id: 'summary', role: 'status' }, 'Loading ...'), make('ul', { id: 'folders' }),
      make('ul', { id: 'grid' })));
  document.addEventListener('keydown', (e) => {
    if (e.key === '/' && document.activeElement !== search) { e.preventDefault(); search.focus(); }
  });
}

/** Details come when a card is about to be seen. */
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    entry.target.dispatchEvent(new Event('seen'));
  }
}, { rootMargin: '300px' });

function ago(seconds) {
  const days = (Date.now() / 1000 - seconds) / 86400;
  const date = new Date(seconds * 1000);
  if (days < 1) return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return date.toLocaleDateString([], { day: 'numeric', month: 'short', year: days < 300 ? undefined : 'numeric' });
}

function card(r) {
  const url = urlOf(r.path);
  const usable = r.state !== 'unreadable';
  const image = make('img', { alt: '', loading: 'lazy', decoding: 'async' });
  const strip = make('canvas', { class: 'strip', 'aria-hidden': 'true' });
  const badge = r.state === 'complete' ? null
    : make('span', { class: `badge ${r.state.replace(' ', '-')}` }, r.state === 'growing' ? 'live' : r.state);
  const facts = [r.duration !== null && clock(r.duration), r.width && `${r.width}×${r.height}`, bytes(r.size), ago(r.modified)];
  const where = r.path.slice(0, -r.name.length);
  const shownFolder = where.startsWith(folder) ? where.slice(folder.length).replace(/^\//, '') : where;
  const item = make('li', { class: 'card' },
    make('a', { href: usable ? `${url}?play` : `${url}?raw`, 'aria-label': `${usable ? 'Play' : 'Download'} ${r.name}` },
      make('div', { class: 'thumb' }, usable ? image : make('span', { class: 'no' }, 'cannot be played'), badge,
        r.duration !== null && usable ? make('span', { class: 'length' }, clock(r.duration)) : null, strip),
      make('h2', {}, r.name),
      make('p', {}, facts.filter((f) => f).slice(1).join(' · ')),
      r.title || shownFolder ? make('p', { class: 'more' }, [shownFolder, r.title].filter((t) => t).join(' · ')) : null,
      r.error ? make('p', { class: 'error' }, r.error) : null));
  item.addEventListener('seen', async () => {
    image.src = `${url}?t=60%25&format=jpeg&scale=480&quality=80`;
    try {
      const all = await json('/api/recordings' + url);
      drawStrip(strip, all.activity, all.duration);
    } catch { /* the card says enough without it */ }
  });
  if (usable) seen.observe(item);
  return item;
}

function show() {
  const words = $('search').value.toLowerCase().split(/\s+/).filter((w) => w);
  const order = sorts.find((s) => s[0] === $('sort').value)[2];
  const fits = (text) => words.every((w) => text.toLowerCase().includes(w));
  const found = recordings.filter((r) => fits(`${r.path} ${r.title || ''} ${r.format}`)).sort(order);
  $('folders').replaceChildren(...folders.filter((f) => fits(f))
    .map((f) => make('li', {}, make('a', { href: urlOf(f) + '/' }, f.split('/').pop() + '/'))));
  $('grid').replaceChildren(...found.map(card));
  const total = found.reduce((sum, r) => sum + (r.duration || 0), 0);
  $('summary').textContent = !recordings.length ? 'There are no recordings here.'
    : !found.length ? 'Nothing fits.'
    : `${found.length} ${found.length === 1 ? 'recording' : 'recordings'}, ${clock(total)} in all`;
}

async function load() {
  const url = '/api/recordings' + (folder ? urlOf(folder) : '');
  const [here, all] = await Promise.all([json(url + '?recursive=0'), json(url + '?recursive=1')]);
  folders = here.folders;
  recordings = all.recordings;
  show();
}

page();
load().catch((e) => { $('summary').textContent = e.message; });
