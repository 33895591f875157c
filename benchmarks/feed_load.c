/* Watchers of a price feed: many WebSocket connections, one thread, every message checked.
 *
 * usage: feed_load PORT CONNECTIONS DOOR PATH SUBSCRIBE SUBSCRIBED INSTANT CONTROL_FD SLOW SLOW_BYTES_PER_S
 *   DOOR        socketio (engine.io 4 over WebSocket) or plain
 *   SUBSCRIBE   sent when the door is open; "" for none.  SUBSCRIBED: text that tells that it took effect; "" for none
 *   INSTANT     the field that tells when a message was published, in microseconds: "at_us" of CLOCK_REALTIME,
 *               anything else of CLOCK_MONOTONIC
 *   CONTROL_FD  descriptor of the publisher's standard input: "K\n" asks it for K more messages
 *   SLOW        so many of the connections read SLOW_BYTES_PER_S only; nothing is expected of them
 * Prints {"connected_s"} and then, for each line "MESSAGES RATE WINDOW" of its own standard input, one JSON object:
 * RATE messages a second or, if it is 0, WINDOW messages on their way at a time. A message carries "seq", a number
 * rising by one, and INSTANT; anything else is passed over. Gaps and disorder are counted for each
 * connection. It ends with its input. */
#include "feed_watchers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { OPENING_MAX = 64, IDLE_US = 60000000 };

static int count, control;

static void ask_publisher(uint64_t messages)
{
    char line[32];
    int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)messages);
    if (write(control, line, (size_t)length) != length) {
        perror("publisher");
        exit(1);
    }
}

static void connect_all(void)
{
    uint64_t began = now_us();
    for (int next = 0; all.watching + all.dead < count;) {
        while (next < count && all.opening < OPENING_MAX)
            begin(next++);
        serve(100, false);
    }
    printf("{\"connected_s\": %.6f, \"watching\": %d}\n", (double)(now_us() - began) / 1e6, all.watching);
    fflush(stdout);
}

static double percentile(double share)
{
    uint64_t wanted = (uint64_t)(share * (double)all.samples), below = 0;
    for (uint64_t i = 0; i < BUCKETS; i++) {
        below += all.histogram[i];
        if (below > wanted)
            return (double)i / 100;
    }
    return (double)all.largest / 100;
}

/* How old, in milliseconds, is what the slow ones saw last: the mean and the oldest. */
static void print_staleness(void)
{
    uint64_t now = now_us(), sum = 0, most = 0;
    for (int i = 0; i < all.slow; i++) {
        uint64_t age = now - all.connections[i].seen_t;
        sum += age;
        most = age > most ? age : most;
    }
    if (all.slow > 0)
        printf(", \"slow_behind_ms\": %.1f, \"slow_behind_max_ms\": %.1f", (double)sum / 1e3 / all.slow, (double)most / 1e3);
}

static void print_results(uint64_t wanted, uint64_t began)
{
    printf("{\"wanted\": %llu, \"got\": %llu, \"gaps\": %llu, \"disorder\": %llu, \"dead\": %d, \"bytes\": %llu,"
           " \"seconds\": %.6f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f",
           (unsigned long long)wanted, (unsigned long long)all.got, (unsigned long long)all.gaps,
           (unsigned long long)all.disorder, all.dead, (unsigned long long)all.bytes,
           (double)(all.last_got_at - began) / 1e6, percentile(0.5), percentile(0.99), (double)all.largest / 100);
    print_staleness();
    printf("}\n");
    fflush(stdout);
}

static void measure(uint64_t messages, double rate, uint64_t window)
{
    uint64_t healthy = (uint64_t)(count - all.slow), wanted = messages * healthy, asked = 0;
    all.got = all.gaps = all.disorder = all.bytes = all.largest = all.samples = 0;
    memset(all.histogram, 0, BUCKETS * sizeof *all.histogram);
    uint64_t began = now_us(), served = began;
    all.last_got_at = began;
    while (all.got < wanted && now_us() - all.last_got_at < IDLE_US) {
        uint64_t now = now_us(), due = all.got / healthy + window;
        if (rate > 0)
            due = (uint64_t)((double)(now - began) * rate / 1e6) + 1;
        due = due > messages ? messages : due;
        if (due > asked) {
            ask_publisher(due - asked);
            asked = due;
        }
        serve(rate > 0 ? 1 : 5, true);
        read_slowly(now_us() - served);
        served = now_us();
    }
    print_results(wanted, began);
}

int main(int given, char **argument)
{
    if (given != 11) {
        fprintf(stderr, "ten arguments: see the head of feed_load.c\n");
        return 2;
    }
    all.port = atoi(argument[1]);
    count = atoi(argument[2]);
    all.socketio = strcmp(argument[3], "socketio") == 0;
    all.path = argument[4];
    all.subscribe = argument[5];
    all.subscribed_by = argument[6];
    static char instant[64];
    snprintf(instant, sizeof instant, "\"%s\":", argument[7]);
    all.instant = instant;
    all.clock = strcmp(argument[7], "at_us") == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    control = atoi(argument[8]);
    all.slow = atoi(argument[9]);
    all.slow_rate = atof(argument[10]);
    all.poller = epoll_create1(0);
    all.connections = calloc((size_t)count, sizeof *all.connections);
    all.histogram = calloc(BUCKETS, sizeof *all.histogram);
    for (int i = 0; i < all.slow; i++)
        all.connections[i].slow = true;
    connect_all();
    char line[128];
    while (fgets(line, sizeof line, stdin)) {
        unsigned long long messages, window;
        double rate;
        if (sscanf(line, "%llu %lf %llu", &messages, &rate, &window) == 3)
            measure(messages, rate, window);
    }
    return 0;
}
