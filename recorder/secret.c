/*
 * Passwords
 *
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "libavutil/error.h"
#include "secret.h"

/** The bits of a byte from the other end, which is how VNC takes DES keys. */
static uint8_t mirrored(uint8_t byte)
{
    uint8_t out = 0;

    for (int bit = 0; bit < 8; bit++)
        out |= (byte >> bit & 1) << (7 - bit);
    return out;
}

/** One block of DES, either way. @return 0 or an error */
static int des(uint8_t dst[8], const uint8_t src[8], const uint8_t key[8], int decrypt)
{
    uint8_t mirror[8], zero[8] = { 0 };
    gnutls_datum_t k = { mirror, sizeof(mirror) }, v = { zero, sizeof(zero) };
    gnutls_cipher_hd_t cipher;
    int ret;

    for (int i = 0; i < 8; i++)
        mirror[i] = mirrored(key[i]);
    /* CBC of one block from zero is ECB */
    ret = gnutls_cipher_init(&cipher, GNUTLS_CIPHER_DES_CBC, &k, &v);
    if (ret >= 0) {
        ret = decrypt ? gnutls_cipher_decrypt2(cipher, src, 8, dst, 8)
                      : gnutls_cipher_encrypt2(cipher, src, 8, dst, 8);
        gnutls_cipher_deinit(cipher);
    }
    explicit_bzero(mirror, sizeof(mirror));
    return ret < 0 ? AVERROR(ENOSYS) : 0;
}

/** Read up to the end of the line. @return bytes, or -1 with errno */
static ssize_t read_line(int fd, char *buf, size_t size)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = read(fd, buf + got, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (!n || buf[got] == '\n')
            break;
        got++;
    }
    if (got == size) {
        errno = EFBIG;
        return -1;
    }
    if (got && buf[got - 1] == '\r')
        got--;
    buf[got] = 0;
    return got;
}

/**
 * Files of vncpasswd are one or two blocks (the second is for viewing only),
 * encrypted with a key that everybody knows, and no text.
 */
static void decrypt_file(char *buf, int fd)
{
    static const uint8_t key[8] = { 23, 82, 107, 6, 35, 78, 88, 7 };
    uint8_t raw[17], plain[9] = { 0 };
    int is_text = 1;
    ssize_t n = pread(fd, raw, sizeof(raw), 0);

    for (ssize_t i = 0; i < n; i++)
        is_text &= raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r' || raw[i] >= ' ';
    for (ssize_t i = 0; i < n && is_text; i++)
        is_text = raw[i] < 0x7F || (raw[i] >= 0xC0 && i + 1 < n && raw[i + 1] >= 0x80) ||
                  (raw[i] < 0xC0 && i && raw[i - 1] >= 0x80);
    if ((n == 8 || n == 16) && !is_text && des(plain, raw, key, 1) >= 0)
        strcpy(buf, (char *)plain);
    explicit_bzero(plain, sizeof(plain));
}

static int from_file(char *buf, const char *name, char why[200])
{
    int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
    ssize_t n = fd < 0 ? -1 : read_line(fd, buf, REC_MAX_PASSWORD);

    if (n >= 0)
        decrypt_file(buf, fd);
    if (n < 0)
        snprintf(why, 200, "password file %s: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return n < 0 ? AVERROR(EACCES) : 0;
}

static void no_password(const RecAccess *a, char why[200])
{
    snprintf(why, 200, "the server wants a password: give %s", a->password_options ?
             a->password_options : "--password-file or --password-env");
}

static int from_terminal(char *buf, const RecAccess *a, const char *prompt, char why[200])
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    struct termios before, quiet;
    ssize_t n;

    if (fd < 0 || tcgetattr(fd, &before) < 0) {
        no_password(a, why);
        if (fd >= 0)
            close(fd);
        return AVERROR(EACCES);
    }
    quiet = before;
    quiet.c_lflag &= ~ECHO;
    tcsetattr(fd, TCSAFLUSH, &quiet);
    dprintf(fd, "%s", prompt);
    n = read_line(fd, buf, REC_MAX_PASSWORD);
    tcsetattr(fd, TCSAFLUSH, &before);
    dprintf(fd, "\n");
    close(fd);
    if (n < 0)
        snprintf(why, 200, "no password could be read from the terminal");
    return n < 0 ? AVERROR(EACCES) : 0;
}

int rec_secret_at_hand(const RecSecret *s, const RecAccess *a)
{
    return s->password || a->password_file || (a->password_env && getenv(a->password_env));
}

const char *rec_secret_get(RecSecret *s, const RecAccess *a, const char *prompt, char why[200])
{
    const char *env = a->password_env ? getenv(a->password_env) : NULL;
    char buf[REC_MAX_PASSWORD];
    int ret;

    if (s->password)
        return s->password;
    if (a->password_file) {
        ret = from_file(buf, a->password_file, why);
    } else if (env && strlen(env) < sizeof(buf)) {
        ret = 0;
        strcpy(buf, env);
    } else if (a->may_prompt) {
        ret = from_terminal(buf, a, prompt, why);
    } else {
        no_password(a, why);
        ret = AVERROR(EACCES);
    }
    /* what stands in the environment can be read in /proc as long as it stands there */
    if (env)
        explicit_bzero((char *)env, strlen(env));
    if (ret >= 0)
        s->password = strdup(buf);
    explicit_bzero(buf, sizeof(buf));
    return s->password;
}

void rec_secret_free(RecSecret *s)
{
    if (s->password)
        explicit_bzero(s->password, strlen(s->password));
    free(s->password);
    s->password = NULL;
}

int rec_vnc_auth(uint8_t response[16], const uint8_t challenge[16], const char *password)
{
    uint8_t key[8] = { 0 };
    int ret;

    memcpy(key, password, strnlen(password, sizeof(key)));
    ret = des(response, challenge, key, 0);
    if (ret >= 0)
        ret = des(response + 8, challenge + 8, key, 0);
    explicit_bzero(key, sizeof(key));
    return ret;
}
