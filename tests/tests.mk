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

TESTS    := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/test_*.c))
FUZZERS  := $(filter-out main,$(patsubst tests/fuzz_%.c,%,$(wildcard tests/fuzz_*.c)))
REPLAYS  := $(if $(wildcard tests/fuzz_main.c),$(FUZZERS:%=$(OUT)/tests/replay_%))

ASAN_OBJ := $(OURS:%.c=$(OUT)/asan/%.o)
FUZZ_OBJ := $(OURS:%.c=$(OUT)/fuzz/%.o)

tests: $(TESTS) $(REPLAYS)

.SECONDEXPANSION:
$(OUT)/asan/%.o: %.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(ASAN_CC) $(AVFLAGS) $(WARNINGS) -DHAVE_AV_CONFIG_H -fsanitize=$(SANITIZE) \
	    -fno-sanitize-recover=undefined -c -o $@ $(TREE)/$<

$(OUT)/fuzz/%.o: %.c $(HEADERS) $(TREE)/.configured | $$(@D)/.
	$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) -DHAVE_AV_CONFIG_H -fsanitize=fuzzer-no-link,$(SANITIZE) \
	    -fno-sanitize-recover=undefined -c -o $@ $(TREE)/$<

$(OUT)/tests/%: tests/%.c $(ASAN_OBJ) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(ASAN_CC) $(AVFLAGS) $(WARNINGS) -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined \
	    -o $@ $< $(ASAN_OBJ) -lcmocka $(LDLIBS)

$(OUT)/tests/replay_%: tests/fuzz_%.c tests/fuzz_main.c $(ASAN_OBJ) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(ASAN_CC) $(AVFLAGS) $(WARNINGS) -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined \
	    -o $@ $< tests/fuzz_main.c $(ASAN_OBJ) $(LDLIBS)

$(OUT)/fuzz/fuzz_%: tests/fuzz_%.c $(FUZZ_OBJ) $(HEADERS) $(ARCHIVES) | $$(@D)/.
	$(FUZZ_CC) $(AVFLAGS) $(WARNINGS) -fsanitize=fuzzer,$(SANITIZE) -fno-sanitize-recover=undefined \
	    -o $@ $< $(FUZZ_OBJ) $(LDLIBS)

# Seeds: the corpus of the target, and the bundled recordings.
run-fuzz: $(FUZZERS:%=$(OUT)/fuzz/fuzz_%)
	@for f in $(FUZZERS); do \
	    mkdir -p $(OUT)/fuzz/corpus/$$f; \
	    echo "fuzzing $$f for $(FUZZ_SECONDS) s"; \
	    ASAN_OPTIONS=$${ASAN_OPTIONS:-} $(OUT)/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
	        -artifact_prefix=$(OUT)/fuzz/$$f- $(OUT)/fuzz/corpus/$$f \
	        $$(ls -d tests/corpus/$$f tests/samples 2>/dev/null) || exit 1; \
	done

%/.:
	@mkdir -p $@

.PRECIOUS: %/.
.PHONY: tests run-fuzz
