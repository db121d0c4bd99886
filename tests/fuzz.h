/*
 * What libFuzzer calls and gives
 */

#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** A target's own loops would cost more than what they look at, and teach the fuzzer nothing. */
#ifdef __clang__
#define UNTRACED __attribute__((noinline, no_sanitize("coverage", "address")))
#else
#define UNTRACED
#endif

/** One input, in exactly so many bytes of memory. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * Make another input of one. A target that has it calls LLVMFuzzerMutate() and
 * mends what has to stay, such as what FUZZ_INSTANCE asks for.
 * @return the new size
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/** libFuzzer's own way; not there when a corpus is only replayed. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

#endif /* TESTS_FUZZ_H */
