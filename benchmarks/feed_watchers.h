/* The connections of feed_load. */
#ifndef FEED_WATCHERS_H
#define FEED_WATCHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUCKETS = 4000000 };
enum state { NEW, CONNECTING, UPGRADING, OPENING, SUBSCRIBING, WATCHING, DEAD };

struct connection {
    int fd;
    enum state state;
    bool slow;
    char *kept; /* The beginning of a frame whose end has not come. */
    size_t kept_bytes, kept_room;
    uint64_t seq, got, seen_t;
    double allowance; /* Bytes that a slow one may read now. */
};

struct watching {
    struct connection *connections;
    const char *path, *subscribe, *subscribed_by;
    const char *instant; /* The field of a message that tells when it was published, as it stands in JSON. */
    int clock;
    int port, slow, poller, opening, watching, dead;
    bool socketio;
    double slow_rate;
    uint64_t got, gaps, disorder, bytes, samples, last_got_at;
    uint64_t largest; /* Latency, in 10 microseconds. */
    uint32_t *histogram; /* Of latency, by 10 microseconds. */
};

extern struct watching all;

uint64_t now_us(void);
void begin(int number);
void read_slowly(uint64_t us);
void serve(int wait_ms, bool measuring);

#endif
