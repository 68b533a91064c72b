#define _GNU_SOURCE
#include "CLinuxScan.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

// SAFETY of the loads: a block begins at p + first (or second) with p + 63 <= last, the last place where the
// needle may begin, and both offsets are inside the needle: so it ends inside the hay.
__attribute__((target("avx2,bmi"))) static uint64_t find_avx2(const uint8_t *hay, uint64_t bytes, const uint8_t *needle,
                                                              uint64_t needle_bytes, uint64_t first, uint64_t second) {
  uint64_t last = bytes - needle_bytes, p = 0;
  __m256i a = _mm256_set1_epi8((char)needle[first]), b = _mm256_set1_epi8((char)needle[second]);
  for (; p + 63 <= last; p += 64) {
    const uint8_t *at_a = hay + p + first, *at_b = hay + p + second;
    __m256i low = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)at_a), a),
                                   _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)at_b), b));
    __m256i high = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(at_a + 32)), a),
                                    _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(at_b + 32)), b));
    if (_mm256_testz_si256(_mm256_or_si256(low, high), _mm256_or_si256(low, high))) continue;
    uint64_t hits = (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
    for (; hits; hits &= hits - 1) {
      uint64_t place = p + (uint64_t)__builtin_ctzll(hits);
      if (memcmp(hay + place, needle, needle_bytes) == 0) return place;
    }
  }
  const uint8_t *hit = memmem(hay + p, bytes - p, needle, needle_bytes);
  return hit ? (uint64_t)(hit - hay) : bytes;
}
#endif

uint64_t clinux_find(const void *hay, uint64_t hay_bytes, const void *needle, uint64_t needle_bytes,
                     uint64_t first, uint64_t second) {
  if (needle_bytes > hay_bytes) return hay_bytes;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return find_avx2(hay, hay_bytes, needle, needle_bytes, first, second);
#endif
  (void)first, (void)second;
  const uint8_t *hit = memmem(hay, hay_bytes, needle, needle_bytes);
  return hit ? (uint64_t)(hit - (const uint8_t *)hay) : hay_bytes;
}

bool clinux_is_plain(const void *text, uint64_t bytes) {
  const uint8_t *at = text;
  uint8_t special = 0;
  for (uint64_t i = 0; i < bytes; i++) special |= (uint8_t)(at[i] - 0x20) >= 0x5F || at[i] == '\\';
  return !special;
}

const void *clinux_last(const void *text, uint8_t byte, uint64_t bytes) { return memrchr(text, byte, bytes); }
