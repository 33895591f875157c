/* Ranges of prices, cut into buckets in which quantities are added up. */

#ifndef BIDDING_RULES_RANGE_H
#define BIDDING_RULES_RANGE_H

#include "native.h"

#define BUCKET_BITS 12
#define BUCKETS (1 << BUCKET_BITS)
#define SATURATED (INT64_C(1) << 62) /* More than any supply. */

/* Prices from `low` to `high`, both included, in buckets of 2^shift prices. */
typedef struct {
    int64_t low, high;
    int shift;
} range;

/* The range in at most 2^bits buckets. */
static inline range range_in(int64_t low, int64_t high, int bits)
{
    range one = {low, high, 0};
    while (((uint64_t)high - (uint64_t)low) >> one.shift >> bits)
        one.shift++;
    return one;
}

static inline range range_of(int64_t low, int64_t high)
{
    return range_in(low, high, BUCKET_BITS);
}

static inline size_t bucket_of(range between, int64_t price)
{
    return (size_t)(((uint64_t)price - (uint64_t)between.low) >> between.shift);
}

static inline bool is_inside(range between, int64_t price)
{
    return (uint64_t)price - (uint64_t)between.low <= (uint64_t)between.high - (uint64_t)between.low;
}

static inline int64_t add_saturated(int64_t sum, int64_t quantity)
{
    uint64_t both = (uint64_t)sum + (uint64_t)quantity;
    return both > SATURATED ? SATURATED : (int64_t)both;
}

/* Return the bucket, counted from 1, in which `left` runs out, less what is above it; 0: in none. */
static inline size_t walk_buckets(const int64_t *bucket, size_t count, int64_t *left)
{
    size_t at = count;
    for (; at > 0 && bucket[at - 1] <= *left; at--)
        *left -= bucket[at - 1];
    return at;
}

#endif
