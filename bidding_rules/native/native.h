/* What the parts of the compiled twin share: columns, results, and the algorithms on them. */

#ifndef BIDDING_RULES_NATIVE_H
#define BIDDING_RULES_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __int128 wide; /* Sums of quantities and products of two numbers always fit. */

#define QUANTITY_MAX INT64_C(1000000000000000)
#define SUPPLY_MAX INT64_C(1000000000000000000)

/* So many numbers up to QUANTITY_MAX add up to less than 2^63. */
#define BLOCK 4096

/* Long loops over columns are compiled for newer processors too; the loader picks the right one. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

typedef enum { FINE, OUT_OF_MEMORY, BAD_PRICE, BAD_QUANTITY, BAD_PLACE, BAD_RANK, BAD_LIMIT } status;

typedef struct {
    const int64_t *price;
    const int64_t *quantity;
    size_t count;
} orders;

/* One order taken out of its columns. */
typedef struct {
    int64_t price;
    int64_t quantity;
} order;

/* Where the supply runs out. Orders above `price` are filled in full, `left` remains for those at it. */
typedef struct {
    bool everything_fits; /* Then `price` is the highest one that gets nothing. */
    int64_t price;
    int64_t left;
    wide demand; /* At the reserve or above. */
} margin;

typedef enum { BY_TIME, BY_RANDOM_ORDER, BY_FLOOR_THEN_RANDOM, BY_ROUND_UP } tie_code;

typedef struct {
    tie_code code;
    const int64_t *rank; /* NULL: by arrival. */
    int64_t unit;
    int64_t minimum;
} tie_rule;

typedef struct {
    wide sold;
    size_t filled; /* Orders with an allocation above zero. */
} filled_orders;

/* margin.c */
status find_margin(const orders *all, int64_t supply, int64_t reserve, margin *found);
int64_t lowest_price_above(const orders *all, int64_t price); /* -1: no order above it. */

/* refine.c */
bool find_margin_among(order *some, size_t count, int64_t supply, margin *found);

/* memory.c */
void expect_to_fill(void *memory, size_t size);

/* fill.c */
status fill_orders(const orders *all, int64_t supply, const margin *at, const tie_rule *tie,
                   int64_t *allocation, filled_orders *result);

/* ties.c */
status share_margin(const orders *all, const margin *at, const tie_rule *tie, int64_t *allocation,
                    filled_orders *result);

/* limits.c */
status cut_to_limits(const orders *all, const int64_t *bidder, const int64_t *limit, size_t bidders,
                     int64_t *remaining);
status count_bidders(const int64_t *bidder, const int64_t *allocation, size_t count, size_t bidders,
                     size_t *result);

#endif
