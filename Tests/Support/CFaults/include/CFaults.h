// A disk that fails as it is told, for a program that knows nothing of it (LD_PRELOAD).
//
// Concerned are open(2) to append, write(2) and fdatasync(2) of files that were opened so, and sendmsg(2)
// to the socket of journald. The file that LOGD_FAULTS names has what is to happen, as 32-bit words; they can
// be changed at any time.
#ifndef CFAULTS_H
#define CFAULTS_H

#include <stdint.h>

enum {
  CFAULTS_WRITE_ERRNO = 0,  // what writes fail with; 0: they do not
  CFAULTS_SHORT = 4,        // so many bytes are taken by every other write, before one that fails
  CFAULTS_SYNC_ERRNO = 8,   // what syncs fail with
  CFAULTS_HANG_WRITE = 12,  // writes do not come back while this is not 0
  CFAULTS_HANG_SYNC = 16,   // neither do syncs
  CFAULTS_WRITES = 20,      // out: writes that failed
  CFAULTS_SYNCS = 24,       // out: syncs that failed
  CFAULTS_SEND_ERRNO = 28,  // what sending to journald fails with
  CFAULTS_SEND_PLAIN = 32,  // not 0: only without a descriptor in it
  CFAULTS_SENDS = 36,       // out: messages that failed
  CFAULTS_HANG_OPEN = 40,   // opens do not come back while this is not 0
  CFAULTS_BYTES = 64,
};

#endif
