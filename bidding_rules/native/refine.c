/* The margin among orders taken out of their columns: a histogram of their prices, refined. */

#include <string.h>

#include "range.h"

#define FEW 32

/* The prices of some orders, in about as many buckets as there are orders. */
static range extent(const order *some, size_t count)
{
    int64_t low = some[0].price, high = low;
    for (size_t i = 1; i < count; i++) {
        low = some[i].price < low ? some[i].price : low;
        high = some[i].price > high ? some[i].price : high;
    }
    int bits = 4;
    while (bits < BUCKET_BITS && (size_t)1 << bits < count)
        bits++;
    return range_in(low, high, bits);
}

/* A handful: sorted by price, highest first, and walked. */
static bool walk_few(order *some, size_t count, margin *found)
{
    for (size_t i = 1; i < count; i++) {
        order one = some[i];
        size_t place = i;
        for (; place > 0 && some[place - 1].price < one.price; place--)
            some[place] = some[place - 1];
        some[place] = one;
    }
    for (size_t i = 0; i < count;) {
        int64_t asked = 0;
        size_t first = i;
        for (; i < count && some[i].price == some[first].price; i++)
            asked = add_saturated(asked, some[i].quantity);
        if (asked > found->left) {
            found->price = some[first].price;
            return true;
        }
        found->left -= asked;
    }
    return false;
}

/* Keep only the orders in the bucket of prices in which the supply runs out; 0: it does not. */
static size_t refine(order *some, size_t count, range all, margin *found)
{
    int64_t bucket[BUCKETS];
    const size_t buckets = bucket_of(all, all.high) + 1;
    memset(bucket, 0, buckets * sizeof bucket[0]);
    for (size_t i = 0; i < count; i++) {
        int64_t *place = &bucket[bucket_of(all, some[i].price)];
        *place = add_saturated(*place, some[i].quantity);
    }
    size_t at = walk_buckets(bucket, buckets, &found->left);
    if (at == 0)
        return 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        order one = some[i];
        some[kept] = one;
        kept += bucket_of(all, one.price) == at - 1;
    }
    return kept;
}

/* Find the margin among `some` and return true; false when everything fits. Reorders them. */
bool find_margin_among(order *some, size_t count, int64_t supply, margin *found)
{
    found->left = supply;
    while (count > FEW) {
        range all = extent(some, count);
        count = refine(some, count, all, found);
        if (count == 0)
            return false;
        if (all.low == all.high) {
            found->price = all.low;
            return true;
        }
    }
    return walk_few(some, count, found);
}

