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
           $(TREE)/ffbuild/config.mak) -lm

# programs that tests call
TOOLS    := $(patsubst tests/%.c,%,$(wildcard tests/mkcorpus.c tests/vncread.c))
# C files beside the tests that are neither tests nor fuzz targets help them
HELP     := $(filter-out tests/test_%.c tests/fuzz_%.c $(TOOLS:%=tests/%.c),$(wildcard tests/*.c))
TESTS    := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/test_*.c))
FUZZERS  := $(filter-out main,$(patsubst tests/fuzz_%.c,%,$(wildcard tests/fuzz_*.c)))
REPLAYS  := $(if $(wildcard tests/fuzz_main.c),$(FUZZERS:%=$(OUT)/tests/replay_%))

ASAN_OBJ := $(OURS:%.c=$(OUT)/asan/%.o)
ASAN_HLP := $(if $(HELP),$(OUT)/asan/tests/help.a)
FUZZ_OBJ := $(OURS:%.c=$(OUT)/fuzz/%.o)
FUZZ_HLP := $(if $(HELP),$(OUT)/fuzz/tests/help.a)

ASAN     := -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined
FUZZ     := -fsanitize=fuzzer,$(SANITIZE) -fno-sanitize-recover=undefined
FUZZ_LIB := -fsanitize=fuzzer-no-link,$(SANITIZE) -fno-sanitize-recover=undefined

# as FFmpeg's make does: a short line, or with V=1 the command
run = $(if $(V),,@printf '%s\t%s\n' $(1) $@;)

tests: $(TESTS) $(REPLAYS) $(TOOLS:%=$(OUT)/tests/%) $(OUT)/tests/seeds/.made

.SECONDEXPANSION:
$(OUT)/asan/%.o: %.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) -DHAVE_AV_CONFIG_H $(ASAN) -c -o $@ $(TREE)/$<

$(OUT)/asan/tests/%.o: tests/%.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) $(ASAN) -c -o $@ $<

$(OUT)/fuzz/tests/%.o: tests/%.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) $(FUZZ_LIB) -c -o $@ $<

$(OUT)/fuzz/%.o: %.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(call run,CC)$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) -DHAVE_AV_CONFIG_H $(FUZZ_LIB) -c -o $@ $(TREE)/$<

$(OUT)/tests/%: tests/%.c $(ASAN_OBJ) $(ASAN_HLP) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(call run,LD)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) $(ASAN) -o $@ $< $(ASAN_OBJ) $(ASAN_HLP) -lcmocka $(LDLIBS)

$(OUT)/tests/replay_%: tests/fuzz_%.c tests/fuzz_main.c $(ASAN_OBJ) $(ASAN_HLP) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(call run,LD)$(ASAN_CC) $(AVFLAGS) $(WARNINGS) $(ASAN) -o $@ $< tests/fuzz_main.c $(ASAN_OBJ) $(ASAN_HLP) $(LDLIBS)

$(OUT)/fuzz/fuzz_%: tests/fuzz_%.c $(FUZZ_OBJ) $(FUZZ_HLP) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(call run,LD)$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) $(FUZZ) -o $@ $< $(FUZZ_OBJ) $(FUZZ_HLP) $(LDLIBS)

# an archive, so that a program takes only the helpers that it calls
$(OUT)/asan/tests/help.a: $(HELP:%.c=$(OUT)/asan/%.o)
$(OUT)/fuzz/tests/help.a: $(HELP:%.c=$(OUT)/fuzz/%.o)
$(OUT)/asan/tests/help.a $(OUT)/fuzz/tests/help.a:
	$(call run,AR)rm -f $@ && ar rcs $@ $^

fuzzers: $(FUZZERS:%=$(OUT)/fuzz/fuzz_%)

$(OUT)/tests/seeds/.made: $(OUT)/tests/mkcorpus
	@$< $(@D) tests/samples/*.fbs && touch $@

# Seeds: what mkcorpus makes, and what was found before.
run-fuzz: fuzzers $(OUT)/tests/seeds/.made
	@for f in $(FUZZERS); do \
	    mkdir -p $(OUT)/fuzz/corpus/$$f; \
	    echo "fuzzing $$f for $(FUZZ_SECONDS) s"; \
	    $(OUT)/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
	        -artifact_prefix=$(OUT)/fuzz/$$f- $(OUT)/fuzz/corpus/$$f \
	        $(OUT)/tests/seeds/$$f $$(ls -d tests/corpus/regress-$$f 2>/dev/null) || exit 1; \
	done

%/.:
	@mkdir -p $@

.PRECIOUS: %/.
.SECONDARY: $(foreach d,asan fuzz,$(patsubst %.c,$(OUT)/$d/%.o,$(OURS) $(HELP)))
.PHONY: tests fuzzers run-fuzz
