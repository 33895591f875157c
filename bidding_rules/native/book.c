/* The limit order book: the better price first, at one price the earlier order. */

#include <stdlib.h>
#include <string.h>

#include "book.h"

bool book_open(book *one, int64_t price_min, uint32_t span)
{
    *one = (book){.price_min = price_min, .span = span, .best = {NO_PRICE, NO_PRICE}};
    one->at = malloc(span * sizeof *one->at); /* A queue is set up with its first order. */
    return one->at != NULL && tree_open(&one->tree[BUY], span) && tree_open(&one->tree[SELL], span);
}

void book_close(book *one)
{
    tree_close(&one->tree[BUY]);
    tree_close(&one->tree[SELL]);
    free(one->at);
    free(one->orders);
    free(one->trades);
}

/* Grow an array to at least `needed` entries, by half at least. */
static bool grow(void **array, size_t *room, size_t needed, size_t entry)
{
    if (needed <= *room)
        return true;
    size_t wanted = *room + *room / 2 + 1024;
    wanted = wanted < needed ? needed : wanted;
    void *grown = realloc(*array, wanted * entry);
    if (grown == NULL)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

bool book_reserve(book *one, size_t orders)
{
    /* A trade ends a resting order or the arriving one; those that arrive may rest and be ended too. */
    const size_t trades = one->trade_count + one->resting + 2 * orders;
    return grow((void **)&one->orders, &one->order_room, one->order_count + orders, sizeof *one->orders)
           && grow((void **)&one->trades, &one->trade_room, trades, sizeof *one->trades);
}

/* Nothing rests at a price any more. */
static void close_price(book *one, int side, uint32_t place)
{
    tree_remove(&one->tree[side], place);
    if (one->best[side] == place)
        one->best[side] = side == BUY ? tree_previous(&one->tree[side], place)
                                      : tree_next(&one->tree[side], place);
}

static void rest(book *one, uint32_t number)
{
    resting_order *own = &one->orders[number];
    const int side = (int)own->side;
    queue *at = &one->at[own->place];
    const uint32_t best = one->best[side];
    const bool is_best = best == NO_PRICE || (side == BUY ? own->place > best : own->place < best);
    if (is_best)
        one->best[side] = own->place;
    if (is_best || !(one->tree[side].word[0][own->place >> 6] >> (own->place & 63) & 1)) {
        tree_add(&one->tree[side], own->place);
        *at = (queue){0, NOBODY, NOBODY};
    }
    own->earlier = at->last;
    own->later = NOBODY;
    if (at->last == NOBODY)
        at->first = number;
    else
        one->orders[at->last].later = number;
    at->last = number;
    at->total += own->left;
    one->resting++;
}

/* Trade with the orders at one price, the earliest first; return what is left of the arriving one. */
static int64_t meet(book *one, uint32_t taker, uint32_t place, int64_t left)
{
    queue *at = &one->at[place];
    const int64_t price = one->price_min + place;
    const int64_t before = left;
    uint32_t maker = at->first;
    while (maker != NOBODY && left > 0) {
        resting_order *other = &one->orders[maker];
        int64_t traded = other->left < left ? other->left : left;
        one->trades[one->trade_count++] = (trade){taker, maker, price, traded};
        left -= traded;
        other->left -= traded;
        if (other->left > 0)
            break;
        one->resting--;
        maker = other->later;
    }
    at->total -= before - left;
    at->first = maker;
    if (maker != NOBODY)
        one->orders[maker].earlier = NOBODY;
    return left;
}

void book_submit(book *one, int side, uint32_t place, int64_t quantity)
{
    const uint32_t number = (uint32_t)one->order_count++;
    const int other = side == BUY ? SELL : BUY;
    int64_t left = quantity;
    while (left > 0) {
        uint32_t best = one->best[other];
        if (best == NO_PRICE || (side == BUY ? best > place : best < place))
            break;
        left = meet(one, number, best, left);
        if (one->at[best].first == NOBODY)
            close_price(one, other, best);
    }
    one->orders[number] = (resting_order){.left = left, .place = place, .side = (uint32_t)side};
    if (left > 0)
        rest(one, number);
}

int64_t book_cancel(book *one, int64_t number)
{
    if (number < 0 || (uint64_t)number >= one->order_count)
        return 0;
    resting_order *own = &one->orders[number];
    const int64_t left = own->left;
    if (left == 0)
        return 0;
    queue *at = &one->at[own->place];
    if (own->earlier == NOBODY)
        at->first = own->later;
    else
        one->orders[own->earlier].later = own->later;
    if (own->later == NOBODY)
        at->last = own->earlier;
    else
        one->orders[own->later].earlier = own->earlier;
    at->total -= left;
    own->left = 0;
    one->resting--;
    if (at->first == NOBODY)
        close_price(one, (int)own->side, own->place);
    return left;
}
