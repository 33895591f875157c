/* Large columns are given large pages where the system has them: fewer faults while they are filled. */

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "native.h"

#define LARGE_PAGE ((uintptr_t)2 << 20)

void expect_to_fill(void *memory, size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    uintptr_t first = ((uintptr_t)memory + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(LARGE_PAGE - 1);
    if (first < end)
        madvise((void *)first, end - first, MADV_HUGEPAGE); /* Advice: it may be refused. */
#else
    (void)memory;
    (void)size;
#endif
}
