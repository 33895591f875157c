/* The floor of a fan-out: one send(2) per watcher and message, nothing else. A peer of `python -m benchmarks fanout`.
 *
 * usage: feed_send PORT
 * Upgrades every connection (the watchers all use the key of RFC 6455's example), reads "K\n" lines from standard
 * input and sends K messages to all. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WATCHERS_MAX = 20000, EVENTS = 512 };

static int watchers[WATCHERS_MAX], count;
static uint64_t seq;

static const char ANSWER[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void publish(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    unsigned char frame[512];
    seq++;
    int length = snprintf((char *)frame + 4, sizeof frame - 4,
                          "[\"price\",{\"lot_id\":\"bench\",\"seq\":%llu,\"price_fen\":%llu,\"leader\":\"A03\",\"bids\":%llu,"
                          "\"closes_at_us\":1790000000000000,\"status\":\"open\",\"phase\":\"limited\",\"t\":%llu}]",
                          (unsigned long long)seq, (unsigned long long)(100000000 + seq * 100000), (unsigned long long)seq,
                          (unsigned long long)t.tv_sec * 1000000u + (unsigned long long)t.tv_nsec / 1000u);
    frame[0] = 0x81;
    frame[1] = 126;
    frame[2] = (unsigned char)(length >> 8);
    frame[3] = (unsigned char)length;
    for (int i = 0; i < count; i++)
        if (send(watchers[i], frame, (size_t)length + 4, MSG_NOSIGNAL) < 0)
            perror("send");
}

static void serve_input(void)
{
    char line[4096];
    ssize_t got = read(0, line, sizeof line - 1);
    if (got <= 0)
        exit(0);
    line[got] = 0;
    for (char *next = line; *next;) {
        char *end;
        unsigned long messages = strtoul(next, &end, 10);
        while (messages-- > 0)
            publish();
        next = *end ? end + 1 : end;
    }
}

int main(int given, char **argument)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, poller = epoll_create1(0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(given > 1 ? argument[1] : "0"))};
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4096) < 0) {
        perror("listen");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[EVENTS];
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = 0;
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        int found = epoll_wait(poller, ready, EVENTS, -1);
        for (int i = 0; i < found; i++) {
            int fd = ready[i].data.fd;
            char request[2048];
            if (fd == 0) {
                serve_input();
            } else if (fd == listener) {
                int one = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.data.fd = one;
                epoll_ctl(poller, EPOLL_CTL_ADD, one, &event);
            } else if (recv(fd, request, sizeof request, 0) <= 0) {
                close(fd);
            } else if (send(fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL) > 0 && count < WATCHERS_MAX) {
                watchers[count++] = fd;
                epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
            }
        }
    }
}
