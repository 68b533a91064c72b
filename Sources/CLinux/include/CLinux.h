// What Swift cannot import from Linux and C: atomics on shared memory, variadic calls, macros.
//
// Policy-free: every function is one C call, one kernel call or one atomic operation. Calls that
// fail return a negative errno, so that a caller in Embedded Swift (no `errno`) can see it.
// Nothing here allocates; everything but the descriptor passing is async-signal-safe.
#ifndef CLINUX_H
#define CLINUX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLinuxBench.h"
#include "CLinuxFork.h"
#include "CLinuxScan.h"
#include "CLinuxSupervise.h"

// Asks for a cache line in order to write it. Written out for x86-64, because without a newer
// baseline the compiler's builtin asks for it only to read; processors that lack it do nothing.
static inline void clinux_prefetch_write(const void *p) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw (%0)" : : "r"(p));
#else
  __builtin_prefetch(p, 1);
#endif
}

// ---------------------------------------------------------------- atomics on shared memory
#define CLINUX_ATOMICS(type, name)                                                               \
  static inline type clinux_load_relaxed_##name(const void *p) {                                 \
    return atomic_load_explicit((const _Atomic type *)p, memory_order_relaxed);                  \
  }                                                                                              \
  static inline type clinux_load_acquire_##name(const void *p) {                                 \
    return atomic_load_explicit((const _Atomic type *)p, memory_order_acquire);                  \
  }                                                                                              \
  static inline void clinux_store_relaxed_##name(void *p, type v) {                              \
    atomic_store_explicit((_Atomic type *)p, v, memory_order_relaxed);                           \
  }                                                                                              \
  static inline void clinux_store_release_##name(void *p, type v) {                              \
    atomic_store_explicit((_Atomic type *)p, v, memory_order_release);                           \
  }                                                                                              \
  static inline type clinux_exchange_##name(void *p, type v) {                                   \
    return atomic_exchange_explicit((_Atomic type *)p, v, memory_order_seq_cst);                 \
  }                                                                                              \
  static inline type clinux_add_##name(void *p, type v) {                                        \
    return atomic_fetch_add_explicit((_Atomic type *)p, v, memory_order_relaxed);                \
  }                                                                                              \
  static inline bool clinux_compare_exchange_##name(void *p, type expected, type desired) {      \
    return atomic_compare_exchange_strong_explicit((_Atomic type *)p, &expected, desired,        \
                                                   memory_order_seq_cst, memory_order_seq_cst);  \
  }
CLINUX_ATOMICS(uint32_t, u32)
CLINUX_ATOMICS(uint64_t, u64)
#undef CLINUX_ATOMICS

/// A full fence: a store before it is seen by others before a load after it is made.
static inline void clinux_fence(void) { atomic_thread_fence(memory_order_seq_cst); }

/// Tells the processor that this is a spin loop.
static inline void clinux_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// ---------------------------------------------------------------- clocks
/// CLOCK_MONOTONIC in nanoseconds, clock_gettime(2); through the vDSO, no system call.
uint64_t clinux_monotonic_ns(void);
/// The processor's own counter, a third of the price of a clock; 0 where there is none that we use.
static inline uint64_t clinux_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}
/// Whether the kernel makes CLOCK_MONOTONIC from that counter now: then it goes on evenly, and is the same on
/// all processors. Reads a file below /sys.
bool clinux_ticks_make_clock(void);
/// localtime_r(3): by how many seconds local time is ahead of UTC at an instant, seconds since 1970.
int clinux_utc_offset(int64_t seconds);
/// CLOCK_REALTIME in nanoseconds since 1970, clock_gettime(2).
int64_t clinux_realtime_ns(void);
/// CLOCK_THREAD_CPUTIME_ID / CLOCK_PROCESS_CPUTIME_ID in nanoseconds.
uint64_t clinux_thread_cpu_ns(void);
uint64_t clinux_process_cpu_ns(void);

// ---------------------------------------------------------------- process
/// Has the scheduler give the calling thread slices of `ns`, sched_setattr(2), where it is an ordinary
/// one. 0 or a negative errno.
int clinux_shorten_slices(uint64_t ns);
int clinux_errno(void);
void clinux_set_errno(int value);
int clinux_getpid(void);
/// gettid(2): a system call; cache the answer per thread where it is hot.
int clinux_gettid(void);
uint32_t clinux_getuid(void);

/// From now on a fault of the calling thread (a trap, a bad access, abort) leaves a note at `words`, three
/// u64 in a mapped file, before it ends the process: [0] what the thread is at, kept by itself, 0 for nothing;
/// [1] what it was at when it died last, [2] how many times in a row that was the same. Once in a process.
void clinux_note_faults(void *words);

// ---------------------------------------------------------------- memory
/// memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL where known, and O_NOATIME: a quarter
/// of what a small pread(2) takes is to note when it was.
int clinux_memfd(const char *name);
/// F_ADD_SEALS: shrink, grow, and further seals.
int clinux_seal_size(int fd);
/// fallocate(2), FALLOC_FL_PUNCH_HOLE over the whole file: its memory is free, its size stays.
void clinux_punch(int fd);
/// The same over a part of it.
void clinux_punch_part(int fd, uint64_t offset, uint64_t bytes);
/// lseek(2): where the next hole begins, at the latest where the file ends, and how far it goes.
int64_t clinux_next_hole(int fd, uint64_t from, uint64_t *end);
/// fallocate(2), FALLOC_FL_KEEP_SIZE: room for a part of a file, beyond its end too. 0 or a negative
/// errno; 0 also where the file system knows no such thing.
int clinux_reserve_room(int fd, uint64_t offset, uint64_t bytes);
/// F_GET_SEALS, or a negative errno.
int clinux_seals(int fd);
/// mmap(2) of a file, shared; NULL and errno on failure.
void *clinux_map(int fd, uint64_t offset, uint64_t bytes, bool writable);
/// mmap(2) of anonymous private memory; NULL on failure.
void *clinux_map_private(uint64_t bytes);
/// mmap(2) MAP_FIXED over `at`, of a file, shared. 0 or a negative errno.
int clinux_map_fixed(void *at, int fd, uint64_t offset, uint64_t bytes, bool writable);
/// mmap(2) MAP_FIXED over `at`, anonymous and private. 0 or a negative errno.
int clinux_map_fixed_private(void *at, uint64_t bytes);
/// Address space without memory, for MAP_FIXED later; NULL on failure.
void *clinux_reserve(uint64_t bytes);
void clinux_unmap(void *at, uint64_t bytes);
/// madvise(2) with the given advice. 0 or a negative errno.
int clinux_advise(void *at, uint64_t bytes, int advice);
#define CLINUX_MADV_WIPEONFORK 18
#define CLINUX_MADV_DONTNEED 4
#define CLINUX_MADV_RANDOM 1

// ---------------------------------------------------------------- sixteen bytes at a time
// Swift's SIMD comparisons become byte-wise code; these become four instructions.
typedef uint8_t clinux_block __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t clinux_halves __attribute__((vector_size(16)));

static inline clinux_halves clinux_special(clinux_block b, uint8_t also) {
  return (clinux_halves)((b - 0x20) >= 0x5F) | (clinux_halves)(b == 0x5C) | (clinux_halves)(b == also);
}

/// Copies 16 bytes unless one of them is a control, DEL, beyond ASCII, a backslash or `also`.
/// Whether it did.
static inline bool clinux_copy_plain_block(void *to, const void *from, uint8_t also) {
  clinux_block b = *(const clinux_block *)from;
  clinux_halves special = clinux_special(b, also);
  if (special[0] | special[1]) return false;
  *(clinux_block *)to = b;
  return true;
}

/// The same with 32 bytes.
static inline bool clinux_copy_plain_blocks(void *to, const void *from, uint8_t also) {
  clinux_block a = ((const clinux_block *)from)[0], b = ((const clinux_block *)from)[1];
  clinux_halves special = clinux_special(a, also) | clinux_special(b, also);
  if (special[0] | special[1]) return false;
  ((clinux_block *)to)[0] = a;
  ((clinux_block *)to)[1] = b;
  return true;
}

// ---------------------------------------------------------------- futex(2), shared between processes
/// FUTEX_WAIT_BITSET until `*word != expected`, a wake with a common bit, or `timeout_ns` (relative,
/// CLOCK_MONOTONIC; negative: for ever). 0 woken, or -EAGAIN, -ETIMEDOUT, -EINTR.
int clinux_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns, uint32_t bits);
/// FUTEX_WAKE_BITSET: wakes at most `count` waiters that share a bit. How many were woken, or -errno.
int clinux_futex_wake(const void *word, int count, uint32_t bits);

// ---------------------------------------------------------------- descriptors
int clinux_close(int fd);
/// F_DUPFD_CLOEXEC: the lowest free number from `least` on.
int clinux_dup_above(int fd, int least);
/// Opens the file of `fd` anew, for reading alone, by way of `number`: a descriptor that is replaced, and refers to the
/// same file then. A descriptor or a negative errno.
int clinux_reopen(int fd, int number);
int clinux_set_nonblocking(int fd, bool on);
/// (device, inode) of what the descriptor refers to now. 0 or a negative errno.
int clinux_identity(int fd, uint64_t *device, uint64_t *inode);
/// When the file was made, statx(2) STATX_BTIME, in nanoseconds since 1970; 0 where the file system
/// does not say.
int64_t clinux_birth_ns(int fd);
/// open(2) with O_TMPFILE: a file without a name on the disk of the directory, to write and read.
int clinux_open_unnamed(const char *directory);
/// open(2) for reading and writing, made when missing, links not followed, and locked, flock(2); -EAGAIN when
/// another holds the lock. `mode` is what it is made with.
int clinux_open_locked(const char *path, uint32_t mode);
/// ftruncate(2) to nothing.
int clinux_truncate(int fd);
/// fsync(2), then POSIX_FADV_DONTNEED: what is read next comes from the disk.
int clinux_sync_and_forget(int fd);
int clinux_unlink(const char *path);
int64_t clinux_pread(int fd, void *buffer, uint64_t bytes, uint64_t offset);
int64_t clinux_pwrite(int fd, const void *buffer, uint64_t bytes, uint64_t offset);
int64_t clinux_read(int fd, void *buffer, uint64_t bytes);
int64_t clinux_write(int fd, const void *buffer, uint64_t bytes);

// ---------------------------------------------------------------- Unix domain sockets
/// sizeof(sockaddr_un.sun_path) - 1: the longest path of a socket in bytes.
#define CLINUX_SOCKET_PATH_MAX 107
enum clinux_socket_type { CLINUX_STREAM = 1, CLINUX_DATAGRAM = 2, CLINUX_SEQPACKET = 5 };
/// A new nonblocking close-on-exec AF_UNIX socket, or a negative errno.
int clinux_socket(int type);
/// connect(2) to a path. 0 or a negative errno (-ENAMETOOLONG when it does not fit).
int clinux_connect(int fd, const char *path);
/// connect(2) to a name of the abstract namespace, unix(7), without its leading NUL. 0 or a negative errno.
int clinux_connect_abstract(int fd, const char *name);
/// Of what type (clinux_socket_type) a listening AF_UNIX socket is, getsockopt(2), or a datagram socket, which
/// need not listen; or a negative errno: -ENOTSOCK, -EAFNOSUPPORT, -EINVAL when it does not listen.
int clinux_listener_type(int fd);
/// The path a socket is bound to, getsockname(2), with a NUL; empty for none or an abstract one. 0 or a
/// negative errno.
int clinux_socket_path(int fd, char out[CLINUX_SOCKET_PATH_MAX + 1]);
/// bind(2) to a path. 0 or a negative errno.
int clinux_bind(int fd, const char *path);
int clinux_listen(int fd, int backlog);
/// accept4(2), nonblocking and close-on-exec.
int clinux_accept(int fd);
int clinux_socketpair(int type, int out[2]);
/// send(2) with MSG_NOSIGNAL | MSG_DONTWAIT; bytes sent or a negative errno.
int64_t clinux_send(int fd, const void *buffer, uint64_t bytes);
/// recv(2) with MSG_DONTWAIT | MSG_CMSG_CLOEXEC, MSG_PEEK if asked; every descriptor sent along is closed by
/// the kernel. Bytes, 0 at the end, or a negative errno (-EMSGSIZE: the packet did not fit).
int64_t clinux_receive(int fd, void *buffer, uint64_t bytes, bool peek);
/// SO_PASSCRED, socket(7): every datagram says who has sent it. 0 or a negative errno.
int clinux_pass_credentials(int fd);
/// recvmsg(2), MSG_PEEK, of one datagram with SCM_CREDENTIALS, MSG_DONTWAIT. `*is_cut`: it is longer than
/// `bytes`. `*pid` is 0 where the kernel knows none. Bytes or a negative errno.
int64_t clinux_peek_from_sender(int fd, void *buffer, uint64_t bytes, int *pid, uint32_t *uid, uint32_t *gid,
                                bool *is_cut);
/// sendmsg(2) of one packet with up to 64 descriptors (SCM_RIGHTS), MSG_NOSIGNAL | MSG_DONTWAIT.
int64_t clinux_send_fds(int fd, const void *buffer, uint64_t bytes, const int *fds, int count);
/// recvmsg(2) of one packet with up to 64 descriptors, close-on-exec. `*count` in: room in `fds`, out: how many came.
/// Descriptors beyond the room are closed. Bytes, 0 at the end, or a negative errno.
int64_t clinux_receive_fds(int fd, void *buffer, uint64_t bytes, int *fds, int *count);
/// shutdown(2), both ways: the other side sees a hang-up although others hold the socket too.
void clinux_shutdown(int fd);
/// A nonblocking datagram socket that is connected to itself: what is sent waits in its own queue, and nobody
/// else can send to it. Or a negative errno.
int clinux_socket_to_self(void);
/// recvmsg(2), MSG_PEEK, of the next packet that was not seen since SO_PEEK_OFF was set by
/// clinux_peek_from_start(), with copies of its descriptors; -EMFILE, and none of them, where this process may
/// not have all. As clinux_receive_fds() otherwise.
int64_t clinux_peek_fds(int fd, void *buffer, uint64_t bytes, int *fds, int *count);
/// SO_PEEK_OFF, socket(7): the next look is at the oldest packet. 0 or a negative errno.
int clinux_peek_from_start(int fd);
/// SO_PEEK_OFF: how many bytes were looked at since and are still there: what is received is not. Or a negative
/// errno.
int clinux_peek_offset(int fd);
/// renameat2(2): `to` must not exist. 0 or a negative errno.
int clinux_rename_new(const char *from, const char *to);
/// statvfs(3): bytes that an ordinary user may still take, or a negative errno.
int64_t clinux_free_bytes(const char *path);
/// SO_PEERCRED: who connected, as the kernel saw it at connect(2).
int clinux_peer(int fd, int *pid, uint32_t *uid, uint32_t *gid);
/// Whether the process that connected is in `group`, by its main group or, SO_PEERGROUPS, another one: 1, 0 or a
/// negative errno.
int clinux_peer_is_in_group(int fd, uint32_t group);
/// SO_PEERPIDFD (Linux 6.5), or a negative errno.
int clinux_peer_pidfd(int fd);

/// poll(2) of one descriptor; `events` and the answer are POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 16. -errno on failure.
int clinux_poll(int fd, int events, int timeout_ms);

// ---------------------------------------------------------------- epoll(7), eventfd(2), signalfd(2)
enum { CLINUX_EPOLLIN = 1, CLINUX_EPOLLOUT = 4, CLINUX_EPOLLERR = 8, CLINUX_EPOLLHUP = 16,
       CLINUX_EPOLLRDHUP = 0x2000 };
struct clinux_event { uint32_t events; uint64_t data; };
int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t data);
int clinux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t data);
int clinux_epoll_remove(int epoll, int fd);
/// epoll_wait(2) for at most 64 events; how many, or a negative errno.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int timeout_ms);
int clinux_eventfd(void);
/// timerfd_create(2) of CLOCK_MONOTONIC, nonblocking and close-on-exec.
int clinux_timerfd(void);
/// Has it go off once at `at_ns`, in the place of what it was set to before; 0: not at all. 0 or a negative errno.
int clinux_timerfd_set(int fd, uint64_t at_ns);
/// ppoll(2) until one of the two can be read, at most `timeout_ns` (negative: for ever): bit 0 and bit 1,
/// or a negative errno.
int clinux_await_either(int a, int b, int64_t timeout_ns);
/// signalfd(2), nonblocking and close-on-exec, for the `count` given signals, which are also blocked
/// in the calling thread (and so in the threads it starts).
int clinux_signalfd(const int *signals, int count);
/// Reads one signal number from a signalfd; 0 when there is none.
int clinux_signalfd_read(int fd);
/// The same, and whether the kernel itself sent it, as a terminal's keys do, not a process.
int clinux_signalfd_read_sender(int fd, bool *is_kernel);
/// A thread with a name and a stack of `stack_bytes`; 0 or a negative errno. The thread is detached
/// unless `joinable` is not NULL.
int clinux_thread(const char *name, uint64_t stack_bytes, void (*body)(void *), void *context,
                  unsigned long *joinable);
/// Waits for its end; -ETIMEDOUT when it has not come by `deadline_ns` of CLOCK_MONOTONIC, UINT64_MAX: never.
int clinux_thread_join(unsigned long thread, uint64_t deadline_ns);

/// The shortest decimal digits that read back as the same (finite) double; how many bytes were
/// written, at most 32. Uses the C locale's point: never call setlocale(3).
int clinux_format_double(double value, uint8_t out[32]);
/// strtod(3) of the `count` bytes (at most 63) of a JSON number; needs the C locale's point too.
double clinux_parse_double(const void *text, uint64_t count);

// ---------------------------------------------------------------- inotify(7), terminals
/// inotify_init1(2), close-on-exec and nonblocking.
int clinux_inotify(void);
/// inotify_add_watch(2) for everything that is written, made, moved or removed in a directory.
int clinux_inotify_watch(int inotify, const char *directory);
/// TIOCGWINSZ, ioctl_tty(2). 0 or a negative errno.
int clinux_terminal_size(int fd, int *rows, int *columns);

// ---------------------------------------------------------------- tests
/// A child by raw clone(2), with nothing but SIGCHLD: no atfork handler runs. As fork(2).
int clinux_raw_fork(void);
/// pidfd_open(2): a descriptor that is readable once the process has ended, or a negative errno.
int clinux_pidfd(int pid);

#endif
