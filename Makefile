# VNC session recordings as video: FFmpeg with an fbs demuxer and an rfb decoder
# in it. `make help` lists what can be made; `make` does everything, on a bare
# Debian too.

FFMPEG  ?= 7.1
PREFIX  ?= /usr/local
DEFAULT := 7.1

# A tree of one's own is a release named "src".
ifdef FFMPEG_SRC
override FFMPEG := src
endif

# The default release lands in build/, another one in build/RELEASE/.
OUT  := build$(if $(filter-out $(DEFAULT),$(FFMPEG)),/$(FFMPEG))
TREE := build/ffmpeg-$(FFMPEG)

FFMPEG_CACHE  ?= build/cache
FFMPEG_CONFIGURE ?=
export FFMPEG_SRC FFMPEG_CACHE FFMPEG_CONFIGURE V

PROGRAMS := ffmpeg ffplay ffprobe
SAMPLE   := tests/samples/tiger_text_tight_nojpeg.fbs

all: ffmpeg rfbplay rfbrec stock-plugin man  ## build everything (FFMPEG=RELEASE: with another FFmpeg; FFMPEG_SRC=DIR: with your own)

# --- FFmpeg ------------------------------------------------------------------

# FFmpeg's own make knows best what is out of date, so it is always asked.
ffmpeg: deps-build
	@patches/build.sh $(FFMPEG) $(TREE)
	@mkdir -p $(OUT)
	@for p in $(PROGRAMS); do ln -sfn $(if $(OUT:build=),../)ffmpeg-$(FFMPEG)/$$p $(OUT)/$$p; done

# --- the plugin for FFmpeg as it is installed ---------------------------------

# A release given by the user is one to build for, too.
PLUGIN_FFMPEG ?= $(if $(filter-out file,$(origin FFMPEG)),$(FFMPEG))

plugin: deps-plugin  ## build the plugin for the system's own FFmpeg (PLUGIN_FFMPEG=RELEASE: for another)
	@patches/plugin/build.sh $(PLUGIN_FFMPEG)

stock-plugin: ffmpeg
	@patches/plugin/build.sh --stock

dropin: deps-build  ## build libavcodec and libavformat in place of the system's (a quarter of an hour)
	@patches/dropin.sh build/dropin

deps: deps-build+check+fuzz+bench  ## install the Debian packages that all of this needs

deps-%:
	@patches/deps.sh $(subst +, ,$*)

demo: all  ## make a video of a bundled recording, from a bare machine
	@patches/demo.sh $(OUT) $(SAMPLE) $(OUT)/demo

# --- rfbplay, rfbrec ---------------------------------------------------------

include common/common.mk
include rfbplay/rfbplay.mk
include recorder/recorder.mk

# --- tests -------------------------------------------------------------------

include tests/tests.mk

# One at a time in a tree, as patches/build.sh does it.
LOCKED = @flock $(TREE).lock $(MAKE) --no-print-directory -j$$(nproc)

check: deps-build+check+patches all  ## run all tests, from a bare machine (T="test_rfb ...": these only)
	$(LOCKED) tests
	@BUILD=$(abspath $(OUT)) tests/run $(T)

bench: deps-build+bench all  ## print the benchmark table
	@BUILD=$(abspath $(OUT)) tests/bench/run

fuzz: deps-build+fuzz all  ## fuzz the grammar and the containers (FUZZ_SECONDS=60 each)
	$(LOCKED) fuzzers
	@$(MAKE) --no-print-directory run-fuzz

# --- for FFmpeg itself ----------------------------------------------------------

# the newest whose source can be had last
PATCHES_FOR ?= 5.1 7.1 8.1 9.0

patches: deps-patches  ## write the patches for FFmpeg itself anew (patches/RELEASE/)
	@for r in $(PATCHES_FOR); do patches/upstream.sh $$r patches/$$r || exit 1; done

check-ffmpeg: deps-build+patches  ## try these patches on untouched trees (PATCHES_FOR="7.1", FULL=full)
	@for r in $(PATCHES_FOR); do patches/check.sh $$r $(FULL) || exit 1; done

# --- the rest ------------------------------------------------------------------

man: ffmpeg
	$(LOCKED) $(patsubst man/%.scd,$(OUT)/man/%,$(wildcard man/*.1.scd))

$(OUT)/man/%.1: man/%.1.scd | $(OUT)/man/.
	$(call run,MAN)scdoc < $< > $@.new && mv $@.new $@

# Under names of their own: the distribution's ffmpeg stays what it is. What was
# not built is left out.
install: all  ## install ffmpeg-rfb, ffplay-rfb, ffprobe-rfb, fbs-ffmpeg, ... (PREFIX=/usr/local, DESTDIR=)
	@{  for p in $(PROGRAMS); do echo 755 $(OUT)/$$p bin/$$p-rfb; done; \
	    for p in rfbplay rfbrec; do echo 755 $(OUT)/$$p bin/$$p; done; \
	    echo 755 build/fbs-ffmpeg bin/fbs-ffmpeg; \
	    for f in build/libfbs-ffmpeg*.so; do echo 644 $$f lib/$${f#build/}; done; \
	    for f in $(OUT)/man/*.1; do echo 644 $$f share/man/man1/$${f##*/}; done; \
	} | patches/install.sh $(DESTDIR)$(PREFIX)

uninstall:  ## remove what install put there
	@patches/install.sh -u $(DESTDIR)$(PREFIX)

clean:  ## remove all that was built, keep the sources fetched
	find build -mindepth 1 -maxdepth 1 ! -path $(FFMPEG_CACHE) -exec rm -rf {} + 2>/dev/null || :

distclean:  ## remove build/ with everything in it
	rm -rf build

help:  ## print this
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
	while IFS='|' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

.PHONY: all ffmpeg plugin stock-plugin dropin rfbplay rfbrec man deps demo check bench fuzz patches check-ffmpeg install uninstall clean distclean help
.DEFAULT_GOAL := all
