/* A load generator for bids: many connections, one thread, one bid in flight each.
 *
 * usage: bids_load DOOR HOST PORT SECONDS LOTS PRICE TOKENS PER_SECOND
 * PER_SECOND is 0 for a closed loop, in which every connection bids again as soon as it is answered; else so many
 * bids a second are sent, by the connections in turn, and one that cannot be sent in time counts as late from then.
 * DOOR is http or socket. TOKENS has a token a line, a session's (http) or one for a handshake (socket); each line
 * is one connection (one bidder). Lots are bench-0 .. bench-(LOTS-1). Amounts rise from PRICE by one increment for
 * every bid on a lot, so that most are the next higher one; bids that overtake each other make refusals, as in
 * real life. Prints one JSON line: requests, accepted, refused, errors, the highest accepted amount, the CPU it
 * took itself, and latency percentiles in microseconds.
 * An answer counts only when it is accepted (HTTP 200) or refused by a rule (409), which is journaled too. */
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
static uint64_t interval_us, due_at;
static uint64_t accepted, refused, errors, requests, highest;
static uint64_t amounts[4096];
static int lots, by_socket;
static char address[64];

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void send_all(struct connection *c, const char *data, size_t length) {
    if (write(c->fd, data, length) != (ssize_t)length) {
        perror("write");
        exit(1);
    }
}

/* Send a text frame of WebSocket; its mask is four zeros. */
static void send_frame(struct connection *c, const char *text, size_t length) {
    char frame[512] = {(char)0x81, (char)(0x80 | length)};
    size_t head = 2;
    if (length >= 126) {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
        head = 4;
    }
    memcpy(frame + head + 4, text, length);
    send_all(c, frame, head + 4 + length);
}

static void send_bid(struct connection *c) {
    char body[256], request[1024];
    int lot = (int)(requests % (uint64_t)lots);
    c->amount = amounts[lot] += INCREMENT;
    char bid[64];
    snprintf(bid, sizeof bid, "bench-%d-%llu", (int)getpid(), (unsigned long long)requests);
    if (by_socket) {
        int length = snprintf(body, sizeof body,
                              "42%llu[\"bid\",{\"lot_id\":\"bench-%d\",\"bid_id\":\"%s\",\"amount_fen\":%llu}]",
                              (unsigned long long)requests, lot, bid, (unsigned long long)c->amount);
        send_frame(c, body, (size_t)length);
    } else {
        int length = snprintf(body, sizeof body, "{\"bid_id\":\"%s\",\"amount_fen\":%llu}", bid,
                              (unsigned long long)c->amount);
        int total = snprintf(request, sizeof request,
                             "POST /api/lots/bench-%d/bids HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                             "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                             lot, address, c->token, length, body);
        send_all(c, request, (size_t)total);
    }
    requests++;
    c->sent_at = interval_us ? due_at : now_us();
    c->waits = 1;
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

static void drop(struct connection *c, size_t length) {
    memmove(c->in, c->in + length, c->have - length);
    c->have -= length;
}

static void count_answer(struct connection *c, int is_accepted, int is_refused, const char *said, size_t length) {
    if (is_accepted) {
        accepted++;
        if (c->amount > highest) highest = c->amount;
    } else if (is_refused) refused++;
    else if (errors++ < 3) fprintf(stderr, "%.*s\n", (int)length, said);
    if (sampled < SAMPLES_MAX) samples[sampled++] = (uint32_t)(now_us() - c->sent_at);
    c->waits = 0;
}

static void take_responses(struct connection *c) {
    size_t length;
    while ((length = response_length(c)) > 0) {
        int status = atoi(c->in + 9);
        count_answer(c, status == 200, status == 409, c->in, length);
        drop(c, length);
    }
}

/* Return where the text of a whole frame at the front of the buffer begins, or 0; `*end` is where it ends. */
static size_t frame_text(struct connection *c, size_t *end) {
    size_t length = (unsigned char)c->in[1] & 127, head = 2;
    if (length == 126) {
        length = (size_t)(unsigned char)c->in[2] << 8 | (unsigned char)c->in[3];
        head = 4;
    }
    *end = head + length;
    return c->have >= head && c->have >= *end ? head : 0;
}

/* Only what was journaled is told with its instant: other refusals are errors here. */
static void take_frames(struct connection *c) {
    size_t text, end;
    while (c->have >= 2 && (text = frame_text(c, &end)) > 0) {
        const char *said = c->in + text;
        size_t length = end - text;
        if (length == 1 && said[0] == '2') send_frame(c, "3", 1);
        if (length > 2 && said[0] == '4' && said[1] == '3')
            count_answer(c, memmem(said, length, "\"ok\":true", 9) != NULL, memmem(said, length, "\"at_us\":", 8) != NULL,
                         said, length);
        drop(c, end);
    }
}

/* Read until `wanted` stands in what came; the connection still waits for its answers. */
static void await_text(struct connection *c, const char *wanted) {
    c->have = 0;
    while (!memmem(c->in, c->have, wanted, strlen(wanted))) {
        ssize_t got = read(c->fd, c->in + c->have, BUFFER - 1 - c->have);
        if (got <= 0) {
            fprintf(stderr, "no %s: %.*s\n", wanted, (int)c->have, c->in);
            exit(1);
        }
        c->have += (size_t)got;
    }
    c->have = 0;
}

static void shake_hands(struct connection *c) {
    char text[512];
    int length = snprintf(text, sizeof text,
                          "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                          address, address);
    send_all(c, text, (size_t)length);
    await_text(c, "\"sid\"");
    length = snprintf(text, sizeof text, "40{\"token\":\"%s\"}", c->token);
    send_frame(c, text, (size_t)length);
    await_text(c, "40{\"sid\"");
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

static void bid_when_due(int count, uint64_t until) {
    static int next;
    for (; due_at < until && due_at <= now_us(); due_at += interval_us) {
        int tried = 0;
        while (connections[next].waits && tried++ < count) next = (next + 1) % count;
        if (connections[next].waits) return;
        send_bid(&connections[next]);
        next = (next + 1) % count;
    }
}

static int take_what_came(struct connection *c) {
    ssize_t got = read(c->fd, c->in + c->have, BUFFER - 1 - c->have);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return fprintf(stderr, "connection lost\n"), 0;
    if (got < 0) return 1;
    c->have += (size_t)got;
    if (by_socket) take_frames(c);
    else take_responses(c);
    return 1;
}

static int waiting(int count) {
    int found = 0;
    for (int i = 0; i < count; i++) found += connections[i].waits;
    return found;
}

int main(int argc, char **argv) {
    if (argc != 9) return fprintf(stderr, "usage: bids_load DOOR HOST PORT SECONDS LOTS PRICE TOKENS PER_SECOND\n"), 2;
    by_socket = strcmp(*++argv, "socket") == 0;
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
        if (by_socket) shake_hands(c);
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event wish = {.events = EPOLLIN, .data.u32 = (uint32_t)count};
        epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &wish);
        count++;
    }
    uint64_t began = now_us(), until = began + (uint64_t)(atof(argv[3]) * 1e6), heard_at = began;
    uint64_t per_second = strtoull(argv[7], NULL, 10);
    interval_us = per_second ? 1000000 / per_second : 0;
    due_at = began;
    for (int i = 0; i < count && !interval_us; i++) send_bid(&connections[i]);
    while (now_us() < until || waiting(count)) {
        if (interval_us) bid_when_due(count, until);
        struct epoll_event ready[256];
        int n = epoll_wait(poll, ready, 256, interval_us ? 1 : 1000);
        heard_at = n ? now_us() : heard_at;
        if (now_us() - heard_at > 10000000) return fprintf(stderr, "no answer for 10 s\n"), 1;
        for (int i = 0; i < n; i++) {
            struct connection *c = &connections[ready[i].data.u32];
            if (!take_what_came(c)) return 1;
            /* A socket is also told what nobody asked for. */
            if (!interval_us && !c->waits && now_us() < until) send_bid(c);
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
