/* A closed-loop HTTP load generator for bids: many connections, one thread, one request in flight each.
 *
 * usage: http_load HOST PORT SECONDS LOTS PRICE CONNECTIONS_FILE
 * CONNECTIONS_FILE has one bearer token a line; each line is one connection (one bidder).
 * Lots are bench-0 .. bench-(LOTS-1). Amounts rise from PRICE by one increment for every request of a lot, so that
 * most bids are the next higher one; requests that overtake each other make refusals, as in real life.
 * Prints one JSON line: requests, accepted, refused, errors, the highest accepted amount, the CPU it took
 * itself, and latency percentiles in microseconds.
 * An answer counts only when its status is 200 (accepted) or 409 (refused by a rule, journaled too). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, BUFFER = 8192, SAMPLES_MAX = 1 << 22, INCREMENT = 1000 };

struct connection {
    int fd;
    char token[256];
    char in[BUFFER];
    size_t have;
    uint64_t sent_at;
    uint64_t amount;
    int waits;
};

static struct connection connections[CONNECTIONS_MAX];
static uint32_t *samples;
static size_t sampled;
static uint64_t accepted, refused, errors, requests, highest;
static uint64_t amounts[4096];
static int lots;
static char address[64];

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void send_bid(struct connection *c) {
    char body[128], request[1024];
    int lot = (int)(requests % (uint64_t)lots);
    c->amount = amounts[lot] += INCREMENT;
    int length = snprintf(body, sizeof body, "{\"bid_id\":\"bench-%d-%llu\",\"amount_fen\":%llu}", (int)getpid(),
                          (unsigned long long)requests, (unsigned long long)c->amount);
    int total = snprintf(request, sizeof request,
                         "POST /api/lots/bench-%d/bids HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                         "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                         lot, address, c->token, length, body);
    requests++;
    c->sent_at = now_us();
    c->waits = 1;
    if (write(c->fd, request, (size_t)total) != total) {
        perror("write");
        exit(1);
    }
}

/* Return the length of a complete response at the front of the buffer, or 0. */
static size_t response_length(struct connection *c) {
    c->in[c->have] = 0;
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end) return 0;
    char *field = strcasestr(c->in, "content-length:");
    size_t body = field && field < end ? strtoul(field + 15, NULL, 10) : 0;
    size_t total = (size_t)(end - c->in) + 4 + body;
    return c->have >= total ? total : 0;
}

static void take_responses(struct connection *c) {
    size_t length;
    while ((length = response_length(c)) > 0) {
        int status = atoi(c->in + 9);
        if (status == 200) {
            accepted++;
            if (c->amount > highest) highest = c->amount;
        } else if (status == 409) refused++;
        else if (errors++ < 3) fprintf(stderr, "%.*s\n", (int)length, c->in);
        if (sampled < SAMPLES_MAX) samples[sampled++] = (uint32_t)(now_us() - c->sent_at);
        memmove(c->in, c->in + length, c->have - length);
        c->have -= length;
        c->waits = 0;
    }
}

static int open_connection(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000u +
           (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static uint32_t percentile(double share) {
    return sampled ? samples[(size_t)((double)(sampled - 1) * share)] : 0;
}

int main(int argc, char **argv) {
    if (argc != 7) return fprintf(stderr, "usage: http_load HOST PORT SECONDS LOTS PRICE TOKENS\n"), 2;
    int count = 0, poll = epoll_create1(0), port = atoi(argv[2]);
    lots = atoi(argv[4]);
    snprintf(address, sizeof address, "%s:%d", argv[1], port);
    for (int i = 0; i < lots; i++) amounts[i] = strtoull(argv[5], NULL, 10);
    samples = malloc(sizeof *samples * SAMPLES_MAX);
    FILE *tokens = fopen(argv[6], "r");
    if (!tokens) return perror("tokens"), 1;
    while (count < CONNECTIONS_MAX && fscanf(tokens, "%255s", connections[count].token) == 1) {
        struct connection *c = &connections[count];
        c->fd = open_connection(argv[1], port);
        struct epoll_event wish = {.events = EPOLLIN, .data.u32 = (uint32_t)count};
        epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &wish);
        count++;
    }
    uint64_t began = now_us(), until = began + (uint64_t)(atof(argv[3]) * 1e6);
    for (int i = 0; i < count; i++) send_bid(&connections[i]);
    int waiting = count;
    while (waiting > 0) {
        struct epoll_event ready[256];
        int n = epoll_wait(poll, ready, 256, 10000);
        if (n == 0) return fprintf(stderr, "no answer for 10 s\n"), 1;
        for (int i = 0; i < n; i++) {
            struct connection *c = &connections[ready[i].data.u32];
            ssize_t got = read(c->fd, c->in + c->have, BUFFER - 1 - c->have);
            if (got == 0 || (got < 0 && errno != EAGAIN)) return fprintf(stderr, "connection lost\n"), 1;
            if (got < 0) continue;
            c->have += (size_t)got;
            take_responses(c);
            if (c->waits) continue;
            if (now_us() < until) send_bid(c);
            else waiting--;
        }
    }
    double seconds = (double)(now_us() - began) / 1e6;
    qsort(samples, sampled, sizeof *samples, by_value);
    printf("{\"requests\":%llu,\"accepted\":%llu,\"refused\":%llu,\"errors\":%llu,\"seconds\":%.3f,"
           "\"highest\":%llu,\"cpu_us\":%llu,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
           (unsigned long long)requests, (unsigned long long)accepted, (unsigned long long)refused,
           (unsigned long long)errors, seconds, (unsigned long long)highest, (unsigned long long)cpu_us(),
           percentile(0.50), percentile(0.99), percentile(1.0));
    return errors ? 1 : 0;
}
