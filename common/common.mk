# common: what both programs link; needs nothing but libc

COMMON_SRC    := $(wildcard common/*.c)
COMMON_HDR    := $(wildcard common/*.h)
COMMON_OBJ    := $(COMMON_SRC:common/%.c=$(OUT)/common.o/%.o)
COMMON_CFLAGS := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -g -Wall -Wextra \
                 -Wno-missing-field-initializers

$(OUT)/common.o/%.o: common/%.c $(COMMON_HDR) | $(OUT)/common.o/.
	$(call run,CC)$(CC) $(COMMON_CFLAGS) -I. -c -o $@ $<
