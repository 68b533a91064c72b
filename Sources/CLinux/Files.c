// Files and descriptors.
#define _GNU_SOURCE
#include "Call.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

void clinux_punch(int fd) {
  struct stat s;
  if (fstat(fd, &s) == 0) fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, s.st_size);
}
void clinux_punch_part(int fd, uint64_t offset, uint64_t bytes) {
  fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
}
int64_t clinux_next_hole(int fd, uint64_t from, uint64_t *end) {
  *end = UINT64_MAX;
  off_t start = lseek(fd, (off_t)from, SEEK_HOLE);
  if (start < 0) return errno == ENXIO ? (int64_t)from : -errno; // all that is beyond the file
  off_t data = lseek(fd, start, SEEK_DATA);
  if (data < 0 && errno != ENXIO) return -errno;
  if (data >= 0) *end = (uint64_t)data;
  return start;
}
int clinux_reserve_room(int fd, uint64_t offset, uint64_t bytes) {
  int r = RETRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes));
  return r == -EOPNOTSUPP || r == -ENOSYS ? 0 : r;
}
int clinux_close(int fd) { return close(fd) < 0 ? -errno : 0; } // never retried: close(2)
int clinux_dup_above(int fd, int least) { return RETRY(fcntl(fd, F_DUPFD_CLOEXEC, least)); }
int clinux_reopen(int fd, int number) {
  char path[40];
  int r = RETRY(dup3(fd, number, O_CLOEXEC));
  if (r < 0) return r;
  snprintf(path, sizeof path, "/proc/self/fd/%d", number);
  return RETRY(open(path, O_RDONLY | O_CLOEXEC));
}
int clinux_set_nonblocking(int fd, bool on) {
  int flags = RETRY(fcntl(fd, F_GETFL));
  if (flags < 0) return flags;
  return RETRY(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}
int clinux_identity(int fd, uint64_t *device, uint64_t *inode) {
  struct stat s;
  if (fstat(fd, &s) < 0) return -errno;
  *device = s.st_dev;
  *inode = s.st_ino;
  return 0;
}
int64_t clinux_birth_ns(int fd) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &s) < 0 || !(s.stx_mask & STATX_BTIME)) return 0;
  return s.stx_btime.tv_sec * 1000000000 + s.stx_btime.tv_nsec;
}
int clinux_open_unnamed(const char *directory) {
  return RETRY(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}
int clinux_open_locked(const char *path, uint32_t mode) {
  int fd = RETRY(open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode));
  if (fd < 0) return fd;
  int locked = RETRY(flock(fd, LOCK_EX | LOCK_NB));
  if (locked < 0) close(fd);
  return locked < 0 ? locked : fd;
}
int clinux_truncate(int fd) { return RETRY(ftruncate(fd, 0)); }
int clinux_sync_and_forget(int fd) {
  int result = RETRY(fsync(fd));
  if (result == 0) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  return result;
}
int clinux_unlink(const char *path) { return unlink(path) < 0 ? -errno : 0; }
int64_t clinux_pread(int fd, void *b, uint64_t n, uint64_t at) { return RETRY(pread(fd, b, n, (off_t)at)); }
int64_t clinux_pwrite(int fd, const void *b, uint64_t n, uint64_t at) {
  return RETRY(pwrite(fd, b, n, (off_t)at));
}
int64_t clinux_read(int fd, void *b, uint64_t n) { return RETRY(read(fd, b, n)); }
int64_t clinux_write(int fd, const void *b, uint64_t n) { return RETRY(write(fd, b, n)); }

int clinux_rename_new(const char *from, const char *to) {
  if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1 /* RENAME_NOREPLACE */) == 0) return 0;
  // A file system that cannot: the link is refused where the name is taken.
  if (errno != EINVAL && errno != ENOSYS) return -errno;
  return link(from, to) < 0 || unlink(from) < 0 ? -errno : 0;
}
int64_t clinux_free_bytes(const char *path) {
  struct statvfs s;
  return statvfs(path, &s) < 0 ? -(int64_t)errno : (int64_t)(s.f_bavail * s.f_frsize);
}
