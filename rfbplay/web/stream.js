// A recording as a stream of pictures with their times; see rfbplay/mjpegchannel.h for its form.

const HEAD = 24;

/** Bytes that arrive in pieces. */
class Pieces {
  constructor(reader) { this.reader = reader; this.list = []; this.size = 0; }

  /** n bytes, or null at the end */
  async take(n) {
    while (this.size < n) {
      const { value, done } = await this.reader.read();
      if (done) return null;
      this.list.push(value);
      this.size += value.length;
    }
    const out = new Uint8Array(n);
    let at = 0;
    while (at < n) {
      const first = this.list[0], part = Math.min(first.length, n - at);
      out.set(first.subarray(0, part), at);
      at += part;
      if (part === first.length) this.list.shift();
      else this.list[0] = first.subarray(part);
    }
    this.size -= n;
    return out;
  }
}

/**
 * Read pictures until the end or until the signal aborts.
 * @param show called with { time, duration, newest, damaged, image }; the next one is read when it is done
 */
export async function play(url, signal, show) {
  const answer = await fetch(url, { signal, cache: 'no-store' });
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  const pieces = new Pieces(answer.body.getReader());
  for (;;) {
    const head = await pieces.take(HEAD);
    if (!head) return;
    const view = new DataView(head.buffer);
    const jpeg = await pieces.take(view.getUint32(0));
    if (!jpeg) return;
    const duration = view.getUint32(16), flags = view.getUint32(20);
    const image = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }));
    if (signal.aborted) { image.close(); return; }
    show({
      time: Number(view.getBigInt64(8)) / 1000,
      duration: duration === 0xffffffff ? null : duration / 1000,
      newest: !!(flags & 1), damaged: !!(flags & 2), image,
    });
    image.close();
  }
}
