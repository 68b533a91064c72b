// What a library needs that must survive fork(2), signal handlers and a hostile environment.
#ifndef CLINUX_FORK_H
#define CLINUX_FORK_H

#include <stdbool.h>
#include <stdint.h>

/// The thread pointer: another number for each living thread of a process, never 0, a multiple of 8.
/// One instruction, async-signal-safe; a forked child's thread keeps the number of its parent's.
static inline uint64_t clinux_thread_self(void) {
#if defined(__x86_64__)
  uint64_t self;
  __asm__("mov %%fs:0, %0" : "=r"(self)); // the ABI: the first word of the block points to itself
  return self;
#else
  return (uint64_t)(uintptr_t)__builtin_thread_pointer();
#endif
}

/// A load that no earlier sequentially consistent exchange can be seen after.
static inline uint32_t clinux_load_ordered_u32(const void *p) {
  return __atomic_load_n((const uint32_t *)p, __ATOMIC_SEQ_CST);
}

/// Stores `head` at `pair` and its complement behind it, unless `*word` is not `expected`. On x86-64
/// with glibc 2.35 no signal handler of this thread can come between the look and the stores: a
/// restartable sequence, rseq(2). Elsewhere only nearly so.
bool clinux_publish_if(const void *word, uint64_t expected, void *pair, uint64_t head);

/// Has `child(context)` called in every child of fork(2), in the thread that forked. Children of
/// clone(2), vfork(2) and _Fork(3) are not told. At most 64 at a time; -ENOSPC when there are more. The context
/// says which one is removed: a closure of Swift is another function wherever it is written down.
int clinux_at_fork_add(void (*child)(void *), void *context);
void clinux_at_fork_remove(void *context);

/// secure_getenv(3): NULL when unset, or when the program has more rights than its user.
const char *clinux_environment(const char *name);
/// Whether `path` is a directory (no symbolic link) of this user that only he can enter.
bool clinux_is_private_directory(const char *path);
/// open(2) to append, made with `mode` when it is not there; close-on-exec. Or a negative errno.
int clinux_open_append(const char *path, uint32_t mode);
/// sched_yield(2).
void clinux_yield(void);

#endif
