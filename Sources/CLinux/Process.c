// The process and its threads.
#define _GNU_SOURCE
#include "Call.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_errno(void) { return errno; }
void clinux_set_errno(int value) { errno = value; }
int clinux_getpid(void) { return (int)syscall(SYS_getpid); }
int clinux_gettid(void) { return (int)syscall(SYS_gettid); }
uint32_t clinux_getuid(void) { return getuid(); }

int clinux_pidfd(int pid) {
  long fd = syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? -errno : (int)fd;
}

struct start { void (*body)(void *); void *context; };
static void *begin(void *p) {
  struct start s = *(struct start *)p;
  free(p);
  s.body(s.context);
  return NULL;
}
int clinux_thread(const char *name, uint64_t stack_bytes, void (*body)(void *), void *context,
                  unsigned long *joinable) {
  struct start *s = malloc(sizeof *s);
  if (!s) return -ENOMEM;
  *s = (struct start){body, context};
  pthread_attr_t a;
  pthread_attr_init(&a);
  pthread_attr_setstacksize(&a, stack_bytes);
  if (!joinable) pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
  pthread_t t;
  int r = pthread_create(&t, &a, begin, s);
  pthread_attr_destroy(&a);
  if (r != 0) {
    free(s);
    return -r;
  }
  pthread_setname_np(t, name);
  if (joinable) *joinable = t;
  return 0;
}
int clinux_shorten_slices(uint64_t ns) {
  // struct sched_attr, whose header does not go with glibc's <sched.h>.
  struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; } a;
  if (RETRY(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0)) < 0) return -errno;
  if (a.policy != SCHED_OTHER) return -EINVAL;
  a.runtime = ns;
  return RETRY(syscall(SYS_sched_setattr, 0, &a, 0));
}
int clinux_thread_join(unsigned long thread, uint64_t deadline_ns) {
  if (deadline_ns == UINT64_MAX) return -pthread_join((pthread_t)thread, NULL);
  struct timespec t = {(time_t)(deadline_ns / 1000000000), (long)(deadline_ns % 1000000000)};
  return -pthread_clockjoin_np((pthread_t)thread, NULL, CLOCK_MONOTONIC, &t);
}

int clinux_terminal_size(int fd, int *rows, int *columns) {
  struct winsize size;
  if (RETRY(ioctl(fd, TIOCGWINSZ, &size)) < 0) return -errno;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}

int clinux_raw_fork(void) {
  long r = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  return r < 0 ? -errno : (int)r;
}
