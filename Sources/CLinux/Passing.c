// What comes along with bytes on a Unix socket: descriptors, and who sent them.
#define _GNU_SOURCE
#include "Call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define FDS_MAX 64
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
  if (flags & MSG_PEEK && m.msg_flags & MSG_CTRUNC && *count < room) { // those that came are not all
    while (*count > 0) close(fds[--*count]);
    return -EMFILE;
  }
  return (m.msg_flags & MSG_TRUNC) ? -EMSGSIZE : r;
}
int64_t clinux_receive_fds(int fd, void *b, uint64_t n, int *fds, int *count) {
  return receive_fds(fd, b, n, fds, count, 0);
}
int64_t clinux_peek_fds(int fd, void *b, uint64_t n, int *fds, int *count) {
  return receive_fds(fd, b, n, fds, count, MSG_PEEK);
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
