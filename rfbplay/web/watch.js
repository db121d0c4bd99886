// The player: pictures of a stream on a canvas, exact ones where it stands still.
import { $, make, clock, bytes, json, drawStrip } from './common.js';
import { play as readStream } from './stream.js';

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];
const MAX_GAP = 0.5;            // s, what idle times are shortened to
const icons = { play: 'M7 4v16l13-8z', pause: 'M6 4h4v16H6zM14 4h4v16h-4z' };

const file = location.pathname;
const name = decodeURIComponent(file.split('/').pop());
const screen = $('screen'), context = screen.getContext('2d', { alpha: false });

const state = {
  duration: 0, facts: null,
  time: 0,                      // s, of what is shown
  playing: false, ended: false, live: false,
  speed: 1, skip: false,
  shownAt: 0, shownTime: 0, shownFor: null,   // the last picture, for the clock between pictures
  abort: null, exact: 0,        // number of the request for an exact picture
};

const growing = () => state.facts && state.facts.state === 'growing';

function toast(text) {
  $('toast').textContent = text;
  $('toast').classList.add('on');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => $('toast').classList.remove('on'), 1800);
}

function fail(text) {
  $('message').textContent = text;
  $('message').hidden = !text;
}

/* --- showing --- */

function draw(image) {
  if (screen.width !== image.width || screen.height !== image.height) {
    screen.width = image.width;
    screen.height = image.height;
  }
  context.drawImage(image, 0, 0);
}

/** Where playing is by now, between two pictures. */
function now() {
  if (!state.playing) return state.time;
  let passed = (performance.now() - state.shownAt) / 1000 * state.speed;
  if (state.shownFor !== null) passed = Math.min(passed, state.shownFor);
  if (state.live) passed = 0;
  return Math.min(Math.max(state.time, state.shownTime + passed), state.duration);
}

function showTime() {
  const time = now(), part = state.duration > 0 ? time / state.duration : 0;
  state.time = time;
  if (!showTime.held) $('seek').value = time;
  $('seek').setAttribute('aria-valuetext', `${clock(time)} of ${clock(state.duration)}`);
  $('played').style.width = `${Math.min(part, 1) * 100}%`;
  $('time').textContent = `${clock(time, 1)} / ${clock(state.duration)}`;
}

function showState() {
  const label = state.playing ? 'Pause' : 'Play';
  $('play').setAttribute('aria-label', label);
  $('play').title = `${label} (space)`;
  $('play-icon').setAttribute('d', state.playing ? icons.pause : icons.play);
  $('big-play').hidden = state.playing || state.time > 0;
  $('live').hidden = !growing();
  $('live').setAttribute('aria-pressed', String(state.live));
  document.documentElement.dataset.state = state.playing ? 'playing' : state.ended ? 'ended' : 'paused';
}

function setDuration(seconds) {
  if (!(seconds >= 0) || seconds === state.duration) return;
  state.duration = seconds;
  $('seek').max = seconds;
  drawStrip($('strip'), state.facts && state.facts.activity, state.duration);
  showTime();
}

/* --- exact pictures --- */

/** Show just the picture of a time, without loss. @return its time, or null if it was overtaken */
async function showExact(query) {
  const number = ++state.exact;
  $('stage').setAttribute('aria-busy', 'true');
  const wait = setTimeout(() => { $('spinner').hidden = number !== state.exact; }, 250);
  try {
    const answer = await fetch(`${file}?${query}&format=png`);
    if (number !== state.exact) return null;
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const image = await createImageBitmap(await answer.blob());
    if (number !== state.exact) return null;
    draw(image);
    image.close();
    fail('');
    return Number(answer.headers.get('X-Recording-Time')) / 1000;
  } catch (e) {
    if (number === state.exact) fail(e.message);
    return null;
  } finally {
    clearTimeout(wait);
    if (number === state.exact) {
      $('spinner').hidden = true;
      $('stage').removeAttribute('aria-busy');
    }
  }
}

/* --- playing --- */

function stopStream() {
  if (state.abort) state.abort.abort();
  state.abort = null;
  state.exact++;
  $('stage').removeAttribute('aria-busy');
  $('spinner').hidden = true;
}

function show(picture) {
  state.shownAt   = performance.now();
  state.shownTime = picture.time;
  state.shownFor  = picture.newest ? 0 : picture.duration;
  state.time      = picture.time;
  if (picture.time > state.duration) setDuration(picture.time);
  draw(picture.image);
  fail('');
  $('spinner').hidden = true;
  showTime();
}

async function start() {
  const abort = new AbortController();
  const query = new URLSearchParams({ stream: 1, speed: state.speed });
  stopStream();
  state.abort   = abort;
  state.playing = true;
  state.ended   = false;
  state.shownAt = performance.now();
  state.shownTime = state.time;
  state.shownFor  = 0;
  if (state.live) query.set('live', 1);
  else query.set('offset', `${Math.round(state.time * 1000)}ms`);
  if (state.skip && !state.live) query.set('max_gap', `${MAX_GAP * 1000}ms`);
  showState();
  try {
    await readStream(`${file}?${query}`, abort.signal, show);
    if (abort.signal.aborted) return;
    state.time    = now();
    state.playing = false;
    state.ended   = true;
    state.live    = false;
    if (!growing()) state.time = state.duration;
    loadFacts();
    showExact(`t=${state.time.toFixed(3)}`);
  } catch (e) {
    if (abort.signal.aborted) return;
    state.playing = false;
    fail(`It does not play: ${e.message}`);
  }
  showTime();
  showState();
}

async function pause() {
  state.time = now();
  state.playing = false;
  state.live = false;
  stopStream();
  showState();
  await showExact(`t=${state.time.toFixed(3)}`);
}

function toggle() {
  if (state.playing) { pause(); return; }
  if (state.duration - state.time < 0.01 && !growing()) state.time = 0;
  start();
}

async function seek(time) {
  const playing = state.playing;
  state.live = false;
  state.playing = false;
  state.ended = false;
  state.time = Math.min(Math.max(time, 0), state.duration);
  showTime();
  if (playing) await start();
  else { stopStream(); showState(); await showExact(`t=${state.time.toFixed(3)}`); }
}

async function step(by) {
  if (state.playing) { state.time = now(); state.playing = false; stopStream(); showState(); }
  const time = await showExact(`t=${state.time.toFixed(3)}&step=${by}`);
  if (time === null) return;
  state.time = time;
  state.live = false;
  showTime();
  showState();
}

function setSpeed(speed) {
  state.time = now();
  state.speed = speed;
  $('speed').value = String(speed);
  localStorage.setItem('speed', speed);
  if (state.playing && !state.live) start();
}

function changeSpeed(by) {
  const i = Math.min(Math.max(SPEEDS.indexOf(state.speed) + by, 0), SPEEDS.length - 1);
  setSpeed(SPEEDS[i]);
  toast(`${SPEEDS[i]}×`);
}

function setSkip(on) {
  state.time = now();
  state.skip = $('skip').checked = on;
  localStorage.setItem('skip', on ? '1' : '');
  if (state.playing && !state.live) start();
}

/* --- timeline --- */

const preview = { wanted: null, busy: false };

async function fetchPreview() {
  if (preview.busy) return;
  preview.busy = true;
  while (preview.wanted !== null) {
    const time = preview.wanted;
    preview.wanted = null;
    await new Promise((done) => {
      const image = $('preview-image');
      image.onload = image.onerror = done;
      image.src = `${file}?t=${time.toFixed(2)}&format=jpeg&scale=240&quality=75`;
    });
  }
  preview.busy = false;
}

function hover(event) {
  const box = $('timeline').getBoundingClientRect();
  const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  const wide = 248, left = Math.min(Math.max(part * box.width - wide / 2, 0), box.width - wide);
  const time = part * state.duration;
  if (event.pointerType === 'touch' && !event.pressure) return;
  $('preview').hidden = false;
  $('preview').style.left = `${left}px`;
  $('preview-time').textContent = clock(time, 1);
  // a picture for each place that can be told apart
  preview.wanted = Math.round(time / (state.duration / 400 || 1)) * (state.duration / 400);
  fetchPreview();
}

function wireTimeline() {
  const bar = $('seek');
  bar.addEventListener('pointermove', hover);
  bar.addEventListener('pointerdown', () => { showTime.held = true; });
  for (const end of ['pointerleave', 'pointerup', 'pointercancel'])
    bar.addEventListener(end, () => { $('preview').hidden = true; showTime.held = false; });
  bar.addEventListener('change', () => { showTime.held = false; seek(Number(bar.value)); });
  bar.addEventListener('input', () => { if (!state.playing) seek(Number(bar.value)); });
  // the arrow keys are the player's
  bar.addEventListener('keydown', (e) => { if (e.key.startsWith('Arrow')) e.preventDefault(); });
  new ResizeObserver(() => drawStrip($('strip'), state.facts && state.facts.activity, state.duration))
    .observe($('timeline'));
}

/* --- facts --- */

function showFacts(f) {
  const rows = [
    ['Name', f.name], ['Desktop', f.title], ['Recorded', f.created && new Date(f.created).toLocaleString()],
    ['Format', f.format_name], ['State', f.state], ['Size', bytes(f.size)],
    ['Duration', f.duration !== null && clock(f.duration, 1)],
    ['Screen', f.width && `${f.width}×${f.height}${f.resizes ? `, up to ${f.max_width}×${f.max_height}` : ''}`],
    ['Updates', f.updates],
    ['Encodings', f.encodings && Object.entries(f.encodings).map(([k, n]) => `${k} ${n}`).join(', ')],
    ['Damage', f.error],
  ];
  $('facts').replaceChildren(...rows.filter((r) => r[1] || r[1] === 0)
    .flatMap(([k, v]) => [make('dt', {}, k), make('dd', {}, String(v))]));
  $('badge').hidden = f.state === 'complete';
  $('badge').textContent = f.state === 'growing' ? 'live' : f.state;
  $('badge').className = `badge ${f.state.replace(' ', '-')}`;
  $('title').textContent = f.title && !f.name.includes(f.title) ? `${f.name} - ${f.title}` : f.name;
}

async function loadFacts() {
  try {
    state.facts = await json('/api/recordings' + file);
  } catch (e) {
    fail(e.message);
    return;
  }
  showFacts(state.facts);
  setDuration(state.facts.duration || 0);
  drawStrip($('strip'), state.facts.activity, state.duration);
  showState();
  clearTimeout(loadFacts.timer);
  if (growing()) loadFacts.timer = setTimeout(loadFacts, 3000);
}

/* --- buttons and keys --- */

async function copyLink() {
  const url = `${location.origin}${file}?play#t=${now().toFixed(2)}`;
  history.replaceState(null, '', url);
  try {
    await navigator.clipboard.writeText(url);
    toast(`Link to ${clock(now(), 1)} copied`);
  } catch { toast('The link is in the address bar'); }
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else $('player').requestFullscreen().catch(() => toast('No full screen here'));
}

function setLinks() {
  const t = now().toFixed(3);
  $('save-png').href  = `${file}?t=${t}&format=png`;
  $('save-png').download = `${name}-${t}.png`;
  $('save-mp4').href  = `${file}?format=mp4${state.skip ? '&max_gap=500ms' : ''}`;
  $('save-webm').href = `${file}?format=webm${state.skip ? '&max_gap=500ms' : ''}`;
  $('save-raw').href  = `${file}?raw`;
}

const keys = {
  ' ': toggle, k: toggle,
  ArrowLeft: () => seek(now() - 5), ArrowRight: () => seek(now() + 5),
  j: () => seek(now() - 10), l: () => seek(now() + 10),
  ',': () => step(-1), '.': () => step(1),
  '<': () => changeSpeed(-1), '>': () => changeSpeed(1),
  Home: () => seek(0), End: () => seek(state.duration),
  i: () => { setSkip(!state.skip); toast(state.skip ? 'Idle time is skipped' : 'Idle time is played'); },
  f: fullScreen, c: copyLink,
  s: () => { setLinks(); $('save-png').click(); },
};
for (let n = 0; n < 10; n++) keys[n] = () => seek(state.duration * n / 10);

function onKey(e) {
  const on = e.target.closest('button, a, select, summary, input[type="checkbox"]');
  if (e.ctrlKey || e.altKey || e.metaKey || (on && [' ', 'Enter'].includes(e.key)) ||
      (e.target.matches('select') && e.key.startsWith('Arrow')))
    return;
  if (!keys[e.key]) return;
  e.preventDefault();
  keys[e.key]();
}

function wire() {
  for (const s of SPEEDS) $('speed').append(make('option', { value: String(s) }, `${s}×`));
  const kept = Number(localStorage.getItem('speed'));
  if (SPEEDS.includes(kept)) state.speed = kept;
  state.skip = $('skip').checked = !!localStorage.getItem('skip');
  $('speed').value = String(state.speed);
  $('speed').addEventListener('change', () => setSpeed(Number($('speed').value)));
  $('skip').addEventListener('change', () => setSkip($('skip').checked));
  for (const [id, f] of [['play', toggle], ['big-play', toggle], ['full', fullScreen], ['link', copyLink],
    ['step-back', () => step(-1)], ['step-on', () => step(1)],
    ['live', () => { state.live = true; start(); }]])
    $(id).addEventListener('click', f);
  $('stage').addEventListener('click', (e) => { if (e.target === screen) toggle(); });
  $('stage').addEventListener('dblclick', fullScreen);
  $('save').addEventListener('toggle', setLinks);
  for (const e of ['pointerdown', 'focusin']) $('save').addEventListener(e, setLinks);
  $('save').addEventListener('click', (e) => { if (e.target.matches('a')) $('save').open = false; });
  document.addEventListener('pointerdown', (e) => { if (!e.target.closest('#save')) $('save').open = false; });
  $('info-button').addEventListener('click', () => {
    $('info').hidden = !$('info').hidden;
    $('info-button').setAttribute('aria-expanded', String(!$('info').hidden));
  });
  document.addEventListener('keydown', onKey);
  window.addEventListener('hashchange', () => seek(fromHash()));
  window.addEventListener('pagehide', stopStream);
  wireTimeline();
}

function fromHash() {
  const found = /[#&]t=([\d.]+)/.exec(location.hash);
  return found ? Number(found[1]) : 0;
}

function tick() {
  if (state.playing) showTime();
  requestAnimationFrame(tick);
}

async function main() {
  document.title = `${name} - recording`;
  $('title').textContent = name;
  $('back').href = './';
  wire();
  await loadFacts();
  state.time = Math.min(fromHash(), state.duration);
  showTime();
  showState();
  if (growing() && !location.hash) { state.live = true; start(); }
  else await showExact(`t=${state.time.toFixed(3)}`);
  requestAnimationFrame(tick);
}

main();
