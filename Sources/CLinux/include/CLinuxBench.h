// What measurements need beside the rest: file systems that are full, files that are checked and forgotten.
#ifndef CLINUX_BENCH_H
#define CLINUX_BENCH_H

#include <stdint.h>

/// FALLOC_FL_PUNCH_HOLE, fallocate(2): the file keeps its length, the room is free. 0 or a negative errno.
int clinux_punch_hole(int fd, uint64_t offset, uint64_t bytes);
/// A tmpfs of so many bytes on `directory`, in a new mount namespace of this process, unshare(2): it is
/// gone with the last process in there. 0 or a negative errno.
int clinux_mount_memory(const char *directory, uint64_t bytes);
/// umount2(2), lazily. 0 or a negative errno.
int clinux_unmount(const char *directory);
/// 192 additions in a row, six of which do not depend on each other, so many times: as many at once as the
/// core can do, and hardly a jump, because a short loop has more than one speed of its own.
void clinux_add(long times);

#endif
