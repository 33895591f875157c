/* The connections of feed_load: handshakes, frames, and what each message tells. */
#define _GNU_SOURCE
#include "feed_watchers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, EVENTS = 512 };
struct watching all;
static char input[BUFFER];

uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* How late is what was published then, in microseconds, by the publisher's clock. */
static uint64_t late_us(uint64_t published, uint64_t now)
{
    if (all.clock != CLOCK_MONOTONIC) {
        struct timespec t;
        clock_gettime(all.clock, &t);
        now = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    }
    return now > published ? now - published : 0;
}

static void send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return; /* The read that follows finds the connection closed. */
        if (sent > 0) {
            data += sent;
            length -= (size_t)sent;
        }
    }
}

static void send_frame(struct connection *one, int opcode, const char *data, size_t length)
{
    char frame[1024] = {(char)(0x80 | opcode)};
    size_t head = 2;
    if (length < 126) {
        frame[1] = (char)(0x80 | length);
    } else {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
        head = 4;
    }
    memcpy(frame + head + 4, data, length); /* The mask is four zeros. */
    send_all(one->fd, frame, head + 4 + length);
}

static void send_text(struct connection *one, const char *text)
{
    send_frame(one, 1, text, strlen(text));
}

void begin(int number)
{
    struct connection *one = &all.connections[number];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)all.port)};
    int on = 1, small = 4096;
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (one->slow)
        setsockopt(one->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (one->fd < 0 || (connect(one->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)) {
        perror("connect");
        exit(1);
    }
    one->state = CONNECTING;
    all.opening++;
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)number};
    epoll_ctl(all.poller, EPOLL_CTL_ADD, one->fd, &event);
}

static void ask_for_upgrade(struct connection *one, uint32_t number)
{
    char request[512];
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    epoll_ctl(all.poller, EPOLL_CTL_MOD, one->fd, &event);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                          all.path, all.port, all.port);
    one->state = UPGRADING;
    send_all(one->fd, request, (size_t)length);
}

static void is_watching(struct connection *one)
{
    one->state = WATCHING;
    all.watching++;
    all.opening--;
}

static void door_is_open(struct connection *one)
{
    one->state = SUBSCRIBING;
    if (*all.subscribe)
        send_text(one, all.subscribe);
    if (!*all.subscribed_by)
        is_watching(one);
}

static uint64_t number_after(const char *text, const char *end)
{
    uint64_t number = 0;
    while (text < end && *text >= '0' && *text <= '9')
        number = number * 10 + (uint64_t)(*text++ - '0');
    return number;
}

/* Take one message of the feed; anything without the instant of its publication is none. */
static void take_message(struct connection *one, const char *text, size_t length, uint64_t now)
{
    const char *end = text + length;
    const char *t = memmem(text, length, all.instant, strlen(all.instant)), *at = memmem(text, length, "\"seq\":", 6);
    if (!t || !at)
        return;
    uint64_t sent = number_after(t + strlen(all.instant), end), seq = number_after(at + 6, end);
    one->seen_t = sent;
    one->got++;
    if (one->slow)
        return;
    all.got++;
    all.last_got_at = now;
    all.disorder += seq <= one->seq;
    all.gaps += one->seq && seq > one->seq + 1;
    one->seq = seq;
    uint64_t late = late_us(sent, now) / 10;
    all.histogram[late < BUCKETS ? late : BUCKETS - 1]++;
    all.samples++;
    all.largest = late > all.largest ? late : all.largest;
}

static void take_text(struct connection *one, char *text, size_t length, uint64_t now)
{
    if (one->state == OPENING && all.socketio) {
        if (length && text[0] == '0')
            send_text(one, "40");
        else if (length > 1 && text[0] == '4' && text[1] == '0')
            door_is_open(one);
    } else if (all.socketio && length == 1 && text[0] == '2') {
        send_text(one, "3");
    } else if (one->state == SUBSCRIBING) {
        if (memmem(text, length, all.subscribed_by, strlen(all.subscribed_by)))
            is_watching(one);
    } else {
        take_message(one, text, length, now);
    }
}

static void take_frame(struct connection *one, int opcode, char *data, size_t length, uint64_t now)
{
    if (opcode == 1)
        take_text(one, data, length, now);
    else if (opcode == 9)
        send_frame(one, 10, data, length);
}

/* Take what is whole at the front of the data; return how much that was. */
static size_t take(struct connection *one, char *data, size_t length, uint64_t now)
{
    size_t done = 0;
    if (one->state == UPGRADING) {
        char *end = memmem(data, length, "\r\n\r\n", 4);
        if (!end)
            return 0;
        if (memcmp(data, "HTTP/1.1 101", 12) != 0) {
            fprintf(stderr, "refused: %.*s\n", (int)(end - data), data);
            exit(1);
        }
        done = (size_t)(end - data) + 4;
        one->state = OPENING;
        if (!all.socketio)
            door_is_open(one);
    }
    while (length - done >= 2) {
        unsigned char *head = (unsigned char *)data + done;
        size_t body = head[1] & 127, start = 2;
        if (body == 126)
            start = 4;
        else if (body == 127)
            start = 10;
        if (length - done < start)
            break;
        if (start > 2) {
            body = 0;
            for (size_t i = 2; i < start; i++)
                body = body << 8 | head[i];
        }
        if (length - done < start + body)
            break;
        take_frame(one, head[0] & 15, data + done + start, body, now);
        done += start + body;
    }
    return done;
}

static void read_some(struct connection *one, size_t most)
{
    memcpy(input, one->kept, one->kept_bytes);
    size_t room = BUFFER - one->kept_bytes;
    ssize_t read = recv(one->fd, input + one->kept_bytes, most < room ? most : room, 0);
    if (read <= 0) {
        if (read < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        all.opening -= one->state != WATCHING;
        one->state = DEAD;
        all.dead++;
        close(one->fd);
        return;
    }
    all.bytes += (uint64_t)read;
    size_t have = one->kept_bytes + (size_t)read, done = take(one, input, have, now_us());
    one->kept_bytes = have - done;
    if (one->kept_bytes > one->kept_room) {
        one->kept_room = one->kept_bytes + 1024;
        one->kept = realloc(one->kept, one->kept_room);
    }
    memcpy(one->kept, input + done, one->kept_bytes);
}

/* Let the slow ones read what they may have read in `us` microseconds. */
void read_slowly(uint64_t us)
{
    for (int i = 0; i < all.slow; i++) {
        struct connection *one = &all.connections[i];
        one->allowance += all.slow_rate * (double)us / 1e6;
        if (one->state == WATCHING && one->allowance >= 200) {
            read_some(one, (size_t)one->allowance);
            one->allowance = 0;
        }
    }
}

void serve(int wait_ms, bool measuring)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(all.poller, events, EVENTS, wait_ms);
    for (int i = 0; i < ready; i++) {
        struct connection *one = &all.connections[events[i].data.u32];
        if (one->state == CONNECTING)
            ask_for_upgrade(one, events[i].data.u32);
        else if (measuring && one->slow)
            epoll_ctl(all.poller, EPOLL_CTL_DEL, one->fd, NULL);
        else
            read_some(one, BUFFER);
    }
}
