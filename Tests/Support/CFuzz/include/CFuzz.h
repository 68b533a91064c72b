#pragma once

/// Has `look` called before each pread(2) of this process, so that what is read can change between two
/// of them; NULL: nothing is called.
void cfuzz_before_reads(void (*look)(int descriptor));
