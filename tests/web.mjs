// web.mjs PLAYWRIGHT CHROMIUM URL OUT - use the page as a person would, in a real browser
//
// Writes what it sees to OUT: results.json, screens as NAME.rgb, pictures of the page. test_web.py
// starts it, and judges.
import { createRequire } from 'node:module';
import fs from 'node:fs';

const [playwright, executablePath, base, out] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);
const results = { errors: [], steps: {} };
const DRAG = '/tiger_drag_tight.fbs';

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  // that we read the canvas is no fault of the page
  page.on('console', (m) => { if (!m.text().includes('willReadFrequently') && ['error', 'warning'].includes(m.type())) results.errors.push(`${m.type()}: ${m.text()}`); });
  page.on('pageerror', (e) => results.errors.push(`exception: ${e.message}`));
  page.on('request', (r) => { if (!r.url().startsWith(base) && !r.url().startsWith('blob:')) results.errors.push(`asks ${r.url()}`); });
  return page;
}

const at = (page) => page.evaluate(() => Number(document.getElementById('seek').value));
const state = (page, wanted) => page.waitForFunction((s) => document.documentElement.dataset.state === s, wanted);
// an exact picture is asked for when playing stops: wait for its answer
const settled = (page) => page.waitForFunction(() => !document.querySelector('#stage[aria-busy]') &&
  document.getElementById('screen').width > 16);

/** What is on the canvas, and the time the page says it has. */
async function dump(page, name) {
  const seen = await page.evaluate(() => {
    const c = document.getElementById('screen');
    const rgba = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    const rgb = new Uint8Array(rgba.length / 4 * 3);
    for (let i = 0, k = 0; i < rgba.length; i += 4) { rgb[k++] = rgba[i]; rgb[k++] = rgba[i + 1]; rgb[k++] = rgba[i + 2]; }
    let text = '';
    for (let i = 0; i < rgb.length; i += 32768) text += String.fromCharCode(...rgb.subarray(i, i + 32768));
    return { time: Number(document.getElementById('seek').value), width: c.width, height: c.height, data: btoa(text) };
  });
  fs.writeFileSync(`${out}/${name}.rgb`, Buffer.from(seen.data, 'base64'));
  delete seen.data;
  return seen;
}

const steps = {
  async list() {
    const page = await open();
    await page.goto(base + '/');
    await page.waitForSelector('.card');
    await page.waitForFunction(() => [...document.querySelectorAll('.card img[src]')].every((i) => i.complete));
    const names = () => page.$$eval('.card h2', (h) => h.map((e) => e.textContent));
    const seen = { names: await names(), folders: await page.$$eval('#folders a', (a) => a.map((e) => e.textContent)) };
    seen.thumbs = await page.$$eval('.card img', (l) => l.filter((i) => i.naturalWidth === 480).length);
    await page.screenshot({ path: `${out}/list.png` });
    await page.fill('#search', 'idle');
    seen.found = await names();
    await page.fill('#search', '');
    await page.selectOption('#sort', 'name');
    seen.sorted = await names();
    await page.fill('#search', 'no such thing');
    seen.none = await page.textContent('#summary');
    return seen;
  },

  async player() {
    const page = await open();
    const seen = {};
    await page.goto(base + '/');
    await page.click(`.card a[aria-label="Play tiger_drag_tight.fbs"]`);
    await state(page, 'paused');
    await settled(page);
    seen.start = await dump(page, 'start');
    seen.unnamed = await page.$$eval('button, select, input, a, summary', (all) => all
      .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label'))).map((e) => e.id));

    await page.click('#play');
    await page.waitForFunction(() => Number(document.getElementById('seek').value) > 0.5);
    const [t0, w0] = [await at(page), Date.now()];
    await page.waitForTimeout(2000);
    const [t1, w1] = [await at(page), Date.now()];
    seen.speed1 = (t1 - t0) * 1000 / (w1 - w0);
    seen.playing = await dump(page, 'playing');

    await page.keyboard.press('Space');
    await state(page, 'paused');
    await settled(page);
    seen.paused = await dump(page, 'paused');
    await page.waitForTimeout(300);
    seen.still = await at(page) === seen.paused.time;

    await page.keyboard.press('5');
    await settled(page);
    seen.middle = await dump(page, 'middle');
    await page.keyboard.press('.');
    await settled(page);
    seen.stepped = await dump(page, 'stepped');
    await page.keyboard.press(',');
    await settled(page);
    seen.back = await dump(page, 'back');

    const box = await page.locator('#seek').boundingBox();
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
    await page.waitForFunction(() => document.getElementById('preview-image').naturalWidth === 240);
    seen.preview = await page.textContent('#preview-time');
    await page.screenshot({ path: `${out}/player.png` });
    await page.mouse.click(box.x + box.width * 0.25, box.y + box.height / 2);
    await settled(page);
    seen.clicked = await dump(page, 'clicked');
    await page.mouse.move(10, 10);

    await page.keyboard.press('0');
    await page.selectOption('#speed', '4');
    await page.click('#play');
    await page.waitForFunction(() => Number(document.getElementById('seek').value) > 1);
    const [t2, w2] = [await at(page), Date.now()];
    await page.waitForTimeout(800);
    seen.speed4 = (await at(page) - t2) * 1000 / (Date.now() - w2);
    await state(page, 'ended');
    await settled(page);
    seen.end = await dump(page, 'end');
    seen.duration = await page.evaluate(() => Number(document.getElementById('seek').max));

    await page.keyboard.press('2');
    await settled(page);
    seen.saved = await at(page);
    for (const [id, name] of [['save-png', 'saved.png'], ['save-mp4', 'saved.mp4'], ['save-raw', 'saved.fbs']]) {
      await page.click('#save summary');
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#' + id)]);
      await download.saveAs(`${out}/${name}`);
      seen[id] = download.suggestedFilename();
    }
    await page.click('#info-button');
    seen.facts = await page.textContent('#facts');
    return seen;
  },

  async idle() {
    const page = await open();
    const seen = {};
    await page.goto(`${base}/tiger_idle60_zrle.fbs?play#t=12.5`);
    await state(page, 'paused');
    await settled(page);
    seen.linked = await dump(page, 'linked');
    await page.check('#skip');
    const begin = Date.now();
    await page.click('#play');
    await state(page, 'ended');
    seen.took = (Date.now() - begin) / 1000;
    return seen;
  },

  async live() {
    const page = await open();
    const seen = { times: [] };
    await page.goto(`${base}/growing.fbs?play`);
    await state(page, 'playing');
    seen.badge = await page.textContent('#badge');
    fs.writeFileSync(`${out}/grow`, '');
    for (let i = 0; i < 8; i++) {
      await page.waitForTimeout(400);
      seen.times.push(await at(page));
    }
    await page.waitForFunction(() => document.documentElement.dataset.state === 'ended', null, { timeout: 30000 });
    await settled(page);
    seen.last = await dump(page, 'live');
    return seen;
  },

  async phone() {
    const page = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: 'dark' });
    const seen = {};
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
    await page.goto(base + '/');
    await page.waitForSelector('.card');
    await page.waitForFunction(() => [...document.querySelectorAll('.card img[src]')].every((i) => i.complete));
    seen.list = await wide();
    await page.screenshot({ path: `${out}/phone-list.png` });
    await page.goto(`${base}${DRAG}?play#t=4`);
    await settled(page);
    seen.player = await wide();
    await page.tap('#play');
    await state(page, 'playing');
    await page.screenshot({ path: `${out}/phone-player.png` });
    return seen;
  },

  async errors() {
    const before = results.errors.length, page = await open();
    await page.goto(`${base}/broken.fbs?play`);
    await page.waitForSelector('#badge:not([hidden])');
    const seen = { badge: await page.textContent('#badge') };
    const answer = await page.goto(`${base}/none.fbs?play`);
    seen.status = answer.status();
    seen.heading = await page.textContent('h1');
    results.errors.length = before;     // the browser itself notes the 404
    return seen;
  },
};

for (const [name, step] of Object.entries(steps)) {
  try {
    results.steps[name] = await step();
  } catch (e) {
    results.steps[name] = { failed: String(e.message).split('\n').slice(0, 4).join(' ') };
  }
}
await browser.close();
fs.writeFileSync(`${out}/results.json`, JSON.stringify(results, null, 1));
