# rfbrec: of FFmpeg it takes the grammar of RFB, the writer of FBS and what these
# need of libavutil; the archives' other members stay out.

REC_SRC    := $(wildcard recorder/*.c)
REC_HDR    := $(wildcard recorder/*.h libavcodec/*.h libavformat/*.h)
REC_OBJ    := $(REC_SRC:recorder/%.c=$(OUT)/rfbrec.o/%.o) $(COMMON_OBJ)
REC_PKG    := gnutls libturbojpeg libwebp libpng xkbcommon libsasl2 libisal libzstd liblzma zlib
REC_CFLAGS := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -g -pthread \
              -Wall -Wextra -Wno-sign-compare -Wno-missing-field-initializers
REC_A      := $(foreach l,avformat avcodec avutil,$(TREE)/lib$(l)/lib$(l).a)

rfbrec: ffmpeg  ## build rfbrec alone
	$(LOCKED) $(OUT)/rfbrec $(OUT)/man/rfbrec.1

$(OUT)/rfbrec.o/%.o: recorder/%.c $(REC_HDR) $(COMMON_HDR) $(TREE)/.configured | $(OUT)/rfbrec.o/.
	$(call run,CC)$(CC) $(REC_CFLAGS) -I$(TREE) -I. -c -o $@ $<

$(OUT)/rfbrec: $(REC_OBJ) $(REC_A)
	$(call run,LD)$(CC) -pthread -o $@ $(REC_OBJ) $(REC_A) $$(pkg-config --libs $(REC_PKG)) \
	    -lvncserver -lwslay -lm

$(OUT)/man/rfbrec.1: $(OUT)/rfbrec | $(OUT)/man/.
	$(call run,MAN)$< help --man | scdoc > $@.new && mv $@.new $@
