// Unix sockets: where they are, who listens, bytes.
#define _GNU_SOURCE
#include "Call.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(CLINUX_SOCKET_PATH_MAX == sizeof(((struct sockaddr_un *)0)->sun_path) - 1, "sun_path");
_Static_assert((int)CLINUX_STREAM == (int)SOCK_STREAM && (int)CLINUX_DATAGRAM == (int)SOCK_DGRAM &&
                   (int)CLINUX_SEQPACKET == (int)SOCK_SEQPACKET, "socket types");

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
