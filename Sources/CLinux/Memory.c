// Memory that processes share: memfds, mappings, futexes.
#define _GNU_SOURCE
#include "Call.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

_Static_assert(CLINUX_MADV_WIPEONFORK == MADV_WIPEONFORK && CLINUX_MADV_DONTNEED == MADV_DONTNEED &&
                   CLINUX_MADV_RANDOM == MADV_RANDOM,
               "madvise");

int clinux_memfd(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -errno;
  fcntl(fd, F_SETFL, O_NOATIME);  // only time is lost without it
  return fd;
}
int clinux_seal_size(int fd) {
  return RETRY(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
}
int clinux_seals(int fd) { return RETRY(fcntl(fd, F_GET_SEALS)); }

static void *mapped(void *p) { return p == MAP_FAILED ? NULL : p; }
void *clinux_map(int fd, uint64_t offset, uint64_t bytes, bool writable) {
  return mapped(mmap(NULL, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, (off_t)offset));
}
void *clinux_map_private(uint64_t bytes) {
  return mapped(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
int clinux_map_fixed(void *at, int fd, uint64_t offset, uint64_t bytes, bool writable) {
  void *p = mmap(at, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | MAP_FIXED, fd, (off_t)offset);
  return p == MAP_FAILED ? -errno : 0;
}
int clinux_map_fixed_private(void *at, uint64_t bytes) {
  void *p = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return p == MAP_FAILED ? -errno : 0;
}
void *clinux_reserve(uint64_t bytes) {
  return mapped(mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}
void clinux_unmap(void *at, uint64_t bytes) { munmap(at, bytes); }
int clinux_advise(void *at, uint64_t bytes, int advice) { return RETRY(madvise(at, bytes, advice)); }

int clinux_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns, uint32_t bits) {
  struct timespec until, *deadline = NULL;
  if (timeout_ns >= 0) { // FUTEX_WAIT_BITSET takes an instant, not a duration
    uint64_t at = clinux_monotonic_ns() + (uint64_t)timeout_ns;
    until.tv_sec = (time_t)(at / 1000000000u);
    until.tv_nsec = (long)(at % 1000000000u);
    deadline = &until;
  }
  long r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline, NULL, bits);
  return r < 0 ? -errno : 0;
}
int clinux_futex_wake(const void *word, int count, uint32_t bits) {
  long r = syscall(SYS_futex, word, FUTEX_WAKE_BITSET, count, NULL, NULL, bits);
  return r < 0 ? -errno : (int)r;
}
