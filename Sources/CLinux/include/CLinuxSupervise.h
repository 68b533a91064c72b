// What a supervisor needs: to start a program with descriptors that it holds, and to hear from it.
#ifndef CLINUX_SUPERVISE_H
#define CLINUX_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

/// The most descriptors that one program is started with.
#define CLINUX_HELD_MAX 1024
/// SCM_MAX_FD of the kernel: the most descriptors that one message carries.
#define CLINUX_MESSAGE_FDS_MAX 253

/// What clinux_start() starts.
struct clinux_program {
  /// Tried first.
  const char *path;
  /// Taken when the first is not there or cannot be executed.
  const char *fallback;
  char *const *arguments;
  char *const *environment;
  /// Where in `environment` the process number goes, with a NUL behind it: twelve bytes.
  char *pid_digits;
  /// What it finds as descriptors 3, 4, …: at most CLINUX_HELD_MAX.
  const int *descriptors;
  int count;
};

/// fork(2) and execve(2). The child is killed when the calling thread ends, PR_SET_PDEATHSIG; it
/// inherits the signal mask and has a process group of its own. Its number or a negative errno; a child that cannot execute anything
/// ends with 69. For a process with one thread.
int clinux_start(const struct clinux_program *program);

/// PR_SET_PDEATHSIG: this process is killed when the thread that started it ends.
void clinux_die_with_parent(void);

/// A datagram socket whose messages come with their sender, SO_PASSCRED, in a file without a name,
/// below the first of `directories` (NULL at the end) that can be written: only this user reaches
/// it, as `/proc/PID/fd/*file`, and nothing of it is left when it is closed. The socket or a
/// negative errno.
int clinux_notify_socket(const char *const *directories, int *file);

/// One message: its bytes, 0 when there is none, or a negative errno. Never blocks. `*pid` is who
/// sent it; `fds` has room for CLINUX_MESSAGE_FDS_MAX, which are close-on-exec. A message that is
/// longer than `bytes` is -EMSGSIZE, its descriptors are closed.
int64_t clinux_receive_notification(int fd, void *buffer, uint64_t bytes, int *pid, int *fds, int *count);

/// Whether two descriptors are one open file, kcmp(2); where the kernel does not say, one inode.
bool clinux_is_same_file(int one, int other);

/// A child of this process that has ended and waits to be collected, waitid(2); 0 when there is none.
int clinux_ended_child(void);
/// Collects a child that has ended; its wait status, wait(2).
int clinux_collect(int pid);

/// PR_SET_NAME: what ps(1) shows, at most 15 bytes.
void clinux_set_process_name(const char *name);

#endif
