#define _GNU_SOURCE
#include "CFaults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static _Atomic int32_t *words;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("LOGD_FAULTS");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *p = mmap(NULL, CFAULTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) words = p;
}

static int32_t word(int at) { return words ? atomic_load(&words[at / 4]) : 0; }
static int is_concerned(int fd) { return words && (fcntl(fd, F_GETFL) & O_APPEND); }
static void hang_while(int at) {
  while (word(at)) usleep(1000);
}
static int fail(int code, int counter) {
  atomic_fetch_add(&words[counter / 4], 1);
  errno = code;
  return -1;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (flags & O_APPEND) hang_while(CFAULTS_HANG_OPEN);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t write(int fd, const void *buffer, size_t bytes) {
  if (is_concerned(fd)) {
    static atomic_int calls;
    hang_while(CFAULTS_HANG_WRITE);
    int32_t code = word(CFAULTS_WRITE_ERRNO), some = word(CFAULTS_SHORT);
    if (code && some && (size_t)some < bytes && atomic_fetch_add(&calls, 1) % 2 == 0) {
      bytes = (size_t)some;
    } else if (code) {
      return fail(code, CFAULTS_WRITES);
    }
  }
  return syscall(SYS_write, fd, buffer, bytes);
}

int fdatasync(int fd) {
  if (is_concerned(fd)) {
    hang_while(CFAULTS_HANG_SYNC);
    int32_t code = word(CFAULTS_SYNC_ERRNO);
    if (code) return fail(code, CFAULTS_SYNCS);
  }
  return (int)syscall(SYS_fdatasync, fd);
}

static int is_for_journald(const struct msghdr *message) {
  const struct sockaddr_un *to = message->msg_name;
  return to && to->sun_family == AF_UNIX &&
         strcmp(to->sun_path, "/run/systemd/journal/socket") == 0;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  int32_t code = word(CFAULTS_SEND_ERRNO);
  int is_plain = message->msg_controllen == 0;
  if (code && (is_plain || !word(CFAULTS_SEND_PLAIN)) && is_for_journald(message)) {
    return fail(code, CFAULTS_SENDS);
  }
  return syscall(SYS_sendmsg, fd, message, flags);
}
