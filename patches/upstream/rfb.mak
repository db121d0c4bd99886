# The md5 of each picture was also made by another decoder, when the session was
# recorded. No JPEG here: its pixels depend on the IDCT.
FATE_RFB = hextile-be565 tight tight-222 zlib-wmvi zrle zrle-resize tight-map8

fate-rfb-hextile-be565: RFB_FILE = qemu_boot_hextile_be565
fate-rfb-tight:         RFB_FILE = tiger_drag_tight
fate-rfb-tight-222:     RFB_FILE = qemu_memtest_tight_222
fate-rfb-zlib-wmvi:     RFB_FILE = qemu_boot_zlib_wmvi_audio
fate-rfb-zrle:          RFB_FILE = qemu_boot_zrle_native
fate-rfb-zrle-resize:   RFB_FILE = tiger_resize_zrle_extds
fate-rfb-tight-map8:    RFB_FILE = tight_map8_tight

fate-rfb-%: CMD = framemd5 -max_fps 0 -draw_mouse 0 -i $(TARGET_SAMPLES)/rfb/$(RFB_FILE).fbs -noautoscale -fps_mode passthrough -enc_time_base 1:1000 -pix_fmt rgb24 -vf scale

FATE_RFB-$(call FRAMEMD5, FBS, RFB, SCALE_FILTER) += $(FATE_RFB:%=fate-rfb-%)

FATE_SAMPLES_FFMPEG += $(FATE_RFB-yes)

fate-rfb: $(FATE_RFB-yes)
