/*
 * rfbrec: client, recorder and player of VNC sessions
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

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

static const OptSection sections[] = {
    { "TARGET",
      "_HOST_[:_DISPLAY_]\n\tThe port is 5900 and the display's number, which is 0 if it is not "
      "given; a number of 100 or more is a port. An IPv6 address stands in brackets.\n\n"
      "_HOST_::_PORT_\n\tA port, whatever its number.\n\n"
      "vnc://[_USER_@]_HOST_[:_DISPLAY_ or _PORT_]\n\tThe same as a URL.\n\n"
      "unix:_PATH_, vnc://_PATH_, or a path that begins with a slash\n\tA socket of this "
      "machine.\n\n"
      "ws://[_USER_@]_HOST_[:_PORT_][/_PATH_], wss://...\n\tA WebSocket, as noVNC uses it." },
    { "PASSWORDS",
      "A password is read from a file, an environment variable or the terminal, never from the "
      "command line, which everybody on the machine can see. It stands in no file that rfbrec "
      "writes and in no message, unless a viewer types it while *proxy --kb* writes down what is "
      "typed. Of the ways to authenticate that a server offers, the first of "
      "these is taken: VeNCrypt with certificates, VeNCrypt or TLS without, None, VncAuth, SASL. "
      "Certificates are verified unless *--insecure* is given. SASL, alone or inside VeNCrypt, is "
      "what QEMU wants where libvirt or oVirt is set up so: SCRAM, DIGEST-MD5, CRAM-MD5 and PLAIN "
      "with a user and a password, as far as Cyrus SASL has modules for them (Debian: "
      "libsasl2-modules); not GSSAPI. Without TLS it has to encrypt the session by itself, "
      "unless *--insecure* is given." },
    { "EXIT STATUS",
      "0\n\tAll went well.\n\n1\n\tSomething failed; a message on the standard error says what.\n\n"
      "2\n\tThe command line is wrong.\n\n"
      "3\n\tA time limit is over: *--limit*, or a macro waited in vain for a picture.\n\n"
      "128 + _N_\n\tplay and type: signal _N_ came." },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    const OptCommand commands[] = {
        rec_command_record,
        rec_command_snapshot,
        rec_command_replay,
        rec_command_proxy,
        rec_command_play,
        rec_command_type,
        rec_command_check,
        rec_command_convert,
        rec_command_info,
        { .name = NULL },
    };
    const OptProgram program = {
        .name     = "rfbrec",
        .version  = "1.0",
        .summary  = "record VNC sessions",
        .commands = commands,
        .sections = sections,
        .see_also = "*rfbplay*(1), *ffmpeg*(1)",
    };

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return opt_main(&program, argc, argv);
}
