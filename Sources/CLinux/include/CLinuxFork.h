// What a library needs that must survive fork(2), signal handlers and a hostile environment.
#ifndef CLINUX_FORK_H
#define CLINUX_FORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define CLINUX_IS_ONE_THREAD __libc_single_threaded
#else
#define CLINUX_IS_ONE_THREAD 0
#endif

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

/// Stores `owner` at `word` if that is 0, as an acquiring exchange would. In a process of one thread two plain
/// instructions, a third of the price: a signal handler that comes between them has left the word as
/// it was when it returns. pthread_create(3), which ends that, is not async-signal-safe.
static inline bool clinux_take(void *word, uint64_t owner) {
  _Atomic uint64_t *lock = (_Atomic uint64_t *)word;
  uint64_t nobody = 0;
  if (!CLINUX_IS_ONE_THREAD)
    return atomic_compare_exchange_strong_explicit(lock, &nobody, owner, memory_order_acquire,
                                                   memory_order_relaxed);
  if (atomic_load_explicit(lock, memory_order_relaxed) != nobody) return false;
  atomic_store_explicit(lock, owner, memory_order_relaxed);
  atomic_signal_fence(memory_order_seq_cst);
  return true;
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
