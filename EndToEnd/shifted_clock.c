// Lets a program under test see a wall clock that is as far ahead as a file says, in milliseconds.
//
// Loaded with LD_PRELOAD; SHIFTED_CLOCK names the file, which may change at any moment. Clocks that
// measure durations stay true, as on a machine whose wall clock is set.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *ahead;

__attribute__((constructor)) static void look(void) {
    const char *path = getenv("SHIFTED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *place = mmap(0, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (place != MAP_FAILED) ahead = place;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result || !ahead || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
        return result;
    long long shift = *ahead;
    long long nanoseconds = now->tv_nsec + shift % 1000 * 1000000;
    now->tv_sec += shift / 1000;
    if (nanoseconds >= 1000000000) { nanoseconds -= 1000000000; now->tv_sec += 1; }
    if (nanoseconds < 0) { nanoseconds += 1000000000; now->tv_sec -= 1; }
    now->tv_nsec = nanoseconds;
    return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec moment;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &moment)) return -1;
    now->tv_sec = moment.tv_sec;
    now->tv_usec = moment.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (now) *now = moment.tv_sec;
    return moment.tv_sec;
}
