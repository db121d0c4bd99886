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

all: ffmpeg rfbplay rfbrec  ## build everything (FFMPEG=RELEASE: with another FFmpeg; FFMPEG_SRC=DIR: with your own)

# --- FFmpeg ------------------------------------------------------------------

# FFmpeg's own make knows best what is out of date, so it is always asked.
ffmpeg: deps-build
	@patches/build.sh $(FFMPEG) $(TREE)
	@mkdir -p $(OUT)
	@for p in $(PROGRAMS); do ln -sfn $(if $(OUT:build=),../)ffmpeg-$(FFMPEG)/$$p $(OUT)/$$p; done

deps: deps-build+check+fuzz+bench  ## install the Debian packages that all of this needs

deps-%:
	@patches/deps.sh $(subst +, ,$*)

demo: all  ## make a video of a bundled recording, from a bare machine
	@patches/demo.sh $(OUT) $(SAMPLE) $(OUT)/demo

# --- rfbplay, rfbrec ---------------------------------------------------------

include rfbplay/rfbplay.mk
include recorder/recorder.mk

# --- tests -------------------------------------------------------------------

include tests/tests.mk

# One at a time in a tree, as patches/build.sh does it.
LOCKED = @flock $(TREE).lock $(MAKE) --no-print-directory -j$$(nproc)

check: deps-build+check all  ## run all tests, from a bare machine (T="test_rfb ...": these only)
	$(LOCKED) tests
	@BUILD=$(abspath $(OUT)) tests/run $(T)

bench: deps-build+bench all  ## print the benchmark table
	@BUILD=$(abspath $(OUT)) tests/bench/run

fuzz: deps-build+fuzz all  ## fuzz the grammar and the containers (FUZZ_SECONDS=60 each)
	$(LOCKED) fuzzers
	@$(MAKE) --no-print-directory run-fuzz

# --- the rest ------------------------------------------------------------------

# Under names of their own: the distribution's ffmpeg stays what it is.
install: all  ## install as ffmpeg-rfb, ffplay-rfb, ffprobe-rfb (PREFIX=/usr/local, DESTDIR=)
	install -d $(DESTDIR)$(PREFIX)/bin
	for p in $(PROGRAMS); do install -m 755 $(OUT)/$$p $(DESTDIR)$(PREFIX)/bin/$$p-rfb; done

uninstall:  ## remove what install put there
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%-rfb)

clean:  ## remove all that was built, keep the sources fetched
	find build -mindepth 1 -maxdepth 1 ! -path $(FFMPEG_CACHE) -exec rm -rf {} + 2>/dev/null || :

distclean:  ## remove build/ with everything in it
	rm -rf build

help:  ## print this
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/\1|\2/p' Makefile | \
	while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

.PHONY: all ffmpeg rfbplay rfbrec deps demo check bench fuzz install uninstall clean distclean help
.DEFAULT_GOAL := all
