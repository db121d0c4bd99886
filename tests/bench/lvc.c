/*
 * Decode an FBS recording with libvncclient, for comparison.
 *
 *     lvc [--crc] rec.fbs
 *
 * A forked child strips the blocks off the recording, writes the RFB stream into a socket pair
 * and swallows what libvncclient says; this process only decodes, so that its own CPU time is
 * the decoder's. Prints one line of name=value pairs:
 *
 *     updates=N rects=N mpixel=F user=SECONDS sys=SECONDS
 *
 * With --crc, instead one line per update: the Adler-32 (as FFmpeg's framecrc computes it) of the
 * framebuffer as packed RGB. The recording must have the prologue that tests/record.py writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rfb/rfbclient.h>
#include <zlib.h>

typedef struct Recording {
    const uint8_t *data;
    size_t size;
} Recording;

static struct {
    uint64_t updates, rects, pixels;
    int crc;
    uint8_t *rgb;
} stats;

static void die(const char *what)
{
    fprintf(stderr, "lvc: %s: %s\n", what, errno ? strerror(errno) : "failed");
    exit(1);
}

static uint32_t read_u32be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static Recording map_recording(const char *path)
{
    Recording rec;
    struct stat st;
    int fd = open(path, O_RDONLY);

    if (fd < 0 || fstat(fd, &st) < 0)
        die(path);
    rec.size = st.st_size;
    rec.data = mmap(NULL, rec.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (rec.data == MAP_FAILED)
        die(path);
    close(fd);
    return rec;
}

/* ---- the feeder: a process of its own ---- */

/* Throws away whatever the client has sent; returns -1 when it has hung up. */
static int swallow(int fd)
{
    char junk[4096];
    ssize_t n;

    while ((n = recv(fd, junk, sizeof(junk), MSG_DONTWAIT)) > 0)
        ;
    return n == 0 ? -1 : 0;
}

static int send_block(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
        ssize_t n;

        poll(&p, 1, -1);
        if (p.revents & POLLIN && swallow(fd) < 0)
            return -1;
        if (!(p.revents & POLLOUT))
            continue;
        n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        if (n > 0) {
            data += n;
            size -= n;
        }
    }
    return 0;
}

static void feed(int fd, Recording rec)
{
    size_t pos = 12;                            /* behind "FBS 001.000\n" */

    while (rec.size - pos >= 8) {
        uint32_t size   = read_u32be(rec.data + pos);
        uint64_t padded = ((uint64_t)size + 3) & ~3ull;

        if (padded + 8 > rec.size - pos)
            break;
        if (send_block(fd, rec.data + pos + 4, size) < 0)
            return;
        pos += padded + 8;
    }
    shutdown(fd, SHUT_WR);
    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        poll(&p, 1, -1);
        if (swallow(fd) < 0)
            return;
    }
}

/* ---- the decoder ---- */

static void on_rect(rfbClient *client, int x, int y, int w, int h)
{
    stats.rects++;
    stats.pixels += (uint64_t)w * h;
}

static void on_update(rfbClient *client)
{
    size_t i, pixels = (size_t)client->width * client->height;
    const uint8_t *src = client->frameBuffer;
    uint8_t *dst;

    stats.updates++;
    if (!stats.crc)
        return;
    stats.rgb = dst = realloc(stats.rgb, 3 * pixels);
    if (!dst)
        die("memory");
    for (i = 0; i < pixels; i++, src += 4) {
        *dst++ = src[2];
        *dst++ = src[1];
        *dst++ = src[0];
    }
    printf("0x%08lx\n", adler32(0, stats.rgb, 3 * pixels));
}

static void no_log(const char *format, ...)
{
}

static rfbClient *make_client(int fd)
{
    rfbClient *client = rfbGetClient(8, 3, 4);

    if (!client)
        die("rfbGetClient");
    client->sock                    = fd;
    client->canHandleNewFBSize      = TRUE;
    client->appData.useRemoteCursor = TRUE;
    client->GotFrameBufferUpdate    = on_rect;
    client->FinishedFrameBufferUpdate = on_update;

    client->format.depth      = 24;             /* BGRX, as recorded */
    client->format.redShift   = 16;
    client->format.greenShift = 8;
    client->format.blueShift  = 0;
    client->format.bigEndian  = 0;
    return client;
}

static void decode(int fd)
{
    rfbClient *client = make_client(fd);

    errno = 0;
    if (!InitialiseRFBConnection(client))
        die("InitialiseRFBConnection");
    client->width  = client->si.framebufferWidth;
    client->height = client->si.framebufferHeight;
    client->updateRect.w = client->width;
    client->updateRect.h = client->height;
    if (!client->MallocFrameBuffer(client) || !SetFormatAndEncodings(client))
        die("SetFormatAndEncodings");
    while (HandleRFBServerMessage(client))
        ;
    close(fd);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    Recording rec;
    int fds[2], size = 1 << 20;
    pid_t feeder;

    stats.crc = argc > 2 && !strcmp(argv[1], "--crc");
    if (argc != 2 + stats.crc) {
        fprintf(stderr, "usage: lvc [--crc] rec.fbs\n");
        return 2;
    }
    rec = map_recording(argv[argc - 1]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
        die("socketpair");
    setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    feeder = fork();
    if (feeder < 0)
        die("fork");
    if (!feeder) {
        close(fds[0]);
        feed(fds[1], rec);
        _exit(0);
    }
    close(fds[1]);
    rfbClientLog = rfbClientErr = no_log;
    decode(fds[0]);
    waitpid(feeder, NULL, 0);
    getrusage(RUSAGE_SELF, &usage);
    if (!stats.crc)
        printf("updates=%llu rects=%llu mpixel=%.1f user=%.4f sys=%.4f\n",
               (unsigned long long)stats.updates, (unsigned long long)stats.rects,
               stats.pixels / 1e6,
               usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6,
               usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6);
    return 0;
}
