// Searching text, as many bytes at a time as the processor can.
#ifndef CLINUX_SCAN_H
#define CLINUX_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/// The first place of `needle` (at least one byte) in `hay`, or `hay_bytes` when it is not there.
/// `first` and `second` are places in the needle: only where these two bytes of it are is the rest
/// compared, so they should be rare.
uint64_t clinux_find(const void *hay, uint64_t hay_bytes, const void *needle, uint64_t needle_bytes,
                     uint64_t first, uint64_t second);

/// memrchr(3): the last place of a byte, or NULL.
const void *clinux_last(const void *text, uint8_t byte, uint64_t bytes);

/// Whether all bytes are printable ASCII and none is a backslash.
bool clinux_is_plain(const void *text, uint64_t bytes);

#endif
