/* A disk that takes longer to make things durable: loaded before everything else (LD_PRELOAD), it lets fsync and
 * fdatasync take SLOW_SYNC_US microseconds more. The disk's own work is still done. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_longer(void) {
    const char *us = getenv("SLOW_SYNC_US");
    long long ns = us ? atoll(us) * 1000 : 0;
    struct timespec longer = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    nanosleep(&longer, NULL);
}

int fsync(int file) {
    wait_longer();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    wait_longer();
    return (int)syscall(SYS_fdatasync, file);
}
