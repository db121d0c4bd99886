/*
 * Macros: both parsers and writers, files that load files
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

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../recorder/macroparse.h"

#define MS INT64_C(1000000)

static Macro *parse(const char *text)
{
    Macro *m = rec_macro_parse("test", text, strlen(text), MACRO_AUTO);

    assert_non_null(m);
    return m;
}

/** What a macro does, one step a line, with the times that are not 0 in ms. */
static char *told(const Macro *m)
{
    static char text[16384];
    size_t n = 0;

    *text = 0;
    for (int i = 0; i < m->nb_steps; i++) {
        const MacroStep *s = &m->steps[i];

        if (s->before)
            n += sprintf(text + n, "%g>", s->before / 1e6);
        rec_macro_describe(text + n, 400, s);
        n += strlen(text + n);
        if (s->after)
            n += sprintf(text + n, ">%g", s->after / 1e6);
        n += sprintf(text + n, "\n");
    }
    return text;
}

static void expect(const char *source, const char *steps)
{
    Macro *m = parse(source);
    MacroSet set = { &m, 1 };

    if (m->nb_errors)
        rec_macro_print_errors(stderr, &set);
    assert_int_equal(m->nb_errors, 0);
    assert_string_equal(told(m), steps);
    rec_macro_free(m);
}

#define RFM "RFM 001.000\n"

/* --- RFM: the grammar of the specification --- */

static void rfm_grammar(void **state)
{
    Macro *m = parse(RFM "password \"se\\\"cret\"\nshared\ndefault delay 20ms\n\n");

    assert_int_equal(m->format, MACRO_RFM);
    assert_int_equal(m->nb_errors, 0);
    assert_string_equal(m->password, "se\"cret");
    assert_int_equal(m->shared, 1);
    rec_macro_free(m);

    expect(RFM "default delay 20ms\n"
           "key Shift_L down\nkey 0x61 up delay 1s\nkey 0xff0d down # comment\n"
           "press Return delay 0ms\n  # alone\n#close\n"
           "type \"a\\\\b\\\"c\" delay 5ms\ntype 'it\\'s'\n"
           "pointer 10 20\npointer +3 -4 delay 7s\n"
           "button 0 down\nbutton 2 up delay 1ms\nclick 1 delay 2ms\n",
           "key Shift_L down>20\nkey a up>1000\nkey Return down>20\npress Return\n"
           "# alone\n# close\ntype \"a\\b\"c\">5\ntype \"it's\">20\n"
           "pointer 10 20>20\npointer +3 -4>7000\nbutton 0 down>20\nbutton 2 up>1\nclick 1>2\n");
}

static void rfm_cut(void **state)
{
    static const struct { const char *lines, *text; int steps; } cases[] = {
        { "cut\naGVsbG8=\n\npress a\n",         "hello", 2 },  /* RFC 4648: "hello" */
        { "cut\naGVs\nbG8=\n# end\n",           "hello", 2 },  /* ended by a comment */
        { "cut\naGVsbG8= # end\npress a\n",     "hello", 2 },  /* on the same line */
        { "cut\naGVsbG8=\npress a\n",           "hello", 2 },  /* by the padding */
        { "cut\nZm9vYmFy\npress a\n",           "foobar", 2 }, /* by what is no base64 */
        { "cut\nZm9vYg",                        "foob", 1 },   /* by the end; no padding */
        { "cut aGVsbG8=\npress a\n",            "hello", 2 },  /* behind the word */
        { "cut\n\npress a\n",                   "", 2 },
        { "cut delay 1s\n  Zm9v\r\n  YmFy\r\n\r\npress a\n", "foobar", 2 },
    };

    for (int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char source[200];
        Macro *m;

        snprintf(source, sizeof(source), "%s%s", RFM, cases[i].lines);
        m = parse(source);
        assert_int_equal(m->nb_errors, 0);
        assert_int_equal(m->nb_steps, cases[i].steps);
        assert_int_equal(m->steps[0].op, MACRO_CUT);
        assert_int_equal(m->steps[0].size, strlen(cases[i].text));
        assert_string_equal(m->steps[0].text, cases[i].text);
        rec_macro_free(m);
    }
}

/** Where the specification, rfbproxy (which writes) and rfbplaymacro (which reads) differ. */
static void rfm_readings(void **state)
{
    /* rfbproxy writes the character itself, also # and quotes, and delays alone */
    expect(RFM "key # down\nkey # up\npress \"\npress '\npress \\\nkey 1 down\n delay 30ms\n",
           "key numbersign down\nkey numbersign up\npress quotedbl\npress apostrophe\n"
           "press backslash\nkey 1 down\nwait>30\n");
    /* quotes in strings are "char"s without an escape, too */
    expect(RFM "type \"say \"hi\" now\"\ntype \"a\" delay 1s # \"b\"\n",
           "type \"say \"hi\" now\"\ntype \"a\">1000\n");
    /* rfbplaymacro takes bare words, and any case */
    expect(RFM "TYPE hello\nPress a DELAY 1s\nKEY b DOWN\n",
           "type \"hello\"\npress a>1000\nkey b down\n");
    /* "line ::= command ' ' comment?": the space, or none; and a comment without one */
    expect(RFM "press a \npress b#c\r\n", "press a\npress b\n");
    /* numbers of keys in other lengths than 2 and 4 digits; rfbproxy writes 0x20 as 0x20 */
    expect(RFM "press 0x20\npress 0x1000439\npress 65307\n",
           "press space\npress U+0439\npress Escape\n");
    /* Latin-1, as in 2000, and UTF-8 */
    expect(RFM "type \"\xe9\"\ntype \"\xc3\xa9\"\n", "type \"\xc3\xa9\"\ntype \"\xc3\xa9\"\n");
}

/* --- minimega --- */

static void kb_grammar(void **state)
{
    expect("178759303:PointerEvent,0,606,44\n97711488:KeyEvent,true,f\n8141459:KeyEvent,false,f\n"
           "#: wait\n1.5s:KeyEvent,t,Return\n1m0.5ms:KeyEvent,0,U+00E9\n"
           "0:PointerEvent,255,65535,0\n\n10us:KeyEvent,TRUE,comma\n",
           "178.759>pointer 606 44, buttons 0\n97.7115>key f down\n8.14146>key f up\n"
           "# wait\n1500>key Return down\n60000.5>key eacute up\n"
           "pointer 65535 0, buttons 255\n0.01>key comma down\n");
    /* %U of a keysym, as minimega writes those it has no name for */
    expect("0:KeyEvent,true,U+1008FF11\n0:KeyEvent,true,U+0439\n",
           "key XF86AudioLowerVolume down\nkey Cyrillic_shorti down\n");
    expect("1000:LoadFile,a,b.kb\n5:WaitForIt,10s,x.png\n5:ClickItEvent,30s,x.png\n"
           "5:ClickIt,1000000,y.jpg\n",
           "0.001>load a,b.kb\n5e-06>wait for x.png (0x0) for at most 10 s\n"
           "5e-06>click x.png (0x0) for at most 30 s\n"
           "5e-06>click y.jpg (0x0) for at most 0.001 s\n");
}

/* --- errors --- */

static void errors(void **state)
{
    static const struct {
        const char *source;
        int line, column, width;
        const char *text;
    } cases[] = {
        { RFM "press Retrun\n", 2, 7, 6, "no key is called 'Retrun'" },
        { RFM "press return\n", 2, 7, 6, "did you mean 'Return'?" },
        { RFM "press enter\n", 2, 7, 5, "did you mean 'Return'?" },
        { RFM "press\n", 2, 6, 0, "missing" },
        { RFM "\nkey a left\n", 3, 7, 4, "'up' or 'down'" },
        { RFM "key a\n", 2, 6, 0, "'up' or 'down' is missing" },
        { RFM "press a dealy 1s\n", 2, 9, 8, "'delay TIME'" },
        { RFM "press a delay 1\n", 2, 15, 1, "no time" },
        { RFM "press a delay\n", 2, 14, 0, "missing" },
        { RFM "press a delay 1s x\n", 2, 18, 1, "nothing more" },
        { RFM "type \"abc\n", 2, 6, 4, "is missing" },
        { RFM "type \"a\\x\"\n", 2, 8, 2, "no such escape" },
        { RFM "type\n", 2, 5, 0, "missing" },
        { RFM "pointer 1 +2\n", 2, 9, 4, "both" },
        { RFM "pointer 70000 2\n", 2, 9, 5, "0 to 65535" },
        { RFM "pointer 1\n", 2, 10, 0, "missing" },
        { RFM "button 8 up\n", 2, 8, 1, "0 to 7" },
        { RFM "click left\n", 2, 7, 4, "0 to 7" },
        { RFM "cut\naGV=s\n", 3, 1, 5, "broken" },
        { RFM "frob 1\n", 2, 1, 4, "no command is called 'frob'" },
        { RFM "default 1s\n", 2, 9, 2, "default delay" },
        { RFM "delay 9000000001s\n", 2, 7, 11, "285 years" },
        { RFM "delay 9000000000001ms\n", 2, 7, 15, "285 years" },
        { RFM "delay 18446744073709551617s\n", 2, 7, 21, "285 years" },
        { "RFM 002.000\n", 1, 1, 11, "RFM 001.000" },
        { "press a\n", 1, 1, 7, "first line" },
        { "5:KeyEvent,true,nokey\n", 1, 17, 5, "no key is called" },
        { "5:KeyEvent,yes,a\n", 1, 12, 3, "true" },
        { "#\n5x:KeyEvent,true,a\n", 2, 1, 2, "no time" },
        { "5:PointerEvent,256,1,1\n", 1, 16, 3, "0 to 255" },
        { "5:PointerEvent,1,1\n", 1, 19, 0, "missing" },
        { "5:KeyPress,a\n", 1, 3, 8, "no event" },
        { "5:KeyEvent,true,a\nnothing\n", 2, 1, 7, "no event" },
        { "5:LoadFile,\n", 1, 12, 0, "missing" },
        { "5:WaitForIt,soon,a.png\n", 1, 13, 4, "no time" },
        { "99999999999999999999:KeyEvent,true,a\n", 1, 1, 20, "285 years" },
    };

    for (int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        Macro *m = parse(cases[i].source);

        if (m->nb_errors != 1 || !strstr(m->errors[0].text, cases[i].text) ||
            m->errors[0].line != cases[i].line || m->errors[0].column != cases[i].column ||
            m->errors[0].width != cases[i].width)
            fail_msg("%s: %d errors, %d:%d+%d %s", cases[i].source, m->nb_errors,
                     m->errors[0].line, m->errors[0].column, m->errors[0].width,
                     m->errors[0].text);
        rec_macro_free(m);
    }
    /* what is wrong is no step, what is right is */
    {
        Macro *m = parse(RFM "press a\npress nokey\npress b\n");

        assert_string_equal(told(m), "press a\npress b\n");
        rec_macro_free(m);
        m = rec_macro_parse("test", "5:KeyEvent\0,true", 16, MACRO_KB);
        assert_int_equal(m->nb_errors, 1);
        assert_int_equal(m->errors[0].column, 11);
        rec_macro_free(m);
    }
}

static void carets(void **state)
{
    Macro *m = parse(RFM "type \"\xc3\xa9\" dealy\n");
    MacroSet set = { &m, 1 };
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    assert_int_equal(rec_macro_print_errors(f, &set), 1);
    fclose(f);
    assert_string_equal(text, "test:2:11: 'delay TIME', a comment or the line's end is expected\n"
                              "    type \"\xc3\xa9\" dealy\n"
                              "             ^~~~~\n");
    free(text);
    rec_macro_free(m);
}

/* --- files --- */

static char folder[] = "/tmp/test_macro.XXXXXX";

static const char *path_of(const char *name)
{
    static char path[200];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    return mkdir(path_of("sub"), 0700);
}

static int remove_folder(void **state)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

/** @return errors; that of the first is at that line and has that text */
static int load(const char *name, int line, const char *text)
{
    MacroSet set;
    int nb = 0;

    rec_macro_load(&set, path_of(name), MACRO_AUTO);
    for (int i = 0; i < set.nb; i++) {
        const Macro *m = set.macros[i];

        if (!nb && m->nb_errors) {
            if (!strstr(m->errors[0].text, text))
                fail_msg("%s", m->errors[0].text);
            assert_int_equal(m->errors[0].line, line);
        }
        nb += m->nb_errors;
    }
    if (*set.error)
        nb = -1;
    rec_macro_set_free(&set);
    return nb;
}

static void files(void **state)
{
    MacroSet set;

    put("main.kb", "1000000:KeyEvent,true,a\n0:LoadFile,sub/one.kb\n0:LoadFile,sub/one.kb\n");
    put("sub/one.kb", "2000000:KeyEvent,false,a\n5:LoadFile,two.rfm\n");
    put("sub/two.rfm", RFM "press b delay 3ms\n");
    assert_int_equal(rec_macro_load(&set, path_of("main.kb"), MACRO_AUTO), 0);
    assert_int_equal(set.nb, 3);
    assert_int_equal(rec_macro_duration(set.macros[0]), 11 * MS + 10);
    assert_ptr_equal(set.macros[0]->steps[1].loaded, set.macros[0]->steps[2].loaded);
    assert_string_equal(told(set.macros[2]), "press b>3\n");
    rec_macro_set_free(&set);

    put("self.kb", "0:KeyEvent,true,a\n0:LoadFile,self.kb\n");
    assert_int_equal(load("self.kb", 2, "for ever"), 1);
    put("a.kb", "0:LoadFile,sub/b.kb\n");
    put("sub/b.kb", "#\n0:LoadFile,../a.kb\n");
    assert_int_equal(load("a.kb", 2, "for ever"), 1);
    put("gone.kb", "0:LoadFile,nothing.kb\n");
    assert_int_equal(load("gone.kb", 1, "nothing.kb: No such file"), 1);
    assert_int_equal(load("nothing.kb", 0, ""), -1);
    put("broken.kb", "0:LoadFile,sub/c.kb\n");
    put("sub/c.kb", "#\n#\n0:KeyEvent,true,nokey\n");
    assert_int_equal(load("broken.kb", 3, "nokey"), 1);
    put("picture.kb", "0:WaitForIt,1s,nothing.png\n");
    assert_int_equal(load("picture.kb", 1, "No such file"), 1);
    put("bad.png", "\x89PNG\r\n\x1a\nnonsense");
    put("picture.kb", "0:WaitForIt,1s,bad.png\n");
    assert_int_equal(load("picture.kb", 1, "bad.png"), 1);
    /* base64 of the beginning of a PNG */
    put("picture.kb", "0:WaitForIt,1s,iVBORw0KGgoAAAAA\n");
    assert_int_equal(load("picture.kb", 1, "the picture in this line is broken"), 1);
}

static void depth(void **state)
{
    char name[20], text[60];

    for (int i = 1; i <= MACRO_MAX_DEPTH + 1; i++) {
        snprintf(name, sizeof(name), "d%d.kb", i);
        snprintf(text, sizeof(text), "0:LoadFile,d%d.kb\n", i + 1);
        put(name, i <= MACRO_MAX_DEPTH ? text : "0:KeyEvent,true,a\n");
    }
    assert_int_equal(load("d2.kb", 0, ""), 0);
    assert_int_equal(load("d1.kb", 1, "more than 16 deep"), 1);
}

/** Each file loads the next one ten times: 10^15 steps to play, but 16 to read. */
static void many(void **state)
{
    char name[20], text[300];
    MacroSet set;

    for (int i = 1; i <= MACRO_MAX_DEPTH; i++) {
        snprintf(name, sizeof(name), "m%d.kb", i);
        *text = 0;
        for (int k = 0; k < 10; k++)
            sprintf(text + strlen(text), i < MACRO_MAX_DEPTH ? "0:LoadFile,m%d.kb\n"
                    : "100000:KeyEvent,true,a\n", i + 1);
        put(name, text);
    }
    assert_int_equal(rec_macro_load(&set, path_of("m1.kb"), MACRO_AUTO), 0);
    assert_int_equal(set.nb, MACRO_MAX_DEPTH);
    /* 10^16 times 0.1 ms is more than 285 years */
    assert_true(rec_macro_duration(set.macros[0]) == MACRO_MAX_TIME);
    rec_macro_set_free(&set);
}

/* --- conversion --- */

static char *written(const char *source, enum MacroFormat format, int status)
{
    static char copy[4096];
    Macro *m = parse(source);
    MacroSet set = { &m, 1 };
    char why[200], *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    assert_int_equal(m->nb_errors, 0);
    if ((rec_macro_write(f, &set, format, why) != 0) != status)
        fail_msg("%s", why);
    fclose(f);
    snprintf(copy, sizeof(copy), "%s", status ? why : text);
    free(text);
    rec_macro_free(m);
    return copy;
}

static void conversion(void **state)
{
    assert_string_equal(written("5000000:PointerEvent,0,606,44\n3600000:PointerEvent,5,606,44\n"
                                "0:PointerEvent,4,7,44\n600000:KeyEvent,true,Return\n"
                                "#: hi\n900000:KeyEvent,false,U+1000439\n", MACRO_RFM, 0),
                        RFM "shared\ndelay 5ms\npointer 606 44 delay 3ms\n"
                        "button 0 down\nbutton 2 down\npointer 7 44\nbutton 0 up delay 1ms\n"
                        "key Return down\n# hi\ndelay 1ms\nkey 0x1000439 up\n");
    assert_string_equal(written(RFM "pointer 10 20 delay 5ms\npointer +5 -30\nclick 1 delay 1s\n"
                                "type \"aB\"\npress F1\n# c\nkey 0x100fe up\n", MACRO_KB, 0),
                        "0:PointerEvent,0,10,20\n5000000:PointerEvent,0,15,0\n"
                        "0:PointerEvent,2,15,0\n0:PointerEvent,0,15,0\n"
                        "1000000000:KeyEvent,true,a\n0:KeyEvent,false,a\n"
                        "0:KeyEvent,true,Shift_L\n0:KeyEvent,true,B\n0:KeyEvent,false,B\n"
                        "0:KeyEvent,false,Shift_L\n0:KeyEvent,true,F1\n0:KeyEvent,false,F1\n"
                        "#: c\n0:KeyEvent,false,U+100FE\n");
    assert_string_equal(written(RFM "cut\nZm9vYmFyZg==\n\ntype \"a\\\"\\n\"\n", MACRO_RFM, 0),
                        RFM "shared\ncut\nZm9vYmFyZg==\n\ntype \"a\\\"\"\npress Return\n");
    assert_string_equal(written(RFM "cut\nZm9v\n", MACRO_KB, 1),
                        "test:2: minimega's format has nothing for a clipboard");
    assert_string_equal(written("0:WaitForIt,1s,a.png\n", MACRO_RFM, 1),
                        "test:1: RFM has nothing that waits for a picture");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfm_grammar),
        cmocka_unit_test(rfm_cut),
        cmocka_unit_test(rfm_readings),
        cmocka_unit_test(kb_grammar),
        cmocka_unit_test(errors),
        cmocka_unit_test(carets),
        cmocka_unit_test(files),
        cmocka_unit_test(depth),
        cmocka_unit_test(many),
        cmocka_unit_test(conversion),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
