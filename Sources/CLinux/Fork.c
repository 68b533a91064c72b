#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS 64
// The context is stored last and cleared first: a slot with a context has its function.
static struct { _Atomic(void *) context; void (*_Atomic child)(void *); } slots[SLOTS];
static atomic_int registered;
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

static void run_in_child(void) {
  for (int i = 0; i < SLOTS; i++) {
    void *context = atomic_load(&slots[i].context);
    if (context) atomic_load(&slots[i].child)(context);
  }
  // A thread of the parent may have held it, and it is not here.
  changing = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

int clinux_at_fork_add(void (*child)(void *), void *context) {
  int result = -ENOSPC;
  pthread_mutex_lock(&changing);
  if (!atomic_load(&registered)) {
    int r = pthread_atfork(NULL, NULL, run_in_child);
    if (r != 0) {
      pthread_mutex_unlock(&changing);
      return -r;
    }
    atomic_store(&registered, 1);
  }
  for (int i = 0; i < SLOTS && result != 0; i++) {
    if (atomic_load(&slots[i].context)) continue;
    atomic_store(&slots[i].child, child);
    atomic_store(&slots[i].context, context);
    result = 0;
  }
  pthread_mutex_unlock(&changing);
  return result;
}

void clinux_at_fork_remove(void *context) {
  pthread_mutex_lock(&changing);
  for (int i = 0; i < SLOTS; i++)
    if (atomic_load(&slots[i].context) == context) atomic_store(&slots[i].context, NULL);
  pthread_mutex_unlock(&changing);
}

static bool publish_plainly(const void *word, uint64_t expected, uint64_t *pair, uint64_t head) {
  if (__atomic_load_n((const uint64_t *)word, __ATOMIC_RELAXED) != expected) return false;
  __atomic_store_n(pair + 1, ~head, __ATOMIC_RELAXED);
  __atomic_store_n(pair, head, __ATOMIC_RELEASE);
  return true;
}

#if defined(__x86_64__) && __has_include(<sys/rseq.h>)
#include <sys/rseq.h>

bool clinux_publish_if(const void *word, uint64_t expected, void *pair, uint64_t head) {
  if (__rseq_size == 0) return publish_plainly(word, expected, pair, head);
  while (true) {
    // A signal or a preemption between 1 and 2 makes the kernel go on at 4. The area's pointer to
    // the sequence is cleared at the end, because this code may be unloaded.
    __asm__ goto(".pushsection __rseq_cs, \"aw\"\n"
                 ".balign 32\n"
                 "3: .long 0, 0\n"
                 ".quad 1f, 2f - 1f, 4f\n"
                 ".popsection\n"
                 "leaq 3b(%%rip), %%rax\n"
                 "movq %%rax, %%fs:8(%[area])\n"
                 "1: cmpq %[expected], (%[word])\n"
                 "jne %l[changed]\n"
                 "movq %[check], 8(%[pair])\n"
                 "movq %[head], (%[pair])\n"
                 "2: movq $0, %%fs:8(%[area])\n"
                 ".pushsection __rseq_failure, \"ax\"\n"
                 ".byte 0x0f, 0xb9, 0x3d\n"
                 ".long %c[signature]\n"
                 "4: jmp %l[aborted]\n"
                 ".popsection\n"
                 :
                 : [area] "r"(__rseq_offset), [word] "r"(word), [expected] "r"(expected),
                   [pair] "r"(pair), [check] "r"(~head), [head] "r"(head), [signature] "i"(RSEQ_SIG)
                 : "rax", "memory", "cc"
                 : changed, aborted);
    return true;
  changed:
    return false;
  aborted:;
  }
}
#else
bool clinux_publish_if(const void *word, uint64_t expected, void *pair, uint64_t head) {
  return publish_plainly(word, expected, pair, head);
}
#endif

const char *clinux_environment(const char *name) { return secure_getenv(name); }

bool clinux_is_private_directory(const char *path) {
  struct stat s;
  return lstat(path, &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == getuid() && (s.st_mode & 077) == 0;
}

int clinux_open_append(const char *path, uint32_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, mode);
  return fd < 0 ? -errno : fd;
}

void clinux_yield(void) { sched_yield(); }
