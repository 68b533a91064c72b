#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

_Static_assert(CLINUX_SOCKET_PATH_MAX == sizeof(((struct sockaddr_un *)0)->sun_path) - 1, "sun_path");
_Static_assert((int)CLINUX_STREAM == (int)SOCK_STREAM && (int)CLINUX_DATAGRAM == (int)SOCK_DGRAM &&
                   (int)CLINUX_SEQPACKET == (int)SOCK_SEQPACKET, "socket types");
_Static_assert((int)CLINUX_EPOLLIN == (int)EPOLLIN && (int)CLINUX_EPOLLOUT == (int)EPOLLOUT &&
                   (int)CLINUX_EPOLLERR == (int)EPOLLERR && (int)CLINUX_EPOLLHUP == (int)EPOLLHUP &&
                   (int)CLINUX_EPOLLRDHUP == (int)EPOLLRDHUP, "epoll");
_Static_assert(CLINUX_MADV_WIPEONFORK == MADV_WIPEONFORK && CLINUX_MADV_DONTNEED == MADV_DONTNEED, "madvise");

// The result of a call that says -1 and errno, as a negative errno; EINTR retried here and only here.
#define RETRY(call)                                 \
  __extension__({                                   \
    __typeof__(call) r_;                            \
    do r_ = (call); while (r_ == -1 && errno == EINTR); \
    r_ == -1 ? (__typeof__(r_))-errno : r_;         \
  })

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
uint64_t clinux_monotonic_ns(void) { return nanoseconds(CLOCK_MONOTONIC); }
int64_t clinux_realtime_ns(void) { return (int64_t)nanoseconds(CLOCK_REALTIME); }
uint64_t clinux_thread_cpu_ns(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }
uint64_t clinux_process_cpu_ns(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

int clinux_errno(void) { return errno; }
void clinux_set_errno(int value) { errno = value; }
int clinux_getpid(void) { return (int)syscall(SYS_getpid); }
int clinux_gettid(void) { return (int)syscall(SYS_gettid); }
uint32_t clinux_getuid(void) { return getuid(); }

int clinux_memfd(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd < 0 ? -errno : fd;
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

void clinux_punch(int fd) {
  struct stat s;
  if (fstat(fd, &s) == 0) fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, s.st_size);
}
void clinux_punch_part(int fd, uint64_t offset, uint64_t bytes) {
  fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
}
int clinux_reserve_room(int fd, uint64_t offset, uint64_t bytes) {
  int r = RETRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes));
  return r == -EOPNOTSUPP || r == -ENOSYS ? 0 : r;
}
int clinux_close(int fd) { return close(fd) < 0 ? -errno : 0; } // never retried: close(2)
int clinux_dup_above(int fd, int least) { return RETRY(fcntl(fd, F_DUPFD_CLOEXEC, least)); }
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
int64_t clinux_read(int fd, void *b, uint64_t n) { return RETRY(read(fd, b, n)); }
int64_t clinux_write(int fd, const void *b, uint64_t n) { return RETRY(write(fd, b, n)); }

int clinux_socket(int type) {
  int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return fd < 0 ? -errno : fd;
}
static int address(struct sockaddr_un *a, const char *path) {
  size_t n = strlen(path);
  if (n > CLINUX_SOCKET_PATH_MAX) return -ENAMETOOLONG;
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  memcpy(a->sun_path, path, n + 1);
  return 0;
}
int clinux_connect(int fd, const char *path) {
  struct sockaddr_un a;
  int r = address(&a, path);
  return r < 0 ? r : RETRY(connect(fd, (struct sockaddr *)&a, sizeof a));
}
int clinux_bind(int fd, const char *path) {
  struct sockaddr_un a;
  int r = address(&a, path);
  return r < 0 ? r : RETRY(bind(fd, (struct sockaddr *)&a, sizeof a));
}
int clinux_connect_abstract(int fd, const char *name) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  size_t n = strlen(name);
  if (n > CLINUX_SOCKET_PATH_MAX) return -ENAMETOOLONG;
  memcpy(a.sun_path + 1, name, n);
  return RETRY(connect(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)));
}
static int socket_option(int fd, int option) {
  int value;
  socklen_t n = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &n) < 0 ? -errno : value;
}
int clinux_listener_type(int fd) {
  int r = socket_option(fd, SO_DOMAIN);
  if (r < 0) return r;
  if (r != AF_UNIX) return -EAFNOSUPPORT;
  r = socket_option(fd, SO_TYPE);
  if (r == SOCK_DGRAM) return r;
  r = socket_option(fd, SO_ACCEPTCONN);
  return r < 0 ? r : r == 0 ? -EINVAL : socket_option(fd, SO_TYPE);
}
int clinux_socket_path(int fd, char out[CLINUX_SOCKET_PATH_MAX + 1]) {
  struct sockaddr_un a = {0};
  socklen_t n = sizeof a;
  if (getsockname(fd, (struct sockaddr *)&a, &n) < 0) return -errno;
  memcpy(out, a.sun_path, CLINUX_SOCKET_PATH_MAX);
  out[CLINUX_SOCKET_PATH_MAX] = 0;
  return 0;
}
int clinux_listen(int fd, int backlog) { return RETRY(listen(fd, backlog)); }
int clinux_accept(int fd) { return RETRY(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }
int clinux_socketpair(int type, int out[2]) {
  return RETRY(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out));
}
int64_t clinux_send(int fd, const void *b, uint64_t n) {
  return RETRY(send(fd, b, n, MSG_NOSIGNAL | MSG_DONTWAIT));
}

#define FDS_MAX 8
int64_t clinux_send_fds(int fd, const void *b, uint64_t n, const int *fds, int count) {
  if (count < 0 || count > FDS_MAX) return -EINVAL;
  union { char room[CMSG_SPACE(sizeof(int) * FDS_MAX)]; struct cmsghdr align; } c;
  struct iovec v = {(void *)b, n};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  if (count > 0) {
    m.msg_control = c.room;
    m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    memset(c.room, 0, sizeof c.room);
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(h), fds, sizeof(int) * (size_t)count);
  }
  return RETRY(sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
}
static int64_t receive_fds(int fd, void *b, uint64_t n, int *fds, int *count, int flags) {
  union { char room[CMSG_SPACE(sizeof(int) * FDS_MAX)]; struct cmsghdr align; } c;
  struct iovec v = {b, n};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.room, .msg_controllen = sizeof c.room};
  int room = *count;
  *count = 0;
  int64_t r = RETRY(recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags));
  if (r < 0) return r;
  for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    int got = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < got; i++) {
      int one;
      memcpy(&one, CMSG_DATA(h) + sizeof(int) * (size_t)i, sizeof one);
      if (*count < room) fds[(*count)++] = one;
      else close(one);
    }
  }
  return (m.msg_flags & MSG_TRUNC) ? -EMSGSIZE : r;
}
int64_t clinux_receive_fds(int fd, void *b, uint64_t n, int *fds, int *count) {
  return receive_fds(fd, b, n, fds, count, 0);
}
int64_t clinux_peek_fds(int fd, void *b, uint64_t n, int *fds, int *count) {
  return receive_fds(fd, b, n, fds, count, MSG_PEEK);
}
int clinux_peek_from_start(int fd) {
  int start = 0;
  return RETRY(setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof start));
}
int clinux_peek_offset(int fd) {
  int offset = 0;
  socklen_t n = sizeof offset;
  if (getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &n) < 0) return -errno;
  return offset < 0 ? 0 : offset; // -1: of a new socket, which has none
}
void clinux_shutdown(int fd) { shutdown(fd, SHUT_RDWR); }
int clinux_socket_to_self(void) {
  int fd = clinux_socket(SOCK_DGRAM);
  if (fd < 0) return fd;
  // Without a name bind(2) chooses a free one that is no file. Between there and connect(2) a stranger could
  // send to it, unix(7): that is thrown away.
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  socklen_t n = sizeof a;
  if (bind(fd, (struct sockaddr *)&a, sizeof a.sun_family) < 0 ||
      getsockname(fd, (struct sockaddr *)&a, &n) < 0 || connect(fd, (struct sockaddr *)&a, n) < 0) {
    int r = -errno;
    close(fd);
    return r;
  }
  char byte;
  while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0) {}
  return fd;
}
int64_t clinux_receive(int fd, void *b, uint64_t n, bool peek) {
  // No control buffer: descriptors that were sent along are never installed here.
  struct iovec v = {b, n};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  int64_t r = RETRY(recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | (peek ? MSG_PEEK : 0)));
  return r >= 0 && (m.msg_flags & MSG_TRUNC) ? -EMSGSIZE : r;
}
int clinux_pass_credentials(int fd) {
  int on = 1;
  return RETRY(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
}
int64_t clinux_peek_from_sender(int fd, void *b, uint64_t n, int *pid, uint32_t *uid, uint32_t *gid,
                                bool *is_cut) {
  // Room for the credentials and nothing else: descriptors are never installed here.
  union { char room[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr align; } c;
  struct iovec v = {b, n};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.room, .msg_controllen = sizeof c.room};
  int64_t r = RETRY(recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_PEEK));
  if (r < 0) return r;
  struct ucred u = {0, UINT32_MAX, UINT32_MAX};
  for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
    if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS && h->cmsg_len == CMSG_LEN(sizeof u))
      memcpy(&u, CMSG_DATA(h), sizeof u);
  *pid = u.pid;
  *uid = u.uid;
  *gid = u.gid;
  *is_cut = m.msg_flags & MSG_TRUNC;
  return r;
}
int clinux_utc_offset(int64_t seconds) {
  time_t t = (time_t)seconds;
  struct tm local;
  tzset();  // the zone may have changed since
  return localtime_r(&t, &local) ? (int)local.tm_gmtoff : 0;
}
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
int clinux_peer(int fd, int *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred u;
  socklen_t n = sizeof u;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &n) < 0) return -errno;
  *pid = u.pid;
  *uid = u.uid;
  *gid = u.gid;
  return 0;
}
int clinux_peer_is_in_group(int fd, uint32_t group) {
  int pid;
  uint32_t uid, gid;
  int r = clinux_peer(fd, &pid, &uid, &gid);
  if (r < 0) return r;
  if (gid == group) return 1;
  socklen_t bytes = 0;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &bytes) == 0) return 0;
  if (errno != ERANGE) return -errno;
  gid_t *groups = malloc(bytes);
  if (!groups) return -ENOMEM;
  r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) < 0 ? -errno : 0;
  for (size_t i = 0; r == 0 && i < bytes / sizeof *groups; i++) r = groups[i] == group;
  free(groups);
  return r;
}
int clinux_peer_pidfd(int fd) {
  int pidfd;
  socklen_t n = sizeof pidfd;
  return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &n) < 0 ? -errno : pidfd;
}
int clinux_pidfd(int pid) {
  long fd = syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? -errno : (int)fd;
}
int clinux_poll(int fd, int events, int timeout_ms) {
  struct pollfd p = {.fd = fd, .events = (short)events};
  int r = poll(&p, 1, timeout_ms);
  return r < 0 ? -errno : r == 0 ? 0 : p.revents;
}

#define EVENTS_MAX 64
int clinux_epoll_create(void) { return RETRY(epoll_create1(EPOLL_CLOEXEC)); }
static int control(int epoll, int op, int fd, uint32_t events, uint64_t data) {
  struct epoll_event e = {.events = events, .data = {.u64 = data}};
  return RETRY(epoll_ctl(epoll, op, fd, &e));
}
int clinux_epoll_add(int e, int fd, uint32_t events, uint64_t data) {
  return control(e, EPOLL_CTL_ADD, fd, events, data);
}
int clinux_epoll_modify(int e, int fd, uint32_t events, uint64_t data) {
  return control(e, EPOLL_CTL_MOD, fd, events, data);
}
int clinux_epoll_remove(int e, int fd) { return control(e, EPOLL_CTL_DEL, fd, 0, 0); }
int clinux_epoll_wait(int epoll, struct clinux_event *out, int capacity, int timeout_ms) {
  struct epoll_event e[EVENTS_MAX];
  int n = epoll_wait(epoll, e, capacity < EVENTS_MAX ? capacity : EVENTS_MAX, timeout_ms);
  if (n < 0) return -errno;
  for (int i = 0; i < n; i++) out[i] = (struct clinux_event){e[i].events, e[i].data.u64};
  return n;
}
int clinux_eventfd(void) { return RETRY(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
int clinux_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int r = pthread_sigmask(SIG_BLOCK, &set, NULL);
  return r != 0 ? -r : RETRY(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
int clinux_signalfd_read_sender(int fd, bool *is_kernel) {
  struct signalfd_siginfo s;
  if (RETRY(read(fd, &s, sizeof s)) != (ssize_t)sizeof s) return 0;
  *is_kernel = s.ssi_code > 0;
  return (int)s.ssi_signo;
}
int clinux_signalfd_read(int fd) {
  bool is_kernel;
  return clinux_signalfd_read_sender(fd, &is_kernel);
}

int clinux_format_double(double value, uint8_t out[32]) {
  for (int digits = 15; digits <= 17; digits++) {
    int n = snprintf((char *)out, 32, "%.*g", digits, value);
    if (digits == 17 || strtod((char *)out, NULL) == value) return n;
  }
  return 0;
}

double clinux_parse_double(const void *text, uint64_t count) {
  char digits[64];
  if (count >= sizeof digits) count = sizeof digits - 1;
  memcpy(digits, text, count);
  digits[count] = 0;
  return strtod(digits, NULL);
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
int clinux_thread_join(unsigned long thread) { return -pthread_join((pthread_t)thread, NULL); }

int clinux_inotify(void) { return RETRY(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)); }
int clinux_inotify_watch(int inotify, const char *directory) {
  return RETRY(inotify_add_watch(inotify, directory,
                                 IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR));
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
