# rfbplay: compiled against the FFmpeg tree and linked with its archives

PLAY_SRC    := $(wildcard rfbplay/*.c)
PLAY_HDR    := $(wildcard rfbplay/*.h libavcodec/*.h libavformat/*.h)
PLAY_OBJ    := $(PLAY_SRC:rfbplay/%.c=$(OUT)/rfbplay.o/%.o) $(COMMON_OBJ)
PLAY_LIBS   := libmicrohttpd jansson libturbojpeg libjpeg
PLAY_CFLAGS := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -g -pthread \
               -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-deprecated-declarations
PLAY_AV     := avfilter avformat avcodec swscale swresample postproc avutil
PLAY_LDLIBS  = $$(sed -n 's/^EXTRALIBS-\(avfilter\|avformat\|avcodec\|swscale\|swresample\|avutil\)=//p' \
               $(TREE)/ffbuild/config.mak) $$(pkg-config --libs $(PLAY_LIBS)) -lm
PLAY_A       = $(foreach l,$(PLAY_AV),$(wildcard $(TREE)/lib$(l)/lib$(l).a))

rfbplay: ffmpeg  ## build rfbplay alone
	$(LOCKED) $(OUT)/rfbplay $(OUT)/man/rfbplay.1

$(OUT)/rfbplay.o/%.o: rfbplay/%.c $(PLAY_HDR) $(COMMON_HDR) $(TREE)/.configured | $(OUT)/rfbplay.o/.
	$(call run,CC)$(CC) $(PLAY_CFLAGS) -I$(TREE) -I. $$(pkg-config --cflags $(PLAY_LIBS)) -c -o $@ $<

# the web page's files are part of the program
$(OUT)/rfbplay.o/web.o: $(wildcard rfbplay/web/*)
$(OUT)/rfbplay.o/web.o: PLAY_CFLAGS += -Wa,-Irfbplay/web

$(OUT)/rfbplay: $(PLAY_OBJ) $(PLAY_A)
	$(call run,LD)$(CC) -pthread -o $@ $(PLAY_OBJ) $(PLAY_A) $(PLAY_LDLIBS)

# The manual page is one text with the options' table put in.
$(OUT)/man/rfbplay.1.scd: rfbplay/rfbplay.1.scd $(OUT)/rfbplay | $(OUT)/man/.
	@$(OUT)/rfbplay help --man > $@.options
	@sed -e '/^@OPTIONS@$$/{r $@.options' -e 'd}' $< > $@ && rm $@.options

$(OUT)/man/rfbplay.1: $(OUT)/man/rfbplay.1.scd
	$(call run,MAN)scdoc < $< > $@.new && mv $@.new $@
