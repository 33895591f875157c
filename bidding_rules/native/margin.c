/* Where the supply runs out: the price is selected, the orders are never sorted.
 *
 * A sample tells between which two prices the margin must lie. One pass adds up what is asked for above
 * them, and looks closer at the orders in between: few are taken out and refined apart; many, as when
 * all bid alike, are only counted by price. The sample decides how fast this is, never the result: when
 * the margin lies elsewhere, another pass goes there.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "range.h"

#define SAMPLE_MAX 8192
#define SAMPLE_OF 64 /* One order of so many is sampled. */
#define SAMPLE_FROM (256 * SAMPLE_OF) /* Of fewer orders all are taken out. */
#define MANY_OF 4 /* More than one of so many orders are not taken out. */

typedef enum { ONLY_SUMS, TAKE_OUT, TALLY } closer_look;

typedef struct {
    wide demand, above, inside;
    size_t taken;
    int64_t price_signs, quantity_signs; /* Negative when a number was out of range. */
} passed;

/* Up to BLOCK orders: their sums fit. Wrong quantities may wrap around, and are reported. */
FOR_EACH_PROCESSOR
static void add_up(const int64_t *restrict price, const int64_t *restrict quantity, size_t count,
                   int64_t reserve, range between, passed *sums)
{
    uint64_t demand = 0, above = 0, from_low = 0, price_signs = 0, quantity_signs = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t p = price[i];
        uint64_t q = (uint64_t)quantity[i];
        price_signs |= (uint64_t)p;
        quantity_signs |= q | ((uint64_t)QUANTITY_MAX - q);
        demand += p >= reserve ? q : 0;
        from_low += p >= between.low ? q : 0;
        above += p > between.high ? q : 0;
    }
    sums->demand += (int64_t)demand;
    sums->above += (int64_t)above;
    sums->inside += (int64_t)(from_low - above);
    sums->price_signs |= (int64_t)price_signs;
    sums->quantity_signs |= (int64_t)quantity_signs;
}

#define GROUP 8 /* Most groups of so many orders have none inside. */

FOR_EACH_PROCESSOR
static void flag_inside(const int64_t *restrict price, size_t count, range between,
                        unsigned char *restrict inside)
{
    const int64_t low = between.low, high = between.high;
    for (size_t i = 0; i < count; i++)
        inside[i] = (price[i] >= low) & (price[i] <= high);
}

static bool has_any(const unsigned char *inside)
{
    uint64_t flags;
    memcpy(&flags, inside, GROUP);
    return flags != 0;
}

/* Take out the orders flagged; flags go on to the end of the last group. */
static size_t take_out(const int64_t *price, const int64_t *quantity, size_t count,
                       const unsigned char *inside, order *taken)
{
    size_t found = 0;
    for (size_t start = 0; start < count; start += GROUP) {
        if (!has_any(inside + start))
            continue;
        size_t end = start + GROUP < count ? start + GROUP : count;
        for (size_t i = start; i < end; i++) {
            taken[found] = (order){price[i], quantity[i]};
            found += inside[i];
        }
    }
    return found;
}

/* Add the orders flagged up by bucket; the others of their group go into one bucket more. */
static void tally(const int64_t *price, const int64_t *quantity, size_t count, range between,
                  const unsigned char *inside, int64_t *bucket)
{
    for (size_t start = 0; start < count; start += GROUP) {
        if (!has_any(inside + start))
            continue;
        size_t end = start + GROUP < count ? start + GROUP : count;
        for (size_t i = start; i < end; i++) {
            size_t place = inside[i] ? bucket_of(between, price[i]) : BUCKETS;
            bucket[place] = add_saturated(bucket[place], quantity[i]);
        }
    }
}

static passed pass(const orders *all, int64_t reserve, range between, closer_look look, order *taken,
                   int64_t *bucket)
{
    unsigned char inside[BLOCK + GROUP];
    passed sums = {0};
    for (size_t start = 0; start < all->count; start += BLOCK) {
        size_t count = all->count - start < BLOCK ? all->count - start : BLOCK;
        const int64_t *price = all->price + start, *quantity = all->quantity + start;
        add_up(price, quantity, count, reserve, between, &sums);
        if (look == ONLY_SUMS)
            continue;
        flag_inside(price, count, between, inside);
        memset(inside + count, 0, GROUP);
        if (look == TAKE_OUT)
            sums.taken += take_out(price, quantity, count, inside, taken + sums.taken);
        else
            tally(price, quantity, count, between, inside, bucket);
    }
    return sums;
}

/* Copy a sample of the orders; return the square root of the sum of its squared quantities. */
static double draw_sample(const orders *all, int64_t reserve, size_t size, order *sample)
{
    const size_t stride = all->count / size;
    double squares = 0;
    for (size_t k = 0; k < size; k++) {
        size_t jitter = (size_t)(((uint64_t)k * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % stride;
        order one = {all->price[k * stride + jitter], all->quantity[k * stride + jitter]};
        if (one.price < reserve || one.quantity < 0 || one.quantity > QUANTITY_MAX)
            one = (order){reserve, 0};
        sample[k] = one;
        squares += (double)one.quantity * (double)one.quantity;
    }
    return sqrt(squares);
}

/* Prices between which the margin probably lies, and how to look closer; works in `scratch`. */
static range likely_range(const orders *all, int64_t supply, int64_t reserve, order *scratch,
                          closer_look *look)
{
    const size_t size =
        all->count / SAMPLE_OF < SAMPLE_MAX ? all->count / SAMPLE_OF : SAMPLE_MAX;
    const double deviation = draw_sample(all, reserve, size, scratch);
    const wide expected = (wide)supply * (wide)size / (wide)all->count;
    const wide spread = (wide)(1.5 * deviation); /* About three standard deviations. */
    int64_t low = reserve, high = INT64_MAX;
    margin found;
    memcpy(scratch + size, scratch, size * sizeof *scratch);
    memcpy(scratch + 2 * size, scratch, size * sizeof *scratch);
    if (expected > spread) {
        bool exceeded =
            find_margin_among(scratch, size, (int64_t)(expected - spread), &found);
        high = exceeded ? found.price : reserve;
    }
    if (expected + spread < SATURATED
        && find_margin_among(scratch + size, size, (int64_t)(expected + spread), &found))
        low = found.price;
    range likely = range_of(low, high);
    size_t inside = 0;
    for (size_t k = 0; k < size; k++)
        inside += is_inside(likely, scratch[2 * size + k].price);
    *look = low == high ? ONLY_SUMS : inside > size / MANY_OF ? TALLY : TAKE_OUT;
    return likely;
}

/* Look where the pass says that the margin lies. Returns whether it is found. */
static bool look_closer(const passed *sums, int64_t supply, int64_t reserve, range *between,
                        closer_look *look, order *taken, const int64_t *bucket, margin *found)
{
    if (sums->above > supply || sums->above + sums->inside <= supply) {
        bool higher = sums->above > supply;
        *between = higher ? range_of(between->high + 1, INT64_MAX) : range_of(reserve, between->low - 1);
        *look = TAKE_OUT;
        return false;
    }
    found->everything_fits = false;
    found->price = between->low;
    found->left = supply - (int64_t)sums->above;
    if (*look == TAKE_OUT)
        find_margin_among(taken, sums->taken, found->left, found);
    if (*look != TALLY)
        return true;
    int64_t at = (int64_t)walk_buckets(bucket, bucket_of(*between, between->high) + 1, &found->left) - 1;
    int64_t low = between->low + (at << between->shift), last = (INT64_C(1) << between->shift) - 1;
    *between = range_of(low, between->high - low < last ? between->high : low + last);
    found->price = low;
    *look = between->low == between->high ? ONLY_SUMS : TAKE_OUT;
    return *look == ONLY_SUMS;
}

/* Find the margin of all orders; checks the numbers of both columns. */
status find_margin(const orders *all, int64_t supply, int64_t reserve, margin *found)
{
    order *taken = malloc((all->count + 1) * sizeof *taken); /* Touched only where used. */
    if (taken == NULL)
        return OUT_OF_MEMORY;
    range between = range_of(reserve, INT64_MAX);
    closer_look look = TAKE_OUT;
    if (all->count >= SAMPLE_FROM)
        between = likely_range(all, supply, reserve, taken, &look);
    *found = (margin){.everything_fits = true, .price = reserve - 1};
    status result = FINE;
    for (bool done = false; !done;) {
        int64_t bucket[BUCKETS + 1] = {0};
        passed sums = pass(all, reserve, between, look, taken, bucket);
        if (sums.price_signs < 0 || sums.quantity_signs < 0)
            result = sums.price_signs < 0 ? BAD_PRICE : BAD_QUANTITY;
        found->demand = sums.demand;
        done = result != FINE || sums.demand <= supply
               || look_closer(&sums, supply, reserve, &between, &look, taken, bucket, found);
    }
    free(taken);
    return result;
}

/* Return the lowest price above `price` at which something is asked for; -1 when there is none. */
FOR_EACH_PROCESSOR
int64_t lowest_price_above(const orders *all, int64_t price)
{
    uint64_t lowest = UINT64_MAX; /* -1 as a signed number. */
    for (size_t i = 0; i < all->count; i++) {
        bool counts = all->price[i] > price && all->quantity[i] > 0;
        uint64_t one = counts ? (uint64_t)all->price[i] : UINT64_MAX;
        lowest = one < lowest ? one : lowest;
    }
    return (int64_t)lowest;
}
