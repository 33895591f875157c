/* The limit order book: a queue of orders at each price, and a bitmap of the prices that have one. */

#ifndef BIDDING_RULES_BOOK_H
#define BIDDING_RULES_BOOK_H

#include "native.h"

#define SPAN_MAX ((size_t)1 << 24)
#define NOBODY UINT32_MAX
#define NO_PRICE UINT32_MAX
#define TREE_LEVELS 4 /* 64^4 prices are SPAN_MAX. */

enum { BUY, SELL, CANCEL };

/* Prices at which something rests, as bits; a word above tells which words below are not zero. */
typedef struct {
    uint64_t *word[TREE_LEVELS];
} price_tree;

typedef struct {
    wide total;
    uint32_t first, last; /* Orders, by arrival. */
} queue;

typedef struct {
    int64_t left;
    uint32_t place; /* Its price, counted from the book's lowest one. */
    uint32_t earlier, later;
    uint32_t side;
} resting_order;

typedef struct {
    int64_t taker, maker, price, quantity;
} trade;

typedef struct {
    int64_t price_min;
    uint32_t span;
    uint32_t best[2]; /* Places; NO_PRICE: nothing rests. */
    price_tree tree[2];
    queue *at; /* One for each price: never do both sides rest at one. */
    resting_order *orders;
    size_t order_count, order_room, resting;
    trade *trades;
    size_t trade_count, trade_room;
} book;

bool book_open(book *one, int64_t price_min, uint32_t span);
void book_close(book *one);

/* Make room for `orders` more orders and for all trades that they can cause; false: out of memory. */
bool book_reserve(book *one, size_t orders);

/* Take an order; `book_reserve` must have made room. */
void book_submit(book *one, int side, uint32_t place, int64_t quantity);

/* Take back what is left of an order; 0: nothing, or no such order. */
int64_t book_cancel(book *one, int64_t number);

bool tree_open(price_tree *tree, uint32_t span);
void tree_close(price_tree *tree);
void tree_add(price_tree *tree, uint32_t place);
void tree_remove(price_tree *tree, uint32_t place);
uint32_t tree_next(const price_tree *tree, uint32_t place);     /* Above; NO_PRICE: none. */
uint32_t tree_previous(const price_tree *tree, uint32_t place); /* Below; NO_PRICE: none. */

#endif
