#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

int clinux_punch_hole(int fd, uint64_t offset, uint64_t bytes) {
  int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return fallocate(fd, mode, (off_t)offset, (off_t)bytes) < 0 ? -errno : 0;
}

int clinux_mount_memory(const char *directory, uint64_t bytes) {
  char options[40];
  snprintf(options, sizeof options, "mode=0755,size=%llu", (unsigned long long)bytes);
  if (unshare(CLONE_NEWNS) < 0) return -errno;
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return -errno;
  return mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
}

int clinux_unmount(const char *directory) { return umount2(directory, MNT_DETACH) < 0 ? -errno : 0; }

#define TWICE(what) what what

void clinux_add(long times) {
  uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
  for (long i = 0; i < times; i++) {
    TWICE(TWICE(TWICE(TWICE(TWICE(a++; b++; c++; d++; e++; f++;
      __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));)))))
  }
}
