# The plugin for stock FFmpeg: make -f patches/plugin/plugin.mk RELEASE=5.1
#
# Called by `make plugin`. Makes build/libfbs-ffmpeg.so, which knows no FFmpeg,
# build/libfbs-ffmpeg-MAJOR.MINOR.so for RELEASE, and build/fbs-ffmpeg.

PLUGIN  := patches/plugin
DIR     := build/plugin-$(RELEASE)
INCLUDE := $(DIR)/include
CC      ?= gcc

HALF    := $(PLUGIN)/preload.c $(PLUGIN)/lookup.c
WRAPPER := $(PLUGIN)/wrapper.c $(PLUGIN)/program.c
# The plugin has a vncio.c of its own.
MODULE  := $(filter-out $(HALF) $(WRAPPER),$(wildcard $(PLUGIN)/*.c)) \
           $(filter-out %_template.c libavformat/vncio.c,$(wildcard libavcodec/*.c libavformat/*.c))
MODULE_OBJ  := $(MODULE:%.c=$(DIR)/%.o)
HALF_OBJ    := $(HALF:%.c=build/plugin/%.o)
WRAPPER_OBJ := $(WRAPPER:%.c=build/plugin/%.o)

WARNINGS := -Wall -Wno-parentheses -Wno-switch -Wno-pointer-sign -Wno-deprecated-declarations
CFLAGS   := -O3 -g -fPIC -fvisibility=hidden -pthread -std=gnu11 -MMD $(WARNINGS)
DEFINES  := -DHAVE_AV_CONFIG_H -D_ISOC11_SOURCE -D_FILE_OFFSET_BITS=64 \
            -D_POSIX_C_SOURCE=200809 -D_XOPEN_SOURCE=700
# A quoted name is looked for in the file's own library first, as in FFmpeg's tree.
QUOTE     = -iquote $(PLUGIN) -iquote . -iquote $(INCLUDE) \
            -iquote $(INCLUDE)/$(if $(filter libavcodec/%,$<),libavcodec,libavformat)
# as headers.sh found them
LIBS      = -lz -lm $$(sed -n 's/^\#define CONFIG_LIBTURBOJPEG 1/-lturbojpeg/p; \
            s/^\#define CONFIG_LIBISAL 1/-lisal/p; \
            s/^\#define CONFIG_LIBZSTD 1/-lzstd/p; \
            s/^\#define CONFIG_LZMA 1/-llzma/p' $(INCLUDE)/config.h)

run = $(if $(V),,@printf '%s\t%s\n' $(1) $@;)

all: build/libfbs-ffmpeg.so build/fbs-ffmpeg $(DIR)/.linked

$(INCLUDE)/VERSION.libavformat: $(PLUGIN)/headers.sh
	@$(PLUGIN)/headers.sh $(RELEASE) $(INCLUDE)

$(MODULE_OBJ): $(DIR)/%.o: %.c $(INCLUDE)/VERSION.libavformat
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(CFLAGS) $(DEFINES) $(QUOTE) -c -o $@ $<

$(HALF_OBJ) $(WRAPPER_OBJ): build/plugin/%.o: %.c
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(CFLAGS) -Wextra -Wno-unused-parameter -c -o $@ $<

# Not linked with FFmpeg's libraries: the program has them. What they do not
# export would be missed only there, so it is looked for here.
$(DIR)/module.so: $(MODULE_OBJ)
	$(call run,LD)$(CC) -shared -pthread -o $@ $^ $(LIBS)
	@missing=$$(nm -D -u $@ | sed -n 's/^ *U \(ff_[a-z0-9_]*\)$$/\1/p'); [ -z "$$missing" ] || { \
	    echo "$@: the libraries do not export" $$missing: see $(PLUGIN)/private.c >&2; \
	    rm -f $@; exit 1; }

# running programs keep the old file
$(DIR)/.linked: $(DIR)/module.so
	@so=build/libfbs-ffmpeg-$$(cat $(INCLUDE)/VERSION.libavformat).so; \
	    cp $< $$so.new && mv $$so.new $$so && touch $@

build/libfbs-ffmpeg.so: $(HALF_OBJ)
	$(call run,LD)$(CC) -shared -Wl,--as-needed -o $@.new $^ -ldl && mv $@.new $@

build/fbs-ffmpeg: $(WRAPPER_OBJ)
	$(call run,LD)$(CC) -o $@.new $^ && mv $@.new $@

-include $(MODULE_OBJ:.o=.d) $(HALF_OBJ:.o=.d) $(WRAPPER_OBJ:.o=.d)
.DELETE_ON_ERROR:
.PHONY: all
