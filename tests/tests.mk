# Test programs in C: how they are compiled and linked
#
# Our own sources are compiled once more, with sanitizers, against FFmpeg's
# tree; these objects stand before FFmpeg's archives on the link line and so
# take the place of the members of the same name.

ASAN_CC  := gcc
FUZZ_CC  := clang
SANITIZE := address,undefined
FUZZ_SECONDS ?= 60

# Compiled by their paths in the tree, where FFmpeg's private headers are beside
# them; what links to it there is ours.
OURS     := $(filter-out %_template.c,$(wildcard libavcodec/*.c libavformat/*.c))
HEADERS  := $(wildcard libavcodec/*.h libavformat/*.h tests/*.h)
AVFLAGS  := -I$(TREE) -D_ISOC11_SOURCE -D_FILE_OFFSET_BITS=64 -D_POSIX_C_SOURCE=200112 \
            -D_XOPEN_SOURCE=600 -std=gnu17 -O1 -g -fno-omit-frame-pointer -pthread
WARNINGS := -Wall -Wno-parentheses -Wno-switch -Wno-pointer-sign -Wno-unused-function \
            -Wno-deprecated-declarations
AVLIBS   := avformat avcodec swscale swresample avutil
ARCHIVES := $(foreach l,$(AVLIBS),$(TREE)/lib$(l)/lib$(l).a)
# what the archives need in turn, as FFmpeg's configure found it
LDLIBS   = $(ARCHIVES) $$(sed -n 's/^EXTRALIBS-\(avformat\|avcodec\|swscale\|swresample\|avutil\)=//p' \
           $(TREE)/ffbuild/config.mak) -llzo2 -llzma -lm

# rfbplay's encoder needs a library that FFmpeg does not
$(OUT)/tests/test_jpegtiles: LDLIBS += -ljpeg
$(OUT)/tests/test_jpegtiles: rfbplay/jpegtiles.c rfbplay/jpegtiles.h
$(OUT)/tests/test_changes: rfbplay/changes.c rfbplay/changes.h
$(OUT)/tests/test_values: common/values.c common/values.h
$(OUT)/tests/test_loop: recorder/loop.c recorder/loop.h recorder/connect.h

# programs that tests call
TOOLS    := $(patsubst tests/%.c,%,$(wildcard tests/mkcorpus.c tests/readpackets.c))
# C files beside the tests that are neither tests nor fuzz targets help them
HELP     := $(filter-out tests/test_%.c tests/fuzz_%.c $(TOOLS:%=tests/%.c),$(wildcard tests/*.c))
TESTS    := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/test_*.c))
FUZZERS  := $(filter-out main,$(patsubst tests/fuzz_%.c,%,$(wildcard tests/fuzz_*.c)))
REPLAYS  := $(if $(wildcard tests/fuzz_main.c),$(FUZZERS:%=$(OUT)/tests/replay_%))

ASAN_OBJ := $(OURS:%.c=$(OUT)/asan/%.o)
ASAN_HLP := $(if $(HELP),$(OUT)/asan/tests/help.a)
FUZZ_OBJ := $(OURS:%.c=$(OUT)/fuzz/%.o)
FUZZ_HLP := $(if $(HELP),$(OUT)/fuzz/tests/help.a)

# Of rfbrec, what tests call, as archives: a program takes only what it tests.
REC_TEST := clientmsg inputs keys macro macrokb macroload macrorfm macrowrite match naming picture \
            syncer typing
REC_LIBS := -lpng -lturbojpeg -lxkbcommon
ASAN_REC := $(OUT)/asan/recorder/tested.a
FUZZ_REC := $(OUT)/fuzz/recorder/tested.a

# with all of ours that the programs are made of
ASAN_ALL := $(COMMON_SRC:%.c=$(OUT)/asan/%.o) $(ASAN_OBJ) $(ARCHIVES)
SAN_BIN  := $(OUT)/asan/bin/rfbrec $(OUT)/asan/bin/rfbplay

ASAN     := -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined
FUZZ     := -fsanitize=fuzzer,$(SANITIZE) -fno-sanitize-recover=undefined
FUZZ_LIB := -fsanitize=fuzzer-no-link,$(SANITIZE) -fno-sanitize-recover=undefined

# as FFmpeg's make does: a short line, or with V=1 the command
run = $(if $(V),,@printf '%s\t%s\n' $(1) $@;)

tests: $(TESTS) $(REPLAYS) $(TOOLS:%=$(OUT)/tests/%) $(OUT)/tests/seeds/.made $(SAN_BIN)

.SECONDEXPANSION:
$(OUT)/asan/%.o: %.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) -DHAVE_AV_CONFIG_H $(ASAN) -c -o $@ $(TREE)/$<

$(OUT)/asan/tests/%.o: tests/%.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) $(ASAN) -c -o $@ $<

$(OUT)/fuzz/tests/%.o: tests/%.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) $(FUZZ_LIB) -c -o $@ $<

$(OUT)/fuzz/%.o: %.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) -DHAVE_AV_CONFIG_H $(FUZZ_LIB) -c -o $@ $(TREE)/$<

$(OUT)/asan/recorder/%.o: recorder/%.c $(REC_HDR) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(REC_CFLAGS) -I$(TREE) -I. -O1 $(ASAN) -c -o $@ $<

$(OUT)/asan/rfbplay/%.o: rfbplay/%.c $(PLAY_HDR) $(COMMON_HDR) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(PLAY_CFLAGS) $$(pkg-config --cflags $(PLAY_LIBS)) -I$(TREE) -I. -O1 -Wno-format-truncation \
	    $(ASAN) -c -o $@ $<

$(OUT)/asan/rfbplay/web.o: $(wildcard rfbplay/web/*)
$(OUT)/asan/rfbplay/web.o: PLAY_CFLAGS += -Wa,-Irfbplay/web

$(OUT)/asan/common/%.o: common/%.c $(REC_HDR) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(REC_CFLAGS) -I$(TREE) -I. -O1 $(ASAN) -c -o $@ $<

$(OUT)/fuzz/recorder/%.o: recorder/%.c $(REC_HDR) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(FUZZ_CC) $(REC_CFLAGS) -I$(TREE) -I. -O1 $(FUZZ_LIB) -c -o $@ $<

$(OUT)/tests/%: tests/%.c $(ASAN_OBJ) $(ASAN_HLP) $(ASAN_REC) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(call run,LD)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) $(ASAN) -o $@ $< $(ASAN_OBJ) $(ASAN_HLP) $(ASAN_REC) \
	    -lcmocka $(REC_LIBS) $(LDLIBS)

# the whole programs, for test_sanitized
$(OUT)/asan/bin/rfbrec: $(REC_SRC:%.c=$(OUT)/asan/%.o) $(ASAN_ALL) | $(OUT)/asan/bin/.
	$(call run,LD)$(ASAN_CC) $(ASAN) -pthread -o $@ $(filter-out %.a,$^) \
	    $$(pkg-config --libs $(REC_PKG)) -lvncserver -lwslay $(LDLIBS)

$(OUT)/asan/bin/rfbplay: $(PLAY_SRC:%.c=$(OUT)/asan/%.o) $(ASAN_ALL) $(PLAY_A) | $(OUT)/asan/bin/.
	$(call run,LD)$(ASAN_CC) $(ASAN) -pthread -o $@ $(filter-out %.a,$^) $(PLAY_A) $(PLAY_LDLIBS)

$(OUT)/tests/replay_%: tests/fuzz_%.c tests/fuzz_main.c $(ASAN_OBJ) $(ASAN_HLP) $(ASAN_REC) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(call run,LD)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) $(ASAN) -o $@ $< tests/fuzz_main.c $(ASAN_OBJ) $(ASAN_HLP) \
	    $(ASAN_REC) $(REC_LIBS) $(LDLIBS)

$(OUT)/fuzz/fuzz_%: tests/fuzz_%.c $(FUZZ_OBJ) $(FUZZ_HLP) $(FUZZ_REC) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(call run,LD)$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) $(FUZZ) -o $@ $< $(FUZZ_OBJ) $(FUZZ_HLP) $(FUZZ_REC) \
	    $(REC_LIBS) $(LDLIBS)

# an archive, so that a program takes only the helpers that it calls
$(OUT)/asan/tests/help.a: $(HELP:%.c=$(OUT)/asan/%.o)
$(OUT)/fuzz/tests/help.a: $(HELP:%.c=$(OUT)/fuzz/%.o)
$(ASAN_REC): $(REC_TEST:%=$(OUT)/asan/recorder/%.o)
$(FUZZ_REC): $(REC_TEST:%=$(OUT)/fuzz/recorder/%.o)
# this file tells what is in it
$(OUT)/asan/tests/help.a $(OUT)/fuzz/tests/help.a $(ASAN_REC) $(FUZZ_REC): tests/tests.mk
	$(call run,AR)rm -f $@ && ar rcs $@ $(filter %.o,$^)

fuzzers: $(FUZZERS:%=$(OUT)/fuzz/fuzz_%) $(OUT)/tests/seeds/.made

# The recordings in containers of all kinds are small ones.
$(OUT)/tests/seeds/.made: $(OUT)/tests/mkcorpus tests/mkcontainers.py
	@rm -rf $(@D) && $< $(@D) tests/samples/*.fbs
	@for f in qemu_memtest_tight_222 tiger_idle60_zrle; do \
	    python3 tests/mkcontainers.py tests/samples/$$f.fbs all $(@D)/demux || exit 1; done
	@cp -r $(@D)/demux $(@D)/remux && touch $@

# TARGET, or TARGET:INSTANCE for each demuxer, and for each encoding of the table
FUZZ_RUNS ?= $(filter-out demux encoding,$(FUZZERS)) \
             $(addprefix demux:,fbs minimega vnclog novnc rbs) \
             $(addprefix encoding:,$(notdir $(wildcard $(OUT)/tests/seeds/encoding/*)))

# Seeds: what mkcorpus makes, and what was found before. The instances of a
# target share what they find, but for the encodings, which have nothing to share.
run-fuzz: fuzzers $(OUT)/tests/seeds/.made
	@for run in $(FUZZ_RUNS); do \
	    f=$${run%:*} instance=; [ $$f = $$run ] || instance=$${run#*:}; \
	    seeds=$$f; [ $$f != encoding ] || seeds=$$f/$$instance; \
	    mkdir -p $(OUT)/fuzz/corpus/$$seeds; \
	    echo "fuzzing $$f $$instance for $(FUZZ_SECONDS) s"; \
	    FUZZ_INSTANCE=$$instance $(OUT)/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
	        -artifact_prefix=$(OUT)/fuzz/$$f$${instance:+-}$$instance- $(OUT)/fuzz/corpus/$$seeds \
	        $$(ls -d $(OUT)/tests/seeds/$$seeds tests/corpus/regress-$$f 2>/dev/null) || exit 1; \
	done

%/.:
	@mkdir -p $@

.PRECIOUS: %/.
.SECONDARY: $(foreach d,asan fuzz,$(patsubst %.c,$(OUT)/$d/%.o,$(OURS) $(HELP)) \
              $(REC_TEST:%=$(OUT)/$d/recorder/%.o))
.PHONY: tests fuzzers run-fuzz
