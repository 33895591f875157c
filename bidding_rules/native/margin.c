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

/* The search for the margin: where to look next, and how. */
typedef struct {
    const orders *all;
    int64_t supply, reserve;
    range between;
    closer_look look;
    order *taken;
    order sample[SAMPLE_MAX];
    size_t sampled;
    int64_t bucket[BUCKETS + 1];
} search;

static passed pass(search *one)
{
    unsigned char inside[BLOCK + GROUP];
    passed sums = {0};
    memset(one->bucket, 0, sizeof one->bucket);
    for (size_t start = 0; start < one->all->count; start += BLOCK) {
        size_t count = one->all->count - start < BLOCK ? one->all->count - start : BLOCK;
        const int64_t *price = one->all->price + start, *quantity = one->all->quantity + start;
        add_up(price, quantity, count, one->reserve, one->between, &sums);
        if (one->look == ONLY_SUMS)
            continue;
        flag_inside(price, count, one->between, inside);
        memset(inside + count, 0, GROUP);
        if (one->look == TAKE_OUT)
            sums.taken += take_out(price, quantity, count, inside, one->taken + sums.taken);
        else
            tally(price, quantity, count, one->between, inside, one->bucket);
    }
    return sums;
}

/* Draw a sample; return the square root of the sum of its squared quantities. */
static double draw_sample(search *one)
{
    const orders *all = one->all;
    one->sampled = all->count / SAMPLE_OF < SAMPLE_MAX ? all->count / SAMPLE_OF : SAMPLE_MAX;
    const size_t stride = all->count / one->sampled;
    double squares = 0;
    for (size_t k = 0; k < one->sampled; k++) {
        size_t jitter = (size_t)(((uint64_t)k * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % stride;
        order drawn = {all->price[k * stride + jitter], all->quantity[k * stride + jitter]};
        if (drawn.price < one->reserve || drawn.quantity < 0 || drawn.quantity > QUANTITY_MAX)
            drawn = (order){one->reserve, 0};
        one->sample[k] = drawn;
        squares += (double)drawn.quantity * (double)drawn.quantity;
    }
    return sqrt(squares);
}

/* Decide how to look at the range; where many orders lie inside, narrow it to what the sample has there. */
static void choose_look(search *one)
{
    size_t inside = 0;
    int64_t low = one->between.high, high = one->between.low;
    for (size_t k = 0; k < one->sampled; k++) {
        int64_t price = one->sample[k].price;
        if (!is_inside(one->between, price))
            continue;
        inside++;
        low = price < low ? price : low;
        high = price > high ? price : high;
    }
    one->look = TAKE_OUT;
    if (inside > one->sampled / MANY_OF) {
        one->between = range_of(low, high);
        one->look = TALLY;
    }
    if (one->between.low == one->between.high)
        one->look = ONLY_SUMS;
}

/* Begin between the prices that the sample says; all orders are taken out when there are few. */
static void begin(search *one)
{
    one->between = range_of(one->reserve, INT64_MAX);
    one->look = TAKE_OUT;
    one->sampled = 0;
    if (one->all->count < SAMPLE_FROM)
        return;
    const double deviation = draw_sample(one);
    const wide expected = (wide)one->supply * (wide)one->sampled / (wide)one->all->count;
    const wide spread = (wide)(1.5 * deviation); /* About three standard deviations. */
    int64_t low = one->reserve, high = INT64_MAX;
    margin found;
    if (expected > spread) {
        memcpy(one->taken, one->sample, one->sampled * sizeof *one->taken);
        bool exceeded =
            find_margin_among(one->taken, one->sampled, (int64_t)(expected - spread), &found);
        high = exceeded ? found.price : one->reserve;
    }
    if (expected + spread < SATURATED) {
        memcpy(one->taken, one->sample, one->sampled * sizeof *one->taken);
        if (find_margin_among(one->taken, one->sampled, (int64_t)(expected + spread), &found))
            low = found.price;
    }
    one->between = range_of(low, high);
    choose_look(one);
}

/* Find the margin in what the pass saw, or say where to look next. Returns whether it is found. */
static bool look_closer(search *one, const passed *sums, margin *found)
{
    const range between = one->between;
    if (sums->above > one->supply || sums->above + sums->inside <= one->supply) {
        bool higher = sums->above > one->supply;
        one->between = higher ? range_of(between.high + 1, INT64_MAX)
                              : range_of(one->reserve, between.low - 1);
        one->look = TAKE_OUT;
        return false;
    }
    found->everything_fits = false;
    found->price = between.low;
    found->left = one->supply - (int64_t)sums->above;
    if (one->look == TAKE_OUT)
        find_margin_among(one->taken, sums->taken, found->left, found);
    if (one->look != TALLY)
        return true;
    size_t at = walk_buckets(one->bucket, bucket_of(between, between.high) + 1, &found->left) - 1;
    int64_t low = between.low + ((int64_t)at << between.shift);
    int64_t last = (INT64_C(1) << between.shift) - 1;
    found->price = low;
    one->between = range_of(low, between.high - low < last ? between.high : low + last);
    if (low == one->between.high)
        return true;
    choose_look(one);
    return false;
}

static status look_until_found(search *one, margin *found)
{
    for (;;) {
        passed sums = pass(one);
        found->demand = sums.demand;
        if (sums.price_signs < 0)
            return BAD_PRICE;
        if (sums.quantity_signs < 0)
            return BAD_QUANTITY;
        if (sums.demand <= one->supply || look_closer(one, &sums, found))
            return FINE;
    }
}

/* Find the margin of all orders; checks the numbers of both columns. */
status find_margin(const orders *all, int64_t supply, int64_t reserve, margin *found)
{
    *found = (margin){.everything_fits = true, .price = reserve - 1};
    search *one = malloc(sizeof *one);
    order *taken = malloc((all->count + 1) * sizeof *taken); /* Touched only where used. */
    status done = OUT_OF_MEMORY;
    if (one != NULL && taken != NULL) {
        one->all = all;
        one->supply = supply;
        one->reserve = reserve;
        one->taken = taken;
        begin(one);
        done = look_until_found(one, found);
    }
    free(taken);
    free(one);
    return done;
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
