#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// ---------------------------------------------------------------- start
static void write_number(char *at, int number) {
  char digits[12];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10); while ((number /= 10) > 0);
  while (count > 0) *at++ = digits[--count];
  *at = 0;
}

// Puts descriptors[i] at 3 + i. First those that lie in the way of others go above all of them;
// dup2 then clears close-on-exec.
static bool place(const int *descriptors, int count) {
  int moved[CLINUX_HELD_MAX];
  for (int i = 0; i < count; i++) {
    moved[i] = descriptors[i];
    if (moved[i] < 3 + count) moved[i] = fcntl(moved[i], F_DUPFD_CLOEXEC, 3 + count);
    if (moved[i] < 0) return false;
  }
  for (int i = 0; i < count; i++)
    if (dup2(moved[i], 3 + i) < 0) return false;
  return true;
}

// Between fork and exec: async-signal-safe calls only.
static _Noreturn void become(const struct clinux_program *p, int parent) {
  static const char failed[] = "logd-supervisor: cannot execute logd\n";
  // A group of its own: what a terminal sends to the group, the parent passes on, once.
  setpgid(0, 0);
  // A parent that ended before the prctl no longer sends anything.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && place(p->descriptors, p->count)) {
    write_number(p->pid_digits, getpid());
    execve(p->path, p->arguments, p->environment);
    execve(p->fallback, p->arguments, p->environment);
    (void)!write(2, failed, sizeof failed - 1);
  }
  _exit(69);
}

void clinux_die_with_parent(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int clinux_start(const struct clinux_program *program) {
  if (program->count > CLINUX_HELD_MAX) return -E2BIG;
  int parent = getpid();
  int pid = fork();
  if (pid == 0) become(program, parent);
  return pid < 0 ? -errno : pid;
}

// ---------------------------------------------------------------- notifications
// Binds the socket to a name in a directory of its own, keeps the file and removes the name.
static int bind_nameless(int fd, const char *parent) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  char directory[sizeof a.sun_path - sizeof "/notify"];
  int length = snprintf(directory, sizeof directory, "%s/logd-XXXXXX", parent);
  if (length < 0 || (size_t)length >= sizeof directory) return -ENAMETOOLONG;
  if (!mkdtemp(directory)) return -errno;
  snprintf(a.sun_path, sizeof a.sun_path, "%s/notify", directory);
  mode_t before = umask(0177);
  int result = bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ? -errno : 0;
  umask(before);
  if (result == 0) {
    result = open(a.sun_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (result < 0) result = -errno;
    unlink(a.sun_path);
  }
  rmdir(directory);
  return result;
}

int clinux_notify_socket(const char *const *directories, int *file) {
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int one = 1, result = -ENOENT;
  setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
  for (; *directories; directories++) {
    result = bind_nameless(fd, *directories);
    if (result >= 0) {
      *file = result;
      return fd;
    }
  }
  close(fd);
  return result;
}

int64_t clinux_receive_notification(int fd, void *buffer, uint64_t bytes, int *pid, int *fds, int *count) {
  union {
    char room[CMSG_SPACE(sizeof(int) * CLINUX_MESSAGE_FDS_MAX) + CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr align;
  } c;
  struct iovec v = {buffer, bytes};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.room, .msg_controllen = sizeof c.room};
  *pid = 0;
  *count = 0;
  int64_t r;
  do r = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); while (r < 0 && errno == EINTR);
  if (r < 0) return -errno;
  for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
    if (h->cmsg_level != SOL_SOCKET) continue;
    size_t length = h->cmsg_len - CMSG_LEN(0);
    if (h->cmsg_type == SCM_RIGHTS) {
      memcpy(fds, CMSG_DATA(h), length);
      *count = (int)(length / sizeof(int));
    } else if (h->cmsg_type == SCM_CREDENTIALS) {
      struct ucred sender;
      memcpy(&sender, CMSG_DATA(h), sizeof sender);
      *pid = sender.pid;
    }
  }
  if (!(m.msg_flags & MSG_TRUNC)) return r;
  while (*count > 0) close(fds[--*count]);
  return -EMSGSIZE;
}

bool clinux_is_same_file(int one, int other) {
  int pid = getpid();
  long r = syscall(SYS_kcmp, pid, pid, KCMP_FILE, one, other);
  if (r >= 0) return r == 0;
  struct stat a, b;
  return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// ---------------------------------------------------------------- children, names
int clinux_ended_child(void) {
  siginfo_t s = {0};
  int r;
  do r = waitid(P_ALL, 0, &s, WEXITED | WNOHANG | WNOWAIT); while (r < 0 && errno == EINTR);
  return r < 0 ? 0 : s.si_pid;
}

int clinux_collect(int pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return status;
}

void clinux_set_process_name(const char *name) { prctl(PR_SET_NAME, name); }
