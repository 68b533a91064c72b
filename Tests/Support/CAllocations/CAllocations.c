#define _GNU_SOURCE
#include "CAllocations.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_ullong count;
static void counted(void) { atomic_fetch_add_explicit(&count, 1, memory_order_relaxed); }
uint64_t callocations_count(void) { return atomic_load(&count); }

// A sanitizer brings a malloc of its own.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t n) { counted(); return __libc_malloc(n); }
void *calloc(size_t n, size_t each) { counted(); return __libc_calloc(n, each); }
void *realloc(void *p, size_t n) { counted(); return __libc_realloc(p, n); }
void *memalign(size_t alignment, size_t n) { counted(); return __libc_memalign(alignment, n); }
void *aligned_alloc(size_t alignment, size_t n) { counted(); return __libc_memalign(alignment, n); }
int posix_memalign(void **out, size_t alignment, size_t n) {
  counted();
  *out = __libc_memalign(alignment, n);
  return *out ? 0 : ENOMEM;
}
#endif

// In a program of others (LD_PRELOAD): the count goes to a file at the end.
__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("CALLOCATIONS_FILE");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%llu\n", (unsigned long long)atomic_load(&count));
  fclose(file);
}

void cstress_on_signal(int signal, void (*handler)(int)) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = handler;
  a.sa_flags = SA_RESTART;
  sigaction(signal, &a, NULL);
  // Whoever started this program may have blocked it, as threads of libdispatch do.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}
int cstress_timer(int signal, uint64_t interval_ns) {
  static timer_t timer;
  static int made;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
  event._sigev_un._tid = gettid();
  if (!made && timer_create(CLOCK_MONOTONIC, &event, &timer) < 0) return -errno;
  made = 1;
  struct timespec every = {.tv_nsec = (long)interval_ns};
  struct itimerspec t = {.it_interval = every, .it_value = every};
  return timer_settime(timer, 0, &t, NULL) < 0 ? -errno : 0;
}
int cstress_fork(void) { return fork(); }
void cstress_exit(int code) { _exit(code); }
void cstress_finish(int code) { exit(code); }
int cstress_wait(int pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
